"""Formulas that fit the mass of a precursor, with what speaks for them before its peaks do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.composition_table import CompositionTable, composition_table
from msgui.chemistry.formula import MASSES, VALENCES, Formula
from msgui.chemistry.formula_terms import composition, log_prior
from msgui.errors import MsguiError

FloatArray = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int16]

# Above this mass formulas within any tolerance are counted in millions.
HEAVIEST_DA: Final = 2000.0
# Below this there are no MS/MS spectra of molecules.
LIGHTEST_MZ: Final = 20.0
MOST_PPM: Final = 1000.0
# A shortlist by prior: in 2,000 tests to 900 Da the right formula was the 709th at worst.
MOST_CANDIDATES: Final = 3000
# The tolerance is taken for three standard deviations of the precursor's error.
_PRECURSOR_SIGMAS = 3.0

# Log of how much rarer an adduct is than [M+H]+ or [M-H]-, fitted by
# benchmarks/fit_adduct_prior.py; those of two charges are too rare in its records and only stated.
# Runs with sodium, acetate or formate in the solvent have more of these: where the record or the
# chemist states the adduct, none of this counts.
ADDUCT_WEIGHTS: Final[Mapping[str, float]] = {
    "[M+H]+": 0.0,
    "[M-H]-": 0.0,
    "[M+Na]+": -3.53,
    "[M+NH4]+": -6.54,
    "[M-H2O+H]+": -6.18,
    "[M]+": -3.69,
    "[M+K]+": -6.41,
    "[M+FA-H]-": -5.81,
    "[M+HAc-H]-": -4.16,
    "[M+Cl]-": -7.12,
    "[M-H2O-H]-": -7.24,
    "[M+2H]2+": -3.5,
}
RARE_ADDUCT_WEIGHT: Final = -4.0

# What it speaks for a formula that a known structure has it. The right formula stood first among
# 250 standards of another laboratory in 82 % without, 88 % with it, among 57 pesticides in 28 % and
# 42 %, though the store held only 25 of these; a higher one gains little and hides the unknown.
KNOWN_FORMULA_WEIGHT: Final = 4.0


@dataclass(frozen=True, eq=False)
class FormulaCandidates:
    """Formulas of one adduct that fit a precursor.

    Parameters
    ----------
    adduct : Adduct
    table : CompositionTable
    counts : int16 array, shape (n, len(table.columns))
        Neutral molecules.
    columns : tuple of int
        Those of the table, then elements that only the adduct brings.
    ions : int16 array, shape (n, len(columns))
    error_ppm : float64 array, shape (n,)
    learned : float64 array, shape (n,)
        How likely the composition is for a molecule, as logarithm.
    known : float64 array, shape (n,)
        What adduct, precursor error and known structures say, as logarithm.
    """

    adduct: Adduct
    table: CompositionTable
    counts: Counts
    columns: tuple[int, ...]
    ions: Counts
    error_ppm: FloatArray
    learned: FloatArray
    known: FloatArray

    @property
    def prior(self) -> FloatArray:
        """What speaks for each formula before its peaks do, shape (n,)."""
        return self.learned + self.known


def formula_candidates(
    precursor_mz: float,
    adduct: Adduct,
    tolerance_ppm: float,
    bounds: Mapping[str, tuple[int, int]] | None = None,
    known: Collection[str] = (),
) -> FormulaCandidates | None:
    """Return the formulas of one adduct within tolerance, or None when there can be none.

    Molecules have whole double-bond equivalents. Where the adduct makes a radical ion of such a
    molecule ([M]+), half-integers are tried too: the molecule may be a cation already.
    """
    mass = adduct.neutral_mass(precursor_mz)
    if precursor_mz < LIGHTEST_MZ or not 0 < mass <= HEAVIEST_DA:
        return None
    tolerance = precursor_mz * tolerance_ppm * 1e-6 * abs(adduct.charge) / adduct.molecules
    table = composition_table(mass + tolerance, bounds)
    counts = table.search(mass, tolerance)
    numbers = composition(counts, table.columns)
    possible = numbers.heavy > 0
    if not _makes_radicals(adduct):
        possible &= numbers.rdbe % 1 == 0
    counts = counts[possible]
    change = np.array((adduct.gained - adduct.lost).counts)
    brought = tuple(int(i) for i in np.flatnonzero(change) if i not in table.columns)
    columns = (*table.columns, *brought)
    wide = np.column_stack([counts, np.zeros((len(counts), len(brought)), dtype=np.int16)])
    ions = (wide * adduct.molecules + change[list(columns)]).astype(np.int16)
    counts, ions = counts[(ions >= 0).all(axis=1)], ions[(ions >= 0).all(axis=1)]
    computed = (
        adduct.molecules * (counts @ MASSES[list(table.columns)]) + adduct.mass_shift
    ) / abs(adduct.charge)
    error_ppm = (precursor_mz - computed) / computed * 1e6
    learned = log_prior(composition(counts, table.columns))
    stated: FloatArray = KNOWN_FORMULA_WEIGHT * _is_known(counts, table, known).astype(np.float64)
    stated += adduct_weight(adduct)
    stated -= 0.5 * (error_ppm / tolerance_ppm * _PRECURSOR_SIGMAS) ** 2
    best = np.argsort(-(learned + stated), kind="stable")[:MOST_CANDIDATES]
    return FormulaCandidates(
        adduct,
        table,
        counts[best],
        columns,
        ions[best],
        error_ppm[best],
        learned[best],
        stated[best],
    )


def adduct_weight(adduct: Adduct) -> float:
    """Return how much likelier than the usual one an adduct is, as logarithm."""
    return ADDUCT_WEIGHTS.get(adduct.name, RARE_ADDUCT_WEIGHT)


def check_tolerance(tolerance_ppm: float) -> None:
    """Raise MsguiError when a tolerance is none."""
    if not 0 < tolerance_ppm <= MOST_PPM:
        raise MsguiError(
            f"A tolerance of {tolerance_ppm:g} ppm is none.",
            f"Give more than 0 and at most {MOST_PPM:g} ppm.",
        )


def why_no_formula(precursor_mz: float, adducts: Sequence[Adduct], tolerance_ppm: float) -> str:
    """Return the sentence about a precursor for which no formula was found."""
    if precursor_mz < LIGHTEST_MZ:
        return (
            f"The precursor m/z {precursor_mz:g} is below {LIGHTEST_MZ:g}: no molecule is so light."
            " Check it."
        )
    masses = [adduct.neutral_mass(precursor_mz) for adduct in adducts]
    names = " or ".join(adduct.name for adduct in adducts[:3])
    if min(masses) > HEAVIEST_DA:
        return (
            f"The molecule has {min(masses):.0f} Da; formulas are listed up to {HEAVIEST_DA:g} Da."
            " Give the formula, or a list of candidates."
        )
    if max(masses) <= 0:
        return f"The precursor m/z {precursor_mz:g} is too low for {names}. Check the adduct."
    return (
        f"No formula fits the precursor as {names} within {tolerance_ppm:g} ppm. Check the adduct,"
        " the tolerance and the elements."
    )


def _is_known(
    counts: Counts, table: CompositionTable, known: Collection[str]
) -> npt.NDArray[np.bool_]:
    """Return which compositions are those of known formulas, shape (n,)."""
    columns = list(table.columns)
    rows = {tuple(Formula.parse(text).counts[i] for i in columns) for text in known}
    return np.array([tuple(row) in rows for row in counts.tolist()], dtype=bool)


def _makes_radicals(adduct: Adduct) -> bool:
    """Does a closed-shell molecule give an ion with an odd number of electrons."""
    change = (adduct.gained - adduct.lost).counts
    valences = sum(n * valence for n, valence in zip(change, VALENCES, strict=True))
    return (valences + adduct.charge) % 2 != 0
