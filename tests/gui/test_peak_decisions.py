"""What a person says about peaks: menus, keys, what is computed again, undo, and the strip."""

import pytest
from caffeine import caffeine_annotation, caffeine_spectrum
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from windows import idle

from msgui.gui.change_words import change_words
from msgui.gui.dialogs.peak_formula import PeakFormulaDialog
from msgui.gui.panes.peaks import PeaksPane
from msgui.gui.peak_decisions import fill_peak_menu
from msgui.gui.session import Session
from msgui.overrides import PeakOverride

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


def peak_at(window, mz: float) -> int:
    return int(abs(window.session.current_entry.spectrum.mz - mz).argmin())


def click_peak(qtbot, window, mz: float, modifier=Qt.KeyboardModifier.NoModifier) -> int:
    plot, index = window.workbench.spectrum.plot, peak_at(window, mz)
    place = plot.place_of(index)
    qtbot.mouseMove(plot.viewport(), place)
    qtbot.mouseClick(plot.viewport(), LEFT, modifier, place)
    return index


def fresh(window) -> bool:
    entry = window.session.current_entry
    same = entry.annotation is not None and entry.annotation.overrides == entry.overrides
    return same and idle(window)


def test_a_pinned_peak_is_marked_with_a_key_and_everything_follows(qtbot, window):
    session = window.session
    before = session.current_entry.annotation
    base = click_peak(qtbot, window, 138.0662)
    assert session.pinned_peaks == {base}
    qtbot.keyClick(window, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)

    after = session.current_entry.annotation
    assert after.peaks[base].label == "noise"
    assert after.candidates[0].coverage.peaks == before.candidates[0].coverage.peaks - 1
    assert session.pinned_peaks == {base}, "what was pinned stays"
    assert "Mark 138.0662 as Noise" in window.actions_["undo"].text()
    strip = window.workbench.spectrum.change
    assert strip.isVisible()
    assert strip.label.text().startswith("138.0662 is noise")
    assert "rank" in strip.label.text()

    qtbot.mouseClick(strip.buttons()[0], LEFT)
    assert session.current_entry.annotation is before, "undo needs no computing"
    assert session.peaks[base].label == "fragment"
    window.actions_["redo"].trigger()
    assert session.current_entry.annotation is after


def test_the_same_key_again_takes_it_back(qtbot, window):
    base = click_peak(qtbot, window, 138.0662)
    qtbot.keyClick(window, Qt.Key.Key_X, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)
    assert window.session.current_entry.overrides.of(base).mark == "contaminant"
    qtbot.keyClick(window, Qt.Key.Key_X, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)
    assert not window.session.current_entry.overrides


def test_a_formula_is_typed_checked_and_shown_in_italics(qtbot, window):
    session = window.session
    base = click_peak(qtbot, window, 138.0662)
    qtbot.keyClick(window, Qt.Key.Key_P)
    dialog = window.findChild(PeakFormulaDialog)
    assert dialog.list.item(0).text().startswith("C₆H₈N₃O")
    qtbot.keyClicks(dialog.box, "C6H8N3S")
    assert not dialog.use.isEnabled()
    assert "no S" in dialog.trouble.text()
    dialog.box.clear()
    qtbot.keyClicks(dialog.box, "C8H10O2+")
    assert dialog.use.isEnabled()
    qtbot.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)

    assert session.peaks[base].formula == "C8H10O2"
    assert session.peaks[base].fragment is None
    lines = window.workbench.spectrum.plot._lines(base)
    assert all(run.italic for run in lines[1])
    assert "formula chosen by you" in window.workbench.spectrum.plot.tip_of(base).replace(
        "&nbsp;", " "
    )
    model = window.workbench.peaks.model
    font = model.index(model.row_of(base), 1).data(Qt.ItemDataRole.FontRole)
    assert font.italic()


def test_several_pinned_peaks_are_marked_in_one_step(qtbot, window):
    one = click_peak(qtbot, window, 69.0447)
    other = click_peak(qtbot, window, 56.0495, Qt.KeyboardModifier.ControlModifier)
    window.do("peak_noise")
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)

    entry = window.session.current_entry
    assert entry.overrides.dropped == tuple(sorted((one, other)))
    assert window.session.undo_stack.undoText() == "Mark 2 Peaks as Noise"
    window.session.undo_stack.undo()
    assert not entry.overrides


