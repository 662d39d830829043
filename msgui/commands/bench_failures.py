"""``msgui bench failures``: what makes a model fail on a data set."""

import argparse
from pathlib import Path

from msgui.commands.console import Console
from msgui.errors import MsguiError
from msgui.progress import Step


def run(options: argparse.Namespace) -> int:
    """Measure, write ``failures.html`` and ``failures.tsv``, and return the exit code."""
    from msgui.benchmark.failures import (
        FACTORS,
        Failures,
        choose_new,
        find_failures,
        rank_correlations,
    )
    from msgui.benchmark.failures_report import failures_page, failures_tsv
    from msgui.commands.bench import good_spectra
    from msgui.export.files import write_text
    from msgui.prediction.models import open_model
    from msgui.tools import Settings, Tools
    from msgui.training.batches import TrainingArrays

    console, out = Console(as_json=options.json), Path(options.out)
    if len(options.models) != 1:
        raise MsguiError("One model is looked into at a time.", "Name it with --models.")
    out.mkdir(parents=True, exist_ok=True)
    model = open_model(options.models[0], options.provider)
    if model.memory is None:
        raise MsguiError(
            f"The model {model.name} does not say which compounds it learned from.",
            "Only a model with a memory can be looked into.",
        )
    index = Tools(Settings(), model).influence
    if index is None:
        console.say("Influence is left out: msgui train --task influence makes what tells it.")
    dataset = good_spectra(options.data, console)
    rows = choose_new(dataset, model.memory, options.queries, options.seed)
    arrays = TrainingArrays.of(dataset, model.card.adducts, len(model.card.instruments))
    for event in find_failures(dataset, arrays, rows, model, index, options.seed):
        if isinstance(event, Step):
            console.step(event)
            continue
        found: Failures = event
        names = ", ".join(Path(file).name for file in options.data)
        about = [f"Model {model.name}, SHA-256 {model.sha256[:16]}", f"Data {names}"]
        write_text(out / "failures.tsv", failures_tsv(found))
        write_text(out / "failures.html", failures_page(found, about, options.seed))
        console.say(f"{len(found):,} new compounds: Jaccard {found.jaccard.mean():.3f}")
        for (name, _), value in zip(FACTORS, rank_correlations(found), strict=True):
            console.say(f"{name}: Spearman with Jaccard {value:+.2f}")
    console.say(f"The report is {out / 'failures.html'}.")
    return 0
