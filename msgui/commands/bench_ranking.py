"""``msgui bench ranking``: what each kind of evidence adds to the ranking of candidates."""

import argparse
from pathlib import Path

from msgui.commands.console import Console
from msgui.errors import MsguiError
from msgui.progress import Step


def run(options: argparse.Namespace) -> int:
    """Measure, write, and return the exit code."""
    from msgui.benchmark.ranking import GroupRow, RankingPlan, RankingRow, run_ranking
    from msgui.benchmark.ranking_table import group_tsv, ranking_markdown, ranking_tsv
    from msgui.commands.bench import (
        about,
        choose_splits,
        forward_model,
        open_candidates,
        open_data,
    )
    from msgui.export.files import write_text
    from msgui.prediction.models import open_model

    console, out = Console(as_json=options.json), Path(options.out)
    if len(options.models) != 1 or len(options.splits) != 1:
        raise MsguiError(
            "The ranking is measured with one model on one split.",
            "Name one with --models and one with --splits.",
        )
    out.mkdir(parents=True, exist_ok=True)
    model = open_model(options.models[0], options.provider)
    forward = forward_model(options.forward, console)
    library = open_data(options.data, console)
    store = open_candidates(options.structures, console)
    (split,) = choose_splits(options, library, [model], out, console, forward)
    plan = RankingPlan(tuple(options.sides), tuple(options.by), options.queries, options.seed)
    rows, groups = list[RankingRow](), list[GroupRow]()
    for event in run_ranking(library, split, model, forward, store, plan):
        if isinstance(event, Step):
            console.step(event)
        elif isinstance(event, GroupRow):
            groups.append(event)
        else:
            rows.append(event)
            place = event.retrieval[2]
            console.say(
                f"{event.side}, by {event.by}: {event.method}: hit@1 {place.hit_1.value:.3f}, "
                f"hit@5 {place.hit_5:.3f} of {place.queries}"
            )
            write_text(out / "ranking.tsv", ranking_tsv(rows))
    write_text(out / "ranking-groups.tsv", group_tsv(groups))
    words = about(options, library, [split], [model], store, forward)
    write_text(out / "ranking.md", ranking_markdown(rows, groups, words))
    console.say(f"The tables are in {out}.")
    return 0
