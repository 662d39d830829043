"""The window as a person uses it: files, keys, drops, jobs, undo, export, closing."""

import gc
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QFileDialog, QMessageBox
from windows import MGF, annotated, idle, settings_in, write_mgf

from msgui.errors import Problem
from msgui.gui.actions import ACTIONS
from msgui.gui.app import LastResort
from msgui.gui.window import MainWindow
from msgui.gui.workbench import Workbench

pytestmark = pytest.mark.gui

FORBIDDEN = ("matchms", "torch", "rdkit", "numba", "onnxruntime", "duckdb", "pandas", "scipy")
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def refuse(*_: object) -> None:
    raise AssertionError("the window opened a network connection")


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch) -> MainWindow:
    monkeypatch.setattr(socket.socket, "connect", refuse)
    window = MainWindow(settings_in(tmp_path))
    # Dialogs of problems are collected: one that is not expected must not pass unseen.
    window.problems = []
    window.show_problem = window.problems.append
    window.start()
    qtbot.waitExposed(window)
    yield window
    unexpected = list(window.problems)
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    assert unexpected == []


@pytest.fixture
def opened(qtbot, window, tmp_path) -> MainWindow:
    window.open_paths([write_mgf(tmp_path)])
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    return window


def dialog_of(window, kind=QDialog) -> QDialog:
    found = [d for d in window.findChildren(kind) if d.isVisible()]
    assert len(found) == 1, found
    return found[0]


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


# Opening


def test_nothing_heavy_is_imported_before_the_first_paint():
    code = (
        "import sys\n"
        "from msgui.gui.app import build_window\n"
        "app, window = build_window([])\n"
        f"print([m for m in {FORBIDDEN!r} if m in sys.modules])\n"
        "window.close()\n"
        "import os; sys.stdout.flush(); os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_an_empty_window_shows_the_welcome_page_with_samples(window):
    assert window.welcome.isVisible()
    assert len(window.welcome.cards) >= 3
    assert not window.actions_["annotate"].isEnabled()


def test_a_sample_opens_at_the_spectrum_of_its_card(qtbot, window):
    card = window.welcome.cards[1]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.current_entry is not None, timeout=20_000)
    assert window.workbench.isVisible()
    assert window.session.spectra.index(window.session.current_entry) == card.sample.spectrum
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)


def test_a_file_is_read_and_its_first_spectrum_annotated(opened):
    session = opened.session
    assert [entry.title for entry in session.spectra] == [
        "Caffeine", "Atrazine", "Without adduct",
    ]  # fmt: skip
    annotation = session.current_entry.annotation
    assert annotation.candidates[0].structure.name == "caffeine"
    assert session.peaks is annotation.peaks
    assert "three.mgf" in opened.windowTitle()
    assert opened.settings_file.recent()[0].endswith("three.mgf")


def test_what_the_file_does_not_say_is_said_in_one_line(qtbot, opened):
    notice = opened.workbench.notice
    assert notice.isVisible()
    assert "1 of 3 spectra state no adduct" in notice.label.text()
    qtbot.mouseClick(notice.buttons()[0], Qt.MouseButton.LeftButton)
    dialog = dialog_of(opened)
    dialog.adduct.setEditText("[M+Na]+")
    dialog.accept()
    entry = opened.session.spectra[2]
    assert (entry.spectrum.adduct, entry.adduct_source) == ("[M+Na]+", "given")
    opened.session.undo_stack.undo()
    assert opened.session.spectra[2].spectrum.adduct is None


def test_one_bad_record_is_reported_and_the_others_are_shown(qtbot, window, tmp_path):
    bad = MGF + "BEGIN IONS\nTITLE=bad\nPEPMASS=100.0\n50 x y\nnonsense\nEND IONS\n"
    window.open_paths([write_mgf(tmp_path, "bad.mgf", bad)])
    qtbot.waitUntil(lambda: len(window.session.spectra) >= 3 and idle(window), timeout=240_000)
    [outcome] = window.loader.outcomes
    assert outcome.found == outcome.loaded + outcome.skipped
    if outcome.skipped:
        assert window.status.report.isVisible()
        assert "not read" in window.workbench.notice.label.text()


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"<html><body>x"])
def test_a_file_that_is_no_spectra_is_refused_with_its_reason(qtbot, window, tmp_path, content):
    path = tmp_path / "odd.mgf"
    path.write_bytes(content)
    window.open_paths([path])
    qtbot.waitUntil(lambda: bool(window.problems), timeout=20_000)
    [problem] = window.problems
    window.problems.clear()
    assert isinstance(problem, Problem)
    assert problem.file.endswith("odd.mgf")
    assert problem.cause
    assert window.session.spectra == []


