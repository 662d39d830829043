"""What makes a model fail on a data set: losses of new compounds beside what may explain them.

The analysis of Khoo & Barzilay, "Why machine learning fails in mass spectrometry of small
molecules" (2026), for any model and any spectra with structures: conditions, intensities, fragment
formulas, and the training spectra that made each answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from msgui.benchmark.scores import Mean, jaccard, mean_with_interval
from msgui.chemistry.formula import ELEMENTS, Formula
from msgui.errors import MsguiError
from msgui.prediction.agreement import bits_of
from msgui.prediction.inputs import ANALYSERS, ENERGY_SCALE_EV
from msgui.progress import Step
from msgui.trust.conditions import SAME_ENERGY_EV

if TYPE_CHECKING:
    from msgui.prediction.memory import Memory
    from msgui.prediction.onnx_model import Model
    from msgui.trust.influence import InfluenceIndex

FloatArray = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
SPECTRA_AT_ONCE = 256
PERMUTATIONS = 3
# Training spectra that helped most, whose likeness is looked at.
HELPERS = 5


class Spectra(Protocol):
    """Cleaned spectra with structures: a ``msgui.training.dataset.Dataset``, by its parts."""

    @property
    def accession(self) -> npt.NDArray[np.str_]: ...
    @property
    def adduct(self) -> npt.NDArray[np.str_]: ...
    @property
    def analyser(self) -> Rows: ...
    @property
    def energy(self) -> npt.NDArray[np.float32]: ...
    @property
    def molecule(self) -> Rows: ...
    @property
    def molecules(self) -> Any: ...
    @property
    def precursor_mz(self) -> npt.NDArray[np.float32]: ...
    def peaks_of(self, index: int) -> tuple[Any, Any]: ...
    def fragments_of(self, index: int) -> Any: ...


class Arrays(Protocol):
    """What a model is given of them: ``msgui.training.batches.TrainingArrays``."""

    def peaks_of(self, row: int) -> tuple[Any, Any, Any]: ...
    def targets(self, rows: Rows) -> npt.NDArray[np.uint8]: ...
    def inputs(self, rows: Rows, peaks: Sequence[tuple[Any, Any, Any]] | None = None) -> Any: ...


# Each factor: its name, the edges of its groups, and what is said of a group.
FACTORS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("intensity with a formula never met in training", (0.0, 0.01, 0.1, 0.3, 1.0)),
    ("training spectra with adduct, analyser and energy", (0, 1, 100, 1000, 10000, np.inf)),
    ("training compounds with the molecular formula", (0, 1, 2, 5, np.inf)),
    ("bits that stay when intensities are exchanged", (0.0, 0.5, 0.7, 0.85, 1.0)),
    ("fragment peaks", (0, 3, 6, 12, 24, np.inf)),
    ("likeness of the compounds that helped most", (0.0, 0.2, 0.35, 0.5, 1.0)),
)
UNSEEN, CONDITIONS, FORMULAS, STAYS, PEAKS, HELPED = range(len(FACTORS))


@dataclass(frozen=True, eq=False)
class Failures:
    """What was found of each spectrum.

    Parameters
    ----------
    accession, inchikey14, adduct, analyser : tuple of str
    jaccard : float64 array, shape (n,)
        Of predicted and true bits.
    factors : float64 array, shape (n, 6)
        In the order of ``FACTORS``; NaN where one could not be computed.
    """

    accession: tuple[str, ...]
    inchikey14: tuple[str, ...]
    adduct: tuple[str, ...]
    analyser: tuple[str, ...]
    jaccard: FloatArray
    factors: FloatArray

    def __len__(self) -> int:
        return len(self.accession)


@dataclass(frozen=True, slots=True)
class Group:
    """Spectra with like values of a factor, and their mean Jaccard index."""

    words: str
    spectra: int
    jaccard: Mean


def choose_new(dataset: Spectra, memory: "Memory", most: int, seed: int) -> Rows:
    """Return spectra of compounds that a model did not learn from, at most one of each.

    Raises
    ------
    MsguiError
        There is none.
    """
    keys = np.array(dataset.molecules.inchikey14)[dataset.molecule]
    new = np.flatnonzero(~np.isin(keys, memory.inchikey14))
    order = np.random.default_rng(seed).permutation(new)
    _, first = np.unique(dataset.molecule[order], return_index=True)
    chosen = order[np.sort(first)]
    if not chosen.size:
        raise MsguiError(
            "The model learned from every compound of the data.",
            "Use data with compounds that are new to it.",
        )
    return np.sort(chosen[:most] if most else chosen)


def find_failures(
    dataset: Spectra,
    arrays: Arrays,
    rows: Rows,
    model: "Model",
    index: "InfluenceIndex | None",
    seed: int = 1,
) -> Iterator[Step | Failures]:
    """Yield steps, and last what was found of some spectra of new compounds.

    Parameters
    ----------
    dataset, arrays : Spectra, Arrays
        The data, and how a model is shown it.
    rows : int64 array
        As from :func:`choose_new`.
    model : Model
    index : InfluenceIndex or None
        Without one it is not told which training spectra helped.
    """
    memory = _memory(model)

    def predict(
        part: Rows, peaks: Sequence[tuple[Any, Any, Any]] | None = None
    ) -> npt.NDArray[np.float32]:
        inputs = arrays.inputs(part, peaks)
        return model.run({name: inputs[name] for name in model.card.inputs})[0]

    random, truth = np.random.default_rng(seed), arrays.targets(rows)
    losses, factors = np.zeros(rows.size), np.full((rows.size, len(FACTORS)), np.nan)
    threshold = model.card.threshold
    for start in range(0, rows.size, SPECTRA_AT_ONCE):
        yield Step(start, rows.size, "predictions")
        part = rows[start : start + SPECTRA_AT_ONCE]
        place = slice(start, start + part.size)
        found = predict(part)
        losses[place] = jaccard(found, truth[place], threshold)
        stays = np.zeros(part.size)
        for _ in range(PERMUTATIONS):
            swapped = []
            for row in part:
                mz, intensity, named = arrays.peaks_of(int(row))
                swapped.append((mz, random.permutation(intensity), named))
            stays += _shared(found, predict(part, swapped), threshold) / PERMUTATIONS
        factors[place, STAYS] = stays
        for n, row in enumerate(part.tolist(), start):
            factors[n, UNSEEN], factors[n, PEAKS] = _unseen_share(dataset, row, model)
            factors[n, CONDITIONS] = _shared_conditions(dataset, row, memory)
            formula = dataset.molecules.formula[int(dataset.molecule[row])]
            factors[n, FORMULAS] = int((memory.formula == formula).sum())
    if index is not None:
        for n, row in enumerate(rows.tolist()):
            yield Step(n, rows.size, "influence")
            probability = predict(np.array([row]))[0]
            factors[n, HELPED] = _likeness_of_helpers(probability, truth[n], index, memory)
    compounds = dataset.molecule[rows]
    yield Failures(
        tuple(dataset.accession[rows].tolist()),
        tuple(dataset.molecules.inchikey14[m] for m in compounds),
        tuple(dataset.adduct[rows].tolist()),
        tuple(ANALYSERS[a] for a in dataset.analyser[rows].tolist()),
        losses,
        factors,
    )


def _memory(model: "Model") -> "Memory":
    if model.memory is None:
        raise MsguiError(
            f"The model {model.name} does not say which compounds it learned from.",
            "Only a model with a memory can be looked into.",
        )
    return model.memory


def _shared(
    one: npt.NDArray[np.float32], other: npt.NDArray[np.float32], threshold: float
) -> FloatArray:
    """Return the Jaccard index of the bits that two predictions set, for each row."""
    return jaccard(one, (other > threshold).astype(np.uint8), threshold)


def _unseen_share(dataset: Spectra, row: int, model: "Model") -> tuple[float, float]:
    """Return the share of named fragment intensity whose formula is new, and how many are named."""
    mz, intensity = dataset.peaks_of(row)
    counts = dataset.fragments_of(row)
    fragment = (counts.sum(1) > 0) & (mz < dataset.precursor_mz[row] - 0.5)
    if not fragment.any() or model.seen_formulas is None:
        return float("nan"), float(fragment.sum())
    rest = (0,) * (len(ELEMENTS) - counts.shape[1])
    names = [str(Formula((*map(int, line), *rest))) for line in counts[fragment]]
    new = np.array([name not in model.seen_formulas for name in names])
    strength = intensity[fragment]
    return float(strength[new].sum() / strength.sum()), float(fragment.sum())


def _shared_conditions(dataset: Spectra, row: int, memory: "Memory") -> float:
    """Return how many training spectra share adduct, analyser and energy (where it is known)."""
    seen = memory.conditions
    shared = seen.adduct == dataset.adduct[row]
    shared &= seen.analyser == ANALYSERS[int(dataset.analyser[row])]
    energy, is_known = dataset.energy[row]
    if is_known:
        shared &= np.abs(seen.energy_ev - energy * ENERGY_SCALE_EV) <= SAME_ENERGY_EV
    return float(shared.sum())


def _likeness_of_helpers(
    probability: npt.NDArray[np.float32],
    truth: npt.NDArray[np.uint8],
    index: "InfluenceIndex",
    memory: "Memory",
) -> float:
    """Return the mean Tanimoto similarity of the true structure and those that helped most."""
    scores = index.scores(probability, truth, memory)
    best = np.zeros(len(memory.smiles), np.float32)
    np.maximum.at(best, memory.structure, scores)
    compounds = np.argsort(-best, kind="stable")[:HELPERS]
    bits = bits_of([str(memory.smiles[c]) for c in compounds])
    either = (bits | truth[None]).sum(1)
    return float(((bits & truth[None]).sum(1) / np.maximum(either, 1)).mean())


def groups_of(found: Failures, factor: int) -> list[Group]:
    """Return the spectra in groups of like values of a factor."""
    values, edges = found.factors[:, factor], FACTORS[factor][1]
    groups = []
    for number, (low, high) in enumerate(pairwise(edges)):
        is_last = number == len(edges) - 2
        inside = (values >= low) & ((values <= high) if is_last else (values < high))
        groups.append(_group(_words(low, high, whole=edges[-1] > 1), found, inside))
    return groups


def groups_by(found: Failures, texts: Sequence[str], most: int = 6) -> list[Group]:
    """Return the spectra in groups of like words (adduct, analyser), the largest first."""
    names, counts = np.unique(np.array(texts), return_counts=True)
    largest = names[np.argsort(-counts, kind="stable")][:most]
    return [_group(str(name), found, np.array(texts) == name) for name in largest]


def _group(words: str, found: Failures, inside: npt.NDArray[np.bool_]) -> Group:
    keys = [key for key, is_in in zip(found.inchikey14, inside, strict=True) if is_in]
    return Group(words, len(keys), mean_with_interval(found.jaccard[inside], keys))


def _words(low: float, high: float, *, whole: bool) -> str:
    if not whole:
        return f"{low:.0%} to {high:.0%}"
    if np.isinf(high):
        return f"{low:,.0f} or more"
    return f"{low:,.0f}" if high - low == 1 else f"{low:,.0f} to {high - 1:,.0f}"


def rank_correlations(found: Failures, shuffle: Callable[[int], Rows] | None = None) -> FloatArray:
    """Return the Spearman correlation of each factor with the Jaccard index; NaN if constant.

    ``shuffle`` gives the order of the spectra for a control with the losses exchanged.
    """
    losses = found.jaccard if shuffle is None else found.jaccard[shuffle(len(found))]
    result = np.full(len(FACTORS), np.nan)
    for factor in range(len(FACTORS)):
        values = found.factors[:, factor]
        known = np.isfinite(values)
        if known.sum() > 2 and np.ptp(values[known]) > 0:
            result[factor] = np.corrcoef(_ranks(values[known]), _ranks(losses[known]))[0, 1]
    return result


def joint_strengths(found: Failures) -> FloatArray:
    """Return the weight of each factor when all explain the Jaccard index together.

    Least squares on standardized ranks, over the spectra for which every factor is known; NaN for a
    factor that is missing or constant.
    """
    usable = np.isfinite(found.factors).any(0)
    known = np.isfinite(found.factors[:, usable]).all(1)
    result = np.full(len(FACTORS), np.nan)
    table = found.factors[known]
    varies = [f for f in np.flatnonzero(usable) if known.any() and np.ptp(table[:, f]) > 0]
    if known.sum() <= len(varies) + 1 or not varies:
        return result
    columns = np.stack([_standard(_ranks(table[:, f])) for f in varies], axis=1)
    losses = _standard(_ranks(found.jaccard[known]))
    result[varies] = np.linalg.lstsq(columns, losses, rcond=None)[0]
    return result


def _standard(values: FloatArray) -> FloatArray:
    spread = float(values.std()) or 1.0
    return np.asarray((values - values.mean()) / spread, np.float64)


def _ranks(values: FloatArray) -> FloatArray:
    """Return ranks, those of equal values averaged."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray(last - (counts - 1) / 2, np.float64)[inverse]
