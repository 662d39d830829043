"""The benchmark: splits x methods, with baselines and controls beside every figure."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from msgui.benchmark.answers import Answer, model_answers, neighbours, ranked
from msgui.benchmark.blind import LooksMeasured, learn_blind
from msgui.benchmark.evidence import Evidence, gather, together
from msgui.benchmark.fusing import fused_answers
from msgui.benchmark.queries import (
    By,
    Pool,
    Pools,
    Query,
    find_queries,
    sides,
    truth_bits,
    with_foreign_peaks,
)
from msgui.benchmark.scores import (
    Mean,
    Placing,
    best_threshold,
    jaccard,
    mean_per_group,
    mean_with_interval,
    placing,
)
from msgui.errors import MsguiError
from msgui.library.store import Library
from msgui.prediction.fusion import Fusion, RelativesOf
from msgui.prediction.weights import bundled_weights, sets_of
from msgui.progress import Step
from msgui.structures.store import StructureStore

if TYPE_CHECKING:
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.onnx_model import Model

LEAST_CANDIDATES = (2, 10)
VALIDATION_QUERIES = 400
EXPLANATION = "explanation"
FORWARD = "forward"
TITLES = {"baseline": "strong neighbours"}


@dataclass(frozen=True)
class SplitSides:
    """A split as a benchmark needs it: name, digest, and side of each accession."""

    name: str
    sha256: str
    side: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Parameters
    ----------
    by : tuple of "formula" or "mass"
        How candidates are fetched. With "mass" no method is told the formula.
    most_queries : int
        Random sample of the test side; 0 takes all.
    explain : bool
        Rank by fragments too (the slow part).
    seed : int
    """

    by: tuple[By, ...] = ("formula",)
    most_queries: int = 1000
    explain: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Retrieval:
    """Where the true structure stands among candidates, over queries with enough of them."""

    queries: int
    median_candidates: float
    hit_1: Mean
    hit_5: float
    hit_10: float
    hit_20: float
    mean_reciprocal_rank: float


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    split, by, method : str
    spectra, molecules : int
        Queries and their structures.
    seen : int
        Queries whose structure the model learned from.
    covered : float or None
        Share of queries with a same-formula spectrum in the reference.
    jaccard : Mean or None
        Over spectra, at ``threshold``; None for a method that only ranks.
    jaccard_covered : float or None
    jaccard_per_molecule : float or None
    threshold : float or None
        Chosen on the validation side.
    retrieval : mapping of int to Retrieval
        By least number of candidates.
    note : str
    """

    split: str
    by: str
    method: str
    spectra: int
    molecules: int
    seen: int
    covered: float | None
    jaccard: Mean | None
    jaccard_covered: float | None
    jaccard_per_molecule: float | None
    threshold: float | None
    retrieval: Mapping[int, Retrieval]
    note: str = ""


def run_benchmark(
    library: Library,
    splits: Sequence[SplitSides],
    models: "Sequence[Model]",
    store: StructureStore | None,
    plan: Plan = Plan(),
    forward: "ForwardModel | None" = None,
) -> Iterator[Step | Row]:
    """Yield steps and the lines of the table, split by split.

    Parameters
    ----------
    library : Library
        All spectra of the data; of each split only the training side is compared with.
    splits : sequence of SplitSides
    models : sequence of Model
    store : StructureStore or None
        Candidates; None measures fingerprints only.
    forward : ForwardModel or None
        Ranks candidates by expected intensities too.

    Raises
    ------
    MsguiError
        A split has no test spectra in the library.
    """
    for split in splits:
        for by in plan.by:
            yield from _one(library, split, models, store, by, plan, forward)


def _one(
    library: Library,
    split: SplitSides,
    models: "Sequence[Model]",
    store: StructureStore | None,
    by: By,
    plan: Plan,
    forward: "ForwardModel | None",
) -> Iterator[Step | Row]:
    accessions = sides(split.side)
    test = find_queries(library, accessions["test"], plan.most_queries, plan.seed)
    if not test:
        raise MsguiError(
            f"No test spectrum of the split {split.name} is in the data.",
            "The split was made for other data: make a new one.",
        )
    validation = find_queries(library, accessions["validation"], VALIDATION_QUERIES, plan.seed + 1)
    yield Step(0, 0, f"{split.name}: candidates")
    pools: list[Pool | None] = [None] * len(test)
    blind = None
    if store is not None:
        source = Pools(store, by)
        pools = yield from pools_of(source, test)
        yield Step(0, 0, f"{split.name}: the control that learns from structures alone")
        blind = learned_blind(library, accessions["train"], store, plan.seed)
    table = _Table(split, by, test, validation, pools)
    reference = library.only(accessions["train"])
    evidence = None
    if plan.explain and store is not None:
        evidence = yield from gather(test, pools, forward)
    yield from _controls(table, blind)
    strong = None
    for which in ("paper", "strong"):
        answer = yield from neighbours(which, test, reference, by == "formula")
        checked = yield from neighbours(which, validation, reference, by == "formula")
        yield table.row(ranked(answer, pools), checked)
        strong = answer
    if evidence is not None:
        yield from _evidence_rows(table, evidence, strong)
    relatives = None if store is None or by != "formula" else RelativesOf(store)
    for model in models:
        yield from _model_rows(table, model, library, strong, evidence, forward, relatives)


def _evidence_rows(table: "_Table", evidence: Evidence, strong: Answer | None) -> Iterator[Row]:
    """Yield the rankings that need no model of fingerprints."""
    for kinds in sets_of(("baseline", EXPLANATION, FORWARD)):
        if kinds != ("baseline",) and (FORWARD not in kinds or evidence.expected is not None):
            title = " + ".join(TITLES.get(kind, kind) for kind in kinds)
            weights = bundled_weights()
            yield table.row(together(title, evidence, kinds, weights, baseline=strong))


def pools_of(source: Pools, queries: Sequence[Query]) -> Generator[Step, None, list[Pool | None]]:
    """Yield steps; return the candidates of each query."""
    found = []
    for n, query in enumerate(queries):
        found.append(source.of(query))
        if n % 10 == 0:
            yield Step(n, len(queries), "candidates")
    return found


def learned_blind(
    library: Library, train: Sequence[str], store: StructureStore, seed: int
) -> LooksMeasured:
    """Return the control that knows which structures of the training side look measured."""
    wanted = set(train)
    rows = [row for row, key in enumerate(library.accessions) if key in wanted]
    numbers = sorted({int(library.molecule_of_row[row]) for row in rows})
    molecules = [library.molecule(number) for number in numbers]
    known = [molecule for molecule in molecules if molecule.smiles]
    return learn_blind(
        [m.smiles for m in known],
        [m.inchikey14 for m in known],
        [m.formula for m in known],
        store,
        seed,
    )


def _controls(table: "_Table", blind: LooksMeasured | None) -> Iterator[Row]:
    everyone = np.ones(len(table.test), bool)
    if blind is None:
        return
    zeros = tuple(np.zeros(len(pool) if pool is not None else 0) for pool in table.pools)
    yield table.row(Answer("random order", everyone, scores=zeros))
    scores = tuple(
        blind.score(pool.bits) if pool is not None else np.zeros(0) for pool in table.pools
    )
    frequency = np.repeat(blind.frequency[None, :], len(table.test), axis=0)
    known = np.repeat(blind.frequency[None, :], len(table.validation), axis=0)
    yield table.row(
        Answer("blind (structure only)", everyone, frequency, scores),
        Answer("", np.ones(len(table.validation), bool), known),
    )


def _model_rows(
    table: "_Table",
    model: "Model",
    library: Library,
    strong: Answer | None,
    evidence: Evidence | None,
    forward: "ForwardModel | None",
    relatives: RelativesOf | None,
) -> Iterator[Step | Row]:
    know = table.by == "formula"
    name = model.name
    checked = yield from model_answers(model, name, table.validation, know)
    bare = [without_peaks(query) for query in table.test]
    no_peaks = yield from model_answers(model, f"{name}, no peaks", bare, know)
    yield table.row(ranked(no_peaks, table.pools), checked)
    foreign = with_foreign_peaks(table.test, library)
    other = yield from model_answers(model, f"{name}, foreign peaks", foreign, know)
    yield table.row(ranked(other, table.pools), checked)
    if other.asked.any():
        same = [q if asked else None for q, asked in zip(table.test, other.asked, strict=True)]
        own = yield from model_answers(model, f"{name}, own peaks of these", same, know)
        yield table.row(ranked(own, table.pools), checked)
    answer = yield from model_answers(model, name, table.test, know)
    yield table.row(ranked(answer, table.pools), checked)
    fusion = Fusion.from_card(model.card.calibration)
    if fusion is not None and relatives is not None:
        parts = checked, no_peaks, answer
        for event in fused_answers(table.validation, table.test, parts, relatives, fusion):
            if isinstance(event, Step):
                yield event
                continue
            joined, sure, ranks = event
            if ranks:
                joined = ranked(joined, table.pools)
            yield table.row(joined, sure)
    if evidence is None:
        return
    weights = bundled_weights()
    for kinds in sets_of():
        if "model" not in kinds or len(kinds) == 1:
            continue
        if FORWARD in kinds and evidence.expected is None:
            continue
        titles = {**TITLES, "model": name}
        title = " + ".join(titles.get(kind, kind) for kind in kinds)
        yield table.row(together(title, evidence, kinds, weights, answer, strong))
    if evidence.expected is not None and other.asked.any():
        kinds = ("model", EXPLANATION, FORWARD)
        title = f"{name} + {EXPLANATION} + {FORWARD}"
        swapped = yield from gather(foreign, table.pools, forward)
        yield table.row(together(f"{title}, foreign peaks", swapped, kinds, weights, other))
        for single in (EXPLANATION, FORWARD):
            words = f"{single}, foreign peaks"
            yield table.row(together(words, swapped, (single,), weights))
        same_queries = replace(evidence, asked=other.asked)
        words = f"{title}, own peaks of these"
        yield table.row(together(words, same_queries, kinds, weights, answer))


def without_peaks(query: Query) -> Query:
    """Return a query with an empty spectrum."""
    empty = np.zeros(0)
    return replace(query, spectrum=query.spectrum.with_(mz=empty, intensity=empty))


class _Table:
    """Makes lines of answers for one split."""

    def __init__(
        self,
        split: SplitSides,
        by: By,
        test: Sequence[Query],
        validation: Sequence[Query],
        pools: Sequence[Pool | None],
    ) -> None:
        self.split, self.by, self.test, self.validation = split, by, test, validation
        self.pools = pools
        self._truth = truth_bits(test)
        self._validation_truth = truth_bits(validation)
        self._keys = [query.inchikey14 for query in test]

    def row(self, answer: Answer, checked: Answer | None = None) -> Row:
        """Return the line of an answer; its threshold is chosen on ``checked``."""
        rows = np.flatnonzero(answer.asked)
        keys = [self._keys[i] for i in rows]
        values = threshold = None
        if answer.probability is not None and checked is not None:
            assert checked.probability is not None
            threshold = best_threshold(checked.probability, self._validation_truth)
            values = jaccard(answer.probability[rows], self._truth[rows], threshold)
        covered = None if answer.covered is None else answer.covered[rows]
        on_covered = None
        if values is not None and covered is not None and covered.any():
            on_covered = float(values[covered].mean())
        return Row(
            split=self.split.name,
            by=self.by,
            method=answer.method,
            spectra=int(rows.size),
            molecules=len(set(keys)),
            seen=answer.seen,
            covered=None if covered is None or not covered.size else float(covered.mean()),
            jaccard=None if values is None else mean_with_interval(values, keys),
            jaccard_covered=on_covered,
            jaccard_per_molecule=None if values is None else mean_per_group(values, keys),
            threshold=threshold,
            retrieval={n: self._retrieval(answer, rows, n) for n in LEAST_CANDIDATES},
            note=_leak(answer, int(rows.size)),
        )

    def _retrieval(
        self, answer: Answer, rows: "np.typing.NDArray[np.intp]", least: int
    ) -> Retrieval:
        places: list[Placing] = []
        keys = []
        for i in rows if answer.scores is not None else ():
            pool = self.pools[i]
            if pool is not None and len(pool) >= least:
                assert answer.scores is not None
                places.append(placing(answer.scores[i], pool.truth))
                keys.append(self._keys[i])
        return retrieval(places, keys)


def retrieval(places: Sequence[Placing], keys: Sequence[str]) -> Retrieval:
    """Return the figures of places of the truth; ``keys`` are the molecules of the queries."""
    return Retrieval(
        queries=len(places),
        median_candidates=_mean(np.median, [p.candidates for p in places]),
        hit_1=mean_with_interval([p.hit_1 for p in places], keys),
        hit_5=_mean(np.mean, [p.hit_5 for p in places]),
        hit_10=_mean(np.mean, [p.hit_10 for p in places]),
        hit_20=_mean(np.mean, [p.hit_20 for p in places]),
        mean_reciprocal_rank=_mean(np.mean, [p.reciprocal_rank for p in places]),
    )


def _mean(how: object, values: Sequence[float]) -> float:
    return float(how(values)) if values else float("nan")  # type: ignore[operator]


def _leak(answer: Answer, n: int) -> str:
    if not answer.seen:
        return ""
    return f"leak: the model learned from the structures of {answer.seen} of {n} queries"
