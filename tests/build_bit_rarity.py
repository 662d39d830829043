"""Makes resources/bit_rarity.npy: how rare each Morgan bit is among ordinary compounds.

Run by hand (about ten seconds) when the definition of the fingerprint changes:

    .venv/bin/python tests/build_bit_rarity.py
"""

from pathlib import Path

import numpy as np
from chemicals.identifiers import pubchem_db
from rdkit import Chem, rdBase

from msgui.chemistry.molecule import FINGERPRINT_BITS, FINGERPRINT_RADIUS
from msgui.prediction.agreement import STEPS_A_NAT

LEAST_HEAVY_ATOMS = 6


def main() -> None:
    """Count the bits of all one-piece organic compounds of the chemicals package."""
    from rdkit.Chem import rdFingerprintGenerator

    pubchem_db.autoload_main_db()
    generator = rdFingerprintGenerator.GetMorganGenerator(
        radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS
    )
    count, molecules = np.zeros(FINGERPRINT_BITS, np.int64), 0
    with rdBase.BlockLogs():
        for compound in pubchem_db.CAS_index.values():
            mol = Chem.MolFromSmiles(compound.smiles)
            if mol is None or "." in compound.smiles:
                continue
            if mol.GetNumHeavyAtoms() >= LEAST_HEAVY_ATOMS:
                count += generator.GetFingerprintAsNumPy(mol)
                molecules += 1
    information = np.log((molecules + 1) / (count + 1))
    path = Path(__file__).resolve().parents[1] / "resources" / "bit_rarity.npy"
    np.save(path, np.round(information * STEPS_A_NAT).astype(np.uint8))
    print(f"{molecules} compounds, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
