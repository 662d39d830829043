"""Formulas that the peaks of a spectrum may have, whatever the precursor is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.composition_table import CompositionTable
from msgui.chemistry.formula import ELECTRON_MASS, MASSES, Formula
from msgui.chemistry.subformulas import TOLERANCE_FLOOR_DA
from msgui.spectra.coverage import counting_peaks
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int16]

# More peaks than this change the ranking no more, and each costs milliseconds.
MOST_PEAKS: Final = 40
# Parts are looked for this many times farther than the tolerance: what is found beyond it says how
# much a formula explains by chance.
_WIDER = 2.0


@dataclass(frozen=True, eq=False)
class Parts:
    """Compositions, each of one peak.

    Parameters
    ----------
    peak : int64 array, shape (n_parts,)
        Ascending.
    counts : int16 array, shape (n_parts, n_elements)
    error_ppm : float64 array, shape (n_parts,)
        (measured - computed) / computed * 1e6.
    """

    peak: IntArray
    counts: Counts
    error_ppm: FloatArray

    def chosen(self, rows: npt.NDArray[np.bool_] | IntArray) -> "Parts":
        """Return some of the parts."""
        return Parts(self.peak[rows], self.counts[rows], self.error_ppm[rows])


@dataclass(frozen=True, eq=False)
class PeakParts:
    """The peaks that count and what they may be.

    Parameters
    ----------
    columns : tuple of int
        Elements of the count columns.
    intensity : float64 array, shape (n_peaks,)
        Relative to the highest.
    tolerance_ppm : float64 array, shape (n_peaks,)
    parts : Parts
        Within tolerance.
    below, above : Parts
        As far outside the tolerance as it is wide, on either side.
    """

    columns: tuple[int, ...]
    intensity: FloatArray
    tolerance_ppm: FloatArray
    parts: Parts
    below: Parts
    above: Parts


def peak_parts(
    spectrum: Spectrum,
    precursor_mz: float,
    charge: int,
    table: CompositionTable,
    ions: Counts,
    columns: Sequence[int],
    tolerance_ppm: float,
    known: Mapping[int, Formula] = MappingProxyType({}),
) -> PeakParts:
    """Return what the most intense peaks may be, as far as at least one ion has the atoms.

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
    known : mapping of int to Formula
        Ion formulas of peaks (by index in the spectrum): such a peak may be nothing else.
    """
    chosen = _most_intense(spectrum, precursor_mz, charge)
    mz, intensity = spectrum.mz[chosen], spectrum.intensity[chosen]
    tolerance = np.maximum(tolerance_ppm, TOLERANCE_FLOOR_DA / mz * 1e6)
    most = ions.max(axis=0)
    sign = 1 if charge > 0 else -1
    peaks, found, errors = [np.zeros(0, np.int64)], [ions[:0]], [np.zeros(0)]
    for place, value in enumerate(mz.tolist()):
        for size in range(1, abs(charge) + 1):
            mass = value * size + sign * size * ELECTRON_MASS
            reach = _WIDER * tolerance[place] * 1e-6 * value * size
            counts = _parts_of(mass, reach, table, most, columns)
            exact = (counts @ MASSES[list(columns)] - sign * size * ELECTRON_MASS) / size
            peaks.append(np.full(len(counts), place, dtype=np.int64))
            found.append(counts)
            errors.append((value - exact) / exact * 1e6)
    wide = Parts(np.concatenate(peaks), np.concatenate(found), np.concatenate(errors))
    for place, index in enumerate(chosen.tolist()):
        formula = known.get(index)
        if formula is None:
            continue
        atoms = np.array(formula.counts)[list(columns)]
        is_it = (wide.counts == atoms).all(axis=1) & (atoms.sum() == sum(formula.counts))
        wide = wide.chosen(is_it | (wide.peak != place))
    limit = tolerance[wide.peak]
    return PeakParts(
        columns=tuple(columns),
        intensity=intensity / intensity.max() if intensity.size else intensity,
        tolerance_ppm=tolerance,
        parts=wide.chosen(np.abs(wide.error_ppm) <= limit),
        below=wide.chosen(wide.error_ppm < -limit),
        above=wide.chosen(wide.error_ppm > limit),
    )


def _most_intense(spectrum: Spectrum, precursor_mz: float, charge: int) -> IntArray:
    counts = counting_peaks(spectrum.mz, spectrum.intensity, precursor_mz, charge)
    chosen = np.flatnonzero(counts & (spectrum.intensity > 0) & (spectrum.mz > 0))
    best = np.argsort(-spectrum.intensity[chosen], kind="stable")[:MOST_PEAKS]
    return np.sort(chosen[best])


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