def test_a_missing_file_is_said(qtbot, window, tmp_path):
    window.open_paths([tmp_path / "gone.mgf"])
    qtbot.waitUntil(lambda: bool(window.problems), timeout=20_000)
    assert "gone.mgf" in window.problems[0].file
    window.problems.clear()


def test_the_same_file_again_is_asked_for(qtbot, opened, tmp_path):
    path = tmp_path / "three.mgf"
    for answer, count in (("Skip", 3), ("Add Again", 6), ("Replace", 3)):
        opened.open_paths([path])
        qtbot.waitUntil(
            lambda: any(d.isVisible() for d in opened.findChildren(QDialog)), timeout=20_000
        )
        dialog = dialog_of(opened)
        [button] = [b for b in dialog.findChildren(QAbstractButton) if b.text() == answer]
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(
            lambda count=count: len(opened.session.spectra) == count and idle(opened),
            timeout=240_000,
        )


def test_reading_can_be_cancelled_and_keeps_what_was_read(qtbot, window, tmp_path):
    window.set_preferences(auto_annotate=False)
    path = write_mgf(tmp_path, "long.mgf", MGF * 8000)
    window.open_paths([path])
    qtbot.waitUntil(lambda: len(window.session.spectra) > 0, timeout=30_000)
    window.do("stop")
    qtbot.waitUntil(lambda: idle(window), timeout=10_000)
    [outcome] = window.loader.outcomes
    assert outcome.status == "cancelled"
    assert 0 < len(window.session.spectra) < 24_000
    assert all(entry.partial for entry in window.session.spectra)


def test_a_folder_is_opened_with_all_its_files(qtbot, window, tmp_path):
    folder = tmp_path / "run"
    (folder / "deeper").mkdir(parents=True)
    write_mgf(folder, "a.mgf")
    write_mgf(folder / "deeper", "b.mgf", MGF + "\n")
    (folder / "readme.md").write_text("nothing")
    window.open_paths([folder])
    qtbot.waitUntil(lambda: len(window.session.spectra) == 6 and idle(window), timeout=240_000)


# Drag and drop


def drop(window, paths, modifier=Qt.KeyboardModifier.NoModifier) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, copy = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(300, 300), copy, data, button, modifier))
    assert window.overlay.isVisible()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), copy, data, button, modifier))
    assert not window.overlay.isVisible()
    return data


def test_a_dropped_file_is_read_and_the_overlay_says_so_before(qtbot, window, tmp_path):
    path = write_mgf(tmp_path, "dropped #1 ü.mgf")
    drop(window, [path])
    assert window.overlay.offer.title == "dropped #1 ü.mgf: add 3 spectra"
    qtbot.waitUntil(lambda: len(window.session.spectra) == 3 and idle(window), timeout=240_000)
    other = write_mgf(tmp_path, "other.mgf", MGF + "\n")
    drop(window, [other], CONTROL)
    qtbot.waitUntil(
        lambda: {Path(e.spectrum.origin.file).name for e in window.session.spectra}
        == {"other.mgf"} and idle(window),
        timeout=240_000,
    )  # fmt: skip


def test_raw_data_of_instruments_are_refused_with_advice(window, tmp_path):
    path = tmp_path / "sample.raw"
    path.write_bytes(b"x")
    drop(window, [path])
    assert window.overlay.offer.kind == "refused"
    assert "msConvert" in window.overlay.offer.sentence
    assert window.session.spectra == []


