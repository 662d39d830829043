"""``msgui train --task trust``: measure how far answers can be believed."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from msgui.commands.bench import forward_model, good_spectra, open_candidates, open_data
from msgui.commands.console import Console
from msgui.errors import MsguiError
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.benchmark.trust_cases import Question, TrustCase
    from msgui.benchmark.trust_questions import TrustPlan
    from msgui.library.store import Library
    from msgui.tools import Tools
    from msgui.training.dataset import Dataset

# Both are new to the models; to the second nothing was fitted at all.
INSIDE = "new compounds ({data})"
ELSEWHERE = "compounds of other laboratories"


def run(options: argparse.Namespace) -> int:
    """Ask, fit, write calibration and report, and return the exit code.

    Answers are kept in the cache by the models and structures that gave them: a run that is cut
    off goes on where it was, and one with other models begins anew.
    """
    from msgui.benchmark.trust_fit import fit_trust
    from msgui.benchmark.trust_questions import TrustPlan
    from msgui.benchmark.trust_report import markdown
    from msgui.trust.calibration import Calibration

    console, out = Console(as_json=options.json), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    tools = _tools(options, console)
    assert tools.structures is not None
    dataset, library = good_spectra(options.data, console), open_data(options.data, console)
    plan = TrustPlan(options.compounds) if options.compounds else TrustPlan()
    questions = _questions(library, dataset, tools, plan)
    cases = _cases(questions, tools, console)
    set_up, store = tools.set_up, tools.structures.info()
    assert set_up is not None
    name = ", ".join(Path(file).name for file in options.data)
    data = INSIDE.format(data=Path(options.data[0]).stem), ELSEWHERE
    fitted = [fit_trust(cases, kind, set_up, store.name, data) for kind in ("computed", "known")]
    entries = tuple(found.calibrated for found in fitted)
    Calibration.load(out).with_entries(entries).save(out)
    title = f"How far answers can be believed: {store.name}"
    text = markdown(fitted, cases, _about(tools, name, questions, plan), title)
    report = out / f"trust-{store.name.replace(' ', '-')}.md"
    report.write_text(text, encoding="utf-8")
    for entry in entries:
        for word, row in entry.frequencies.items():
            console.say(
                f"formula {entry.formula}, {word}: right in first place {row.top_1:.1%}, among the "
                f"first five {row.top_5:.1%} of {row.molecules} compounds"
            )
    console.say(f"The calibration is in {out}, the report in {report}.")
    return 0


def _tools(options: argparse.Namespace, console: Console) -> "Tools":
    from msgui.prediction.models import open_model
    from msgui.tools import Settings, Tools

    model = open_model(options.model, "cpu")
    forward = forward_model(options.forward, console)
    store = open_candidates(options.structures or "auto", console)
    return Tools(Settings(), model, forward, store)


def _questions(
    library: "Library", dataset: "Dataset", tools: "Tools", plan: "TrustPlan"
) -> "list[Question]":
    from msgui.benchmark.trust_questions import check_new, choose_questions
    from msgui.training.records import is_free

    assert tools.model is not None
    usable = [str(key) for key in dataset.accession]
    free = [key for key, terms in zip(usable, dataset.licence, strict=True) if is_free(str(terms))]
    questions = choose_questions(library, usable, free, tools.model, tools.forward, plan)
    check_new(questions, tools.model, tools.forward)
    return questions


def _cases(questions: "list[Question]", tools: "Tools", console: Console) -> "list[TrustCase]":
    from msgui.benchmark.trust_cases import collect
    from msgui.paths import cache_folder

    assert tools.set_up is not None
    kept = cache_folder() / "trust" / f"{tools.set_up.digest}.jsonl"
    for event in collect(questions, tools, kept):
        if isinstance(event, Step):
            console.step(event)
        else:
            return event
    raise MsguiError("The measurement ended without a result.", "Run it again with --debug.")


def _about(tools: "Tools", data: str, questions: "list[Question]", plan: "TrustPlan") -> list[str]:
    assert tools.model is not None
    assert tools.structures is not None
    store = tools.structures.info()
    lines = [
        f"data: {data}, {len(questions):,} spectra, up to {plan.spectra_a_compound} a compound",
        f"model: {tools.model.name}, SHA-256 {tools.model.sha256[:16]}",
    ]
    if tools.forward is not None:
        forward = tools.forward
        lines.append(
            f"forward model: {forward.name} {forward.version}, SHA-256 {forward.sha256[:16]}"
        )
    lines.append(f"candidates: {store.name}, {store.count:,} structures")
    assert tools.set_up is not None
    return [*lines, f"set-up: {tools.set_up.digest}"]
