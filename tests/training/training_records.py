"""Made-up records of real molecules: fragments are simple losses, so that there is a signal."""

import numpy as np

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.molecule import standardize
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from msgui.training.records import Record

SMILES = (
    "CCO", "CCCO", "CC(C)O", "CCCCO", "CC(=O)O", "CCC(=O)O", "CCN", "CCCN", "CCCC", "CC(C)C",
    "c1ccccc1", "Cc1ccccc1", "Oc1ccccc1", "Nc1ccccc1", "OC(=O)c1ccccc1", "CC(=O)Nc1ccccc1",
    "c1ccncc1", "Cc1ccncc1", "Oc1cccnc1", "NC(=O)c1cccnc1", "c1ccc2ccccc2c1", "Oc1ccc2ccccc2c1",
    "C1CCCCC1", "OC1CCCCC1", "NC1CCCCC1", "c1ccoc1", "c1ccsc1", "c1cc[nH]c1", "C1CCNCC1",
    "OC1CCNCC1", "CN1CCCCC1", "c1ccc(cc1)-c1ccccc1", "Oc1ccc(cc1)-c1ccccc1", "C1CCOC1", "CC1CCCO1",
)  # fmt: skip
LOSSES = ("H2O", "CH3", "CO", "NH3", "C2H4", "CH2O2")


def record(smiles: str, adduct: str = "[M+H]+", energy: float = 20.0, **changes: object) -> Record:
    """Return a record whose peaks are the precursor and its simple losses."""
    formula = Formula.parse(standardize(smiles).formula)
    precursor = float(parse_adduct(adduct).mz(formula.mass))
    losses = [Formula.parse(text) for text in LOSSES]
    masses = [precursor - loss.mass for loss in losses if formula.contains(loss)]
    mz = np.array([*[m for m in masses if m > 10], precursor])
    heights = 100.0 / (1.0 + np.arange(mz.size)) * (1 + energy / 50)
    heights[-1] = 2000.0 / energy
    values: dict[str, object] = {
        "mz": mz,
        "intensity": heights,
        "precursor_mz": precursor,
        "adduct": adduct,
        "polarity": "positive" if adduct.endswith("+") else "negative",
        "collision_energy": CollisionEnergy(f"{energy:g} eV", energy, "eV"),
        "instrument": "Q Exactive Orbitrap",
        "spectrum_id": f"{smiles}|{adduct}|{energy:g}",
        "smiles": smiles,
    }
    licence = str(changes.pop("licence", "CC BY"))
    values.update(changes)
    return Record(Spectrum(**values), smiles, licence, True)  # type: ignore[arg-type]
