"""Exporting from the window: figures exact in mm, many spectra at once, and as a command."""

import re
import shlex
import subprocess
import sys

import pytest
from lxml import etree
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from msgui.export.batch import BatchChoice
from msgui.export.figure import PRESETS
from msgui.export.figure_choice import FigureChoice
from msgui.gui.dialogs.export_batch import ExportBatchDialog
from msgui.gui.dialogs.export_figure import ExportFigureDialog
from msgui.gui.rendering import pdf, png
from msgui.gui.window import MainWindow
from tests.export.small_annotations import annotation
from tests.gui.windows import annotated, idle, settings_in, write_mgf

MM = 25.4
FIGURES = {name: FigureChoice(*vars(size).values()) for name, size in PRESETS.items()}


@pytest.fixture
def window(qtbot, tmp_path) -> MainWindow:
    window = MainWindow(settings_in(tmp_path))
    qtbot.addWidget(window)
    window.problems = []
    window.show_problem = window.problems.append
    window.start()
    window.open_paths([write_mgf(tmp_path)])
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    return window


def dialog_of(window, kind):
    [dialog] = [d for d in window.findChildren(kind) if d.isVisible()]
    return dialog


@pytest.mark.parametrize("name", PRESETS)
def test_a_pdf_page_has_the_size_of_its_preset(qapp, name) -> None:
    size = PRESETS[name]
    content = pdf(FIGURES[name].draw(annotation()), "caffeine")
    width, height = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content).groups()
    assert float(width) * MM / 72 == pytest.approx(size.width_mm, abs=0.005)
    assert float(height) * MM / 72 == pytest.approx(size.height_mm, abs=0.005)
    assert b"/Font" in content  # text is text


def test_the_same_figure_gives_the_same_bytes(qapp) -> None:
    svg = FIGURES["acs-single"].draw(annotation())
    assert pdf(svg, "a") == pdf(svg, "a")
    assert png(svg, 100) == png(svg, 100)


@pytest.mark.parametrize("dpi", [72, 300, 600])
def test_a_picture_has_the_pixels_of_its_size(qapp, dpi) -> None:
    image = QImage.fromData(png(FIGURES["acs-double"].draw(annotation()), dpi))
    size = PRESETS["acs-double"]
    assert image.width() == pytest.approx(size.width_mm / MM * dpi, abs=1)
    assert image.height() == pytest.approx(size.height_mm / MM * dpi, abs=1)
    assert image.dotsPerMeterX() == pytest.approx(dpi / 0.0254, abs=1)
    assert image.pixelColor(0, 0) == Qt.GlobalColor.white


def test_the_preview_follows_and_the_file_is_what_it_showed(
    qtbot, window, tmp_path, monkeypatch
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = dialog_of(window, ExportFigureDialog)
    qtbot.waitUntil(dialog.preview.has_drawing, timeout=10_000)
    dialog.preset.setCurrentIndex(dialog.preset.findData("acs-single"))
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    assert (dialog.width_mm.value(), dialog.font_pt.value()) == (82.5, 6.0)
    dialog.height_mm.setValue(80.0)
    assert dialog.preset.currentText() == "Own size"
    dialog.parts["structure"].setChecked(False)
    shown = []
    dialog.redraw_wanted.connect(shown.append)
    qtbot.waitUntil(lambda: bool(shown), timeout=5_000)
    assert shown[-1] == dialog.choice()
    qtbot.waitUntil(lambda: idle(window), timeout=10_000)

    target = tmp_path / "figure"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    dialog.save.click()
    qtbot.waitUntil(lambda: idle(window), timeout=20_000)
    root = etree.fromstring(target.with_suffix(".svg").read_bytes())
    assert (root.get("width"), root.get("height")) == ("82.5mm", "80mm")
    # The next figure begins with what was chosen for this one.
    assert window.exports.figure.height_mm == 80.0
    assert window.problems == []


def test_only_a_picture_has_a_resolution(qtbot, window) -> None:
    window.do("export_figure")
    dialog = dialog_of(window, ExportFigureDialog)
    assert not dialog.dpi.isEnabled()
    dialog.format.setCurrentIndex(dialog.format.findData("png"))
    assert dialog.dpi.isEnabled()
    dialog.dpi.setValue(600)
    assert "4200 × 2244 pixels" in dialog.facts.text()
    dialog.reject()
    qtbot.waitUntil(lambda: idle(window), timeout=10_000)


def test_a_file_that_is_open_is_not_overwritten(qtbot, window, tmp_path, monkeypatch) -> None:
    before = (tmp_path / "three.mgf").read_bytes()
    linked = tmp_path / "link.tsv"
    linked.symlink_to(tmp_path / "three.mgf")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(linked), ""))
    window.do("export_tsv")
    qtbot.waitUntil(lambda: bool(window.problems), timeout=10_000)
    assert "open in msgui" in window.problems[0].cause
    assert (tmp_path / "three.mgf").read_bytes() == before


