"""What speaks for each candidate of each query, and rankings by several kinds of it."""

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from msgui.benchmark.answers import Answer, Probabilities
from msgui.benchmark.queries import Pool, Query
from msgui.prediction.ranking import combined, evidence_of
from msgui.prediction.weights import Weights
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.fragments.scoring import CandidateScores
    from msgui.prediction.forward import ForwardModel

FloatArray = npt.NDArray[np.float64]
FRAGMENT_PPM = 10.0


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the structures of the candidates say to n queries.

    Parameters
    ----------
    pools : sequence of Pool or None, length n
    explained : sequence of CandidateScores or None, length n
    expected : sequence of float64 array or None, length n; or None
        Agreement of expected and measured intensities; None without a forward model.
    asked : bool array, shape (n,)
    seen : int
        Queries whose structure the forward model learned from: a leak.
    """

    pools: Sequence[Pool | None]
    explained: "Sequence[CandidateScores | None]"
    expected: Sequence[FloatArray | None] | None
    asked: npt.NDArray[np.bool_]
    seen: int = 0


def gather(
    queries: Sequence[Query | None],
    pools: Sequence[Pool | None],
    forward: "ForwardModel | None",
) -> Generator[Step, None, Evidence]:
    """Yield steps; return how well the candidates of each query explain it and would give it."""
    asked = np.array([query is not None for query in queries], bool)
    explained: list[CandidateScores | None] = []
    expected: list[FloatArray | None] = []
    seen = 0
    for n, (query, pool) in enumerate(zip(queries, pools, strict=True)):
        step = Step(n + 1, len(queries), "fragments of the candidates")
        scores = agreement = None
        if query is not None and pool is not None and len(pool) > 1:
            scores = yield from _explained(query, pool, step)
            if forward is not None:
                agreement = yield from _expected(query, pool, forward, step)
        if query is not None and forward is not None:
            seen += forward.knows(query.inchikey14)
        explained.append(scores)
        expected.append(agreement)
        yield step
    return Evidence(pools, explained, expected if forward is not None else None, asked, seen)


def _explained(
    query: Query, pool: Pool, step: Step
) -> "Generator[Step, None, CandidateScores | None]":
    from msgui.chemistry.adducts import parse_adduct
    from msgui.fragments.scoring import score_candidates_in_steps

    result = None
    for event in score_candidates_in_steps(
        query.spectrum.mz,
        query.spectrum.intensity,
        [structure.smiles for structure in pool.structures],
        parse_adduct(query.adduct),
        FRAGMENT_PPM,
        query.spectrum.precursor_mz,
    ):
        if isinstance(event, Step):
            yield step
        else:
            result = event
    return result


def _expected(
    query: Query, pool: Pool, forward: "ForwardModel", step: Step
) -> Generator[Step, None, FloatArray]:
    from msgui.chemistry.adducts import parse_adduct

    events = forward.agreements_in_steps(
        query.spectrum,
        [structure.smiles for structure in pool.structures],
        parse_adduct(query.adduct),
        FRAGMENT_PPM,
    )
    while True:
        try:
            next(events)
        except StopIteration as end:
            result: FloatArray = end.value
            return result
        yield step


def spoken(
    evidence: Evidence,
    kinds: Collection[str],
    model: Answer | None = None,
    baseline: Answer | None = None,
) -> list[dict[str, FloatArray] | None]:
    """Return what these kinds of evidence say to each query; None where there is no list.

    Parameters
    ----------
    kinds : collection of str
        Of ``weights.KINDS``; the others are not asked.
    model, baseline : Answer or None
        Fingerprints of the model and of the neighbours; needed when they are asked.
    """
    expected = evidence.expected if "forward" in kinds else None
    found: list[dict[str, FloatArray] | None] = []
    for n, (pool, scores) in enumerate(zip(evidence.pools, evidence.explained, strict=True)):
        if pool is None or scores is None:
            found.append(None)
            continue
        found.append(
            evidence_of(
                _fingerprint(model, n) if "model" in kinds else None,
                pool.structures,
                _fingerprint(baseline, n) if "baseline" in kinds else None,
                scores if "explanation" in kinds else None,
                forward=expected[n] if expected is not None else None,
            )
        )
    return found


def together(
    title: str,
    evidence: Evidence,
    kinds: Collection[str],
    weights: Weights,
    model: Answer | None = None,
    baseline: Answer | None = None,
) -> Answer:
    """Return the ranking by some kinds of evidence, as ``ranking.rank`` weighs them."""
    scores: list[FloatArray] = []
    for pool, speaking in zip(
        evidence.pools, spoken(evidence, kinds, model, baseline), strict=True
    ):
        if speaking is None:
            scores.append(np.zeros(len(pool) if pool is not None else 0))
        else:
            scores.append(combined(speaking, weights))
    seen = max(
        model.seen if model is not None and "model" in kinds else 0,
        evidence.seen if "forward" in kinds else 0,
    )
    return Answer(title, evidence.asked, scores=tuple(scores), seen=seen)


@dataclass(frozen=True, eq=False)
class _Row:
    probability: Probabilities


def _fingerprint(answer: Answer | None, row: int) -> _Row | None:
    if answer is None or answer.probability is None:
        return None
    return _Row(answer.probability[row])
