"""How much isomers and near formulas count beside a model: fits, measures, writes into a card.

Fits on the validation side of the split of the model and measures on its test side. With
--learned-by, only molecules that another model learned from take part, so that the weights may be
put into the card of that model (--card) and be measured on molecules that neither of them knows.

    python benchmarks/fusion.py --data massbank_ms2.parquet --split split.json \\
        --model MODEL_FOLDER --structures structures.parquet --card MODEL_FOLDER
"""

import argparse
import json
from pathlib import Path

import numpy as np

from msgui.benchmark.fit_fusion import FusionCase, fit_fusion
from msgui.benchmark.queries import find_queries, sides, truth_bits
from msgui.benchmark.scores import best_threshold, jaccard, mean_per_group, mean_with_interval
from msgui.commands.bench import choose_splits, open_candidates, open_data
from msgui.commands.console import Console
from msgui.prediction.card import CARD_FILE
from msgui.prediction.fusion import CARD_KEY, Fusion, RelativesOf, fuse
from msgui.prediction.onnx_model import Model


def cases_of(model, queries, relatives):
    """Return what a fit needs of some queries."""
    predictions = model.predict(
        [q.spectrum for q in queries], [q.formula for q in queries], [q.adduct for q in queries]
    )
    return [
        FusionCase(prediction.probability, relatives(query.formula), query.inchikey14, truth)
        for query, prediction, truth in zip(queries, predictions, truth_bits(queries), strict=True)
    ]


def measure(fusion, validation, test):
    """Print the Jaccard index on the test side, thresholds chosen on the validation side."""
    keys = [case.inchikey14 for case in test]
    print(f"{len(test)} test spectra of {len(set(keys))} molecules, 95 % intervals over molecules")

    def joined(cases, leave_out):
        return np.stack(
            [
                fuse(c.probability, c.relatives, fusion, {c.inchikey14} if leave_out else ())
                for c in cases
            ]
        )

    truth, known = (np.stack([case.truth for case in side]) for side in (test, validation))
    plain, sure = (np.stack([c.probability for c in side]) for side in (test, validation))
    strict, checked = joined(test, True), joined(validation, True)
    for title, guess, threshold in (
        ("the model", plain, best_threshold(sure, known)),
        ("fused, true structure left out", strict, best_threshold(checked, known)),
        ("fused", joined(test, False), best_threshold(checked, known)),
    ):
        values = jaccard(guess, truth, threshold)
        mean, each = mean_with_interval(values, keys), mean_per_group(values, keys)
        print(
            f"{title}: {mean.value:.3f} ({mean.low:.3f}-{mean.high:.3f}), per molecule {each:.3f}, "
            f"threshold {threshold}",
            flush=True,
        )


def main():
    """Fit, print, write and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--split", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--learned-by", metavar="FOLDER")
    parser.add_argument("--structures", required=True)
    parser.add_argument("--queries", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--card", nargs="*", default=[], metavar="FOLDER")
    options = parser.parse_args()
    options.splits = [options.split]
    console, model = Console(), Model.open(options.model, "cpu")
    library, store = open_data(options.data, console), open_candidates(options.structures, console)
    (split,) = choose_splits(options, library, [model], Path(), console)
    queries = find_queries(library, sides(split.side)["validation"], options.queries, options.seed)
    if options.learned_by:
        memory = Model.open(options.learned_by, "cpu").memory
        queries = [query for query in queries if memory.knows(query.inchikey14)]
    relatives = RelativesOf(store)
    cases = cases_of(model, queries, relatives)
    molecules = len({query.inchikey14 for query in queries})
    print(f"{len(queries)} validation spectra of {molecules} molecules, {split.name} split")
    for event in fit_fusion(cases):
        if isinstance(event, Fusion):
            fusion, record = event, event.as_dict()
        elif not event.total:
            print(event.item, flush=True)
    record["fitted_on"] = (
        f"{len(queries)} validation spectra of {molecules} molecules of a {split.name} split "
        f"({split.sha256[:16]}), with the predictions of {model.name}"
    )
    record["structures"] = f"{store.info().count:,} structures, SHA-256 {store.info().sha256[:16]}"
    print(json.dumps(record, indent=1))
    for folder in options.card:
        path = Path(folder) / CARD_FILE
        card = json.loads(path.read_text(encoding="utf-8"))
        card["calibration"][CARD_KEY] = record
        path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    asked = find_queries(library, sides(split.side)["test"], options.queries, options.seed)
    measure(fusion, cases, cases_of(model, asked, relatives))


if __name__ == "__main__":
    main()
