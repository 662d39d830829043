"""``msgui structures``: build candidate stores, look what is in them, search them."""

import argparse
import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgui.commands.console import Console
from msgui.errors import MsguiError, Problem
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.structures.store import StoreInfo, StructureStore

EXAMPLE = """examples:
  msgui structures build compounds.csv more.sdf --out compounds.parquet
  msgui structures build --default
  msgui structures info compounds.parquet
  msgui structures search caffeine
  msgui structures search compounds.parquet C8H10N4O2
"""
EXIT_SOME_SKIPPED = 1
# More than a screenful of row errors helps nobody; the count of the rest is said.
PROBLEMS_SHOWN = 50


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "structures",
        help="build, look at and search candidate stores",
        description="A candidate store is a Parquet file of structures sorted by exact mass.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    build = verbs.add_parser(
        "build",
        help="make a store from CSV, TSV, SMILES, SDF or Parquet",
        epilog="example:\n  msgui structures build compounds.csv --out compounds.parquet",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    build.add_argument("files", metavar="FILE", nargs="*", help="lists with a column smiles")
    build.add_argument("--out", metavar="STORE", help="the Parquet file to write")
    build.add_argument("--name", default="", help="what the store is called (default: its file)")
    build.add_argument("--force", action="store_true", help="replace a file of that name")
    build.add_argument("--jobs", type=int, metavar="N", help="processes (default: all processors)")
    build.add_argument(
        "--default", action="store_true", help="build the store that is used when none is named"
    )
    info = verbs.add_parser("info", help="what a store holds, and where it is from")
    info.add_argument("store", metavar="NAME|PATH", nargs="?", default="auto")
    search = verbs.add_parser(
        "search", help="find structures by name, SMILES, InChIKey, formula or mass"
    )
    search.add_argument("store", metavar="NAME|PATH", nargs="?", default="auto")
    search.add_argument("text", metavar="TEXT", help="for example caffeine, C8H10N4O2, 194.0804")
    search.add_argument("--ppm", type=float, default=10.0, help="window of a mass (default 10)")
    search.add_argument("--top", type=int, default=100, metavar="N", help="rows (default 100)")
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="print JSON lines")
    return parser


def run(options: argparse.Namespace) -> int:
    """Do what was asked and return the exit code."""
    verbs = {"build": _build, "info": _info, "search": _search}
    return verbs[options.verb](options)


def _build(options: argparse.Namespace) -> int:
    console = Console(as_json=options.json)
    if options.default:
        from msgui.structures.default import default_store

        store, _ = follow(default_store(rebuild=options.force), console)
        _print_info(store.info(), options)
        return 0
    if not options.files or not options.out:
        raise MsguiError(
            "The files to build from and --out are needed.",
            "For example: msgui structures build compounds.csv --out compounds.parquet",
        )
    from msgui.structures.build import build_store

    info, skipped = follow(
        build_store(
            options.files,
            options.out,
            name=options.name,
            overwrite=options.force,
            workers=options.jobs,
        ),
        console,
    )
    _print_info(info, options)
    return EXIT_SOME_SKIPPED if skipped else 0


def follow(events: Iterable[Any], console: Console) -> tuple[Any, int]:
    """Show steps and problems; return the result and the number of records that were lost."""
    result, skipped, shown = None, 0, 0
    for event in events:
        if isinstance(event, Step):
            console.step(event)
        elif isinstance(event, Problem):
            skipped += event.skipped
            shown += 1
            if shown <= PROBLEMS_SHOWN or event.kind == "warning":
                console.problem(event)
        else:
            result = event
    if shown > PROBLEMS_SHOWN:
        console.say(f"{skipped:,} records were left out in all; the first are named above.")
    return result, skipped


def _open(options: argparse.Namespace) -> "StructureStore":
    from msgui.structures.opening import prepare_store

    store, _ = follow(prepare_store(options.store), Console(as_json=options.json))
    found: StructureStore = store
    return found


def _info(options: argparse.Namespace) -> int:
    _print_info(_open(options).info(), options)
    return 0


def _print_info(info: "StoreInfo", options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(dataclasses.asdict(info), ensure_ascii=False))
        return
    print(f"{info.name}: {info.count:,} structures")
    print(f"file      {info.path} ({Path(info.path).stat().st_size / 1e6:.1f} MB)")
    if info.found:
        print(
            f"built     from {info.found:,} rows: {info.skipped:,} left out, "
            f"{info.merged:,} the same as another one"
        )
    if info.created:
        print(f"created   {info.created}")
    for source, count in info.sources.items():
        print(f"source    {source}: {count:,}")
    for note in info.notes:
        print(f"note      {note}")
    print(f"SHA-256   {info.sha256}")


def _search(options: argparse.Namespace) -> int:
    store = _open(options)
    for structure in store.search(options.text, limit=options.top, tolerance_ppm=options.ppm):
        record = dataclasses.asdict(structure)
        if options.json:
            print(json.dumps(record, ensure_ascii=False))
        else:
            print(
                "\t".join(
                    (
                        structure.inchikey14,
                        structure.formula,
                        f"{structure.exact_mass:.5f}",
                        structure.smiles,
                        structure.name,
                        structure.source,
                    )
                )
            )
    return 0
