"""``msgui bench``: how good models are, beside neighbours and controls, on data of your own.

``msgui bench chemistry`` (:mod:`msgui.commands.bench_chemistry`) does it for what is no model:
formulas, fragments and explanations.
"""

import argparse
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgui
from msgui.commands.console import Console
from msgui.errors import MsguiError, Problem
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.benchmark.run import SplitSides
    from msgui.library.store import Library
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.onnx_model import Model
    from msgui.structures.store import StructureStore
    from msgui.training.dataset import Dataset

EXAMPLE = """examples:
  msgui bench --data massbank_ms2.parquet --splits unseen --models auto --out bench
  msgui bench ranking --data massbank_ms2.parquet --by formula mass --out bench
  msgui bench --data massbank_ms2.parquet --splits runs/first/split.json \\
      --models runs/first/massbank-mlp-1 --structures structures.parquet --out bench
  msgui bench failures --data massbank_ms2.parquet --out bench
  msgui bench chemistry --data FOLDER --share 0.2

A split is random, molecule, scaffold, formula, instrument or learned (the molecules that a network
generalizes to worst; minutes, needs torch), made here and kept in the folder; a split file of
"msgui train"; or unseen: all compounds that none of the models learned from.
"chemistry" measures formulas, peak formulas, fragments and explanation instead, beside nearest mass
and plain MetFrag; FOLDER holds massbank_ms2.parquet, structures.parquet and spectra/.
"""
UNSEEN = "unseen"


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "bench",
        help="measure models beside baselines and controls",
        description="Measure fingerprints and rankings on spectra of known compounds.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("models", "ranking", "intensities", "failures", "chemistry"),
        default="models",
        help="models: fingerprints and rankings; ranking: what each kind of evidence adds to it; "
        "intensities: how like measured spectra expected ones are; failures: what makes a model "
        "fail; chemistry: formulas and fragments",
    )
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="FILE", help="spectra with structures"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="part of the full sample (chemistry)"
    )
    parser.add_argument("--splits", nargs="+", default=[UNSEEN], metavar="SPLIT")
    parser.add_argument("--models", nargs="*", default=["auto"], metavar="NAME|PATH")
    parser.add_argument("--forward", default="auto", metavar="NAME|PATH|none", help="forward model")
    parser.add_argument("--structures", default="auto", metavar="NAME|PATH", help="candidates")
    parser.add_argument("--by", nargs="+", choices=("formula", "mass"), default=["formula"])
    parser.add_argument(
        "--queries", type=int, default=1000, metavar="N", help="test spectra a split; 0 takes all"
    )
    parser.add_argument(
        "--sides",
        nargs="+",
        choices=("validation", "test"),
        default=["test"],
        help="ranking, intensities: sides of the split that are asked about",
    )
    parser.add_argument(
        "--trees",
        type=int,
        default=0,
        metavar="N",
        help="intensities: learn boosted trees of N training spectra, as a reference",
    )
    parser.add_argument("--no-explain", action="store_true", help="leave fragments out (faster)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--provider", default="auto", help="where models run: auto, cpu, cuda")
    parser.add_argument("--out", metavar="DIR", help="folder for table and figure")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines")
    return parser


def run(options: argparse.Namespace) -> int:
    """Measure, write, and return the exit code."""
    if options.what == "chemistry":
        from msgui.commands.bench_chemistry import run_chemistry

        return run_chemistry(options)
    if not options.out:
        raise MsguiError("Table and figure need a folder.", "Add --out DIR.")
    if options.what == "ranking":
        from msgui.commands.bench_ranking import run as run_ranking

        return run_ranking(options)
    if options.what == "intensities":
        from msgui.commands.bench_intensities import run as run_intensities

        return run_intensities(options)
    if options.what == "failures":
        from msgui.commands.bench_failures import run as run_failures

        return run_failures(options)
    from msgui.benchmark.figure import figure
    from msgui.benchmark.run import Plan, Row, run_benchmark
    from msgui.benchmark.table import markdown, tsv
    from msgui.export.files import write_text
    from msgui.prediction.models import open_model

    console, out = Console(as_json=options.json), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    models = [open_model(name, options.provider) for name in options.models]
    for note in (note for model in models for note in model.notes):
        console.problem(Problem("warning", note))
    forward = forward_model(options.forward, console)
    library = open_data(options.data, console)
    store = open_candidates(options.structures, console)
    splits = choose_splits(options, library, models, out, console, forward)
    plan = Plan(tuple(options.by), options.queries, not options.no_explain, options.seed)
    rows: list[Row] = []
    for event in run_benchmark(library, splits, models, store, plan, forward):
        if isinstance(event, Step):
            console.step(event)
            continue
        rows.append(event)
        figures = f"Jaccard {event.jaccard.value:.3f}" if event.jaccard else ""
        place = event.retrieval[2]
        hits = f"hit@1 {place.hit_1.value:.3f} of {place.queries}" if place.queries else ""
        console.say(f"{event.split}: {event.method}: {figures} {hits} {event.note}".rstrip())
        write_text(out / "benchmark.tsv", tsv(rows))
    words = about(options, library, splits, models, store, forward)
    write_text(out / "benchmark.md", markdown(rows, words, "benchmark.svg"))
    write_text(out / "benchmark.svg", figure(rows))
    console.say(f"Table and figure are in {out}.")
    return 0


