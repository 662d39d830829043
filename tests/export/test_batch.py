import csv
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from msgui.errors import MsguiError, Problem
from msgui.export.batch import BatchChoice, Call, Item, export_batch
from msgui.export.figure_choice import FigureChoice
from msgui.export.tables import PEAKS
from msgui.progress import Step
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from tests.export.small_annotations import annotation, spectrum
from tests.export.test_mztab import tables_of
from tests.export.test_workbook import read_sheets

EVERYTHING = BatchChoice(
    figures=("svg",),
    tables=("tsv", "csv", "xlsx"),
    spectra=("mgf", "msp", "json"),
    sdf=True,
    mztab=True,
    reports=True,
    figure=FigureChoice(width_mm=82.5, height_mm=72.0),
)
BAD_NAMES = ("../../etc/passwd", "CON", "a:b\nc", "x" * 300, "", "CON", "=cmd()")


def items(*names: str) -> list[Item]:
    return [
        Item(name, annotation(spectrum=spectrum(spectrum_id=name, title=name or "no name")))
        for name in names
    ]


def test_everything_that_was_chosen_is_there_and_nothing_else(tmp_path: Path) -> None:
    first = replace(
        items("one")[0],
        calls=(Call("RYYVLZVUVIJVGH", "accepted", "2a"), Call("ZZZZZZZZZZZZZZ", "rejected")),
        note="-checked",
        reviewed=True,
    )
    events = list(export_batch([first, *items("two")], tmp_path, EVERYTHING))
    paths = {event for event in events if isinstance(event, Path)}
    assert paths == {path for path in tmp_path.rglob("*") if path.is_file()}
    assert sorted({p.relative_to(tmp_path).parts[0] for p in paths}) == sorted(EVERYTHING.names())
    steps = [event for event in events if isinstance(event, Step)]
    assert all(a.done <= b.done for a, b in pairwise(steps))
    assert steps[-1].fraction == 1.0
    assert not any(isinstance(event, Problem) for event in events)

    peaks = (tmp_path / "peaks.tsv").read_text()
    assert peaks == PEAKS.header() + PEAKS.text("one", first.annotation) + PEAKS.text(
        "two", items("two")[0].annotation
    )
    rows = list(csv.reader((tmp_path / "peaks.csv").read_text().splitlines()))
    assert ["\t".join(row) for row in rows] == peaks.splitlines()
    sheets = read_sheets((tmp_path / "tables.xlsx").read_bytes())
    assert len(sheets["peaks"]) == len(rows)
    decisions = list(csv.DictReader((tmp_path / "decisions.tsv").open(), delimiter="\t"))
    assert [(d["call"], d["level"], d["reviewed"], d["note"]) for d in decisions] == [
        ("accepted", "2a", "yes", "'-checked"),
        ("rejected", "", "yes", "'-checked"),
    ]
    found = tables_of((tmp_path / "annotated.mztab").read_text())
    assert [row["reliability"] for row in found["SML"]] == ["2a", "3"]
    assert len(json.loads((tmp_path / "annotated.json").read_text())) == 2


@pytest.mark.parametrize("form", ["mgf", "msp", "json"])
def test_what_was_exported_is_read_again_with_all_peaks(tmp_path: Path, form: str) -> None:
    exported = items("one", "two")
    list(export_batch(exported, tmp_path, BatchChoice(spectra=(form,))))  # type: ignore[arg-type]
    again = [s for s in read(tmp_path / f"annotated.{form}") if isinstance(s, Spectrum)]
    assert [s.spectrum_id for s in again] == ["one", "two"]
    for item, read_back in zip(exported, again, strict=True):
        assert read_back.mz.tolist() == item.annotation.spectrum.mz.tolist()
        assert read_back.intensity.tolist() == item.annotation.spectrum.intensity.tolist()


def test_names_stay_in_the_folder_and_are_unique(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    list(export_batch(items(*BAD_NAMES), folder, BatchChoice(figures=("svg",), reports=True)))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    names = [path.name for path in (folder / "figures").iterdir()]
    assert len({name.lower() for name in names}) == len(BAD_NAMES)
    assert all(len(name) < 120 and not set(name) & set('\\/:*?"<>|\n') for name in names)


def test_one_that_fails_is_told_and_the_others_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = FigureChoice.draw

    def fails(self: FigureChoice, found, *more, **options) -> str:
        if found.spectrum.title == "two":
            raise ValueError("no ink")
        return draws(self, found, *more, **options)

    monkeypatch.setattr(FigureChoice, "draw", fails)
    events = list(
        export_batch(items("one", "two", "three"), tmp_path, BatchChoice(figures=("svg",)))
    )
    [problem] = [event for event in events if isinstance(event, Problem)]
    assert problem.where == "two"
    assert "no ink" in problem.cause
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "one.svg",
        "three.svg",
    ]


def test_a_cancel_leaves_the_old_files_and_no_other(tmp_path: Path) -> None:
    choice = BatchChoice(tables=("tsv", "xlsx"), spectra=("mgf",))
    (tmp_path / "peaks.tsv").write_text("old")
    for count in range(1, 7):
        events = export_batch(items("one", "two", "three", "four"), tmp_path, choice)
        for _ in range(count):
            next(events)
        events.close()  # type: ignore[attr-defined]
        left = sorted(path.name for path in tmp_path.iterdir())
        if left == ["peaks.tsv"]:
            assert (tmp_path / "peaks.tsv").read_text() == "old"
        assert not [name for name in left if name.startswith(".")]


def test_a_file_that_is_open_is_never_replaced(tmp_path: Path) -> None:
    source = tmp_path / "annotated.mgf"
    source.write_text("BEGIN IONS\nEND IONS\n")
    with pytest.raises(MsguiError, match="open in msgui"):
        list(export_batch(items("one"), tmp_path, EVERYTHING, inputs=[str(source)]))
    assert [path.name for path in tmp_path.iterdir()] == ["annotated.mgf"]


def test_other_formats_of_figures_come_from_the_window(tmp_path: Path) -> None:
    choice = BatchChoice(figures=("pdf",))
    list(
        export_batch(
            items("one"), tmp_path, choice, draw={"pdf": lambda _svg, t: b"%PDF " + t.encode()}
        )
    )
    assert (tmp_path / "figures" / "one.pdf").read_bytes() == b"%PDF one"
