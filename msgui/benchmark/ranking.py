"""How well candidates are ranked: by each kind of evidence alone, by all, and with one left out."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from msgui.benchmark.answers import Answer, model_answers, neighbours
from msgui.benchmark.evidence import Evidence, gather, together
from msgui.benchmark.qualities import LEAST_QUERIES, qualities_of
from msgui.benchmark.queries import By, Pool, Pools, Query, find_queries, sides, with_foreign_peaks
from msgui.benchmark.run import (
    LEAST_CANDIDATES,
    Retrieval,
    SplitSides,
    learned_blind,
    pools_of,
    retrieval,
)
from msgui.benchmark.scores import Mean, first_among, mean_with_interval, placing
from msgui.errors import MsguiError
from msgui.library.store import Library
from msgui.prediction.weights import KINDS, bundled_weights
from msgui.progress import Step
from msgui.structures.store import StructureStore

if TYPE_CHECKING:
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.onnx_model import Model

FloatArray = npt.NDArray[np.float64]
Scores = Sequence[FloatArray]
# Lists thinned to this length are equally hard to guess, however long they were.
FAIR_LENGTH = 8
TITLES = {
    "model": "predicted fingerprint",
    "baseline": "library neighbors",
    "explanation": "explained peaks",
    "forward": "expected intensities",
}


@dataclass(frozen=True)
class RankingPlan:
    """What is to be measured.

    Parameters
    ----------
    sides : tuple of str
        Sides of the split that are asked about.
    by : tuple of "formula" or "mass"
        How candidates are fetched. With "mass" no method is told the formula.
    most_queries : int
        Random sample of each side; 0 takes all.
    seed : int
    """

    sides: tuple[str, ...] = ("test",)
    by: tuple[By, ...] = ("formula", "mass")
    most_queries: int = 1000
    seed: int = 0


@dataclass(frozen=True)
class RankingRow:
    """One line of the table.

    Parameters
    ----------
    side, by, method : str
    molecules : int
        Structures of the queries with two or more candidates.
    seen : int
        Queries whose structure a model learned from: a leak.
    retrieval : mapping of int to Retrieval
        By least number of candidates.
    among : Mean
        Truth first when every list is thinned to ``FAIR_LENGTH`` (longer ones only).
    gain : Mean or None
        Of all evidence over this row, in hit@1 on the same queries; None where it means nothing.
    """

    side: str
    by: str
    method: str
    molecules: int
    seen: int
    retrieval: Mapping[int, Retrieval]
    among: Mean
    gain: Mean | None = None


@dataclass(frozen=True)
class GroupRow:
    """How all evidence together does on a part of the queries.

    Parameters
    ----------
    side, by, quality, group : str
        What the queries have in common: a quality and its value.
    molecules : int
    retrieval : Retrieval
        Lists of two or more.
    among : Mean
        As in :class:`RankingRow`.
    """

    side: str
    by: str
    quality: str
    group: str
    molecules: int
    retrieval: Retrieval
    among: Mean


def run_ranking(
    library: Library,
    split: SplitSides,
    model: "Model",
    forward: "ForwardModel | None",
    store: StructureStore,
    plan: RankingPlan = RankingPlan(),
) -> Iterator[Step | RankingRow | GroupRow]:
    """Yield steps and the lines of the tables.

    Raises
    ------
    MsguiError
        No spectrum of a side has two candidates.
    """
    accessions = sides(split.side)
    blind = learned_blind(library, accessions["train"], store, plan.seed)
    reference = library.only(accessions["train"])
    for side in plan.sides:
        asked = find_queries(library, accessions[side], plan.most_queries, plan.seed)
        for by in plan.by:
            found = yield from pools_of(Pools(store, by), asked)
            kept = [(q, p) for q, p in zip(asked, found, strict=True) if p and len(p) > 1]
            if not kept:
                raise MsguiError(
                    f"No {side} spectrum of the split {split.name} has two candidates.",
                    "Use more data, or a larger list of structures.",
                )
            queries, pools = zip(*kept, strict=True)
            looks = tuple(blind.score(pool.bits) for pool in pools)
            ask = _Asking(by, model, forward, reference)
            yield from _one(ask, _Lists(side, by, queries, pools), looks, library)


def _one(
    ask: "_Asking", lists: "_Lists", blind: Scores, library: Library
) -> Iterator[Step | RankingRow | GroupRow]:
    heard = yield from ask.all_of(lists)
    everything = heard.by(heard.kinds)
    yield lists.row("random order", [np.zeros(len(pool)) for pool in lists.pools])
    yield lists.row("blind (structure only)", blind)
    for kind in heard.kinds:
        yield lists.row(f"{TITLES[kind]} alone", heard.by((kind,)), heard.seen, everything)
    yield lists.row("all evidence", everything, heard.seen)
    for kind in heard.kinds:
        others = tuple(other for other in heard.kinds if other != kind)
        title = f"all without {TITLES[kind]}"
        yield lists.row(title, heard.by(others), heard.seen, everything)
    yield from lists.groups(everything)
    foreign = with_foreign_peaks(lists.queries, library)
    rows = [n for n, query in enumerate(foreign) if query is not None]
    if not rows:
        return
    lent = tuple(query for query in foreign if query is not None)
    swapped = _Lists(lists.side, lists.by, lent, tuple(lists.pools[n] for n in rows))
    other = yield from ask.all_of(swapped)
    yield swapped.row("blind, queries with foreign peaks", [blind[n] for n in rows])
    yield swapped.row("all evidence, foreign peaks", other.by(other.kinds), other.seen)
    own = [everything[n] for n in rows]
    yield swapped.row("all evidence, own peaks of these", own, other.seen)


@dataclass(frozen=True, eq=False)
class _Heard:
    """What every kind of evidence says to the queries."""

    evidence: Evidence
    own: Answer
    strong: Answer
    kinds: tuple[str, ...]

    @property
    def seen(self) -> int:
        return max(self.own.seen, self.evidence.seen)

    def by(self, kinds: Sequence[str]) -> Scores:
        """Return the scores by some kinds, weighed as the window weighs them."""
        weights = bundled_weights()
        found = together("", self.evidence, kinds, weights, self.own, self.strong).scores
        assert found is not None
        return found


@dataclass(frozen=True, eq=False)
class _Asking:
    """Whom to ask."""

    by: By
    model: "Model"
    forward: "ForwardModel | None"
    reference: Library

    def all_of(self, lists: "_Lists") -> Generator[Step, None, _Heard]:
        """Yield steps; return what every kind of evidence says."""
        know = self.by == "formula"
        strong = yield from neighbours("strong", lists.queries, self.reference, know)
        own = yield from model_answers(self.model, self.model.name, lists.queries, know)
        evidence = yield from gather(lists.queries, lists.pools, self.forward)
        kinds = tuple(k for k in KINDS if k != "forward" or self.forward is not None)
        return _Heard(evidence, own, strong, kinds)


@dataclass(frozen=True, eq=False)
class _Lists:
    """Queries with their candidates; makes lines of scores."""

    side: str
    by: By
    queries: Sequence[Query]
    pools: Sequence[Pool]

    def row(
        self, method: str, scores: Scores, seen: int = 0, everything: Scores | None = None
    ) -> RankingRow:
        rows = range(len(self.queries))
        gain = None
        if everything is not None:
            mine, whole = self._first(scores), self._first(everything)
            gain = mean_with_interval(whole - mine, self._keys(rows))
        return RankingRow(
            self.side,
            self.by,
            method,
            len(set(self._keys(rows))),
            seen,
            {least: self._retrieval(scores, rows, least) for least in LEAST_CANDIDATES},
            self._among(scores, rows),
            gain,
        )

    def groups(self, scores: Scores) -> Iterator[GroupRow]:
        """Yield a line for each value of each quality that enough queries share."""
        told = [
            qualities_of(query, len(pool))
            for query, pool in zip(self.queries, self.pools, strict=True)
        ]
        for quality in told[0]:
            values = [each[quality] for each in told]
            for value in sorted(set(values)):
                rows = [n for n, found in enumerate(values) if found == value]
                if len(rows) < LEAST_QUERIES:
                    continue
                yield GroupRow(
                    self.side,
                    self.by,
                    quality,
                    value,
                    len(set(self._keys(rows))),
                    self._retrieval(scores, rows, LEAST_CANDIDATES[0]),
                    self._among(scores, rows),
                )

    def _keys(self, rows: Sequence[int]) -> list[str]:
        return [self.queries[n].inchikey14 for n in rows]

    def _first(self, scores: Scores) -> FloatArray:
        pairs = zip(scores, self.pools, strict=True)
        return np.array([placing(score, pool.truth).hit_1 for score, pool in pairs])

    def _retrieval(self, scores: Scores, rows: Sequence[int], least: int) -> Retrieval:
        kept = [n for n in rows if len(self.pools[n]) >= least]
        places = [placing(scores[n], self.pools[n].truth) for n in kept]
        return retrieval(places, self._keys(kept))

    def _among(self, scores: Scores, rows: Sequence[int]) -> Mean:
        kept = [n for n in rows if len(self.pools[n]) >= FAIR_LENGTH]
        values = [first_among(scores[n], self.pools[n].truth, FAIR_LENGTH) for n in kept]
        return mean_with_interval(values, self._keys(kept))