def forward_model(name: str, console: Console) -> "ForwardModel | None":
    """Return the forward model; without one its rows are left out."""
    from msgui.prediction.forward_models import open_forward_model

    if name == "none":
        return None
    try:
        return open_forward_model(name)
    except MsguiError as error:
        if name != "auto":
            raise
        console.problem(Problem("warning", error.cause, error.action))
        return None


def open_data(files: Sequence[str], console: Console) -> "Library":
    """Return the data as a library, built once for each content and kept in the cache."""
    from msgui.library.build import build_library
    from msgui.library.store import Library

    folder = _cache(files) / "library"
    if folder.exists():
        try:
            return Library.open(folder)
        except MsguiError:
            pass
    name = ", ".join(Path(file).name for file in files)
    for event in build_library(files, folder, name=name, overwrite=True):
        if isinstance(event, Step):
            console.step(event)
        elif isinstance(event, Problem):
            console.problem(event)
    return Library.open(folder)


def open_candidates(name: str, console: Console) -> "StructureStore":
    from msgui.structures.opening import prepare_store

    for event in prepare_store(name):
        if isinstance(event, Step):
            console.step(event)
        elif isinstance(event, Problem):
            console.problem(event)
        else:
            return event
    raise AssertionError("prepare_store ends with a store")


def choose_splits(
    options: argparse.Namespace,
    library: "Library",
    models: "Sequence[Model]",
    out: Path,
    console: Console,
    forward: "ForwardModel | None" = None,
) -> "list[SplitSides]":
    from msgui.benchmark.run import SplitSides
    from msgui.benchmark.unseen import unseen_split
    from msgui.training.records import is_free
    from msgui.training.splits import KINDS, Split, check_leaks, make_split

    dataset, found = good_spectra(options.data, console), []
    for name in options.splits:
        if name == UNSEEN:
            clean = dataset.accession.tolist()
            free = [
                accession
                for accession, licence in zip(clean, dataset.licence.tolist(), strict=True)
                if is_free(licence)
            ]
            found.append(unseen_split(library, models, clean, free, forward))
            continue
        if name in KINDS:
            split = make_split(dataset, name, seed=options.seed)
            check_leaks(dataset, split)
            split.save(out / f"split-{name}.json")
        elif Path(name).is_file():
            split = Split.load(name)
        else:
            raise MsguiError(
                f"There is no split {name!r}.",
                f"Choose {UNSEEN}, {', '.join(KINDS)}, or give a split file.",
            )
        found.append(SplitSides(split.kind, split.sha256, split.side))
    return found


def good_spectra(files: Sequence[str], console: Console) -> "Dataset":
    """Return the spectra that are good enough to be asked about, as training would choose them."""
    from msgui.training.dataset import Dataset, build_dataset

    kept = _cache(files) / "dataset.npz"
    if kept.exists():
        try:
            return Dataset.load(kept)
        except (OSError, ValueError, KeyError):
            kept.unlink(missing_ok=True)
    for event in build_dataset(files, only_free=False):
        if isinstance(event, Step):
            console.step(event)
        elif isinstance(event, Problem):
            console.problem(event)
        else:
            temporary = kept.with_suffix(f".{os.getpid()}.npz")
            event.save(temporary)
            temporary.replace(kept)
            return event
    raise AssertionError("build_dataset ends with a data set")


def _cache(files: Sequence[str]) -> Path:
    """Return the folder in which what was made of these files is kept."""
    from msgui.export.run_folder import sha256
    from msgui.library.labelled_folder import is_labelled_folder
    from msgui.paths import cache_folder

    for file in files:
        if not (Path(file).is_file() or is_labelled_folder(Path(file))):
            raise MsguiError("The file does not exist.", "Check the path.", file)
    digest = hashlib.sha256("".join(sha256(file) for file in files).encode()).hexdigest()
    folder = cache_folder() / "benchmarks" / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def about(
    options: argparse.Namespace,
    library: "Library",
    splits: "Sequence[SplitSides]",
    models: "Sequence[Model]",
    store: "StructureStore | None",
    forward: "ForwardModel | None",
) -> list[str]:
    """Return lines that say what was measured, with digests."""
    info = library.info()
    lines = [
        f"msgui {msgui.__version__}, seed {options.seed}",
        f"data: {library.name}: {info.spectra:,} spectra, {info.molecules:,} structures",
    ]
    lines += [f"split: {split.name}, SHA-256 {split.sha256[:16]}" for split in splits]
    lines += [
        f"model: {model.name}, SHA-256 {model.sha256[:16]}, on {model.provider}" for model in models
    ]
    if forward is not None:
        digest = forward.sha256[:16]
        lines.append(f"forward model: {forward.name} {forward.version}, SHA-256 {digest}")
    if store is not None:
        about = store.info()
        lines.append(
            f"candidates: {about.name}, {about.count:,} structures, SHA-256 {about.sha256[:16]}"
        )
    return lines
