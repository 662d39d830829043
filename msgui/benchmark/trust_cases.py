"""Answers of the whole method to spectra of compounds that no model has learned from.

Each is one line of JSON in a file of the cache that belongs to the set-up, so that a run that was
cut off goes on where it was, and a fit can be repeated in seconds.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast, get_args

import numpy as np

from msgui.benchmark.queries import Query
from msgui.pipeline import annotate
from msgui.prediction.inputs import analyser, instrument_text
from msgui.progress import Step
from msgui.structures.structure import Structure
from msgui.tools import Tools
from msgui.trust.signals import signals
from msgui.trust.values import TrustCheck
from msgui.trust.verdict import run_checks

if TYPE_CHECKING:
    from msgui.annotation import Annotation
    from msgui.structures.store import StructureStore

Kind = Literal["computed", "known", "truth removed", "foreign peaks"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class TrustCase:
    """What the method said to one spectrum, and whether it was right.

    Parameters
    ----------
    accession, inchikey14 : str
        The spectrum and its compound.
    kind : str
        "computed" and "known": by the formula that was computed, or by the true one. Both further
        kinds are by the true formula: with the true structure taken from the candidates, and with
        the peaks of another compound of the formula.
    side : "fit" or "measure"
    hit_1, hit_5 : float
        Is the true structure in first place, among the first five; a share when tied.
    top : str
        The structure in first place (first InChIKey block), empty without one.
    candidates : int
    adduct, analyser : str
    signals : mapping of str to float
        See :func:`msgui.trust.signals.signals`; missing ones are left out.
    checks : mapping of str to float
        Number of each check that was computed.
    states : mapping of str to str
        What the checks say before any limit was fitted.
    seconds, check_seconds : float
        What the answer, and the checks of it, took.
    """

    accession: str
    inchikey14: str
    kind: Kind
    side: Literal["fit", "measure"]
    hit_1: float
    hit_5: float
    top: str
    candidates: int
    adduct: str
    analyser: str
    signals: dict[str, float] = field(default_factory=dict)
    checks: dict[str, float] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    check_seconds: float = 0.0


@dataclass(frozen=True)
class Question:
    """One spectrum that is asked about, on the side that is fitted or on the side that measures."""

    query: Query
    side: Literal["fit", "measure"]
    foreign: Query | None = None
    without_truth: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is asked."""
        further = {"truth removed": self.without_truth, "foreign peaks": self.foreign is not None}
        return tuple(kind for kind in KINDS if further.get(kind, True))


class _WithoutOne:
    """A structure store that lacks one compound."""

    def __init__(self, store: "StructureStore", inchikey14: str) -> None:
        self._store = store
        self._missing = inchikey14
        self.names_of: Callable[..., Any] = store.names_of

    def by_formula(self, formula: str) -> list[Structure]:
        found = self._store.by_formula(formula)
        return [structure for structure in found if structure.inchikey14 != self._missing]

    def by_mass(self, neutral_mass: float, tolerance_ppm: float) -> list[Structure]:
        found = self._store.by_mass(neutral_mass, tolerance_ppm)
        return [structure for structure in found if structure.inchikey14 != self._missing]


def load_cases(path: Path) -> list[TrustCase]:
    """Return the cases of a cache file; a line that a crash cut off is passed over."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            cases.append(TrustCase(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return cases


def collect(
    questions: Sequence[Question], tools: Tools, path: Path
) -> Iterator[Step | list[TrustCase]]:
    """Yield steps while the questions are answered, and last all cases; goes on where it was."""
    cases = {(case.accession, case.kind): case for case in load_cases(path)}
    path.parent.mkdir(parents=True, exist_ok=True)
    wanted: list[TrustCase] = []
    with path.open("a", encoding="utf-8") as stream:
        for n, question in enumerate(questions):
            yield Step(n, len(questions), "spectra of compounds that no model knows")
            accession = question.query.spectrum.spectrum_id
            there = {kind for kind in KINDS if (accession, kind) in cases}
            for case in _answers(question, tools, there):
                cases[accession, case.kind] = case
                stream.write(json.dumps(asdict(case)) + "\n")
            stream.flush()
            kinds = question.kinds
            wanted += [cases[accession, kind] for kind in kinds if (accession, kind) in cases]
    yield wanted


def _answers(question: Question, tools: Tools, there: Collection[Kind]) -> Iterator[TrustCase]:
    """Yield the answers that are not there yet."""
    query, store = question.query, tools.structures
    missing = [kind for kind in question.kinds if kind not in there]
    known = replace(tools, settings=replace(tools.settings, given_formula=query.formula))
    if "computed" in missing:
        answer = _Answer.of(query, tools)
        yield answer.case(question, "computed")
        if "known" in missing and answer.annotation.formula == query.formula:
            yield answer.with_known_formula().case(question, "known")
            missing.remove("known")
    if "known" in missing:
        yield _Answer.of(query, known).case(question, "known")
    if "truth removed" in missing:
        lacking: Any = _WithoutOne(cast("StructureStore", store), query.inchikey14)
        answer = _Answer.of(query, replace(known, structures=lacking))
        yield answer.case(question, "truth removed")
    if "foreign peaks" in missing and question.foreign is not None:
        yield _Answer.of(question.foreign, known).case(question, "foreign peaks")


@dataclass(frozen=True, eq=False)
class _Answer:
    annotation: "Annotation"
    checks: tuple[TrustCheck, ...]
    seconds: float
    check_seconds: float

    @classmethod
    def of(cls, query: Query, tools: Tools) -> Self:
        """Return what the method says to a query."""
        start = time.perf_counter()
        annotation = annotate(query.spectrum, tools)
        middle = time.perf_counter()
        checks = run_checks(annotation, tools.model)
        return cls(annotation, tuple(checks), middle - start, time.perf_counter() - middle)

    def with_known_formula(self) -> "_Answer":
        """Return the same as if the formula had been given, which it would not have changed."""
        return replace(self, annotation=replace(self.annotation, formula_source="given"))

    def case(self, question: Question, kind: Kind) -> TrustCase:
        """Return what is kept of it."""
        annotation, truth = self.annotation, question.query.inchikey14
        hit_1, hit_5 = hits(annotation, truth)
        found = signals(annotation, self.checks)
        return TrustCase(
            accession=question.query.spectrum.spectrum_id,
            inchikey14=truth,
            kind=kind,
            side=question.side,
            hit_1=hit_1,
            hit_5=hit_5,
            top=annotation.candidates[0].structure.inchikey14 if annotation.candidates else "",
            candidates=annotation.candidate_count,
            adduct=annotation.adduct,
            analyser=analyser(instrument_text(annotation.spectrum)),
            signals={name: round(v, 6) for name, v in found.items() if np.isfinite(v)},
            checks={c.check: round(c.value, 6) for c in self.checks if c.value is not None},
            states={c.check: c.state for c in self.checks},
            seconds=round(self.seconds, 4),
            check_seconds=round(self.check_seconds, 4),
        )


def hits(annotation: "Annotation", inchikey14: str) -> tuple[float, float]:
    """Return the chance that the structure is in first place, and among the first five.

    Ties are in random order; both are 0 when it is not in the list.
    """
    for candidate in annotation.candidates:
        if candidate.structure.inchikey14 == inchikey14:
            places = candidate.tied_with + 1
            first = max(0, min(places, 1 - candidate.rank + 1))
            five = max(0, min(places, 5 - candidate.rank + 1))
            return first / places, five / places
    return 0.0, 0.0