def test_many_spectra_go_into_a_folder(qtbot, window, tmp_path) -> None:
    folder = tmp_path / "out"
    window.do("export_batch")
    dialog = dialog_of(window, ExportBatchDialog)
    assert [dialog.which.itemData(i) for i in range(dialog.which.count())] == [
        "annotated", "selected", "all",
    ]  # fmt: skip
    dialog.folder.setText(str(folder))
    for name, on in (("svg", True), ("png", True), ("xlsx", True), ("reports", True)):
        dialog.boxes[name].setChecked(on)
    dialog.which.setCurrentIndex(dialog.which.findData("all"))
    assert dialog.export.text() == "Export"
    dialog.export.click()
    qtbot.waitUntil(lambda: idle(window), timeout=240_000)
    assert len(list((folder / "figures").glob("*.svg"))) == 3
    assert len(list((folder / "figures").glob("*.png"))) == 3
    assert (folder / "tables.xlsx").exists()
    assert len((folder / "spectra.tsv").read_text().splitlines()) == 4
    assert window.problems == []

    window.do("export_batch")
    again = dialog_of(window, ExportBatchDialog)
    assert again.boxes["xlsx"].isChecked()
    again.folder.setText(str(folder))
    assert again.export.text() == "Replace and Export"
    assert "will be replaced" in again.warning.text()
    again.reject()


def test_a_cancelled_export_leaves_no_half_file(qtbot, window, tmp_path) -> None:
    folder = tmp_path / "out"
    window.exports.export_many("all", BatchChoice(figures=("png",), tables=("xlsx",)), str(folder))
    window.do("stop")
    qtbot.waitUntil(lambda: idle(window), timeout=20_000)
    assert not list(folder.rglob(".*"))


def test_the_copied_command_gives_the_tables_of_the_window(qtbot, window, tmp_path) -> None:
    window.annotator.annotate_all()
    qtbot.waitUntil(lambda: idle(window), timeout=240_000)
    window.exports.export_many("all", BatchChoice(tables=("tsv",)), str(tmp_path / "window"))
    qtbot.waitUntil(lambda: idle(window), timeout=20_000)
    window.do("copy_command")
    command = shlex.split(QGuiApplication.clipboard().text())
    assert command[:2] == ["msgui", "annotate"]
    subprocess.run(
        [sys.executable, "-m", *command], cwd=tmp_path, check=True, capture_output=True, timeout=300
    )
    for name in ("spectra", "formulas", "peaks", "candidates", "trust"):
        mine = (tmp_path / "window" / f"{name}.tsv").read_bytes()
        assert mine == (tmp_path / "results" / f"{name}.tsv").read_bytes(), name


def test_a_command_says_what_it_does_not_know(qtbot, window) -> None:
    said: list[str] = []
    window.session.message.connect(said.append)
    window.session.give_formula(window.session.current, "C8H10N4O2")
    window.do("copy_command")
    assert "what you chose for 1 spectra" in said[-1]
    qtbot.waitUntil(lambda: idle(window), timeout=240_000)
