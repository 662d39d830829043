"""An inverted index: for each bin, which spectra have something there, and how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from msgui.library.vectors import Entries
from msgui.progress import Step


@dataclass(frozen=True, eq=False)
class BinnedIndex:
    """Spectra by bin.

    Parameters
    ----------
    offsets : int64 array, shape (n_bins + 1,)
        Bin b holds the entries ``offsets[b]:offsets[b + 1]``.
    rows : int32 array, shape (n_entries,)
    values : float32 array, shape (n_entries,)
    n_rows : int
        Number of spectra.
    """

    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]
    n_rows: int

    @classmethod
    def load(cls, folder: Path, name: str, n_rows: int) -> Self:
        """Return an index whose arrays stay on disk until they are needed."""
        arrays = [
            np.asarray(np.load(folder / f"{name}_{part}.npy", mmap_mode="r", allow_pickle=False))
            for part in ("offsets", "rows", "values")
        ]
        return cls(np.array(arrays[0]), arrays[1], arrays[2], n_rows)

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays into a folder."""
        for part in ("offsets", "rows", "values"):
            np.save(folder / f"{name}_{part}.npy", getattr(self, part), allow_pickle=False)

    def dot(
        self, bins: npt.NDArray[np.int64], values: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Return the dot product of a sparse vector with every spectrum, shape (n_rows,)."""
        total = np.zeros(self.n_rows, dtype=np.float32)
        starts, ends = self.offsets[bins], self.offsets[bins + 1]
        rows, weights = self.rows, self.values
        for start, end, value in zip(starts.tolist(), ends.tolist(), values, strict=True):
            if end > start:
                # A spectrum stands once in a bin, so adding by index loses nothing.
                total[rows[start:end]] += weights[start:end] * value
        return total


def build_index(
    parts: Sequence[tuple[int, Entries]], n_bins: int, n_rows: int
) -> Iterator[Step | BinnedIndex]:
    """Yield steps and last the index of vectors that come in parts.

    Parameters
    ----------
    parts : sequence of (first row, Entries)
        Rows within a part count from 0.
    """
    counts = np.zeros(n_bins + 1, dtype=np.int64)
    for _, entries in parts:
        counts[1:] += np.bincount(entries.bin, minlength=n_bins)
    offsets = np.cumsum(counts)
    free = offsets[:-1].copy()
    rows = np.empty(int(offsets[-1]), dtype=np.int32)
    values = np.empty(rows.size, dtype=np.float32)
    for done, (first, entries) in enumerate(parts):
        yield Step(done, len(parts), "Indexing the peaks")
        order = np.argsort(entries.bin, kind="stable")
        bins = entries.bin[order]
        unique, start, length = np.unique(bins, return_index=True, return_counts=True)
        place = free[bins] + np.arange(bins.size) - np.repeat(start, length)
        free[unique] += length
        rows[place] = entries.row[order] + first
        values[place] = entries.value[order]
    yield BinnedIndex(offsets, rows, values, n_rows)
