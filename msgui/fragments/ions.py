"""How a piece of a molecule becomes an ion, given the adduct of the precursor."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import ELECTRON_MASS, EMPTY, Formula
from msgui.chemistry.subformulas import TOLERANCE_FLOOR_DA

# Charge that a metal ion brings; it may stay with the fragment or leave.
_METAL_CHARGES = {"Li": 1, "Na": 1, "K": 1, "Rb": 1, "Cs": 1, "Ag": 1, "Mg": 2, "Ca": 2}
# More forms than this say nothing about a peak any more (a trimer with three metals).
_MOST_FORMS = 24


@dataclass(frozen=True)
class IonForm:
    """One way in which a piece can carry its charge.

    Parameters
    ----------
    atoms : Formula
        What stays attached to the piece: metal, ammonia, solvent; empty most of the time.
    charge : int
        Signed charge of the fragment.
    natural : int
        Hydrogen shift of an ion that only took up its charge: +1 for [F+H]+, -1 for [F-H]-.
    room : int
        Hydrogens above the sum of the atoms' capacities (valence - 2) that can be bound.
    ceiling : int
        Hydrogens of the whole precursor ion above those of its molecule (without ``atoms``): no
        fragment has more.
    partners : int
        Whole molecules that stay attached (fragments of a dimer).
    """

    atoms: Formula
    charge: int
    natural: int
    room: int
    ceiling: int
    partners: int = 0

    @property
    def mass_beside_piece(self) -> float:
        """Mass in Da of the ion minus piece, partners and moved hydrogens."""
        return self.atoms.mass - self.charge * ELECTRON_MASS


def _metal_choices(adduct: Adduct) -> list[tuple[Formula, int]]:
    """Return which metals may stay, with the charge they bring, all of them first."""
    choices = [(EMPTY, 0)]
    for symbol, charge in _METAL_CHARGES.items():
        atom = Formula.of(**{symbol: 1})
        choices = [
            (atoms + atom * kept, brought + charge * kept)
            for kept in range(max(0, adduct.gained[symbol] - adduct.lost[symbol]), -1, -1)
            for atoms, brought in choices
        ]
    return choices


def _solvent(adduct: Adduct, metals: Formula) -> Formula:
    """Return the heavy atoms of the adduct that are no metal, e.g. N of NH4 (hydrogens apart)."""
    net = adduct.gained - adduct.lost - metals
    return Formula.from_counts([max(0, n) for n in (net - Formula.of(H=net["H"])).counts])


@lru_cache(maxsize=256)
def ion_forms(adduct: Adduct) -> tuple[IonForm, ...]:
    """Return the forms that fragments of a precursor with this adduct can have.

    Metals, ammonium and solvent stay or leave, a multiply charged precursor gives fragments of
    each charge up to its own, a dimer gives fragments with and without the other molecule, and a
    radical or hydride-abstracted precursor keeps its hydrogen deficit.
    """
    sign = 1 if adduct.charge > 0 else -1
    metal_choices = _metal_choices(adduct)
    metals, metal_charge = metal_choices[0]
    solvent = _solvent(adduct, metals)
    hydrogens = adduct.gained["H"] - adduct.lost["H"]
    deficit, solvents = hydrogens + metal_charge - adduct.charge, [EMPTY]
    if solvent:
        with_hydrogens = solvent + Formula.of(H=max(0, deficit))
        deficit, solvents = min(0, deficit), [EMPTY, with_hydrogens]
    elif adduct.lost - Formula.of(H=adduct.lost["H"]):
        # A neutral loss in the adduct ([M-H2O+H]+) takes its own hydrogens along.
        deficit = 0
    forms = []
    for size in range(abs(adduct.charge), 0, -1):
        charge = sign * size
        for kept, brought in metal_choices:
            natural = charge - brought + round(deficit * size / abs(adduct.charge))
            if abs(natural) > abs(adduct.charge) + 2:
                continue
            for attached in solvents:
                atoms = kept + attached
                ceiling = min(hydrogens - atoms["H"], natural)
                room = 2 + charge - brought
                forms += [
                    IonForm(atoms, charge, natural, room, ceiling, partners)
                    for partners in range(adduct.molecules)
                ]
    return tuple(forms[:_MOST_FORMS])


@dataclass(frozen=True, eq=False)
class SoughtMasses:
    """What the peaks ask for in each form: arrays for the kernels.

    Parameters
    ----------
    target, tolerance : float64 arrays, shape (n_forms, n_peaks)
        Neutral mass of the piece (hydrogen shift included, partners not taken off) in Da.
    partners, natural, room, ceiling : int64 arrays, shape (n_forms,)
        As in :class:`IonForm`.
    """

    target: npt.NDArray[np.float64]
    tolerance: npt.NDArray[np.float64]
    partners: npt.NDArray[np.int64]
    natural: npt.NDArray[np.int64]
    room: npt.NDArray[np.int64]
    ceiling: npt.NDArray[np.int64]


def sought_masses(
    mz: npt.NDArray[np.float64],
    forms: tuple[IonForm, ...],
    tolerance_ppm: float | npt.NDArray[np.float64],
) -> SoughtMasses:
    """Return the neutral masses that peaks ask for, and how far a piece may be from them.

    The tolerance is that of the formulas of peaks, floor included, so that a peak which a piece
    explains has a formula too.
    """
    charges = np.array([abs(form.charge) for form in forms], dtype=np.float64)[:, None]
    beside = np.array([form.mass_beside_piece for form in forms])[:, None]
    peaks = np.asarray(mz, dtype=np.float64)[None, :]

    def column(name: str) -> npt.NDArray[np.int64]:
        return np.array([getattr(form, name) for form in forms], dtype=np.int64)

    return SoughtMasses(
        target=peaks * charges - beside,
        tolerance=np.maximum(peaks * tolerance_ppm * 1e-6, TOLERANCE_FLOOR_DA) * charges,
        partners=column("partners"),
        natural=column("natural"),
        room=column("room"),
        ceiling=column("ceiling"),
    )
