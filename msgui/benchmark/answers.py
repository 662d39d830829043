"""What each method answers to the queries of a split; long ones are generators of steps."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from msgui.benchmark.queries import Pool, Query
from msgui.library.store import Library
from msgui.prediction.agreement import MEASURES
from msgui.prediction.neighbours import paper_baseline, strong_baseline
from msgui.prediction.weights import MEASURE
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.prediction.onnx_model import Model
    from msgui.prediction.values import Prediction

FloatArray = npt.NDArray[np.float64]
Probabilities = npt.NDArray[np.float32]
BITS = 4096


@dataclass(frozen=True, eq=False)
class Answer:
    """What one method says to n queries.

    Parameters
    ----------
    method : str
    asked : bool array, shape (n,)
        Queries that the method can be asked about; the others are left out of its figures.
    probability : float32 array, shape (n, 4096), or None
        None for a method that only ranks.
    scores : tuple of arrays, or None
        Scores of the candidates of each query (an empty array without a pool); None: not ranked.
    covered : bool array, shape (n,), or None
        Has the reference a spectrum of the query's formula; None where that means nothing.
    seen : int
        Queries whose structure the method learned from: a leak.
    """

    method: str
    asked: npt.NDArray[np.bool_]
    probability: Probabilities | None = None
    scores: tuple[FloatArray, ...] | None = None
    covered: npt.NDArray[np.bool_] | None = None
    seen: int = 0


def neighbours(
    which: str, queries: Sequence[Query], reference: Library, know_formula: bool
) -> Generator[Step, None, Answer]:
    """Return the answers of the "paper" or "strong" baseline."""
    baseline = {"paper": paper_baseline, "strong": strong_baseline}[which]
    title = {"paper": "nearest neighbour (paper)", "strong": "strong neighbours"}[which]
    probability = np.zeros((len(queries), BITS), np.float32)
    covered = np.zeros(len(queries), bool)
    for n, query in enumerate(queries):
        found = baseline(query.spectrum, reference, query.formula if know_formula else None)
        probability[n], covered[n] = found.probability, found.covered
        if n % 20 == 0:
            yield Step(n, len(queries), title)
    return Answer(title, np.ones(len(queries), bool), probability, covered=covered)


def model_answers(
    model: "Model",
    title: str,
    queries: Sequence[Query | None],
    know_formula: bool,
) -> Generator[Step, None, Answer]:
    """Return the answers of a model; a query that is None is not asked."""
    asked = np.array([query is not None for query in queries], bool)
    present = [query for query in queries if query is not None]
    probability = np.zeros((len(queries), model.card.bits), np.float32)
    predictions: list[Prediction] = []
    events = model.predict_in_steps(
        [query.spectrum for query in present],
        [query.formula if know_formula else "" for query in present],
        [query.adduct for query in present],
    )
    for event in events:
        if isinstance(event, Step):
            yield Step(event.done, event.total, title)
        else:
            predictions.extend(event)
    for row, prediction in zip(np.flatnonzero(asked), predictions, strict=True):
        probability[row] = prediction.probability
    memory = model.memory
    seen = sum(memory.knows(q.inchikey14) for q in present) if memory is not None else 0
    return Answer(title, asked, probability, seen=seen)


def ranked(answer: Answer, pools: Sequence[Pool | None], measure: str = MEASURE) -> Answer:
    """Return an answer with the candidates scored by agreement with its fingerprint."""
    if answer.probability is None:
        return answer
    scores = tuple(
        MEASURES[measure](row, pool.bits) if pool is not None else np.zeros(0)
        for row, pool in zip(answer.probability, pools, strict=True)
    )
    return Answer(
        answer.method, answer.asked, answer.probability, scores, answer.covered, answer.seen
    )
