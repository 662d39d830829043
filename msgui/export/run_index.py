"""The index page of a run: one line for each spectrum, with a link to its report."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgui
from msgui.errors import MsguiError
from msgui.export.files import safe_name
from msgui.export.report_rows import CHECK_TITLES, SIGNS, VERDICT_SIGNS
from msgui.export.tables import SPREADSHEET_SIGNS
from msgui.export.templates import environment, style
from msgui.export.words import adduct_words, count_of, formula_words, percent


def run_index(folder: str | Path, title: str = "Annotation") -> str:
    """Return the index of a run as HTML, made from the tables in its folder.

    Parameters
    ----------
    folder : str or Path
        Holds spectra.tsv and candidates.tsv, and reports/ where reports were written.
    title : str

    Raises
    ------
    MsguiError
        When the tables are not there.
    """
    root = Path(folder)
    best = {row["spectrum_id"]: row for row in reversed(list(_rows(root / "candidates.tsv")))}
    taken: set[str] = set()
    rows, failed = [], 0
    for row in _rows(root / "spectra.tsv"):
        name = safe_name(_plain(row["spectrum_id"]), taken)
        failed += row["status"] == "failed"
        has_report = (root / "reports" / f"{name}.html").exists()
        rows.append(_row(row, best.get(row["spectrum_id"]), f"reports/{name}.html" * has_report))
    sentence = count_of(len(rows), "spectrum").replace("spectrums", "spectra")
    if failed:
        sentence += f", {failed} of them could not be annotated"
    return (
        environment()
        .get_template("index.html.jinja")
        .render(
            version=msgui.__version__,
            style=style(),
            title=title,
            summary=f"{sentence}.",
            rows=rows,
            check_names=", ".join(text.lower() for text in CHECK_TITLES.values()),
            signs="● fine, ▲ check, ■ problem, ? not computed or no judgment",
        )
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    except OSError as error:
        raise MsguiError(
            f"The table cannot be read: {error.strerror}.", "Annotate first.", file=str(path)
        ) from error


def _plain(text: str) -> str:
    """Return a cell as it was before it was made safe for spreadsheets."""
    return text[1:] if text.startswith(tuple(f"'{sign}" for sign in SPREADSHEET_SIGNS)) else text


def _row(row: Mapping[str, str], best: Mapping[str, str] | None, link: str) -> dict[str, object]:
    states = [part.rpartition("=")[2] for part in row["trust"].split(";") if part]
    share = best["explained_intensity"] if best else ""
    return {
        "link": link,
        "title": _plain(row["title"]) or _plain(row["spectrum_id"]),
        "id": _plain(row["spectrum_id"]),
        "mz": f"{float(row['precursor_mz']):.4f}" if row["precursor_mz"] else "",
        "adduct": adduct_words(row["adduct"]),
        "formula": formula_words(row["formula"]),
        "best": (_plain(best["name"]) or best["inchikey14"]) if best else "",
        "intensity": f"{percent(float(share))} %" if share else "",
        "candidates": row["candidates"],
        "verdict": VERDICT_SIGNS.get(row.get("verdict", "")),
        "checks": [(state, SIGNS[state]) for state in states if state in SIGNS],
        "message": _plain(row["message"]),
    }