def test_a_dropped_list_of_structures_becomes_the_source(qtbot, opened, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("smiles,name\nCn1c(=O)c2c(ncn2C)n(C)c1=O,my caffeine\n", encoding="utf-8")
    drop(opened, [path])
    qtbot.waitUntil(
        lambda: annotated(opened)
        and opened.session.current_entry.annotation.candidate_count == 1,
        timeout=240_000,
    )  # fmt: skip
    assert opened.session.candidate.structure.name == "my caffeine"


def test_no_child_takes_a_drop_away_from_the_window(opened):
    from PySide6.QtWidgets import QWidget

    assert [child for child in opened.findChildren(QWidget) if child.acceptDrops()] == []


# A whole visit by keys


def test_a_visit_without_a_mouse(qtbot, opened, tmp_path, monkeypatch):
    session = opened.session
    opened.activateWindow()
    opened.workbench.spectra.view.setFocus()
    press(qtbot, opened, Qt.Key.Key_Right)
    first = session.pinned_peaks
    press(qtbot, opened, Qt.Key.Key_Right)
    assert len(first) == len(session.pinned_peaks) == 1
    assert first != session.pinned_peaks
    press(qtbot, opened, Qt.Key.Key_Escape)
    assert session.pinned_peaks == frozenset()
    press(qtbot, opened, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: session.selected_candidate == 1 and not session.explaining)
    press(qtbot, opened, Qt.Key.Key_1)
    press(qtbot, opened, Qt.Key.Key_A)
    assert session.current_entry.call == "accepted"
    press(qtbot, opened, Qt.Key.Key_Z, CONTROL)
    assert session.current_entry.call == ""
    press(qtbot, opened, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert session.current_entry.call == "accepted"
    press(qtbot, opened, Qt.Key.Key_S)
    assert session.scale == "sqrt"
    press(qtbot, opened, Qt.Key.Key_Down)
    assert session.current_entry.title == "Atrazine"
    qtbot.waitUntil(lambda: annotated(opened), timeout=240_000)
    press(qtbot, opened, Qt.Key.Key_Space)
    assert session.current_entry.reviewed
    target = tmp_path / "figure.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(target), ""))
    press(qtbot, opened, Qt.Key.Key_E, CONTROL)
    qtbot.keyClick(dialog_of(opened), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: target.exists() and idle(opened), timeout=30_000)
    assert b"<svg" in target.read_bytes()[:400]
    # Without a screen nobody gives the focus back to the window.
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow)
    press(qtbot, opened, Qt.Key.Key_Q, CONTROL)
    assert not opened.isVisible()


def test_a_spectrum_of_the_list_is_kept_below_the_others(qtbot, opened):
    session, view = opened.session, opened.workbench.spectra.view
    first, second, third = (entry.uid for entry in session.spectra)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_M, SHIFT)
    assert session.mirror is None  # it is the shown one
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert session.current == second
    assert session.mirror is session.entry(first).spectrum
    assert opened.actions_["mirror_listed"].isChecked()
    # With two selected the other one goes below.
    qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(view, Qt.Key.Key_M, SHIFT)
    assert (session.current, session.mirror) == (third, session.entry(second).spectrum)
    qtbot.waitUntil(lambda: annotated(opened), timeout=240_000)
    qtbot.keyClick(view, Qt.Key.Key_M)
    assert session.shown_mirror == "off"


def test_letters_typed_into_the_filter_do_nothing_else(qtbot, opened):
    opened.activateWindow()
    opened.do("filter")
    box = opened.workbench.spectra.filter
    assert QApplication.focusWidget() is box
    qtbot.keyClicks(box, "atr1")
    assert box.text() == "atr1"
    assert opened.session.current_entry.call == ""


def test_walking_quickly_annotates_only_where_one_rests(qtbot, window, tmp_path):
    text = "".join(MGF.split("\n\n")[0].replace("Caffeine", f"s{i}") + "\n\n" for i in range(30))
    window.open_paths([write_mgf(tmp_path, "many.mgf", text)])
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    view = window.workbench.spectra.view
    for _ in range(25):
        qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    done = [e.title for e in window.session.spectra if e.annotation is not None]
    assert window.session.current_entry.title == "s25"
    assert "s25" in done
    assert len(done) < 10


def test_all_are_annotated_and_none_stops_the_others(qtbot, opened):
    opened.do("annotate_all")
    qtbot.waitUntil(
        lambda: all(e.annotation for e in opened.session.spectra) and idle(opened),
        timeout=240_000,
    )
    assert "Annotated" in opened.status.message.text()
    entry = opened.session.spectra[2]
    assert entry.annotation.adduct_source == "ranked"


def test_changed_tolerances_make_the_shown_result_again(qtbot, opened):
    from dataclasses import replace

    before = opened.session.current_entry.annotation
    opened.apply_settings(opened.preferences, replace(opened.session.settings, fragment_ppm=0.5))
    qtbot.waitUntil(
        lambda: annotated(opened) and opened.session.current_entry.annotation is not before,
        timeout=240_000,
    )
    assert opened.session.tools.settings.fragment_ppm == 0.5
    assert "10/0.5 ppm" in opened.status.tolerance.text()
    assert opened.settings_file.method().fragment_ppm == 0.5


