"""The table of a model's card: the model beside neighbours, and what it says when misled."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from msgui.prediction.inputs import fragment_counts
from msgui.prediction.molecule_encoder import MoleculeEncoder
from msgui.progress import Step
from msgui.training.batches import Peaks, TrainingArrays
from msgui.training.dataset import Dataset
from msgui.training.export_onnx import Predictor
from msgui.training.scoreboard import (
    Guess,
    blind_guess,
    isomer_pool,
    neighbour_guesses,
    score_rows,
)

Rows = npt.NDArray[np.int64]
Array32 = npt.NDArray[np.float32]
_AT_ONCE = 256


def predictions(
    predict: Predictor,
    arrays: TrainingArrays,
    rows: Rows,
    shown: Sequence[Peaks] | None = None,
) -> tuple[Array32, Array32]:
    """Return probabilities and embeddings of some spectra, in the order of ``rows``.

    With ``shown`` each is given these peaks instead of its own.
    """
    order = np.argsort(np.diff(arrays.dataset.offsets)[rows], kind="stable")
    found = []
    for start in range(0, rows.size, _AT_ONCE):
        part = order[start : start + _AT_ONCE]
        peaks = None if shown is None else [shown[place] for place in part]
        found.append(predict(arrays.inputs(rows[part], peaks)))
    back = np.argsort(order)
    probability, embedding = (np.concatenate(columns)[back] for columns in zip(*found, strict=True))
    return probability, embedding


def measure_side(
    predict: Predictor,
    arrays: TrainingArrays,
    train: Rows,
    rows: Rows,
    threshold: float,
    label: str,
    name: str,
    structures: str | Path | None,
    encoder: MoleculeEncoder | None,
) -> Generator[Step, None, tuple[Mapping[str, Any], ...]]:
    """Yield steps and return the rows of the card's table for one side of a split.

    Parameters
    ----------
    rows : int64 array
        Queries, of one side.
    label, name : str
        Of the side and of the model.
    structures : path or None
        Structure store from which candidates are ranked.
    encoder : MoleculeEncoder or None
        With it the matching of spectra and molecules is ranked too.
    """
    dataset = arrays.dataset
    pool = None
    if structures is not None:
        yield Step(0, 0, "candidates")
        formulas = [dataset.molecules.formula[m] for m in np.unique(dataset.molecule[rows])]
        pool = isomer_pool(structures, formulas)
    guesses = list(_own_guesses(predict, arrays, rows, threshold, name, encoder))
    coverage = 0.0
    for item in neighbour_guesses(dataset, train, rows):
        if isinstance(item, Step):
            yield item
        else:
            guesses += item[:2]
            coverage = item[2]
    guesses += controls(predict, arrays, rows, threshold)
    guesses.append(blind_guess(dataset, train, rows))
    table = score_rows(dataset, rows, guesses, label, pool)
    return tuple({**row, "same_formula_coverage": round(coverage, 4)} for row in table)


def _own_guesses(
    predict: Predictor,
    arrays: TrainingArrays,
    rows: Rows,
    threshold: float,
    name: str,
    encoder: MoleculeEncoder | None,
) -> Iterator[Guess]:
    probability, embedding = predictions(predict, arrays, rows)
    yield Guess(name, probability, threshold)
    if encoder is not None:
        yield Guess(f"{name}, matching molecules", probability, threshold, embedding, encoder)


def controls(
    predict: Predictor, arrays: TrainingArrays, rows: Rows, threshold: float
) -> Iterator[Guess]:
    """Yield what the model says when it is shown something else than the spectrum.

    Once each query has its intensities in random order, once the peaks of another one of like
    mass: the nearest precursor of another molecule; formula and conditions stay.
    """
    dataset = arrays.dataset
    random = np.random.default_rng(0)
    shuffled = []
    for row in rows.tolist():
        mz, intensity, named = arrays.peaks_of(row)
        shuffled.append((mz, random.permutation(intensity), named))
    probability, _ = predictions(predict, arrays, rows, shuffled)
    yield Guess("the model, intensities in random order", probability, threshold)
    partner = _partners(dataset, rows)
    foreign = [_as_if(dataset, int(a), int(rows[b])) for a, b in zip(rows, partner, strict=True)]
    probability, _ = predictions(predict, arrays, rows, foreign)
    yield Guess("the model, shown the peaks of another molecule", probability, threshold)


def _as_if(dataset: Dataset, row: int, other: int) -> tuple[Any, Any, Any]:
    """Return the peaks of another spectrum, named as parts of this one's ion."""
    mz, intensity = dataset.peaks_of(other)
    formula = dataset.molecules.formula[int(dataset.molecule[row])]
    return mz, intensity, fragment_counts(mz, formula, str(dataset.adduct[row]))


def _partners(dataset: Dataset, rows: Rows) -> Rows:
    """Return for each query the place of the query of another molecule with the nearest mass."""
    order = np.argsort(dataset.precursor_mz[rows], kind="stable")
    molecule = dataset.molecule[rows][order]
    partner = np.zeros(rows.size, np.int64)
    for place in range(rows.size):
        nearby = np.arange(max(0, place - 12), min(rows.size, place + 13))
        others = nearby[molecule[nearby] != molecule[place]]
        nearest = others[np.argmin(np.abs(others - place))] if others.size else place
        partner[order[place]] = order[nearest]
    return partner
