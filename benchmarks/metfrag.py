"""Plain MetFrag scoring after its published formula, as a baseline.

A candidate's score is the sum over matched peaks of

    (100 mz / mass)^1.84 x (relative intensity)^0.59 / (energy of the least costly fragment)^0.47

where the energy is the sum of the dissociation energies of the bonds broken and 100 for each
hydrogen more or less. Fragments come from at most two steps, each of which breaks one chain bond
or two bonds of a ring (tree depth 2), and may differ by one hydrogen a step.

References
----------
Ruttkies, Schymanski, Wolf, Hollender, Neumann, "MetFrag relaunched: incorporating strategies
beyond in silico fragmentation", J. Cheminform. 8:3, 2016.
"""

import numpy as np
from rdkit import Chem

from msgui.chemistry.adducts import Adduct
from msgui.errors import MsguiError
from msgui.fragments.enumerate import fragments_of
from msgui.fragments.graph import parse
from msgui.fragments.ions import ion_forms, sought_masses
from msgui.fragments.kernels import HYDROGEN

ALPHA, BETA, GAMMA = 1.84, 0.59, 0.47
HYDROGEN_PENALTY = 100.0
TREE_DEPTH = 2
# Mean bond enthalpies in kJ/mol; aromatic bonds count as double bonds.
ENERGIES = {
    "C-C": 348, "C=C": 612, "C#C": 837, "C-N": 305, "C=N": 613, "C#N": 890, "C-O": 360,
    "C=O": 743, "C-S": 272, "C=S": 573, "C-P": 264, "C-F": 484, "C-Cl": 338, "C-Br": 276,
    "C-I": 238, "N-N": 163, "N=N": 409, "N-O": 157, "N=O": 607, "N-S": 200, "O-S": 265,
    "O=S": 522, "O-P": 335, "O=P": 544, "P-S": 230, "P=S": 335, "O-O": 146, "S-S": 226,
    "N-P": 209,
}  # fmt: skip
OTHER_ENERGY = 348.0


def bond_energies(molecule: Chem.Mol) -> np.ndarray:
    """Return the energy of each bond in kJ/mol."""
    energies = []
    for bond in molecule.GetBonds():
        pair = sorted((bond.GetBeginAtom().GetSymbol(), bond.GetEndAtom().GetSymbol()))
        kind = {1.0: "-", 1.5: "=", 2.0: "=", 3.0: "#"}.get(bond.GetBondTypeAsDouble(), "-")
        energies.append(ENERGIES.get(kind.join(pair), OTHER_ENERGY))
    return np.array(energies, dtype=float)


def metfrag_scores(
    mz: np.ndarray,
    intensity: np.ndarray,
    smiles_list: list[str],
    adduct: Adduct,
    tolerance_ppm: float,
    neutral_mass: float,
) -> np.ndarray:
    """Return the score of each candidate; one that cannot be read has 0."""
    value = (100 * mz / neutral_mass) ** ALPHA * (intensity / intensity.max()) ** BETA
    scores = np.zeros(len(smiles_list))
    for row, smiles in enumerate(smiles_list):
        try:
            least = _least_energy(mz, smiles, adduct, tolerance_ppm)
        except MsguiError:
            continue
        scores[row] = (value[np.isfinite(least)] / least[np.isfinite(least)] ** GAMMA).sum()
    return scores


def _least_energy(mz: np.ndarray, smiles: str, adduct: Adduct, tolerance_ppm: float) -> np.ndarray:
    """Return the energy of the least costly fragment of each peak, infinite where none fits."""
    molecule = parse(smiles)
    found = fragments_of(smiles, 3)
    energy = np.append(bond_energies(molecule), 0.0)
    in_ring = np.append([bond.IsInRing() for bond in molecule.GetBonds()], False)
    chain = ((found.bonds_cut >= 0) & ~in_ring[found.bonds_cut]).sum(axis=1)
    steps = chain + (in_ring[found.bonds_cut] & (found.bonds_cut >= 0)).any(axis=1)
    allowed = (steps <= TREE_DEPTH) & (steps > 0)
    total = energy[found.bonds_cut].sum(axis=1)[allowed]
    mass, hydrogens = found.mass[allowed], steps[allowed]
    form = ion_forms(adduct)[0]
    sought = sought_masses(mz, (form,), tolerance_ppm)
    gap = sought.target[0][:, None] - form.natural * HYDROGEN - mass[None, :]
    moved = np.rint(gap / HYDROGEN)
    fits = np.abs(gap - moved * HYDROGEN) <= sought.tolerance[0][:, None]
    fits &= np.abs(moved) <= hydrogens
    cost = np.where(fits, total[None, :] + HYDROGEN_PENALTY * np.abs(moved), np.inf)
    least: np.ndarray = cost.min(axis=1, initial=np.inf)
    return least
