"""How plausible it is that a peak is this part of an ion and that loss: learned from annotations.

Every explained peak of a candidate gets a vector of numbers: how often the part and the loss were
right rather than wrong in spectra of known molecules, what they are made of, and how far off the
mass is. A small network turns it into contributions; it was fitted on what tells right formulas
from wrong ones (``benchmarks/fit_formula_score.py``).
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENTS, Formula
from msgui.chemistry.formula_terms import Composition, composition
from msgui.chemistry.peak_parts import Counts, FloatArray, IntArray, PeakParts
from msgui.chemistry.small_network import SmallNetwork
from msgui.paths import resources

# A composition is known by one number; different ones differ but by a freak chance.
_POWERS: Final = np.array([pow(1009, place + 1, 2**61 - 1) for place in range(len(ELEMENTS))])


@dataclass(frozen=True, eq=False)
class LogOdds:
    """How much likelier a composition is in a right than in a wrong explanation of a peak.

    Parameters
    ----------
    codes : int64 array, shape (n,)
        Ascending; see :func:`codes`.
    values : float64 array, shape (n,)
        Natural logarithms.
    """

    codes: IntArray
    values: FloatArray

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a table with the columns formula and log_odds."""
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        rows = [line.split("\t") for line in lines]
        counts = np.array([Formula.parse(row[0]).counts for row in rows], dtype=np.int16)
        found = codes(counts, tuple(range(len(ELEMENTS))))
        order = np.argsort(found)
        return cls(found[order], np.array([float(row[1]) for row in rows])[order])

    def of(self, wanted: IntArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return the values of codes, 0 for unknown ones, and which are known."""
        if not self.codes.size:
            return np.zeros(wanted.size), np.zeros(wanted.size, dtype=bool)
        place = np.minimum(np.searchsorted(self.codes, wanted), self.codes.size - 1)
        known = self.codes[place] == wanted
        return np.where(known, self.values[place], 0.0), known


@dataclass(frozen=True, eq=False)
class Explained:
    """Peaks that candidates explain, one row for each pair.

    Parameters
    ----------
    peak, ion : int64 arrays, shape (n,)
    part, loss : int16 arrays, shape (n, n_elements)
    deviation : float64 array, shape (n,)
        Mass error in standard deviations.
    certain : float64 array, shape (n,)
        Logarithm of how much narrower the errors of true explanations are than the tolerance.
    """

    peak: IntArray
    ion: IntArray
    part: Counts
    loss: Counts
    deviation: FloatArray
    certain: FloatArray


def codes(counts: Counts, columns: tuple[int, ...]) -> IntArray:
    """Return one number for each composition, shape (n,)."""
    result: IntArray = counts.astype(np.int64) @ _POWERS[list(columns)]
    return result


def fragment_inputs(
    peaks: PeakParts, explained: Explained, ions: LogOdds, losses: LogOdds
) -> FloatArray:
    """Return what the network is given about each explained peak, shape (n, n_inputs)."""
    part = composition(explained.part, peaks.columns)
    loss = composition(explained.loss, peaks.columns)
    ion_odds, ion_known = ions.of(codes(explained.part, peaks.columns))
    loss_odds, loss_known = losses.of(codes(explained.loss, peaks.columns))
    whole = np.maximum(part.heavy + loss.heavy, 1)
    columns = [
        np.minimum(np.abs(explained.deviation), 5.0),
        np.minimum(explained.deviation**2, 25.0),
        explained.certain,
        np.sqrt(peaks.intensity[explained.peak]),
        ion_odds,
        ion_known,
        loss_odds,
        loss_known,
        part.heavy / whole,
        np.log1p(part.heavy),
        np.log1p(loss.heavy),
        *_kind(part),
        part.rdbe % 1 == 0,
        *_kind(loss),
        # A loss is a closed shell when the fragment is one.
        loss.rdbe % 1 != 0,
        loss.heavy == 0,
        (loss.atoms["C"] > 0) & (loss.atoms["H"] == 0) & (loss.atoms["O"] == 0),
        loss.atoms["C"] == 0,
    ]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def _kind(numbers: Composition) -> tuple[FloatArray, ...]:
    a, heavy = numbers.atoms, np.maximum(numbers.heavy, 1)
    return (
        numbers.hetero_share,
        a["N"] / heavy,
        a["O"] / heavy,
        np.minimum(numbers.halogens, 4.0),
        np.minimum(a["P"] + a["S"], 3.0),
        np.minimum(numbers.excess_unsaturation, 5.0),
        np.clip(numbers.rdbe, -3.0, 20.0) / 5.0,
        np.maximum(0.0, -numbers.rdbe),
        np.minimum(a["H"] / np.maximum(a["C"], 1), 5.0),
    )


def pooled(outputs: FloatArray, explained: Explained, root: FloatArray, n_ions: int) -> FloatArray:
    """Return what the explained peaks of each ion say together, shape (n_ions,).

    Parameters
    ----------
    outputs : float64 array, shape (n, 2)
        Contributions of each explained peak: by its intensity, and as one of many.
    explained : Explained
    root : float64 array, shape (n_peaks,)
        Square roots of the intensities.
    n_ions : int
    """
    by_intensity = outputs[:, 0] * root[explained.peak] / max(float(root.sum()), 1e-12)
    # Peaks of one spectrum are not independent: a hundred say no more than ten times one.
    by_number = outputs[:, 1] / np.sqrt(max(root.size, 1))
    total: FloatArray = np.bincount(
        explained.ion, by_intensity + by_number, minlength=n_ions
    ).astype(np.float64)
    return total


@dataclass(frozen=True, eq=False)
class FragmentModel:
    """The learned tables and network."""

    ions: LogOdds
    losses: LogOdds
    network: SmallNetwork

    def score(self, peaks: PeakParts, explained: Explained, n_ions: int) -> FloatArray:
        """Return what the explained peaks speak for each ion, shape (n_ions,)."""
        if not explained.peak.size:
            return np.zeros(n_ions)
        outputs = self.network(fragment_inputs(peaks, explained, self.ions, self.losses))
        return pooled(outputs, explained, np.sqrt(peaks.intensity), n_ions)


@lru_cache(maxsize=1)
def fragment_model() -> FragmentModel:
    """Return the model that ships with msgui."""
    folder = resources() / "formulas"
    return FragmentModel(
        LogOdds.load(folder / "ions.tsv"),
        LogOdds.load(folder / "losses.tsv"),
        SmallNetwork.load(folder / "fragments.npz"),
    )
