"""Batches of spectra: every molecule counts alike, and no spectrum is shown twice the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from msgui.chemistry.molecule import unpack
from msgui.prediction.inputs import adduct_class
from msgui.training.dataset import MAX_PEAKS, Dataset
from msgui.training.recipe import Augmentation

# Batches are cut from this many at once, sorted by number of peaks: less padding to compute.
_BATCHES_SORTED_TOGETHER = 8
# Isomers that stay together in a batch.
_ISOMERS_TOGETHER = 12
# Peaks of two merged spectra closer than this are one.
_SAME_PEAK_DA = 0.005

Array = npt.NDArray[Any]
Peaks = tuple[Array, Array, Array]


@dataclass(frozen=True, eq=False)
class TrainingArrays:
    """A data set with what the network needs beside the peaks, made once."""

    dataset: Dataset
    formula: npt.NDArray[np.float32]
    adduct: npt.NDArray[np.int64]
    adducts: int
    instruments: int

    @classmethod
    def of(cls, dataset: Dataset, adducts: tuple[str, ...], instruments: int) -> "TrainingArrays":
        """Return the arrays of a data set for a model's list of adducts (last: other)."""
        names, inverse = np.unique(dataset.adduct, return_inverse=True)
        classes = np.array([adduct_class(str(name), adducts) for name in names], np.int64)
        formula = dataset.formula_counts[dataset.molecule]
        return cls(dataset, formula, classes[inverse], len(adducts), instruments)

    def peaks_of(self, row: int) -> Peaks:
        """Return m/z, relative intensity and element counts of the peaks of one spectrum."""
        return *self.dataset.peaks_of(row), self.dataset.fragments_of(row)

    def targets(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Return fingerprints of spectra, shape (len(rows), 4096)."""
        data = self.dataset
        return unpack(data.molecules.fingerprints[data.molecule[rows]])

    def inputs(
        self,
        rows: npt.NDArray[np.int64],
        peaks: Sequence[Peaks] | None = None,
    ) -> dict[str, Array]:
        """Return the network's inputs for some spectra, padded to the longest of them."""
        data = self.dataset
        shown = peaks if peaks is not None else [self.peaks_of(int(row)) for row in rows]
        width = max([1, *(mz.size for mz, _, _ in shown)])
        mz = np.zeros((len(shown), width), np.float32)
        intensity = np.zeros((len(shown), width), np.float32)
        fragment = np.zeros((len(shown), width, data.fragment.shape[1]), np.float32)
        for line, (positions, heights, named) in enumerate(shown):
            fragment[line, : positions.size] = named
            mz[line, : positions.size] = positions
            intensity[line, : heights.size] = heights
        return {
            "mz": mz,
            "intensity": intensity,
            "fragment": fragment,
            "precursor_mz": data.precursor_mz[rows].copy(),
            "formula": self.formula[rows].copy(),
            "adduct": self.adduct[rows].copy(),
            "instrument": data.analyser[rows].copy(),
            "energy": data.energy[rows].copy(),
        }


class Sampler:
    """Deals out the spectra of a training side, pass by pass.

    Every pass depends on the seed and its number alone, so a resumed run goes on as if it had
    never stopped.
    """

    def __init__(
        self, arrays: TrainingArrays, rows: npt.NDArray[np.int64], augmentation: Augmentation
    ) -> None:
        self.arrays = arrays
        self.augmentation = augmentation
        data = arrays.dataset
        order = rows[np.argsort(data.molecule[rows], kind="stable")]
        cuts = np.flatnonzero(np.diff(data.molecule[order])) + 1
        self.by_molecule = np.split(order, cuts)
        isomers: dict[str, list[int]] = {}
        for number, group in enumerate(self.by_molecule):
            formula = data.molecules.formula[int(data.molecule[group[0]])]
            isomers.setdefault(formula, []).append(number)
        self.isomers = list(isomers.values())
        self._twins: dict[tuple[int, int], npt.NDArray[np.int64]] = {}
        for group in self.by_molecule:
            for adduct in np.unique(arrays.adduct[group]):
                twins = group[arrays.adduct[group] == adduct]
                self._twins[int(data.molecule[group[0]]), int(adduct)] = twins

    def batches_in_pass(self, per_molecule: int, batch: int) -> int:
        """Return how many batches a pass has at most."""
        spectra = sum(min(per_molecule, g.size) for g in self.by_molecule)
        # Each sorted pool may end in a batch that is not full.
        return -(-spectra // batch) + spectra // (batch * _BATCHES_SORTED_TOGETHER) + 1

    def pass_(
        self, number: int, seed: int, per_molecule: int, batch: int, share: tuple[int, int] = (0, 1)
    ) -> Iterator[tuple[npt.NDArray[np.int64], dict[str, Array]]]:
        """Yield (rows, inputs) of one pass; spectra of isomers mostly share a batch.

        With ``share`` (place, size) only the part of each batch that one of several processes
        learns from; a batch with fewer spectra than processes is left out.

        What tells isomers from each other is the peaks alone, so they stand beside each other when
        spectra and molecules are matched.
        """
        random = np.random.default_rng((seed, number))
        lengths = np.diff(self.arrays.dataset.offsets)
        chosen = [random.permutation(group)[:per_molecule] for group in self.by_molecule]
        groups = [
            np.concatenate([chosen[m] for m in part])
            for formula in random.permutation(len(self.isomers))
            for part in _handfuls(self.isomers[formula], chosen, lengths, random)
        ]
        place, size = share
        # Several processes cut the same batches and change their own parts of them.
        change = random if size == 1 else np.random.default_rng((seed, number, place))
        for whole in _cut(groups, lengths, batch, random):
            rows = whole[place::size]
            if whole.size < size:
                continue
            peaks = [self._changed_peaks(int(row), change) for row in rows]
            inputs = self.arrays.inputs(rows, peaks)
            self._hide(inputs, change)
            yield rows, inputs

    def _changed_peaks(self, row: int, random: np.random.Generator) -> Peaks:
        change = self.augmentation
        is_mixed = random.random() < change.mix_spectra
        mz, intensity, named = self._mixed(row, random) if is_mixed else self.arrays.peaks_of(row)
        shift = random.normal(0, change.calibration_ppm)
        error = shift + random.normal(0, change.peak_ppm, mz.size)
        mz = mz * (1 + error * 1e-6)
        power = np.exp(random.normal(0, change.intensity_power))
        noise = np.exp(random.normal(0, change.intensity_noise, mz.size))
        intensity = intensity**power * noise
        kept = random.random(mz.size) >= random.random() * change.drop_peaks
        if kept.any():
            mz, intensity, named = mz[kept], intensity[kept], named[kept]
        is_named = random.random(mz.size) >= change.hide_fragments
        return mz, intensity / intensity.max(), named * is_named[:, None]

    def _mixed(self, row: int, random: np.random.Generator) -> Peaks:
        data = self.arrays.dataset
        twins = self._twins[int(data.molecule[row]), int(self.arrays.adduct[row])]
        partner = int(random.choice(twins))
        share = random.random()
        mz_a, height_a, named_a = self.arrays.peaks_of(row)
        mz_b, height_b, named_b = self.arrays.peaks_of(partner)
        if partner == row:
            return mz_a, height_a, named_a
        mz = np.concatenate([mz_a, mz_b])
        order = np.argsort(mz, kind="stable")
        mz = mz[order]
        height = np.concatenate([height_a * (1 - share), height_b * share])[order]
        group = np.concatenate([[0], np.cumsum(np.diff(mz) > _SAME_PEAK_DA)])
        total = np.bincount(group, height).astype(np.float64)
        centre = np.bincount(group, mz * height) / np.maximum(total, 1e-12)
        named = np.concatenate([named_a, named_b])[order]
        first = np.flatnonzero(np.r_[True, np.diff(group) > 0])
        strongest = np.sort(np.argsort(-total, kind="stable")[:MAX_PEAKS])
        kept = strongest[total[strongest] > 0]
        return centre[kept], total[kept] / total.max(), named[first][kept]

    def _hide(self, inputs: dict[str, Array], random: np.random.Generator) -> None:
        change, size = self.augmentation, len(inputs["mz"])
        jitter = np.exp(random.normal(0, 0.05, size)).astype(np.float32)
        inputs["energy"][:, 0] *= jitter
        inputs["energy"][random.random(size) < change.hide_energy] = 0
        nameless = random.random(size) < change.hide_formula
        inputs["formula"][nameless] = 0
        inputs["fragment"][nameless] = 0
        hidden = random.random(size) < change.hide_instrument
        inputs["instrument"][hidden] = self.arrays.instruments - 1
        inputs["adduct"][random.random(size) < change.hide_adduct] = self.arrays.adducts - 1


def _handfuls(
    isomers: list[int],
    chosen: list[npt.NDArray[np.int64]],
    lengths: npt.NDArray[np.int64],
    random: np.random.Generator,
) -> list[npt.NDArray[np.int64]]:
    """Return parts of at most so many isomers: a batch holds more than one formula.

    Isomers of about as many peaks come together, or most of a batch would be padding.
    """
    peaks = np.array([int(lengths[chosen[m]].max()) for m in isomers])
    order = np.array(isomers)[np.argsort(peaks * random.uniform(0.7, 1.4, peaks.size))]
    first = int(random.integers(1, _ISOMERS_TOGETHER + 1))
    return np.split(order, range(first, order.size, _ISOMERS_TOGETHER))


def _cut(
    groups: list[npt.NDArray[np.int64]],
    lengths: npt.NDArray[np.int64],
    batch: int,
    random: np.random.Generator,
) -> Iterator[npt.NDArray[np.int64]]:
    pool: list[npt.NDArray[np.int64]] = []
    size = 0
    for number, group in enumerate(groups):
        pool.append(group)
        size += group.size
        if size >= batch * _BATCHES_SORTED_TOGETHER or number == len(groups) - 1:
            pool.sort(key=lambda rows: int(lengths[rows].max()))
            rows = np.concatenate(pool)
            parts = np.split(rows, range(batch, rows.size, batch))
            for part in random.permutation(len(parts)):
                yield parts[part]
            pool, size = [], 0
