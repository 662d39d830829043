"""``msgui annotate``: the whole method for every spectrum of some files, without a window."""

import argparse
import signal
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgui
from msgui.commands.console import Console
from msgui.errors import MsguiError, Problem
from msgui.overrides import NO_OVERRIDES, Overrides, read_overrides
from msgui.progress import Step
from msgui.spectra.ids import with_ids
from msgui.spectra.run import PrecursorScans
from msgui.spectra.spectrum import Spectrum
from msgui.tools import Settings, Tools, open_tools

if TYPE_CHECKING:
    from msgui.annotation import Annotation

EXAMPLE = """example:
  msgui annotate spectra.mgf --out results --figures --reports
  msgui annotate run.mzML --out results --structures my_compounds.parquet --jobs 2
"""
ELEMENTS_HELP = "further elements of formulas, with their most atoms: Si4,B,Se,Na2"
# Switches of :class:`msgui.tools.Settings`.
WITHOUT = (
    "isotopes",
    "radicals",
    "further-charges",
    "adduct-kept",
    "adduct-lost",
    "water-adducts",
    "nitrogen-adducts",
)
EXIT_SOME_FAILED = 1
EXIT_TERMINATED = 143
# Options that change how fast or where something is written, never what.
NOT_PART_OF_A_RUN = {"out", "jobs", "force", "resume", "json", "debug", "run", "command"}


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "annotate",
        help="annotate spectra: formulas, peaks, ranked candidates, trust",
        description="Annotate every spectrum of the files and write tables into a folder.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="spectra, any format")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--model", default="auto", metavar="NAME|PATH", help="model to use")
    parser.add_argument("--no-model", action="store_true", help="rank without a model")
    parser.add_argument(
        "--structures",
        default="auto",
        metavar="NAME|PATH",
        help="candidate structures: a store or a list of structures; none: formulas and peaks only",
    )
    parser.add_argument(
        "--candidates", metavar="FILE", help="TSV (spectrum_id, smiles): rank exactly these"
    )
    parser.add_argument("--library", metavar="NAME|PATH", help="reference spectra")
    parser.add_argument(
        "--overrides",
        metavar="FILE",
        help="TSV (spectrum_id, mz, override, formula, note): formulas and marks of peaks, as in "
        "peaks.tsv",
    )
    parser.add_argument("--by", choices=("formula", "mass"), default="formula")
    parser.add_argument(
        "--formula", choices=("auto", "record"), default="auto", help="record: trust the file's"
    )
    parser.add_argument("--ppm", type=tolerance, default=10.0, help="precursor tolerance")
    parser.add_argument("--fragment-ppm", type=tolerance, default=10.0, help="peak tolerance")
    parser.add_argument("--elements", default="", metavar="LIST", help=ELEMENTS_HELP)
    parser.add_argument("--adduct", help="use this adduct for every spectrum")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=WITHOUT,
        metavar="KIND",
        help=f"what peaks may not be (may be repeated): {', '.join(WITHOUT)}",
    )
    parser.add_argument("--top", type=_positive, default=100, help="candidates kept")
    parser.add_argument(
        "--max-bonds",
        type=int,
        choices=(1, 2, 3),
        default=Settings().max_bonds,
        help="bonds cut at most to make a fragment",
    )
    parser.add_argument("--provider", default="auto", help="where the model runs: auto, cpu, cuda")
    parser.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes")
    parser.add_argument("--figures", action="store_true", help="also figures/<id>.svg")
    parser.add_argument("--reports", action="store_true", help="also reports/<id>.html")
    parser.add_argument("--force", action="store_true", help="replace existing results")
    parser.add_argument("--resume", action="store_true", help="go on with a stopped run")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines")
    return parser


def tolerance(text: str) -> float:
    """Return the tolerance in ppm that an option gives."""
    value = float(text)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError("a tolerance is above 0 and at most 1000 ppm")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def run(options: argparse.Namespace) -> int:
    """Annotate, write, and return the exit code."""
    from msgui.export.run_folder import RunFolder

    signal.signal(signal.SIGTERM, _stop)
    console = Console(as_json=options.json)
    if options.adduct:
        from msgui.chemistry.adducts import parse_adduct

        parse_adduct(options.adduct)
    if options.elements:
        from msgui.chemistry.elements import element_bounds

        element_bounds(options.elements)
    spectra, scans, lost = read_all(options.files, console)
    named = with_ids(spectra)
    overrides = read_overrides(options.overrides, named) if options.overrides else {}
    tools = _tools(options, console)
    if options.candidates:
        for problem in _without_partner(tools.candidates, named, options.candidates):
            console.problem(problem)
    identity = run_identity(options, tools)
    failed = 0
    with RunFolder(
        Path(options.out), identity, resume=options.resume, force=options.force
    ) as folder:
        todo = {key: s for key, s in named.items() if key not in folder.finished}
        done = len(named) - len(todo)
        for spectrum_id, annotation in _annotate(todo, scans, overrides, tools, options):
            name = folder.append(spectrum_id, annotation)
            _write_pictures(folder.folder, name, annotation, options)
            done += 1
            console.step(Step(done, len(named), spectrum_id))
        failed = sum(status == "failed" for status in folder.finished.values())
        folder.finish(complete=True)
    if options.reports:
        from msgui.export.files import write_text
        from msgui.export.run_index import run_index

        write_text(folder.folder / "index.html", run_index(folder.folder))
    _summary(console, len(named), failed, lost, options.out)
    return EXIT_SOME_FAILED if failed or lost else 0


def _stop(_signal: int, _frame: object) -> None:
    raise SystemExit(EXIT_TERMINATED)


