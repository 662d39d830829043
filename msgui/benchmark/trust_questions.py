"""Which spectra trust is measured on: of compounds that no model has learned from, few of each."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from msgui.benchmark.queries import Query, find_queries, with_foreign_peaks
from msgui.benchmark.trust_cases import Question
from msgui.errors import MsguiError
from msgui.library.store import Library

if TYPE_CHECKING:
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.onnx_model import Model


@dataclass(frozen=True)
class TrustPlan:
    """How much is asked.

    Parameters
    ----------
    most_compounds : int
        On each side.
    spectra_a_compound : int
        Most spectra of one compound on the side that is fitted; one on the side that measures.
    controls : int
        Spectra that are asked again without the truth, and with foreign peaks.
    seed : int
    """

    most_compounds: int = 500
    spectra_a_compound: int = 2
    controls: int = 200
    seed: int = 1


def choose_questions(
    library: Library,
    usable: Collection[str],
    free: Collection[str],
    model: "Model",
    forward: "ForwardModel | None",
    plan: TrustPlan,
) -> list[Question]:
    """Return what is to be asked: compounds that neither model learned from.

    Compounds with spectra of a free licence are fitted on, all others measured on, so that nothing
    that ships was fitted to a spectrum whose licence forbids it, and no compound is on both sides.

    Parameters
    ----------
    usable, free : collections of str
        Accessions of spectra that are good enough to be asked about, and those of them whose
        licence lets a fit be passed on.

    Raises
    ------
    MsguiError
        The model does not say what it learned from, or a side is empty.
    """
    if model.memory is None:
        raise MsguiError(
            f"The model {model.name} does not say which compounds it learned from.",
            "Trust can only be measured on compounds that are new to the model.",
        )
    memory = model.memory
    new = [
        query
        for query in _shuffled(find_queries(library, usable), plan.seed)
        if query.spectrum.precursor_mz is not None
        and not memory.knows(query.inchikey14)
        and not (forward is not None and forward.knows(query.inchikey14))
    ]
    wanted = frozenset(free)
    fitted_on = {q.inchikey14 for q in new if q.spectrum.spectrum_id in wanted}
    fit = [q for q in new if q.spectrum.spectrum_id in wanted]
    fit = _few_of_each(fit, plan.spectra_a_compound, plan.most_compounds)
    others = [q for q in new if q.inchikey14 not in fitted_on]
    measure = _few_of_each(others, 1, plan.most_compounds)
    if not fit or not measure:
        raise MsguiError(
            "Too few compounds of the data are new to the models.",
            "Use data with compounds that they did not learn from.",
        )
    return _questions(fit, measure, library, plan)


def _questions(
    fit: Sequence[Query], measure: Sequence[Query], library: Library, plan: TrustPlan
) -> list[Question]:
    lenders = with_foreign_peaks(measure, library, plan.seed)
    lent = 0
    asked = []
    for n, (query, foreign) in enumerate(zip(measure, lenders, strict=True)):
        use = foreign if foreign is not None and lent < plan.controls else None
        lent += use is not None
        asked.append(Question(query, "measure", use, n < plan.controls))
    # Both sides grow together, so that a run that is cut off can already be fitted.
    rest = [Question(query, "fit") for query in fit]
    places = np.argsort(
        np.concatenate([np.linspace(0, 1, len(asked)), np.linspace(0, 1, len(rest))]),
        kind="stable",
    )
    both = [*asked, *rest]
    return [both[place] for place in places]


def _shuffled(queries: Sequence[Query], seed: int) -> list[Query]:
    order = np.random.default_rng(seed).permutation(len(queries))
    return [queries[place] for place in order]


def _few_of_each(queries: Sequence[Query], most: int, compounds: int) -> list[Query]:
    """Return at most so many spectra of each of the first compounds, one of each compound first."""
    seen: Counter[str] = Counter()
    numbered = []
    for query in queries:
        if query.inchikey14 in seen or len(seen) < compounds:
            numbered.append((seen[query.inchikey14], query))
            seen[query.inchikey14] += 1
    kept = [(number, query) for number, query in numbered if number < most]
    return [query for _, query in sorted(kept, key=lambda pair: pair[0])]


def check_new(
    questions: Sequence[Question], model: "Model", forward: "ForwardModel | None"
) -> None:
    """Raise MsguiError when a compound was learned from, or stands on both sides."""
    sides: dict[str, set[str]] = {"fit": set(), "measure": set()}
    for question in questions:
        sides[question.side].add(question.query.inchikey14)
    everyone = sides["fit"] | sides["measure"]
    known = {
        key
        for key in everyone
        if (model.memory is not None and model.memory.knows(key))
        or (forward is not None and forward.knows(key))
    }
    if known or sides["fit"] & sides["measure"]:
        raise MsguiError(
            f"The measurement leaks: {len(known)} compounds were learned from, "
            f"{len(sides['fit'] & sides['measure'])} stand on both sides.",
            "Take a model that names all compounds that it learned from.",
        )