# Pasting


def test_a_pasted_peak_list_becomes_a_spectrum(qtbot, window):
    QGuiApplication.clipboard().setText("138.0662\t100\n195.0877\t88\n")
    window.do("paste")
    dialog = dialog_of(window)
    assert not dialog.use.isEnabled()
    qtbot.keyClicks(dialog.precursor, "195,0877")
    dialog.energy.setText("35 eV")
    assert dialog.use.isEnabled()
    assert dialog.state.text().startswith("2 peaks")
    dialog.text.setPlainText("138.0662 100\nabc def\n")
    assert not dialog.use.isEnabled()
    assert "2" in dialog.state.text()
    dialog.text.setPlainText("138.0662 100\n195.0877 88\n")
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    [entry] = window.session.spectra
    spectrum = entry.spectrum
    assert (spectrum.precursor_mz, spectrum.adduct, spectrum.charge) == (195.0877, "[M+H]+", 1)
    assert spectrum.collision_energy_ev == 35.0
    assert window.workbench.isVisible()
    window.session.undo_stack.undo()
    assert window.session.spectra == []


# Exporting


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "tsv", "html"])
def test_the_shown_spectrum_is_exported(qtbot, opened, tmp_path, monkeypatch, kind):
    target = tmp_path / f"out.{kind}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(target), ""))
    opened.do(f"export_{kind}")
    qtbot.waitUntil(lambda: idle(opened) and target.exists(), timeout=30_000)
    data = target.read_bytes()
    if kind == "png":
        assert QImage(str(target)).width() > 1000
    elif kind == "pdf":
        assert data.startswith(b"%PDF")
    elif kind == "tsv":
        assert data.startswith(b"spectrum_id\tmz\t")
        assert (tmp_path / "out_candidates.tsv").read_text().count("caffeine") == 1
    else:
        assert b"C8H" in data or b"C6H" in data or b"<svg" in data


def test_the_figure_is_copied_in_two_formats(qtbot, opened):
    opened.do("copy_figure")
    qtbot.waitUntil(lambda: idle(opened), timeout=30_000)
    data = QGuiApplication.clipboard().mimeData()
    assert b"<svg" in bytes(data.data("image/svg+xml").data())[:400]
    assert data.hasImage()


# Look


def test_themes_and_text_size_change_live_and_are_kept(window):
    for theme in ("dark", "light"):
        window.do(f"theme_{theme}")
        assert window.session.theme == theme
        assert QApplication.palette().window().color().name() == window.session.palette.window
    size = QApplication.font().pointSizeF()
    window.do("larger_text")
    assert QApplication.font().pointSizeF() > size
    window.do("smaller_text")
    assert QApplication.font().pointSizeF() == pytest.approx(size)
    assert window.settings_file.preferences().theme == "light"


def test_looks_can_be_switched_all_day(qtbot, opened):
    # Widgets that are deleted while Qt walks over all of them take the process with them.
    for i in range(30):
        opened.set_preferences(theme=("dark", "light")[i % 2], text_size=(100, 150, 200, 80)[i % 4])
        if i % 5 == 0:
            opened.show_welcome()
        else:
            opened.show_workbench()
        QApplication.processEvents()
    opened.set_preferences(theme="light", text_size=100)
    qtbot.wait(20)
    assert opened.isVisible()


def test_panes_are_hidden_and_brought_back(opened):
    bench = opened.workbench
    opened.do("show_peaks")
    assert not bench.peaks.isVisible()
    opened.do("full_plot")
    assert bench.spectrum.isVisible()
    assert not bench.spectra.isVisible()
    opened.do("reset_layout")
    assert bench.spectra.isVisible()
    assert bench.peaks.isVisible()


def test_keys_go_to_the_spectrum_when_the_pane_that_had_them_is_hidden(qtbot, opened):
    opened.activateWindow()
    opened.workbench.spectra.view.setFocus()
    qtbot.waitUntil(opened.workbench.spectra.view.hasFocus)
    opened.do("layout_compare")
    assert opened.workbench.spectrum.plot.hasFocus()


def test_the_first_shares_are_those_of_the_design(qtbot, opened):
    opened.resize(1366, 768)
    qtbot.wait(20)
    opened.do("reset_layout")
    sizes = opened.workbench.columns.sizes()
    shares = [round(100 * size / sum(sizes)) for size in sizes]
    assert shares == pytest.approx([15, 57, 28], abs=2)


