"""What the peaks of a spectrum say about formulas of its precursor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.composition_table import CompositionTable
from msgui.chemistry.formula import ELECTRON_MASS, MASSES
from msgui.chemistry.formula_terms import Composition, composition
from msgui.chemistry.known_losses import KNOWN_LOSSES
from msgui.chemistry.subformulas import TOLERANCE_FLOOR_DA
from msgui.spectra.coverage import counting_peaks
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int16]

# More peaks than this change the ranking no more, and each costs milliseconds.
MOST_PEAKS: Final = 40
# Before the peaks have told it, the mass error is taken to be normal with this share of the
# tolerance as standard deviation.
SIGMA_SHARE: Final = 0.3
# The spread of a spectrum is never taken to be less: even the best analysers scatter so much.
LEAST_SIGMA_PPM: Final = 0.7
# How many peaks the assumed mass error weighs as much as.
_PRIOR_PEAKS = 3.0
_LARGEST_DEVIATION = 5.0

EVIDENCE_WEIGHTS: Final[Mapping[str, float]] = {
    "explained peaks": 0.01,
    "explained share of peaks": 4.04,
    "explained share of root intensity": 1.84,
    "squared errors": -0.02,
    "radical fragments": -0.28,
    "fragments with more rings than carbons": -0.03,
    "impossible losses": 0.02,
    "known losses": 0.14,
    "known share": 4.50,
    "ways to explain by chance": -0.96,
}

# How implausible a part is as a fragment ion, in the unit of half a squared standard deviation:
# decides which of several parts within tolerance explains a peak.
_RADICAL, _NEGATIVE_RDBE, _HETERO_SHARE = 0.5, 1.0, 1.2
_HALOGEN, _EXCESS_UNSATURATION, _PHOSPHORUS_SULFUR = 0.3, 0.3, 0.4


@dataclass(frozen=True, eq=False)
class Calibration:
    """Offset and standard deviation of the mass error of a spectrum, in ppm."""

    offset_ppm: float
    sigma_ppm: float


@dataclass(frozen=True, eq=False)
class PeakParts:
    """Formulas that the peaks of a spectrum may have, whatever the precursor is.

    Parameters
    ----------
    columns : tuple of int
        Elements of the count columns.
    intensity : float64 array, shape (n_peaks,)
        Relative to the highest of the peaks that count.
    peak : int64 array, shape (n_parts,)
        Ascending.
    counts : int16 array, shape (n_parts, n_elements)
    error_ppm : float64 array, shape (n_parts,)
    numbers : Composition
        Of the parts.
    """

    columns: tuple[int, ...]
    intensity: FloatArray
    peak: IntArray
    counts: Counts
    error_ppm: FloatArray
    numbers: Composition


def peak_parts(
    spectrum: Spectrum,
    precursor_mz: float,
    charge: int,
    table: CompositionTable,
    ions: Counts,
    columns: Sequence[int],
    tolerance_ppm: float,
) -> PeakParts:
    """Return the formulas of the most intense peaks that at least one ion can contain.

    Parameters
    ----------
    spectrum : Spectrum
    precursor_mz : float
    charge : int
        Of the precursor; peaks may have any charge up to it.
    table : CompositionTable
        Whose columns are the first of ``columns``; further ones are atoms that only adducts bring.
    ions : int16 array, shape (n_ions, len(columns))
    columns : sequence of int
    tolerance_ppm : float
    """
    counts = counting_peaks(spectrum.mz, spectrum.intensity, precursor_mz, charge)
    chosen = np.flatnonzero(counts & (spectrum.intensity > 0))
    chosen = chosen[np.argsort(-spectrum.intensity[chosen], kind="stable")[:MOST_PEAKS]]
    chosen.sort()
    mz, intensity = spectrum.mz[chosen], spectrum.intensity[chosen]
    most = ions.max(axis=0)
    sign = 1 if charge > 0 else -1
    peaks, found, errors = [np.zeros(0, np.int64)], [ions[:0]], [np.zeros(0)]
    for place, value in enumerate(mz.tolist()):
        for size in range(1, abs(charge) + 1):
            tolerance = max(value * tolerance_ppm * 1e-6, TOLERANCE_FLOOR_DA) * size
            mass = value * size + sign * size * ELECTRON_MASS
            parts = _parts_of(mass, tolerance, table, most, columns)
            exact = (parts @ MASSES[list(columns)] - sign * size * ELECTRON_MASS) / size
            peaks.append(np.full(len(parts), place, dtype=np.int64))
            found.append(parts)
            errors.append((value - exact) / exact * 1e6)
    parts = np.concatenate(found)
    return PeakParts(
        tuple(columns),
        intensity / intensity.max() if intensity.size else intensity,
        np.concatenate(peaks),
        parts,
        np.concatenate(errors),
        composition(parts, columns),
    )


def _parts_of(
    mass: float, tolerance: float, table: CompositionTable, most: Counts, columns: Sequence[int]
) -> Counts:
    """Return the compositions of one mass, with and without the atoms that only adducts bring."""
    inner = len(table.columns)
    found = [np.zeros((0, len(columns)), dtype=np.int16)]
    for brought in product(*(range(int(number) + 1) for number in most[inner:])):
        rest = mass - float(np.dot(brought, MASSES[list(columns[inner:])]))
        if rest + tolerance < 0:
            continue
        plain = table.search(rest, tolerance)
        plain = plain[(plain <= most[:inner]).all(axis=1)]
        atoms = np.tile(np.array(brought, dtype=np.int16), (len(plain), 1))
        found.append(np.column_stack([plain, atoms]))
    return np.concatenate(found)


def _plausible_first(parts: PeakParts, calibration: Calibration) -> PeakParts:
    """Return the parts with the likeliest of each peak first."""
    n = parts.numbers
    deviation = (parts.error_ppm - calibration.offset_ppm) / calibration.sigma_ppm
    cost = (
        0.5 * np.minimum(deviation**2, _LARGEST_DEVIATION**2)
        + _RADICAL * (n.rdbe % 1 == 0)
        + _NEGATIVE_RDBE * (n.rdbe < 0)
        + _HETERO_SHARE * n.hetero_share
        + _HALOGEN * n.halogens
        + _EXCESS_UNSATURATION * n.excess_unsaturation
        + _PHOSPHORUS_SULFUR * (n.atoms["P"] + n.atoms["S"])
    )
    order = np.lexsort((cost, parts.peak))
    counts = parts.counts[order]
    return replace(
        parts,
        peak=parts.peak[order],
        counts=counts,
        error_ppm=parts.error_ppm[order],
        numbers=composition(counts, parts.columns),
    )


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the peaks say about each candidate ion.

    Parameters
    ----------
    terms : mapping of str to float64 array, shape (n_ions,)
    best : int32 array, shape (n_peaks, n_ions)
        Row of ``parts`` that explains a peak, or -1.
    parts : PeakParts
    """

    terms: Mapping[str, FloatArray]
    best: npt.NDArray[np.int32]
    parts: PeakParts

    @property
    def score(self) -> FloatArray:
        """Weighted sum of the terms, shape (n_ions,)."""
        total = np.zeros(self.best.shape[1])
        for name, weight in EVIDENCE_WEIGHTS.items():
            total += weight * self.terms[name]
        return total


