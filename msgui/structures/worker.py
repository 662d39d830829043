"""A process that standardizes molecules for another one, so that a bad one can only kill this.

Reads JSON lines ``[smiles, molblock, inchikey14]`` and answers each with
``[smiles, inchikey14, formula, exact_mass, notice]`` or ``[cause, action]``.
"""

import json
import re
import sys
from typing import Final

from msgui.chemistry.molecule import standardize
from msgui.errors import MsguiError

INCHIKEY14: Final = re.compile(r"[A-Z]{14}")


def answer(smiles: str, molblock: str = "", inchikey14: str = "") -> list[str | float]:
    """Return what a request is answered with."""
    try:
        if molblock:
            smiles = _smiles_of(molblock)
        is_block = INCHIKEY14.fullmatch(inchikey14) is not None
        result = standardize(smiles, inchikey14 if is_block else "")
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


def main() -> int:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(*json.loads(line))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
