"""``msgui train --task ranking``: learn how much each piece of evidence counts."""

import argparse
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from msgui.commands.console import Console
from msgui.errors import MsguiError
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.benchmark.fit_ranking import Fit
    from msgui.benchmark.queries import Query

Result = TypeVar("Result")
# Spectra of one molecule say much the same; more of them would only take longer.
SPECTRA_PER_MOLECULE = 4
LEAST_CASES = 50
SEED = 1


def run(options: argparse.Namespace) -> int:
    """Fit on the validation side of the unseen compounds, write the file, return the exit code."""
    from msgui.benchmark.answers import model_answers, neighbours
    from msgui.benchmark.evidence import gather, spoken
    from msgui.benchmark.fit_ranking import Case, fit_all
    from msgui.benchmark.queries import Pools, find_queries, sides
    from msgui.commands.bench import choose_splits, open_candidates, open_data
    from msgui.prediction.forward_models import open_forward_model
    from msgui.prediction.models import open_model
    from msgui.prediction.weights import KINDS, WEIGHTS_FILE, Weights, write_weights

    console, out = Console(as_json=options.json), Path(options.out)
    model, forward = open_model(options.model, "cpu"), open_forward_model(options.forward)
    library = open_data(options.data, console)
    store = open_candidates(options.structures or "auto", console)
    options.splits, options.seed = [options.split or "unseen"], SEED
    out.mkdir(parents=True, exist_ok=True)
    (split,) = choose_splits(options, library, [model], out, console, forward)
    side = sides(split.side)
    queries = some_of_each(find_queries(library, side["validation"]))
    source = Pools(store, "formula")
    pools = [source.of(query) for query in queries]
    kept = [i for i, pool in enumerate(pools) if pool is not None and len(pool) > 1]
    queries, pools = [queries[i] for i in kept], [pools[i] for i in kept]
    molecules = len({query.inchikey14 for query in queries})
    if len(queries) < LEAST_CASES:
        raise MsguiError(
            f"Only {len(queries)} validation spectra have candidates to be ranked among.",
            f"At least {LEAST_CASES} are needed: use more data, or another split.",
        )
    console.say(f"{len(queries)} spectra of {molecules} validation molecules of {split.name}")
    own = returned(model_answers(model, model.name, queries, know_formula=True), console)
    reference = library.only(side["train"])
    strong = returned(neighbours("strong", queries, reference, know_formula=True), console)
    evidence = returned(gather(queries, pools, forward), console)
    cases = [
        Case(found, pool.truth, query.inchikey14)
        for found, pool, query in zip(
            spoken(evidence, KINDS, own, strong), pools, queries, strict=True
        )
        if found is not None and pool is not None
    ]
    weights = Weights()
    for item in fit_all(cases):
        if isinstance(item, Weights):
            weights = item
        else:
            console.say(_sentence(item))
    fitted = {
        "split": split.name,
        "side": "validation",
        "split_sha256": split.sha256,
        "spectra": len(cases),
        "molecules": molecules,
        "model": {"name": model.name, "sha256": model.sha256},
        "forward": {"name": f"{forward.name} {forward.version}", "sha256": forward.sha256},
        "candidates_sha256": store.info().sha256,
    }
    write_weights(replace(weights, fitted=fitted), out / WEIGHTS_FILE.name)
    console.say(f"The weights stand in {out / WEIGHTS_FILE.name}.")
    return 0


def some_of_each(queries: "list[Query]", most: int = SPECTRA_PER_MOLECULE) -> "list[Query]":
    """Return at most so many spectra of each molecule, drawn at random, in the order given."""
    order = np.random.default_rng(SEED).permutation(len(queries))
    taken: dict[str, int] = {}
    chosen = []
    for i in order.tolist():
        key = queries[i].inchikey14
        taken[key] = taken.get(key, 0) + 1
        if taken[key] <= most:
            chosen.append(i)
    return [queries[i] for i in sorted(chosen)]


def returned(steps: Generator[Step, None, Result], console: Console) -> Result:
    """Return what a generator of steps returns, showing the steps."""
    while True:
        try:
            console.step(next(steps))
        except StopIteration as end:
            result: Result = end.value
            return result


def _sentence(fit: "Fit") -> str:
    words = [f"{kind}{' of the best' if kind in fit.relative else ''}" for kind in fit.kinds]
    return (
        f"{' + '.join(words)}: hit@1 {fit.hit_1:.3f}, per molecule {fit.hit_1_per_molecule:.3f}, "
        f"hit@5 {fit.hit_5:.3f}, MRR {fit.mean_reciprocal_rank:.3f}, surprise {fit.surprise:.4f}"
    )