def evidence(parts: PeakParts, ions: Counts, calibration: Calibration) -> Evidence:
    """Return what the peaks say about each ion, shape (n_ions, n_elements) as in ``parts``."""
    from msgui.chemistry.part_kernel import best_parts

    parts = _plausible_first(parts, calibration)
    offset = np.searchsorted(parts.peak, np.arange(parts.intensity.size + 1))
    best = best_parts(
        np.ascontiguousarray(ions), np.ascontiguousarray(parts.counts), offset.astype(np.int64)
    )
    return Evidence(_terms(parts, ions, best, calibration), best, parts)


def _terms(
    parts: PeakParts, ions: Counts, best: npt.NDArray[np.int32], calibration: Calibration
) -> dict[str, FloatArray]:
    n_ions = len(ions)
    number, share, deviation, radical, excess, odd_loss, known = (
        np.zeros(n_ions) for _ in range(7)
    )
    known_codes = _known_codes(parts.columns)
    root = np.sqrt(parts.intensity)
    numbers = parts.numbers
    excess_unsaturation = numbers.excess_unsaturation
    for peak, row in enumerate(best):
        explained = np.flatnonzero(row >= 0)
        part = row[explained]
        error = (parts.error_ppm[part] - calibration.offset_ppm) / calibration.sigma_ppm
        lost = ions[explained] - parts.counts[part]
        loss = composition(lost, parts.columns)
        number[explained] += 1
        share[explained] += root[peak]
        deviation[explained] += np.minimum(error**2, _LARGEST_DEVIATION**2)
        radical[explained] += root[peak] * (numbers.rdbe[part] % 1 == 0)
        excess[explained] += root[peak] * excess_unsaturation[part]
        known[explained] += root[peak] * np.isin(_codes(lost), known_codes)
        odd_loss[explained] += root[peak] * (loss.rdbe < 0)
    # With more kinds and numbers of atoms more peaks are explained by chance.
    chance = np.log1p(ions[:, 2:].astype(np.float64)).sum(axis=1)
    return {
        "explained peaks": number,
        "explained share of peaks": number / max(best.shape[0], 1),
        "explained share of root intensity": share / max(float(root.sum()), 1e-12),
        "squared errors": deviation,
        "radical fragments": radical,
        "fragments with more rings than carbons": excess,
        "impossible losses": odd_loss,
        "known losses": known,
        "known share": known / max(float(root.sum()), 1e-12),
        "ways to explain by chance": chance,
    }


