"""Finds reference spectra that are like a measured one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from msgui.library.store import Library
from msgui.library.vectors import strong_entries
from msgui.spectra.matching import compare, root_weights
from msgui.spectra.spectrum import Spectrum

Mode = Literal["identity", "formula", "analog"]

# The index is exact but for the edges of its bins and counts losses from the precursor, as the
# modified cosine does: what it ranks below this is not compared peak by peak.
COMPARED: Final = 300
TOLERANCE_DA: Final = 0.02
MODES: Final[tuple[Mode, ...]] = ("identity", "formula", "analog")


@dataclass(frozen=True, slots=True)
class Match:
    """A reference spectrum that was found.

    Parameters
    ----------
    row : int
        In the library.
    similarity : float
        Cosine of square-root intensities (modified cosine in the mode "analog"), 0 to 1.
    shared_peaks : int
    shift : float
        Precursor of the query minus that of the match, in Da; 0 when peaks were not shifted.
    """

    row: int
    similarity: float
    shared_peaks: int
    shift: float = 0.0


def search(
    spectrum: Spectrum,
    library: Library,
    mode: Mode = "identity",
    *,
    formula: str | None = None,
    precursor_ppm: float = 20.0,
    tolerance_da: float = TOLERANCE_DA,
    limit: int = 50,
    one_per_compound: bool = True,
    exclude: Collection[str] = (),
) -> tuple[Match, ...]:
    """Return the most similar reference spectra, best first; never one of the other polarity.

    Parameters
    ----------
    spectrum : Spectrum
    library : Library
    mode : "identity", "formula" or "analog"
        Spectra with the query's precursor m/z; spectra of compounds with ``formula``; or all,
        by the modified cosine, in which peaks may be shifted by the difference of the precursors.
    formula : str or None
        Neutral formula, for the mode "formula".
    precursor_ppm : float
        Window of the mode "identity".
    tolerance_da : float
        Of peaks.
    limit : int
    one_per_compound : bool
        Only the best spectrum of each compound.
    exclude : collection of str
        First InChIKey blocks that are left out.
    """
    if not len(spectrum):
        return ()
    allowed = library.allowed(spectrum.polarity, exclude)
    rows = _candidates(spectrum, library, mode, formula, precursor_ppm, allowed)
    precursor = spectrum.precursor_mz
    weights = root_weights(spectrum.intensity)
    matches = []
    for row in rows.tolist():
        other_mz, other_intensity = library.peaks(row)
        shift = 0.0
        if mode == "analog" and precursor is not None and np.isfinite(library.precursor_mz[row]):
            shift = precursor - float(library.precursor_mz[row])
        found = compare(
            spectrum.mz,
            weights,
            other_mz,
            root_weights(other_intensity),
            tolerance_da,
            shift=-shift,
        )
        if len(found.pairs):
            matches.append(Match(row, found.score, len(found.pairs), shift))
    matches.sort(key=lambda match: (-match.similarity, match.row))
    if one_per_compound:
        best: dict[int, Match] = {}
        for match in matches:
            best.setdefault(int(library.molecule_of_row[match.row]), match)
        matches = list(best.values())
    return tuple(matches[:limit])


def _candidates(
    spectrum: Spectrum,
    library: Library,
    mode: Mode,
    formula: str | None,
    precursor_ppm: float,
    allowed: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int64]:
    """Return the rows that are worth comparing peak by peak."""
    if mode == "identity":
        if spectrum.precursor_mz is None:
            return np.empty(0, dtype=np.int64)
        window = spectrum.precursor_mz * precursor_ppm * 1e-6
        usable = allowed & (np.abs(library.precursor_mz - spectrum.precursor_mz) <= window)
    elif mode == "formula":
        usable = np.zeros(len(library), dtype=bool)
        usable[library.rows_of(library.molecules_of_formula(formula))] = True
        usable &= allowed
    else:
        usable = allowed
    if np.count_nonzero(usable) <= COMPARED:
        return np.flatnonzero(usable)
    entries = strong_entries(
        np.array([0, len(spectrum)]),
        spectrum.mz,
        spectrum.intensity,
        np.array([np.nan if spectrum.precursor_mz is None else spectrum.precursor_mz]),
    )
    rough = library.strong.dot(entries.bin, entries.value)
    rough[~usable] = 0.0
    best = np.argpartition(-rough, COMPARED)[:COMPARED]
    return np.sort(best[rough[best] > 0])
