"""Candidates as an SDF file: drawn structures with their scores, for other programs."""

from msgui.annotation import Annotation, Candidate
from msgui.errors import MsguiError
from msgui.export.tables import CANDIDATES
from msgui.export.workbook import plain_cell

# What the drawing or the first line says already.
_LEFT_OUT = frozenset(("name",))


def candidates_sdf(spectrum_id: str, annotation: Annotation) -> str:
    """Return the ranked candidates of one spectrum as SDF records, best first.

    The data items have the names of the columns of the candidates table. A structure that cannot be
    drawn has an empty drawing; its SMILES says what it is.
    """
    rows = CANDIDATES.rows(spectrum_id, annotation)
    return "".join(
        _record(candidate, row) for candidate, row in zip(annotation.candidates, rows, strict=True)
    )


def _record(candidate: Candidate, row: tuple[str, ...]) -> str:
    structure = candidate.structure
    name = plain_cell(row[CANDIDATES.columns.index("name")]) or structure.inchikey14
    items = "".join(
        f">  <{column}>\n{plain_cell(cell)}\n\n"
        for column, cell in zip(CANDIDATES.columns, row, strict=True)
        if cell and column not in _LEFT_OUT
    )
    return f"{name}\n{_drawing(structure.smiles)}{items}$$$$\n"


def _drawing(smiles: str) -> str:
    """Return a mol block without its first line."""
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    from msgui.chemistry.molecule import parse_smiles

    try:
        molecule = Chem.Mol(parse_smiles(smiles))
        rdDepictor.Compute2DCoords(molecule)
        block: str = Chem.MolToMolBlock(molecule)
    except (MsguiError, ValueError, RuntimeError):
        return "  msgui\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
    lines = block.split("\n", 2)
    return f"  msgui\n{lines[2]}"
