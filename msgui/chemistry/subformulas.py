"""Which part of the precursor's formula each peak is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import ELECTRON_MASS, ELEMENTS, MASSES, Formula
from msgui.chemistry.heavy_atoms import HYDROGEN, heavy_table
from msgui.errors import MsguiError
from msgui.spectra.coverage import Coverage, counting_peaks, coverage_of
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Below m/z 100 ten ppm are less than the calibration of many files carries: in annotated MassBank
# records one peak of twenty there lies further off. A floor of 1 mDa names 0.5 % more of all
# annotated peaks with the right formula and not one shifted peak in a thousand more.
TOLERANCE_FLOOR_DA: Final = 0.001
# An ion above this mass has more subformulas within any tolerance than there is evidence for.
LARGEST_ION_DA: Final = 6000.0
# Alternatives kept for one peak.
MOST_MATCHES: Final = 50


@dataclass(frozen=True, slots=True)
class FormulaMatch:
    """A subformula of the precursor ion that has the mass of a peak.

    Parameters
    ----------
    formula : Formula
        Atoms of the fragment ion.
    charge : int
        Signed.
    error_ppm : float
        (measured - computed) / computed * 1e6.
    neutral_loss : Formula
        Precursor ion minus this ion.
    """

    formula: Formula
    charge: int
    error_ppm: float
    neutral_loss: Formula


@dataclass(frozen=True, eq=False)
class PeakFormulas:
    """The subformulas that fit each peak of a spectrum.

    Parameters
    ----------
    n_peaks : int
    ion : Formula
        The precursor ion.
    peak : int64 array, shape (n_matches,)
        Index of the peak of each match, ascending; within a peak the best match stands first.
    counts : int64 array, shape (n_matches, n_elements)
        Atoms of each match, columns as in ``elements``.
    elements : tuple of int
        Index in :data:`msgui.chemistry.formula.ELEMENTS` of each column.
    charge : int64 array, shape (n_matches,)
    error_ppm : float64 array, shape (n_matches,)
    """

    n_peaks: int
    ion: Formula
    peak: IntArray
    counts: IntArray
    elements: tuple[int, ...]
    charge: IntArray
    error_ppm: FloatArray

    @cached_property
    def explained(self) -> npt.NDArray[np.bool_]:
        """Which peaks have a formula, shape (n_peaks,)."""
        result = np.zeros(self.n_peaks, dtype=bool)
        result[self.peak] = True
        return result

    @cached_property
    def matches(self) -> tuple[tuple[FormulaMatch, ...], ...]:
        """The matches of each peak, best first; an empty tuple for a peak that nothing fits."""
        grouped: list[list[FormulaMatch]] = [[] for _ in range(self.n_peaks)]
        parent = self.ion.counts
        rows = zip(
            self.peak.tolist(),
            self.counts.tolist(),
            self.charge.tolist(),
            self.error_ppm.tolist(),
            strict=True,
        )
        for peak, counts, charge, error_ppm in rows:
            kept, lost = [0] * len(ELEMENTS), list(parent)
            for element, count in zip(self.elements, counts, strict=True):
                kept[element] = count
                lost[element] -= count
            match = FormulaMatch(Formula(tuple(kept)), charge, error_ppm, Formula(tuple(lost)))
            grouped[peak].append(match)
        return tuple(tuple(group) for group in grouped)


def annotate_peaks(
    mz: npt.ArrayLike, ion: Formula, adduct: Adduct, tolerance_ppm: float
) -> PeakFormulas:
    """Return the subformulas of an ion that fit each peak, best first.

    A subformula has no more atoms of any element than the ion, so the atoms of the adduct (Na, K,
    Cl, NH4 ...) may stay or leave, and non-negative double-bond equivalents. Peaks of a multiply
    charged precursor are tried with every charge up to its own. The tolerance is ``tolerance_ppm``
    but never less than 1 mDa (:data:`TOLERANCE_FLOOR_DA`).

    Parameters
    ----------
    mz : array_like, shape (n_peaks,)
    ion : Formula
        Atoms of the precursor ion: ``adduct.ion_formula(formula)``.
    adduct : Adduct
        Its charge counts.
    tolerance_ppm : float

    Raises
    ------
    MsguiError
        When the ion has too many atoms to enumerate, or the tolerance is not above zero.

    Examples
    --------
    >>> from msgui.chemistry.adducts import parse_adduct
    >>> adduct = parse_adduct("[M+H]+")
    >>> ion = adduct.ion_formula(Formula.parse("C8H10N4O2"))
    >>> found = annotate_peaks([138.0662, 150.0], ion, adduct, 10)
    >>> [[str(match.formula) for match in peak] for peak in found.matches]
    [['C6H8N3O', 'C8H10O2'], []]
    """
    values = np.asarray(mz, dtype=np.float64)
    check(ion, tolerance_ppm)
    limits = tuple((i, n) for i, n in enumerate(ion.counts) if n and i != HYDROGEN)
    table = heavy_table(limits)
    charges = np.arange(1, abs(adduct.charge) + 1)
    peak = np.repeat(np.arange(values.size), charges.size)
    size = np.tile(charges, values.size)
    sign = 1 if adduct.charge > 0 else -1
    tolerance: FloatArray = (
        np.maximum(values * tolerance_ppm * 1e-6, TOLERANCE_FLOOR_DA)[peak] * size
    )
    mass = values[peak] * size + sign * size * ELECTRON_MASS
    # An even-electron ion of charge z has double-bond equivalents of -z/2 at least; clusters such
    # as [2M+H]+ have less, and their own value is then the limit.
    least = np.minimum(-size, round(2 * ion.rdbe)) - 2
    pieces = [
        _nearest(peak, mass, size, sign, query, counts, table.columns)
        for query, counts in table.search(mass, tolerance, ion.counts[HYDROGEN], least)
    ]
    return _joined(values.size, ion, table.columns, pieces)


def formula_coverage(
    spectrum: Spectrum, ion: Formula, adduct: Adduct, tolerance_ppm: float
) -> Coverage:
    """Return how much of a spectrum subformulas of an ion explain.

    The precursor, what lies above it and isotope peaks do not count.

    Raises
    ------
    MsguiError
        As :func:`annotate_peaks`.
    """
    found = annotate_peaks(spectrum.mz, ion, adduct, tolerance_ppm)
    precursor_mz = spectrum.precursor_mz
    if precursor_mz is None:
        precursor_mz = (ion.mass - adduct.charge * ELECTRON_MASS) / abs(adduct.charge)
    counts = counting_peaks(spectrum.mz, spectrum.intensity, precursor_mz, adduct.charge)
    return coverage_of(spectrum.intensity, found.explained, counts)


def check(ion: Formula, tolerance_ppm: float) -> None:
    """Refuse what has no answer.

    Raises
    ------
    MsguiError
        When the ion is too large to enumerate, or the tolerance is not above zero.
    """
    if not tolerance_ppm > 0 or not np.isfinite(tolerance_ppm):
        raise MsguiError(
            f"The tolerance is {tolerance_ppm:g} ppm.", "Set one above zero, for example 10 ppm."
        )
    if ion.mass > LARGEST_ION_DA:
        raise MsguiError(
            f"An ion of {ion.mass:.0f} Da is too large to enumerate its parts.",
            "Check the formula; fragments are named for ions of small molecules.",
        )


@dataclass(frozen=True, eq=False)
class _Piece:
    peak: IntArray
    counts: IntArray
    charge: IntArray
    error_ppm: FloatArray

    def best(self) -> "_Piece":
        """Return the matches by peak, nearest first, not more than a person would look at."""
        order = np.lexsort((np.abs(self.error_ppm), self.peak))
        peak = self.peak[order]
        place = np.arange(peak.size) - np.searchsorted(peak, peak)
        order = order[place < MOST_MATCHES]
        return _Piece(
            self.peak[order], self.counts[order], self.charge[order], self.error_ppm[order]
        )


def _nearest(
    peak: IntArray,
    mass: FloatArray,
    size: IntArray,
    sign: int,
    query: IntArray,
    counts: IntArray,
    columns: tuple[int, ...],
) -> _Piece:
    ions = counts @ MASSES[list(columns)] - sign * size[query] * ELECTRON_MASS
    measured = mass[query] - sign * size[query] * ELECTRON_MASS
    error_ppm = (measured - ions) / ions * 1e6
    return _Piece(peak[query], counts, sign * size[query], error_ppm).best()


def _joined(
    n_peaks: int, ion: Formula, columns: tuple[int, ...], pieces: list[_Piece]
) -> PeakFormulas:
    if len(pieces) == 1:
        whole = pieces[0]
    else:
        nothing = np.zeros(0, dtype=np.int64)
        whole = _Piece(
            np.concatenate([nothing, *(piece.peak for piece in pieces)]),
            np.concatenate(
                [np.zeros((0, len(columns)), np.int64), *(piece.counts for piece in pieces)]
            ),
            np.concatenate([nothing, *(piece.charge for piece in pieces)]),
            np.concatenate([np.zeros(0), *(piece.error_ppm for piece in pieces)]),
        ).best()
    return PeakFormulas(
        n_peaks, ion, whole.peak, whole.counts, columns, whole.charge, whole.error_ppm
    )
