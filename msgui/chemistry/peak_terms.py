"""What speaks for and against each thing that a peak may be.

Each term is one number for each candidate (or, for the blank, for each peak); the score is their
weighted sum, and the plausibility of a candidate is the share of exp(score) among all candidates
of its peak and the blank. The weights are those of a conditional logit model, fitted by
``benchmarks/fit_peak_formulas.py`` on annotated MassBank records and their peaks shifted by .1 to
.4 Da, for which the blank is right.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, VALENCES
from msgui.chemistry.isotopes import SHIFTS
from msgui.chemistry.known_formulas import is_known_ion, is_known_loss
from msgui.chemistry.peak_candidates import PeakCandidates
from msgui.chemistry.peak_rows import ISOTOPE, NITROGEN, WATER, Rows, is_odd
from msgui.chemistry.recalibration import MassError, log_likelihood

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Terms = Mapping[str, FloatArray]

PEAK_WEIGHTS: Final[Mapping[str, float]] = {
    "radical": 0.322,
    "small radical": -0.014,
    "double bonds below zero": 0.167,
    "heteroatom share": -2.688,
    "halogen share": -3.740,
    "nitrogen share": 1.923,
    "oxygen share, squared": 0.688,
    "phosphorus and sulfur share": 0.410,
    "unsaturation beyond carbons": -0.062,
    "few hydrogens": -3.300,
    "log carbons": -0.924,
    "kinds of atoms": -0.062,
    "metal kept": 0.778,
    "nothing lost": 1.099,
    "radical lost": -0.337,
    "kinds of atoms lost": 0.102,
    "heteroatom share of loss": 0.113,
    "unsaturation of loss beyond carbons": 0.006,
    "known ion": 0.811,
    "known loss": 0.313,
    "water picked up": -4.082,
    "nitrogen picked up": -4.190,
    # Not fitted: no annotated record has a multiply charged fragment or a 81Br.
    "further charges": -1.0,
    "is 81Br": 1.811,
    "log likelihood of error": 0.221,
    "deviations": -0.303,
    "log spread": -0.488,
    "deviations times log spread": 0.169,
    "share of reach": -3.138,
    "is 13C": 0.362,
    "is 34S": 2.227,
    "is 37Cl": 1.811,
    "isotope too intense": -4.672,
    "isotope too weak": -6.092,
    "log intensity of light form": -0.280,
    "heavier peaks it may come from": 0.313,
    "lighter peaks it may make": 0.359,
    "heavier peaks near": -0.258,
    "lighter peaks near": -0.179,
    "log plausibility of light form": -0.052,
}
BLANK_WEIGHTS: Final[Mapping[str, float]] = {
    "constant": -1.595,
    "log candidates": 0.814,
    "log intensity": 0.402,
    "log m/z": -1.382,
    "log spread": 0.219,
    "log share of peaks with candidates": -1.397,
}

_MOST_DEVIATIONS = 12.0
_LEAST_LOG_RATIO = -5.0


class _Atoms:
    """Numbers of atoms by element, of many formulas at once."""

    def __init__(self, counts: IntArray, columns: tuple[int, ...]) -> None:
        self._counts, self._place = counts, {e: i for i, e in enumerate(columns)}
        valence = np.array([VALENCES[element] - 2 for element in columns])
        self.rdbe = 1.0 + counts @ valence / 2
        self.kinds = (counts > 0).sum(axis=1).astype(np.float64)
        self.heavy = counts.sum(axis=1) - self["H"]
        self.halogens = self["F"] + self["Cl"] + self["Br"] + self["I"]
        self.hetero = self["N"] + self["O"] + self["P"] + self["S"]

    def __getitem__(self, symbol: str) -> FloatArray:
        place = self._place.get(ELEMENT_INDEX[symbol])
        if place is None:
            return np.zeros(len(self._counts))
        return self._counts[:, place].astype(np.float64)


def composition_terms(candidates: PeakCandidates) -> dict[str, FloatArray]:
    """Return the terms of what the ions and their losses are made of."""
    rows, columns = candidates.rows, candidates.columns
    lost = np.maximum(candidates.ion - rows.counts, 0)
    ion, loss = _Atoms(rows.counts, columns), _Atoms(lost, columns)
    heavy, carbons = np.maximum(ion.heavy, 1), np.maximum(ion["C"], 1)
    something_lost = lost.any(axis=1)
    is_radical = is_odd(rows.counts, rows.size, columns)
    terms = {
        "radical": is_radical,
        "small radical": is_radical & (ion.heavy < 6),
        "double bonds below zero": np.maximum(0.0, -ion.rdbe),
        "heteroatom share": ion.hetero / heavy,
        "halogen share": ion.halogens / heavy,
        "nitrogen share": ion["N"] / heavy,
        "oxygen share, squared": (ion["O"] / heavy) ** 2,
        "phosphorus and sulfur share": (ion["P"] + ion["S"]) / heavy,
        "unsaturation beyond carbons": np.maximum(0.0, ion.rdbe - ion["C"]),
        "few hydrogens": (ion["C"] > 3)
        * np.maximum(0.0, 0.45 - (ion["H"] + ion.halogens) / carbons),
        "log carbons": np.log1p(ion["C"]),
        "kinds of atoms": ion.kinds,
        "metal kept": ion["Na"] + ion["K"] + ion["Li"],
        "nothing lost": ~something_lost,
        "radical lost": np.rint(2 * loss.rdbe).astype(np.int64) % 2 == 1,
        "kinds of atoms lost": loss.kinds,
        "heteroatom share of loss": something_lost * loss.hetero / np.maximum(loss.heavy, 1),
        "unsaturation of loss beyond carbons": something_lost
        * np.maximum(0.0, loss.rdbe - loss["C"] - 1),
        "known ion": is_known_ion(rows.counts, columns),
        "known loss": is_known_loss(lost, columns),
        "water picked up": rows.kind == WATER,
        "nitrogen picked up": rows.kind == NITROGEN,
        "further charges": rows.size - 1,
    }
    return {name: np.asarray(value, dtype=np.float64) for name, value in terms.items()}


def isotope_terms(rows: Rows, log_relative: FloatArray) -> dict[str, FloatArray]:
    """Return the terms of isotope peaks; 0 for all others.

    ``log_relative`` is the decadic logarithm of relative intensities, shape (n_peaks,).
    """
    terms = {
        f"is {shift.isotope}": (rows.kind == ISOTOPE + number).astype(np.float64)
        for number, shift in enumerate(SHIFTS)
    }
    is_isotope = rows.is_isotope
    log_ratio = np.log(rows.ratio[is_isotope] / rows.expected_ratio[is_isotope])
    light = rows.peak[rows.light[is_isotope]]
    for name, values in (
        ("isotope too intense", np.maximum(0.0, log_ratio)),
        ("isotope too weak", np.minimum(np.maximum(0.0, -log_ratio), -_LEAST_LOG_RATIO)),
        ("log intensity of light form", log_relative[light]),
    ):
        terms[name] = np.zeros(rows.peak.size)
        terms[name][is_isotope] = values
    return terms


def mass_terms(
    candidates: PeakCandidates, mass_error: MassError, sigma_ppm: FloatArray
) -> dict[str, FloatArray]:
    """Return the terms of the mass errors; ``sigma_ppm`` has shape (n_peaks,)."""
    rows = candidates.rows
    sigma = sigma_ppm[rows.peak]
    centered = rows.error_ppm - mass_error.offset_ppm
    deviation = centered / sigma
    capped = np.minimum(np.abs(deviation), _MOST_DEVIATIONS)
    return {
        "log likelihood of error": log_likelihood(deviation) - np.log(sigma),
        "deviations": capped,
        "log spread": np.log(sigma),
        "deviations times log spread": capped * np.log(sigma),
        "share of reach": np.minimum(np.abs(centered) / candidates.reach_ppm[rows.peak], 1.5),
    }


def blank_terms(
    candidates: PeakCandidates, mz: FloatArray, log_relative: FloatArray, mass_error: MassError
) -> dict[str, FloatArray]:
    """Return the terms of the blank, each of shape (n_peaks,)."""
    number = np.bincount(candidates.rows.peak, minlength=mz.size)
    share = (np.count_nonzero(number) + 0.5) / (mz.size + 1)
    return {
        "constant": np.ones(mz.size),
        "log candidates": np.log1p(number),
        "log intensity": log_relative,
        "log m/z": np.log(mz),
        "log spread": np.full(mz.size, np.log(mass_error.spread_ppm)),
        # Where few peaks have a candidate at all, most are noise or the formula is wrong.
        "log share of peaks with candidates": np.full(mz.size, np.log(share)),
    }


def score(terms: Terms, weights: Mapping[str, float]) -> FloatArray:
    """Return the weighted sum of the terms."""
    total = np.zeros(len(next(iter(terms.values()))))
    for name, weight in weights.items():
        total += weight * terms[name]
    return total
