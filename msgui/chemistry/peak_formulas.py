"""The ion formula of each peak of a spectrum, all peaks judged together, or an honest blank.

The candidates of a peak are parts of the precursor's formula (and isotopes and adducts of parts).
First the mass error of the spectrum is estimated from the peaks themselves. Then each candidate is
scored by its error in the light of that, by how ions and losses of its composition were found in
annotated records, and, in a second round, by the formulas of the other peaks: fragments come from
fragments by losses that chemists know. A blank competes with the candidates of every peak; where
it wins the peak has no formula.

The idea of scoring fragment, loss and mass error together is that of fragmentation trees (Böcker
and Dührkop, J. Cheminform. 8, 5, 2016); support by all plausible parents at once stands here in
place of the one parent of a tree.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.chosen_peaks import chosen_rows, ruled_out
from msgui.chemistry.formula import ELEMENTS, Formula
from msgui.chemistry.isotopes import SHIFTS
from msgui.chemistry.peak_candidates import (
    GASES,
    PEAK_KINDS,
    PeakCandidates,
    PeakKind,
    adduct_elements,
    peak_candidates,
    rounding_da,
)
from msgui.chemistry.peak_rows import ISOTOPE, PART, formula_of, is_odd
from msgui.chemistry.peak_support import no_support, support_terms
from msgui.chemistry.peak_terms import (
    BLANK_WEIGHTS,
    PEAK_WEIGHTS,
    blank_terms,
    composition_terms,
    isotope_terms,
    mass_terms,
    score,
)
from msgui.chemistry.recalibration import (
    MassError,
    Recalibration,
    estimate_mass_error,
    recalibration,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# A peak is named when its candidates together are likelier than the blank.
LEAST_PLAUSIBILITY: Final = 0.5
# Alternatives below this are not worth a line.
LEAST_ALTERNATIVE: Final = 0.01
NOTHING_CHOSEN: Final[Mapping[int, Formula]] = MappingProxyType({})
# Before anything is known: what the mass error is estimated with.
_FIRST_COSTS: Final = {
    "radical": 1.2,
    "double bonds below zero": 3.0,
    "heteroatom share": 1.5,
    "unsaturation beyond carbons": 0.5,
}
_FIRST_COST_OF_KINDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class PeakFormula:
    """What a peak may be.

    Parameters
    ----------
    formula : Formula
        Atoms of the ion; a heavy isotope stands as its own element ([13C], [34S], [37Cl], [81Br]).
    charge : int
        Signed.
    error_ppm : float
        (measured - computed) / computed * 1e6, as measured: the offset of the spectrum is in it.
    neutral_loss : Formula
        Precursor ion minus this ion, before it picked anything up.
    plausibility : float
        0 to 1; those of all candidates of a peak and of the blank add up to 1.
    isotope : str
        "13C", "34S", "37Cl", "81Br" or empty.
    light_peak : int
        Index of the peak with the light isotope; -1 without one.
    added : str
        "H2O" or "N2" when the fragment picked it up in the collision cell, else empty.
    adduct_atoms : str
        "Na kept" or "Na lost" for a fragment of [M+Na]+, likewise for other atoms that only the
        adduct brings; else empty.
    is_radical : bool
        Does the ion have an odd number of electrons.
    """

    formula: Formula
    charge: int
    error_ppm: float
    neutral_loss: Formula
    plausibility: float
    isotope: str = ""
    light_peak: int = -1
    added: str = ""
    adduct_atoms: str = ""
    is_radical: bool = False


@dataclass(frozen=True, eq=False)
class NamedPeaks:
    """What the peaks of a spectrum are.

    Parameters
    ----------
    candidates : PeakCandidates
    adduct : Adduct
    plausibility : float64 array, shape (n_candidates,)
    blank : float64 array, shape (n_peaks,)
        Plausibility that a peak is none of its candidates.
    mass_error : MassError
        What the peaks were judged against.
    chosen_row : int64 array, shape (n_peaks,)
        Row of a formula that was chosen for the peak; -1 for others.
    """

    candidates: PeakCandidates
    adduct: Adduct
    plausibility: FloatArray
    blank: FloatArray
    mass_error: MassError
    chosen_row: IntArray

    @property
    def is_named(self) -> npt.NDArray[np.bool_]:
        """Which peaks have a formula, shape (n_peaks,)."""
        return np.asarray((1.0 - self.blank >= LEAST_PLAUSIBILITY) | (self.chosen_row >= 0))

    @cached_property
    def best(self) -> IntArray:
        """Row of the chosen or likeliest candidate of each peak, -1 for a blank, (n_peaks,)."""
        result = np.full(self.candidates.n_peaks, -1, dtype=np.int64)
        peak = self.candidates.rows.peak
        # Written from the least to the most plausible: the last one stays.
        order = np.argsort(self.plausibility, kind="stable")
        result[peak[order]] = order
        result = np.where(self.is_named, result, -1)
        return np.where(self.chosen_row >= 0, self.chosen_row, result)

    @property
    def is_part(self) -> npt.NDArray[np.bool_]:
        """Which peaks are named as a part of the ion, isotopes and adducts excluded."""
        kind = np.append(self.candidates.rows.kind, ISOTOPE)[self.best]
        return np.asarray((self.best >= 0) & (kind == PART))

    @property
    def recalibration(self) -> Recalibration:
        """The mass error that the named peaks show."""
        rows = self.best[self.best >= 0]
        residual = self.candidates.rows.error_ppm[rows] - self.mass_error.offset_ppm
        return recalibration(self.mass_error, residual)

    def all_of(self, peak: int, least: float = LEAST_ALTERNATIVE) -> tuple[PeakFormula, ...]:
        """Return the candidates of a peak, the likeliest first, also where the blank is likelier.

        Parameters
        ----------
        peak : int
        least : float
            Plausibility below which candidates are left out.
        """
        first, last = np.searchsorted(self.candidates.rows.peak, (peak, peak + 1))
        rows = np.arange(first, last)
        rows = rows[self.plausibility[rows] >= least]
        return tuple(self._formula(row) for row in rows[np.argsort(-self.plausibility[rows])])

    def _formula(self, row: int) -> PeakFormula:
        rows, columns = self.candidates.rows, self.candidates.columns
        counts, kind = rows.counts[row], int(rows.kind[row])
        isotope = SHIFTS[kind - ISOTOPE].isotope if kind >= ISOTOPE else ""
        lost = formula_of(self.candidates.ion - counts, columns)
        light = int(rows.light[row])
        return PeakFormula(
            formula=formula_of(counts, columns, isotope),
            charge=self.candidates.sign * int(rows.size[row]),
            error_ppm=float(rows.error_ppm[row]),
            neutral_loss=lost + GASES[kind] if kind in GASES else lost,
            plausibility=float(self.plausibility[row]),
            isotope=isotope,
            light_peak=int(rows.peak[light]) if light >= 0 else -1,
            added=str(GASES[kind]) if kind in GASES else "",
            adduct_atoms=self._adduct_atoms(counts),
            is_radical=bool(is_odd(counts[None], rows.size[row : row + 1], columns)[0]),
        )

    def _adduct_atoms(self, counts: IntArray) -> str:
        columns, parts = self.candidates.columns, []
        for element in adduct_elements(self.adduct):
            place = columns.index(element)
            kept = counts[place] >= self.candidates.ion[place]
            parts.append(f"{ELEMENTS[element]} {'kept' if kept else 'lost'}")
        return ", ".join(parts)


def name_peaks(
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    ion: Formula,
    adduct: Adduct,
    tolerance_ppm: float,
    kinds: Collection[PeakKind] = PEAK_KINDS,
    mass_error: MassError | None = None,
    chosen: Mapping[int, Formula] = NOTHING_CHOSEN,
) -> NamedPeaks:
    """Return what each peak of a spectrum is.

    Parameters
    ----------
    mz, intensity : array_like, shape (n_peaks,)
        Ascending m/z above 0.
    ion : Formula
        Atoms of the precursor ion: ``adduct.ion_formula(formula)``.
    adduct : Adduct
        Its charge and the atoms it brought count.
    tolerance_ppm : float
        What a calibrated spectrum keeps. Candidates are looked for up to 2.5 times as far, and
        judged by the error of the spectrum itself.
    kinds : collection of PeakKind
        What is tried besides even-electron, singly charged parts.
    mass_error : MassError, optional
        When it is known; else it is estimated.
    chosen : mapping of int to Formula
        Ion formulas of peaks (by index) that are known. Mass error, isotopes and losses of all
        other peaks are judged with these; the other candidates of such a peak stay alternatives.

    Raises
    ------
    MsguiError
        When the ion has too many atoms to enumerate, or the tolerance is not above zero.

    Examples
    --------
    >>> from msgui.chemistry.adducts import parse_adduct
    >>> adduct = parse_adduct("[M+H]+")
    >>> ion = adduct.ion_formula(Formula.parse("C8H10N4O2"))
    >>> found = name_peaks([110.0713, 138.0662, 150.3], [10, 50, 5], ion, adduct, 10)
    >>> [[str(match.formula) for match in found.all_of(peak)[:1]] for peak in range(3)]
    [['C5H8N3'], ['C6H8N3O'], []]
    """
    masses = np.asarray(mz, dtype=np.float64)
    heights = np.asarray(intensity, dtype=np.float64)
    candidates = peak_candidates(masses, heights, ion, adduct, tolerance_ppm, kinds)
    evidence = Evidence(candidates, masses, heights, mass_error, chosen)
    plausibility, blank = evidence.weighed(PEAK_WEIGHTS, BLANK_WEIGHTS)
    return NamedPeaks(
        candidates, adduct, plausibility, blank, evidence.mass_error, evidence.chosen_row
    )


class Evidence:
    """The terms of all candidates of a spectrum: what the weights are fitted on.

    Parameters
    ----------
    candidates : PeakCandidates
    mz, intensity : float64 arrays, shape (n_peaks,)
    mass_error : MassError, optional
        Estimated when it is not given.
    chosen : mapping of int to Formula
        As in :func:`name_peaks`.
    """

    def __init__(
        self,
        candidates: PeakCandidates,
        mz: FloatArray,
        intensity: FloatArray,
        mass_error: MassError | None = None,
        chosen: Mapping[int, Formula] = NOTHING_CHOSEN,
    ) -> None:
        self.candidates, self._mz, self._intensity = candidates, mz, intensity
        self.chosen_row = chosen_rows(candidates, chosen)
        self._ruled_out = ruled_out(candidates, chosen, self.chosen_row)
        rows = candidates.rows
        relative = intensity / intensity.max() if intensity.size else intensity
        log_relative = np.log10(np.maximum(relative, 1e-5))
        terms = composition_terms(candidates)
        cost = _FIRST_COST_OF_KINDS * (rows.kind > 0) + score(terms, _FIRST_COSTS)
        cost = np.where(self._ruled_out, np.inf, cost)
        self.mass_error = mass_error or estimate_mass_error(
            mz, intensity, rows.peak, rows.error_ppm, cost, candidates.reach_ppm
        )
        sigma = self.mass_error.sigma_ppm(mz, relative, rounding_da(mz))
        terms |= mass_terms(candidates, self.mass_error, sigma)
        terms |= isotope_terms(rows, log_relative)
        self.terms = terms | no_support(candidates)
        self.blank_terms = blank_terms(candidates, mz, log_relative, self.mass_error)

    def weighed(
        self, weights: Mapping[str, float], blank_weights: Mapping[str, float]
    ) -> tuple[FloatArray, FloatArray]:
        """Return plausibilities of candidates and of blanks; :attr:`terms` get the support."""
        blank = score(self.blank_terms, blank_weights)
        first = np.where(self._ruled_out, -np.inf, score(self.terms, weights))
        no_blank = np.where(self.chosen_row >= 0, -np.inf, blank)
        plausibility, _ = shares(self.candidates, first, no_blank)
        self.terms |= support_terms(self.candidates, plausibility, self._mz, self._intensity)
        # The others of a chosen peak stay its alternatives; heavy isotopes of them do not.
        gone = self._ruled_out & self.candidates.rows.is_isotope
        final = np.where(gone, -np.inf, score(self.terms, weights))
        return shares(self.candidates, final, blank)


def shares(
    candidates: PeakCandidates, scores: FloatArray, blank: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return exp(score) of candidates and of blanks as shares of their peak."""
    peak = candidates.rows.peak
    highest = blank.copy()
    np.maximum.at(highest, peak, scores)
    of_candidate = np.exp(scores - highest[peak])
    of_blank = np.exp(blank - highest)
    total = of_blank + np.bincount(peak, of_candidate, minlength=blank.size)
    return of_candidate / total[peak], of_blank / total
