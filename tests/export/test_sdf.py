from dataclasses import replace
from pathlib import Path

from msgui.chemistry.molecule import standardize
from msgui.export.sdf import candidates_sdf
from msgui.spectra.source import Source
from msgui.structures.rows import Row
from msgui.structures.sdf import read_sdf
from msgui.structures.structure import Structure
from tests.export.small_annotations import annotation, candidate


def test_other_programs_and_msgui_read_the_candidates(tmp_path: Path) -> None:
    from rdkit import Chem

    path = tmp_path / "candidates.sdf"
    path.write_text(candidates_sdf("caffeine-35", annotation()), encoding="utf-8")
    molecules = list(Chem.SDMolSupplier(str(path)))
    assert [Chem.MolToSmiles(molecule) for molecule in molecules] == [
        Chem.CanonSmiles(c.structure.smiles) for c in annotation().candidates
    ]
    first = molecules[0].GetPropsAsDict(includePrivate=True)
    assert first["_Name"] == "Caffeine"
    assert (first["rank"], first["inchikey14"]) == (1, "RYYVLZVUVIJVGH")
    rows = [event for event in read_sdf(Source(path)) if isinstance(event, Row)]
    read = [Chem.MolToSmiles(Chem.MolFromMolBlock(row.molblock)) for row in rows]
    assert [standardize(smiles).inchikey14 for smiles in read] == [
        standardize(c.structure.smiles).inchikey14 for c in annotation().candidates
    ]


def test_the_same_candidates_give_the_same_bytes() -> None:
    assert candidates_sdf("a", annotation()) == candidates_sdf("a", annotation())


def test_a_structure_that_cannot_be_drawn_keeps_its_row() -> None:
    odd = Structure("not a molecule", "AAAAAAAAAAAAAA", "C1", 12.0, "=odd")
    text = candidates_sdf("a", annotation(candidates=(replace(candidate(), structure=odd),)))
    assert text.startswith("=odd\n")
    assert "not a molecule" in text
    assert text.endswith("$$$$\n")
