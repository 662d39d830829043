"""A process that standardizes molecules for another one, so that a bad one can only kill this.

Reads JSON lines ``[smiles, molblock, inchikey14]`` and answers each with
``[smiles, inchikey14, formula, exact_mass, notice]`` or ``[cause, action]``.
"""

import json
import re
import sys
from typing import Final

from msgui.chemistry.formula import Formula
from msgui.chemistry.molecule import parse_smiles, standardize
from msgui.errors import MsguiError

# Neutral, one piece, no isotopes: then nothing can change but stereochemistry, which the first
# InChIKey block does not hold, so a known block need not be computed again.
SIMPLE: Final = re.compile(r"[^.+*~\-]*")
ISOTOPE: Final = re.compile(r"\[\d")
# Hydrogen of its own, and metals whose bonds are broken into ions.
IONIC: Final = frozenset({1, 3, 11, 19, 37, 55})
INCHIKEY14: Final = re.compile(r"[A-Z]{14}")


def answer(smiles: str, molblock: str = "", inchikey14: str = "") -> list[str | float]:
    """Return what a request is answered with."""
    try:
        if molblock:
            smiles = _smiles_of(molblock)
        if INCHIKEY14.fullmatch(inchikey14) and SIMPLE.fullmatch(smiles):
            known = _standardize_simple(smiles, inchikey14)
            if known:
                return known
        result = standardize(smiles)
        parse_smiles(result.smiles)
    except MsguiError as error:
        return [error.cause, error.action]
    return [result.smiles, result.inchikey14, result.formula, result.exact_mass, result.notice]


def _smiles_of(molblock: str) -> str:
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        molecule = Chem.MolFromMolBlock(molblock)
    if molecule is None:
        raise MsguiError(
            "The structure cannot be read.",
            "Check its atoms, bonds and valences in a drawing tool.",
        )
    return str(Chem.MolToSmiles(molecule))


def _standardize_simple(smiles: str, inchikey14: str) -> list[str | float]:
    """Return the same as :func:`standardize` with the known block, or nothing when unsure."""
    from rdkit import Chem
    from rdkit.Chem import rdMolDescriptors

    if ISOTOPE.search(smiles):
        return []
    molecule = parse_smiles(smiles)
    if any(atom.GetAtomicNum() in IONIC for atom in molecule.GetAtoms()):
        return []
    Chem.RemoveStereochemistry(molecule)
    text = Chem.MolToSmiles(molecule, isomericSmiles=False)
    for _ in range(3):
        molecule = parse_smiles(text)
        again = Chem.MolToSmiles(molecule, isomericSmiles=False)
        if again == text:
            break
        text = again
    formula = Formula.parse(rdMolDescriptors.CalcMolFormula(molecule))
    return [text, inchikey14, str(formula), formula.mass, ""]


def main() -> int:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(*json.loads(line))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