def _codes(counts: Counts) -> IntArray:
    """Return one number for each composition; different ones differ but by a freak chance."""
    powers = np.array([pow(1009, column, 2**61 - 1) for column in range(counts.shape[1])])
    return counts.astype(np.int64) @ powers


@lru_cache(maxsize=32)
def _known_codes(columns: tuple[int, ...]) -> IntArray:
    losses = np.array([loss.counts for loss in KNOWN_LOSSES])[:, list(columns)]
    return _codes(losses.astype(np.int16))


def calibrate(found: Evidence, probability: FloatArray, tolerance_ppm: float) -> Calibration:
    """Return the mass error that the likeliest candidates agree on.

    A spectrum with few explained peaks keeps what is assumed without any: no offset, and three
    tenths of the tolerance as standard deviation.

    Parameters
    ----------
    found : Evidence
    probability : float64 array, shape (n_ions,)
    tolerance_ppm : float
    """
    assumed = SIGMA_SHARE * tolerance_ppm
    errors, weights = [], []
    for ion in np.argsort(-probability, kind="stable")[:3]:
        rows = found.best[:, ion]
        peaks = np.flatnonzero(rows >= 0)
        errors.append(found.parts.error_ppm[rows[peaks]])
        weights.append(probability[ion] * np.sqrt(found.parts.intensity[peaks]))
    error, weight = np.concatenate(errors), np.concatenate(weights)
    if not error.size or weight.sum() <= 0:
        return Calibration(0.0, assumed)
    size = float(weight.sum() ** 2 / (weight**2).sum())
    trust = size / (size + _PRIOR_PEAKS)
    offset = trust * _weighted_median(error, weight)
    spread = 1.4826 * _weighted_median(np.abs(error - offset), weight)
    sigma = trust * spread + (1 - trust) * assumed
    return Calibration(offset, max(sigma, LEAST_SIGMA_PPM))


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])