def test_three_layouts_are_switched_by_keys_and_remembered(qtbot, opened, tmp_path):
    opened.resize(1366, 768)
    bench = opened.workbench
    qtbot.keyClick(opened, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert bench.arrangement.name == "compare"
    assert opened.actions_["layout_compare"].isChecked()
    assert not opened.actions_["show_trust"].isChecked()
    assert not bench.spectra.isVisible()
    assert bench.candidates.isVisible()
    wide = bench.columns.sizes()
    bench.columns.setSizes([0, wide[1] - 100, wide[2] + 100])
    moved = bench.columns.sizes()
    qtbot.keyClick(opened, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert bench.spectra.isVisible()
    assert not bench.peaks.isVisible()
    assert bench.spectra.width() > 0.3 * bench.width()
    opened.do("layout_compare")
    assert bench.columns.sizes() == moved
    opened.do("show_spectra")
    qtbot.waitUntil(lambda: bench.spectra.width() > 100)
    bench.keep(opened.settings_file)
    another = Workbench(opened.session)
    qtbot.addWidget(another)
    another.restore(opened.settings_file)
    assert another.arrangement.name == "compare"
    opened.do("reset_layout")
    assert bench.arrangement.name == "inspect"
    assert opened.actions_["show_trust"].isChecked()


def test_a_small_window_puts_trust_and_structure_into_tabs(qtbot, opened):
    opened.resize(1024, 640)
    qtbot.waitUntil(lambda: opened.workbench.compact)
    assert opened.workbench.tabs.isVisible()
    assert opened.workbench.structure.isVisible()
    opened.resize(1500, 900)
    qtbot.waitUntil(lambda: not opened.workbench.compact)
    assert opened.workbench.trust.isVisible()
    assert opened.workbench.structure.isVisible()


def test_panes_open_with_the_sizes_of_the_last_time(qtbot, tmp_path):
    first = MainWindow(settings_in(tmp_path))
    first.start()
    first.show_workbench()
    first.resize(1400, 900)
    qtbot.wait(30)
    first.workbench.columns.moveSplitter(1000, 2)
    first.workbench.columns.moveSplitter(400, 1)
    first.workbench.middle.moveSplitter(300, 1)
    kept = first.workbench.columns.sizes(), first.workbench.middle.sizes()
    # In between the window was small: that has shares of its own.
    first.resize(1000, 600)
    qtbot.waitUntil(lambda: first.workbench.compact)
    first.close()
    second = MainWindow(first.settings_file)
    second.start()
    second.show_workbench()
    second.resize(1400, 900)
    qtbot.waitUntil(lambda: not second.workbench.compact)
    qtbot.wait(30)
    assert second.workbench.columns.sizes() == pytest.approx(kept[0], abs=8)
    assert second.workbench.middle.sizes() == pytest.approx(kept[1], abs=8)
    second.close()
    for window in (first, second):
        window.deleteLater()


# Commands


def test_every_action_has_a_tip_and_a_key_of_its_own(window):
    keys: dict[str, str] = {}
    for spec in ACTIONS:
        action = window.actions_[spec.name]
        assert spec.tip, spec.name
        assert action.toolTip(), spec.name
        for key in spec.keys:
            assert key not in keys, (key, spec.name, keys.get(key))
            keys[key] = spec.name


def test_every_action_is_in_the_palette_and_every_key_on_the_page(qtbot, opened):
    from msgui.gui.dialogs.command_palette import CommandPalette
    from msgui.gui.dialogs.shortcuts import lines_of

    for spec in ACTIONS:
        opened.actions_[spec.name].setEnabled(True)
    palette = CommandPalette(opened.session, opened.actions_, opened)
    shown = {found.text for found in palette.found("")}
    missing = [
        spec.name for spec in ACTIONS
        if not any(text.endswith(spec.plain_text) for text in shown) and spec.name != "palette"
    ]  # fmt: skip
    palette.close()
    assert missing == []
    page = {text for lines in lines_of().values() for _, text in lines}
    with_keys = [s for s in ACTIONS if s.keys and not s.name.startswith("candidate_")]
    assert [s.name for s in with_keys if s.plain_text not in page] == []


def test_the_palette_runs_a_command_and_finds_a_spectrum(qtbot, opened):
    opened.do("palette")
    palette = dialog_of(opened)
    qtbot.keyClicks(palette.box, "colour dark")
    qtbot.keyClick(palette.box, Qt.Key.Key_Return)
    assert opened.session.theme == "dark"
    opened.do("palette")
    palette = next(d for d in opened.findChildren(QDialog) if d.isVisible())
    qtbot.keyClicks(palette.box, "atraz")
    qtbot.keyClick(palette.box, Qt.Key.Key_Return)
    assert opened.session.current_entry.title == "Atrazine"


def test_everything_that_takes_focus_has_a_name(opened):
    from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QWidget

    viewports = [area.viewport() for area in opened.findChildren(QAbstractScrollArea)]
    unnamed = [
        f"{type(child).__name__} in {type(child.parent()).__name__}"
        for child in opened.findChildren(QWidget)
        if child.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not child.accessibleName()
        and not isinstance(child, QScrollBar)
        and not child.objectName().startswith("qt_")
        and child not in viewports
    ]
    assert unnamed == []


@pytest.mark.parametrize(
    "action", ["settings", "shortcuts", "guide", "about", "model_card", "choose_model",
               "import_report", "note", "choose_adduct", "choose_precursor", "palette"]
)  # fmt: skip
def test_every_dialog_opens_and_closes_with_escape(qtbot, opened, action):
    opened.do(action)
    dialog = dialog_of(opened)
    assert dialog.accessibleName()
    for button in dialog.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text() or not button.isVisible(), button
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# When something goes wrong


def test_an_error_in_a_slot_shows_one_dialog_and_the_window_goes_on(qtbot, window):
    before = sys.excepthook
    guard = LastResort(window)
    shown = []
    guard.caught.disconnect()
    guard.caught.connect(shown.append)
    with qtbot.captureExceptions():
        QTimer.singleShot(0, lambda: 1 / 0)
        sys.excepthook, kept = guard.catch, sys.excepthook
        qtbot.wait(50)
        sys.excepthook = kept
    guard.release()
    sys.excepthook = before
    assert [type(error) for error in shown] == [ZeroDivisionError]
    assert window.isVisible()


def test_the_report_of_an_error_holds_versions_and_no_folders(qtbot, window):
    from msgui.gui.dialogs.problem import BugDialog, report

    try:
        raise RuntimeError("nothing")
    except RuntimeError as error:
        text, full = report(error), report(error, with_paths=True)
        dialog = BugDialog(error, window)
    assert "msgui 0" in text
    assert "RuntimeError: nothing" in text
    assert str(Path(__file__).parent) not in text
    assert str(Path(__file__).parent) in full
    dialog.open()
    dialog.close()


def test_a_problem_dialog_says_what_why_and_what_to_do(qtbot, window):
    from msgui.gui.dialogs.problem import dialog_for

    problem = Problem("error", "The file is empty.", "Export it again.", "/a/b.mgf", "line 1")
    dialog = dialog_for(problem, window)
    qtbot.addWidget(dialog)
    assert dialog.title.text() == "b.mgf: The file is empty."
    assert dialog.sentence.text() == "Export it again."
    assert "/a/b.mgf" in dialog.details.toPlainText()


def test_closing_while_a_job_runs_asks_once(qtbot, window, monkeypatch):
    import time

    def work():
        for _ in range(2000):
            time.sleep(0.005)
            yield

    job = window.runner.start("long", work)
    answers = []
    monkeypatch.setattr(QMessageBox, "exec", lambda self: answers.append(self.text()))
    assert not window.close()
    assert answers == ["Something is still running."]
    job.cancel()
    qtbot.waitUntil(lambda: idle(window))
    assert window.close()


def test_repaints_do_not_eat_references_to_none(qtbot, opened):
    # Some PySide6 releases dropped one at each void call and killed the process after a while.
    opened.resize(900, 600)
    panes = (opened.workbench.peaks, opened.workbench.trust, opened.workbench.spectra.view)
    gc.collect()
    before = sys.getrefcount(None)
    for i in range(1000):
        panes[i % len(panes)].repaint()
    assert sys.getrefcount(None) > before - 500


def test_settings_that_cannot_be_understood_are_read_as_defaults(tmp_path):
    from msgui.gui.settings import Preferences, SettingsFile

    path = tmp_path / "settings.ini"
    path.write_text("[window]\ntheme=purple\ntext_size=huge\n[method]\nppm=-3\n\x00\xff")
    file = SettingsFile(path)
    assert file.preferences() == Preferences()
    assert file.method().ppm == 10.0
