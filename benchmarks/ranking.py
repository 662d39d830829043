"""How candidates should be ranked: measures of agreement, and how much each evidence counts.

Fits on the validation side of a split and prints hit@1 on both sides, over spectra and over
molecules. The defaults in msgui/prediction/ranking.py come from here.

    python benchmarks/ranking.py --data massbank_ms2.parquet --split split.json \\
        --model MODEL_FOLDER --forward FOLDER --structures structures.parquet
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import numpy as np

from msgui.benchmark.answers import model_answers, neighbours
from msgui.benchmark.evidence import gather
from msgui.benchmark.fit_ranking import Case, fit_weights, hits
from msgui.benchmark.queries import Pools, find_queries, sides
from msgui.commands.bench import choose_splits, open_candidates, open_data
from msgui.commands.console import Console
from msgui.prediction.agreement import MEASURES
from msgui.prediction.forward_models import open_forward_model
from msgui.prediction.neighbours import memory_baseline
from msgui.prediction.onnx_model import Model
from msgui.prediction.ranking import WEIGHTS


def finish(generator):
    """Return what a generator of steps returns."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def collect(model, forward, store, queries, reference):
    """Return the cases of some queries with every measure as evidence."""
    source = Pools(store, "formula")
    pools = [source.of(query) for query in queries]
    kept = [i for i, pool in enumerate(pools) if pool is not None and len(pool) > 1]
    queries, pools = [queries[i] for i in kept], [pools[i] for i in kept]
    own = finish(model_answers(model, "", queries, know_formula=True))
    strong = finish(neighbours("strong", queries, reference, know_formula=True))
    spoken = finish(gather(queries, pools, forward))
    predictions = model.predict(
        [q.spectrum for q in queries], [q.formula for q in queries], [q.adduct for q in queries]
    )
    cases = []
    for n, (query, pool, found) in enumerate(zip(queries, pools, spoken.explained, strict=True)):
        bits = pool.bits
        evidence = {}
        for name, measure in MEASURES.items():
            evidence[f"model, {name}"] = measure(own.probability[n], bits)
            evidence[f"library, {name}"] = measure(strong.probability[n], bits)
        if model.memory is not None:
            remembered = memory_baseline(
                predictions[n].embedding, model.memory, query.formula, exclude=[query.inchikey14]
            )
            evidence["memory"] = MEASURES[WEIGHTS.measure](remembered.probability, bits)
        matching = model.embedding_scores(predictions[n], [s.smiles for s in pool.structures])
        if matching is not None:
            evidence["matching"] = matching
        share = found.score / max(float(found.score.max()), 1e-9)
        evidence["explanation"] = np.sqrt(share)
        evidence["explanation, linear"] = share
        evidence["explained intensity"] = found.explained_intensity
        evidence["forward"] = spoken.expected[n]
        evidence["forward, of the best"] = spoken.expected[n] / max(spoken.expected[n].max(), 1e-9)
        cases.append(Case(evidence, pool.truth, query.inchikey14))
    return cases


def main():
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--split", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--forward", default="auto")
    parser.add_argument("--structures", required=True)
    parser.add_argument("--queries", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sides", nargs="+", default=["validation", "test"])
    options = parser.parse_args()
    options.splits = [options.split]
    console, model = Console(), Model.open(options.model, "cpu")
    library, store = open_data(options.data, console), open_candidates(options.structures, console)
    forward = open_forward_model(options.forward)
    (split,) = choose_splits(options, library, [model], Path(), console, forward)
    side = sides(split.side)
    reference = library.only(side["train"])
    cases = {
        name: collect(
            model,
            forward,
            store,
            find_queries(library, side[name], options.queries, options.seed),
            reference,
        )
        for name in options.sides
    }
    print(f"{split.name} split; columns: hit@1 over spectra, over molecules, MRR; then >= 10")
    report("random order", {"explanation": 0.0}, cases)
    for name in cases["validation"][0].evidence:
        report(name, {name: 1.0}, cases)
    measured, library_says = f"model, {WEIGHTS.measure}", f"library, {WEIGHTS.measure}"
    for names in (
        (measured, "explanation"),
        (measured, "explanation, linear"),
        (library_says, "explanation"),
        (measured, library_says, "explanation"),
        (measured, library_says, "explanation, linear"),
        (measured, "memory", "explanation"),
        (measured, "matching"),
        (measured, "explanation", "explained intensity"),
        ("explanation", "forward"),
        ("explanation", "forward, of the best"),
        (library_says, "explanation", "forward"),
        (measured, "explanation", "forward"),
        (measured, "explanation", "forward, of the best"),
        (measured, "memory", "explanation", "forward"),
        (measured, library_says, "explanation", "forward"),
        (measured, library_says, "explanation", "forward, of the best"),
        (measured, library_says, "explanation", "explained intensity", "forward"),
    ):
        if all(name in cases["validation"][0].evidence for name in names):
            fitted = fit_weights(cases["validation"], names)
            words = " + ".join(f"{weight:.2f} {name}" for name, weight in fitted.items())
            report(f"fitted: {words}", fitted, cases)
    used = asdict(WEIGHTS)
    for names in (
        ("explanation", "forward"),
        ("baseline", "explanation", "forward"),
        ("model", "explanation", "forward"),
        ("model", "baseline", "explanation", "forward"),
    ):
        titles = {"model": measured, "baseline": library_says}
        weights = {titles.get(name, name): used[name] for name in names}
        report(f"as shipped: {', '.join(names)}", weights, cases)


def report(title, weights, cases):
    """Print one line."""
    cells = []
    for found in cases.values():
        for least in (2, 10):
            h = hits(found, weights, least)
            figures = (h.hit_1, h.hit_1_per_molecule, h.mean_reciprocal_rank)
            cells.append(" ".join(f"{figure:.3f}" for figure in figures) + f" (n {h.queries})")
    print(" | ".join(cells), "|", title, flush=True)


if __name__ == "__main__":
    main()