def test_a_note_computes_nothing_and_is_undone(qtbot, window):
    from msgui.gui.dialogs.questions import NoteDialog

    session = window.session
    base = click_peak(qtbot, window, 138.0662)
    candidates = session.current_entry.annotation.candidates
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    dialog = window.findChild(NoteDialog)
    qtbot.keyClicks(dialog.box, "seen in the blank")
    dialog.accept()

    assert session.current_entry.annotation.candidates is candidates
    assert session.peaks[base].said.note == "seen in the blank"
    assert not window.runner.running(visible_only=False)
    assert session.pinned_peaks == {base}
    session.undo_stack.undo()
    assert session.peaks[base].said.note == ""


def test_another_selected_candidate_stays_selected(qtbot, window):
    session = window.session
    window.do("candidate_2")
    qtbot.waitUntil(lambda: idle(window), timeout=240_000)
    key = session.candidate.structure.inchikey14
    click_peak(qtbot, window, 69.0447)
    window.do("peak_noise")
    qtbot.waitUntil(lambda: fresh(window) and not session.explaining, timeout=240_000)
    assert session.candidate.structure.inchikey14 == key
    assert session.peaks[peak_at(window, 69.0447)].label == "noise"
    assert session.chance is not None


def test_deciding_again_before_the_answer_shows_only_the_last(qtbot, window):
    base = click_peak(qtbot, window, 138.0662)
    window.do("peak_noise")
    window.do("peak_contaminant")
    window.do("peak_computed")
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)
    assert window.session.peaks[base].label == "fragment"


def test_letters_mean_text_in_a_field(qtbot, window):
    click_peak(qtbot, window, 138.0662)
    field = (
        window.workbench.spectra.filter_box
        if hasattr(window.workbench.spectra, "filter_box")
        else None
    )
    window.do("filter")
    field = QApplication.focusWidget() or field
    qtbot.keyClicks(field, "x")
    assert not window.session.current_entry.overrides
    assert not window.actions_["next_fragment"].isEnabled()


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    session.set_current(session.add([caffeine_spectrum()])[0].uid)
    session.set_annotation(session.current, caffeine_annotation())
    yield session
    session.deleteLater()


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


def test_the_menu_of_a_peak_offers_its_formulas(session):
    menu = QMenu()
    fill_peak_menu(menu, session, 9)
    formulas = menu.actions()[0].menu()

    assert texts(formulas)[0].startswith("C₆H₈N₃O   +0.1 ppm")
    assert texts(formulas)[-1] == "Other formula…"
    assert "Mark as noise" in texts(menu)
    assert "Add note…" in texts(menu)
    formulas.actions()[1].trigger()
    assert session.current_entry.overrides.of(9).formula == "CH6N4O3"
    menu.deleteLater()


def test_the_menu_of_a_marked_peak_takes_it_back(session):
    session.say_about_peaks({9: PeakOverride(mark="noise", note="x")}, "Mark")
    menu = QMenu()
    fill_peak_menu(menu, session, 9)
    marks = [action for action in menu.actions() if action.text() == "Mark as noise"]

    assert marks[0].isChecked()
    assert "As computed" in texts(menu)
    assert "Change note…" in texts(menu)
    heard = []
    session.action_requested.connect(heard.append)
    marks[0].trigger()
    assert heard == ["peak_noise"]
    assert session.pinned_peaks == {9}
    menu.deleteLater()


def test_right_click_on_a_row_opens_the_menu(qtbot, session):
    pane = PeaksPane(session)
    qtbot.addWidget(pane)
    pane.resize(500, 300)
    pane.show()
    place = pane.table.visualRect(pane.model.index(pane.model.row_of(9), 1)).center()
    pane.table.customContextMenuRequested.emit(place)
    menu = pane.findChild(QMenu)
    assert "Mark as contaminant" in texts(menu)
    menu.close()


class TestChangeWords:
    def test_nothing_said_is_nothing_told(self):
        assert change_words(caffeine_annotation(), caffeine_annotation(), "x") == ""

    def test_a_new_rank_is_told(self):
        from dataclasses import replace

        from msgui.overrides import Overrides

        before = caffeine_annotation()
        one, two, *rest = before.candidates
        moved = (replace(two, rank=1), replace(one, rank=2), *rest)
        said = Overrides().with_peak(9, PeakOverride(mark="contaminant"))
        after = caffeine_annotation(candidates=moved, overrides=said, spectrum=before.spectrum)
        words = change_words(before, after, one.structure.inchikey14)

        assert words.startswith("138.0662 is a contaminant")
        assert "caffeine: rank 1 → 2" in words
        assert "now first: isocaffeine" in words
        back = change_words(after, before, one.structure.inchikey14)
        assert "138.0662 as computed" in back
