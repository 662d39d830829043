"""``msgui simulate``: a library of the spectra that structures are expected to give."""

import argparse
from pathlib import Path
from typing import Any

from msgui.commands.console import Console
from msgui.commands.structures import EXIT_SOME_SKIPPED, follow
from msgui.errors import MsguiError

EXAMPLE = """example:
  msgui simulate compounds.csv --energies 10,20,40 --adducts "[M+H]+,[M-H]-" --out predicted.msp
  msgui library build predicted.msp --out predicted
  msgui library search predicted unknowns.mgf --mode formula

The spectra are marked as predicted: in the field for the instrument, in their ids, and wherever
msgui shows them. Stopped runs keep what is finished; --resume goes on.
"""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "simulate",
        help="write a library of predicted spectra of structures",
        description="Predict the spectra of structures with the forward model and write them as "
        "a library.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "structures", nargs="+", metavar="STRUCTURES", help="CSV, TSV, SMILES, SDF or Parquet"
    )
    parser.add_argument(
        "--energies", default="10,20,40", metavar="EV,EV", help="eV (default 10,20,40)"
    )
    parser.add_argument(
        "--adducts", default="[M+H]+", metavar="A,A", help="with commas (default [M+H]+)"
    )
    parser.add_argument(
        "--instrument", default="orbitrap", help="kind of analyser (default orbitrap)"
    )
    parser.add_argument("--model", default="auto", metavar="NAME|PATH", help="a forward model")
    parser.add_argument(
        "--out", required=True, metavar="LIBRARY", help="ends in .msp, .mgf or .parquet"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a run was stopped")
    parser.add_argument("--force", action="store_true", help="replace a file of that name")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines")
    return parser


def run(options: argparse.Namespace) -> int:
    """Write the library and return the exit code."""
    from msgui.export.simulated_library import Simulated, simulate_library
    from msgui.prediction.forward_models import open_forward_model

    for path in options.structures:
        if not Path(path).is_file():
            raise MsguiError("There is no such file.", "Check the spelling of its name.", path)
    console = Console(as_json=options.json)
    made, _ = follow(
        simulate_library(
            options.structures,
            options.out,
            open_forward_model(options.model),
            setting_of(options),
            resume=options.resume,
            overwrite=options.force,
        ),
        console,
    )
    assert isinstance(made, Simulated)
    console.say(
        f"{made.spectra:,} predicted spectra of {made.structures:,} structures are in {made.path}."
    )
    return EXIT_SOME_SKIPPED if made.skipped else 0


def setting_of(options: argparse.Namespace) -> Any:
    """Return under which conditions is simulated.

    Raises
    ------
    MsguiError
        When an energy is no positive number, or an adduct or analyser is not known.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.prediction.inputs import ANALYSERS, analyser
    from msgui.prediction.simulated import Setting

    energies = tuple(_energy(word) for word in _words(options.energies))
    adducts = tuple(str(parse_adduct(word)) for word in _words(options.adducts))
    if not energies or not adducts:
        raise MsguiError(
            "At least one energy and one adduct are needed.",
            'For example: --energies 10,20,40 --adducts "[M+H]+"',
        )
    kind = options.instrument.lower()
    kind = kind if kind in ANALYSERS else analyser(options.instrument)
    if kind == "other" and options.instrument.lower() != "other":
        raise MsguiError(
            f"{options.instrument!r} is no kind of analyser that is known.",
            f"Choose one of: {', '.join(ANALYSERS)}.",
        )
    return Setting(tuple(dict.fromkeys(energies)), tuple(dict.fromkeys(adducts)), kind)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _energy(word: str) -> float:
    try:
        energy = float(word)
    except ValueError:
        energy = 0.0
    if not 0 < energy <= 1000:
        raise MsguiError(
            f"{word!r} is no collision energy.", "Give eV with commas, as in --energies 10,20,40."
        )
    return energy
