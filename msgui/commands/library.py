"""``msgui library``: build, fetch, look at and search reference libraries."""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgui.commands.console import Console
from msgui.commands.structures import EXIT_SOME_SKIPPED, follow
from msgui.errors import MsguiError

if TYPE_CHECKING:
    from msgui.library.store import Library, LibraryInfo

EXAMPLE = """examples:
  msgui library download massbank
  msgui library build reference.msp more.mgf --out my-library
  msgui library info my-library
  msgui library search my-library unknowns.mgf --mode analog
"""
COLUMNS = (
    "spectrum_id",
    "rank",
    "similarity",
    "shared_peaks",
    "precursor_shift",
    "name",
    "formula",
    "inchikey14",
    "smiles",
    "adduct",
    "collision_energy",
    "instrument",
    "accession",
    "kind",
)


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the sub-command and return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "library",
        help="build, fetch, look at and search reference libraries",
        description="A reference library holds measured spectra of known compounds: for the "
        "nearest-neighbour baseline and for mirror plots.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    build = verbs.add_parser(
        "build", help="make a library from spectrum files (any format) or Parquet tables"
    )
    build.add_argument("files", metavar="FILE", nargs="+")
    build.add_argument("--out", metavar="LIBRARY", required=True, help="the folder to write")
    build.add_argument("--name", default="", help="what it is called (default: its folder)")
    build.add_argument("--force", action="store_true", help="replace a library of that name")
    info = verbs.add_parser("info", help="what a library holds; without a name: which there are")
    info.add_argument("library", metavar="NAME|PATH", nargs="?")
    search = verbs.add_parser("search", help="find spectra like those of a file; prints TSV")
    search.add_argument("library", metavar="NAME|PATH")
    search.add_argument("files", metavar="FILE", nargs="+")
    search.add_argument(
        "--mode",
        choices=("identity", "formula", "analog"),
        default="identity",
        help="same precursor, same formula (as the file states it), or modified cosine over all",
    )
    search.add_argument("--ppm", type=float, default=20.0, help="precursor window (default 20)")
    search.add_argument("--top", type=int, default=10, metavar="N", help="compounds (default 10)")
    fetch = verbs.add_parser(
        "download",
        help="fetch a public library and build it; without a name: which there are",
        description="This is the only command that uses the network, and only when it is given.",
    )
    fetch.add_argument("name", metavar="NAME", nargs="?")
    fetch.add_argument("--folder", metavar="DIR", help="keep the downloaded file here")
    fetch.add_argument("--only", action="store_true", help="do not build a library from it")
    fetch.add_argument("--base-url", metavar="URL", help="scheme and host of a mirror")
    fetch.add_argument("--force", action="store_true", help="replace an installed library")
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="print JSON lines")
    return parser


def run(options: argparse.Namespace) -> int:
    """Do what was asked and return the exit code."""
    verbs = {"build": _build, "info": _info, "search": _search, "download": _download}
    return verbs[options.verb](options)


def _build(options: argparse.Namespace) -> int:
    from msgui.library.build import build_library

    info, skipped = follow(
        build_library(options.files, options.out, name=options.name, overwrite=options.force),
        Console(as_json=options.json),
    )
    _print_info(info, options)
    return EXIT_SOME_SKIPPED if skipped else 0


def _open(options: argparse.Namespace) -> "Library":
    from msgui.library.opening import prepare_library

    library, _ = follow(prepare_library(options.library), Console(as_json=options.json))
    found: Library = library
    return found


def _info(options: argparse.Namespace) -> int:
    from msgui.library.opening import installed_libraries
    from msgui.library.store import Library

    if options.library:
        _print_info(_open(options).info(), options)
        return 0
    names = installed_libraries()
    if not names and not options.json:
        print("No library is installed. Get one with: msgui library download massbank")
    for name in names:
        _print_info(Library.open(name).info(), options)
    return 0


def _print_info(info: "LibraryInfo", options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(dataclasses.asdict(info), ensure_ascii=False))
        return
    size = sum(file.stat().st_size for file in Path(info.path).iterdir())
    print(f"{info.name}: {info.spectra:,} spectra of {info.molecules:,} compounds")
    print(f"folder    {info.path} ({size / 1e6:.1f} MB)")
    print(f"built     {info.created} from {', '.join(info.sources)}")
    print(f"records   {info.found:,} read, {info.skipped:,} left out")
    if info.predicted:
        print(f"predicted {info.predicted:,} spectra were written by a model, not measured")
    for polarity, count in info.polarities.items():
        print(f"polarity  {polarity}: {count:,}")
    for licence, count in info.licences.items():
        print(f"licence   {licence}: {count:,}")
    print(f"SHA-256   {info.sha256}")


def _search(options: argparse.Namespace) -> int:
    from msgui.library.search import search
    from msgui.spectra.predicted import is_predicted
    from msgui.spectra.readers import read_batches

    library, console = _open(options), Console(as_json=options.json)
    skipped = 0
    if not options.json:
        print("\t".join(COLUMNS))
    for file in options.files:
        for batch in read_batches(file):
            console.step(batch.step)
            for problem in batch.problems:
                skipped += problem.skipped
                console.problem(problem)
            for spectrum in batch.spectra:
                title = spectrum.spectrum_id or f"{Path(file).stem}_{spectrum.origin.index}"
                matches = search(
                    spectrum,
                    library,
                    options.mode,
                    formula=spectrum.formula,
                    precursor_ppm=options.ppm,
                    limit=options.top,
                )
                for rank, match in enumerate(matches, start=1):
                    molecule = library.molecule(int(library.molecule_of_row[match.row]))
                    record = library.record(match.row)
                    row = (
                        title,
                        rank,
                        f"{match.similarity:.4f}",
                        match.shared_peaks,
                        f"{match.shift:.4f}",
                        molecule.name,
                        molecule.formula,
                        molecule.inchikey14,
                        molecule.smiles,
                        record["adduct"],
                        record["collision_energy"],
                        record["instrument"],
                        record["accession"],
                        "predicted" if is_predicted(record["instrument"]) else "measured",
                    )
                    _print_match(row, as_json=options.json)
    return EXIT_SOME_SKIPPED if skipped else 0


def _print_match(row: tuple[object, ...], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False))
    else:
        print("\t".join(" ".join(str(cell).split()) for cell in row))


def _download(options: argparse.Namespace) -> int:
    from msgui.library.build import build_library
    from msgui.library.download import RELEASES, download
    from msgui.library.store import libraries_folder
    from msgui.paths import cache_folder

    if not options.name:
        for name, release in RELEASES.items():
            print(f"{name:<10}{release.title} ({release.licence}) {release.homepage}")
        return 0
    console = Console(as_json=options.json)
    out = libraries_folder() / options.name.lower()
    if out.exists() and not options.force and not options.only:
        raise MsguiError(
            f"The library {options.name} is installed already.",
            "Use --force to replace it by the newest release.",
            str(out),
        )
    folder = Path(options.folder) if options.folder else cache_folder() / "downloads"
    file, _ = follow(download(options.name, folder, options.base_url), console)
    console.say(f"The file is {file}.")
    if options.only:
        return 0
    info, _ = follow(
        build_library([file], out, name=options.name.lower(), overwrite=options.force), console
    )
    _print_info(info, options)
    return 0