def read_all(files: Sequence[str], console: Console) -> tuple[list[Spectrum], PrecursorScans, int]:
    """Return all MS/MS spectra of the files, their MS1, and the number of records skipped.

    Raises
    ------
    MsguiError
        When no file could be read at all.
    """
    from msgui.spectra.readers import read_batches

    spectra: list[Spectrum] = []
    scans = PrecursorScans()
    lost, unreadable = 0, list[MsguiError]()
    for file in files:
        try:
            for batch in read_batches(file):
                console.step(batch.step)
                scans.add(batch.spectra)
                spectra.extend(s for s in batch.spectra if s.ms_level != 1)
                for problem in batch.problems:
                    lost += problem.skipped
                    console.problem(problem)
        except MsguiError as error:
            unreadable.append(error)
            if len(files) > 1:
                console.problem(error.problem())
        scans.finish()
    if unreadable and not spectra:
        raise unreadable[0]
    if not spectra:
        raise MsguiError(
            "No MS/MS spectrum was found.", "Check the files with: msgui check FILE", files[0]
        )
    return spectra, scans, lost + len(unreadable)


def _without_partner(
    lists: Collection[str], named: Collection[str], file: str
) -> Iterator[Problem]:
    """Yield what to say of candidate lists without a spectrum, and of spectra without a list."""
    unknown = [key for key in lists if key not in named]
    if unknown:
        cause = f"{len(unknown)} of {len(lists)} lists belong to no spectrum (first: {unknown[0]})."
        action = "The ids are those in the first column of spectra.tsv."
        yield Problem("warning", cause, action, file)
    bare = sum(key not in lists for key in named)
    if bare:
        cause = f"{bare} of {len(named)} spectra have no list and get no candidates."
        yield Problem("warning", cause, "", file)


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that the options ask for."""
    settings = Settings(
        ppm=options.ppm,
        fragment_ppm=options.fragment_ppm,
        adduct=options.adduct,
        by=options.by,
        formula=options.formula,
        top=options.top,
        max_bonds=options.max_bonds,
        provider=options.provider,
        elements=options.elements,
    )
    switched_off: dict[str, Any] = {kind.replace("-", "_"): False for kind in options.without}
    return replace(settings, **switched_off)


def _tools(options: argparse.Namespace, console: Console | None) -> Tools:
    events = open_tools(
        settings_of(options),
        model=None if options.no_model else options.model,
        structures=None if options.structures == "none" else options.structures,
        library=options.library,
        candidates=options.candidates,
    )
    for event in events:
        if isinstance(event, Tools):
            return event
        if console is not None and isinstance(event, Problem):
            console.problem(event)
        elif console is not None and isinstance(event, Step):
            console.step(event)
    raise AssertionError("open_tools ends with tools")


def run_identity(options: argparse.Namespace, tools: Tools) -> dict[str, Any]:
    """Return what defines the run: options, versions, and the SHA-256 of everything read."""
    from msgui.export.run_folder import sha256

    read = {str(Path(file)): sha256(file) for file in options.files if Path(file).exists()}
    for path in (options.candidates, options.library, options.overrides):
        if path and Path(path).exists():
            read[str(path)] = sha256(path)
    if tools.structures is not None:
        read["structures"] = tools.structures.info().sha256
    if tools.model is not None:
        read["model"] = sha256(tools.model.folder / "model.onnx")
    parameters = {k: v for k, v in vars(options).items() if k not in NOT_PART_OF_A_RUN}
    return {"msgui": msgui.__version__, "parameters": parameters, "sha256": read}


def _annotate(
    todo: Mapping[str, Spectrum],
    scans: PrecursorScans,
    overrides: Mapping[str, Overrides],
    tools: Tools,
    options: argparse.Namespace,
) -> "Iterator[tuple[str, Annotation]]":
    from msgui.pipeline import annotate

    said = [overrides.get(key, NO_OVERRIDES) for key in todo]
    if options.jobs == 1 or len(todo) == 1:
        for (key, spectrum), of_peaks in zip(todo.items(), said, strict=True):
            yield key, annotate(spectrum, tools, scans.of(spectrum), of_peaks)
        return
    with ProcessPoolExecutor(
        options.jobs, get_context("spawn"), initializer=_start_worker, initargs=(options,)
    ) as pool:
        try:
            scans_of = [scans.of(spectrum) for spectrum in todo.values()]
            work = zip(todo.values(), scans_of, said, strict=True)
            annotations = pool.map(_annotate_in_worker, work, chunksize=4)
            for key, annotation in zip(todo, annotations, strict=True):
                yield key, annotation
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_worker_tools: list[Tools] = []


def _start_worker(options: argparse.Namespace) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker_tools[:] = [_tools(options, None)]


def _annotate_in_worker(work: tuple[Spectrum, Spectrum | None, Overrides]) -> "Annotation":
    from msgui.pipeline import annotate

    spectrum, ms1, said = work
    return annotate(spectrum, _worker_tools[0], ms1, said)


def _write_pictures(
    folder: Path, name: str, annotation: "Annotation", options: argparse.Namespace
) -> None:
    from msgui.export.files import write_text

    if options.figures:
        from msgui.export.figure import spectrum_svg

        write_text(folder / "figures" / f"{name}.svg", spectrum_svg(annotation))
    if options.reports:
        from msgui.export.report import spectrum_report

        write_text(
            folder / "reports" / f"{name}.html",
            spectrum_report(annotation, settings_of(options).as_dict()),
        )


def _summary(console: Console, annotated: int, failed: int, lost: int, out: str) -> None:
    sentence = f"{annotated - failed} of {annotated} spectra annotated"
    if failed:
        sentence += f", {failed} could not be (see the message column of spectra.tsv)"
    if lost:
        sentence += f"; {lost} records could not be read"
    console.say(f"{sentence}. Results are in {out}.")
