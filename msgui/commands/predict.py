"""``msgui predict``: fingerprints for every spectrum of some files, as arrays."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from msgui.commands.annotate import ELEMENTS_HELP, read_all, tolerance
from msgui.commands.console import Console
from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.spectra.ids import with_ids
from msgui.spectra.run import PrecursorScans
from msgui.spectra.spectrum import Spectrum
from msgui.tools import Settings, Tools, open_tools

if TYPE_CHECKING:
    from msgui.prediction.onnx_model import Model
    from msgui.prediction.values import Prediction

EXAMPLE = """example:
  msgui predict spectra.mgf --out fingerprints.npz

The file holds the arrays id (n), probability (n x bits, float16), threshold, formula (n) and
adduct (n), in the order of the spectra. In Python: numpy.load("fingerprints.npz")["probability"]

Where the model's card says how, its prediction is joined with votes of structures of the same and
of near formulas; model_probability and model_threshold are then those of the model alone.
"""
EXIT_SOME_FAILED = 1


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "predict",
        help="predict fingerprints and save them as arrays",
        description="Predict the molecular fingerprint behind every spectrum.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="spectra, any format")
    parser.add_argument("--out", required=True, metavar="FILE.npz", help="file for the arrays")
    parser.add_argument("--model", default="auto", metavar="NAME|PATH", help="model to use")
    parser.add_argument(
        "--formula", choices=("auto", "record"), default="auto", help="record: trust the file's"
    )
    parser.add_argument(
        "--structures",
        default="auto",
        metavar="NAME|PATH",
        help="store whose formulas are likelier, and whose structures vote",
    )
    parser.add_argument(
        "--model-alone", action="store_true", help="no votes of structures of similar formulas"
    )
    parser.add_argument("--adduct", help="use this adduct for every spectrum")
    parser.add_argument("--ppm", type=tolerance, default=10.0, help="precursor tolerance")
    parser.add_argument("--fragment-ppm", type=tolerance, default=10.0, help="peak tolerance")
    parser.add_argument("--elements", default="", metavar="LIST", help=ELEMENTS_HELP)
    parser.add_argument("--provider", default="auto", help="where the model runs: auto, cpu, cuda")
    parser.add_argument("--force", action="store_true", help="replace an existing file")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines")
    return parser


def run(options: argparse.Namespace) -> int:
    """Predict, write, and return the exit code."""
    from msgui.prediction.models import open_model

    console = Console(as_json=options.json)
    out = _target(options)
    spectra, scans, lost = read_all(options.files, console)
    named = with_ids(spectra)
    model = open_model(options.model, options.provider)
    for note in model.notes:
        console.problem(Problem("warning", note))
    ions = _ions(named, scans, options, console)
    predictions: list[Prediction] = []
    interrupted = None
    try:
        _predict(named, ions, model, predictions, console)
    except KeyboardInterrupt as stop:
        interrupted = stop
    predicted = dict(list(ions.items())[: len(predictions)])
    fused = None if options.model_alone else _fused(predicted, predictions, model, options, console)
    _write(out, predicted, predictions, model, fused)
    if interrupted is not None:
        raise interrupted
    failed = len(named) - len(predictions)
    sentence = f"{len(predictions)} of {len(named)} spectra predicted by {model.name}"
    sentence += "" if fused is None else " and structures of similar formulas"
    console.say(f"{sentence} on {model.provider}. The arrays are in {out}.")
    return EXIT_SOME_FAILED if failed or lost else 0


def _target(options: argparse.Namespace) -> Path:
    out = Path(options.out)
    if out.suffix != ".npz":
        out = out.with_name(f"{out.name}.npz")
    if out.exists() and not options.force:
        raise MsguiError("The file exists already.", "Use --force to replace it.", str(out))
    return out


def _ions(
    named: Mapping[str, Spectrum],
    scans: PrecursorScans,
    options: argparse.Namespace,
    console: Console,
) -> dict[str, tuple[str, str]]:
    """Return formula and adduct of each spectrum that can be predicted; the others are named."""
    from msgui.chemistry.elements import element_bounds
    from msgui.pipeline import unfit
    from msgui.precursor import find_precursor, ion_of, stated_formula_fits

    settings = Settings(
        ppm=options.ppm,
        fragment_ppm=options.fragment_ppm,
        adduct=options.adduct,
        formula=options.formula,
        elements=options.elements,
    )
    element_bounds(settings.elements)
    tools: Tools | None = None
    ions = {}
    for number, (key, spectrum) in enumerate(named.items(), start=1):
        console.step(Step(number, len(named), "finding formulas"))
        try:
            reason = unfit(spectrum)
            if reason:
                raise MsguiError(reason)
            adducts = ion_of(spectrum, settings).adducts
            fitting = [a for a in adducts if stated_formula_fits(spectrum, a)]
            if options.formula == "record" and fitting:
                formula, adduct = spectrum.formula or "", fitting[0]
            else:
                tools = tools or _formula_tools(settings, options, console)
                precursor = find_precursor(spectrum, (), tools, scans.of(spectrum))
                formula, adduct = precursor.formula, precursor.ion.adduct
                if not formula:
                    raise MsguiError(" ".join(precursor.messages))
            ions[key] = (formula, adduct.name)
        except MsguiError as error:
            origin = spectrum.origin
            where = f"{key} ({origin.where})" if origin.where else key
            console.problem(Problem("error", error.cause, error.action, origin.file, where, 1))
    return ions


def _formula_tools(settings: Settings, options: argparse.Namespace, console: Console) -> Tools:
    """Return tools with the candidate store: formulas that a structure has are likelier."""
    for event in open_tools(settings, model=None, structures=options.structures):
        if isinstance(event, Tools):
            return event
        if isinstance(event, Step):
            console.step(event)
        else:
            console.problem(event)
    raise AssertionError("open_tools ends with tools")


def _predict(
    named: Mapping[str, Spectrum],
    ions: Mapping[str, tuple[str, str]],
    model: "Model",
    predictions: "list[Prediction]",
    console: Console,
) -> None:
    spectra = [named[key] for key in ions]
    formulas = [formula for formula, _ in ions.values()]
    adducts = [adduct for _, adduct in ions.values()]
    for event in model.predict_in_steps(spectra, formulas, adducts):
        if isinstance(event, Step):
            console.step(event)
        else:
            predictions.extend(event)


@dataclass(frozen=True, eq=False)
class _Fused:
    probabilities: list[npt.NDArray[np.float32]]
    threshold: float


def _fused(
    ions: Mapping[str, tuple[str, str]],
    predictions: "list[Prediction]",
    model: "Model",
    options: argparse.Namespace,
    console: Console,
) -> _Fused | None:
    """Return the predictions joined with votes; None where the card or the list is missing."""
    from msgui.prediction.fusion import Fusion, RelativesOf, fuse

    fusion = Fusion.from_card(model.card.calibration)
    if fusion is None or not predictions:
        return None
    store = _formula_tools(Settings(), options, console).structures
    if store is None:
        return None
    relatives, found = RelativesOf(store), []
    for n, ((formula, _), prediction) in enumerate(zip(ions.values(), predictions, strict=True)):
        found.append(fuse(prediction.probability, relatives(formula), fusion))
        console.step(Step(n + 1, len(predictions), "structures of similar formulas"))
    return _Fused(found, fusion.threshold)


def _write(
    out: Path,
    ions: Mapping[str, tuple[str, str]],
    predictions: "list[Prediction]",
    model: "Model",
    fused: _Fused | None,
) -> None:
    from msgui.export.files import replaced_file

    own = [prediction.probability for prediction in predictions]
    threshold = model.card.threshold
    beside: dict[str, Any] = {}
    if fused is not None:
        beside["model_probability"] = np.stack(own).astype(np.float16)
        beside["model_threshold"] = np.array(threshold, np.float64)
        own, threshold = fused.probabilities, fused.threshold
    empty = np.zeros((0, model.card.bits), np.float16)
    with replaced_file(out) as file:
        np.savez_compressed(
            file,
            id=np.array(list(ions), dtype=np.str_),
            probability=np.stack(own).astype(np.float16) if own else empty,
            threshold=np.float64(threshold),
            formula=np.array([formula for formula, _ in ions.values()], dtype=np.str_),
            adduct=np.array([adduct for _, adduct in ions.values()], dtype=np.str_),
            **beside,
        )
