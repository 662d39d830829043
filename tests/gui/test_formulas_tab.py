"""The formulas of the precursor: choosing, typing, going back; everything follows and is undone."""

from dataclasses import replace

import pytest
from caffeine import caffeine_annotation, caffeine_spectrum
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from windows import annotated, settings_in, write_mgf

from msgui.annotation import FormulaCandidate
from msgui.gui.formulas_table import (
    ADDUCT,
    ERROR,
    EXPLAINED,
    FORMULA,
    ISOTOPES,
    PEAKS,
    RANK,
    USED,
)
from msgui.gui.panes.candidates import FORMULAS, CandidatesPane
from msgui.gui.session import Session
from msgui.gui.widgets.delegates import FRACTION_ROLE, RUNS_ROLE
from msgui.gui.window import MainWindow
from msgui.tools import Settings

pytestmark = pytest.mark.gui

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FOUND = (
    FormulaCandidate(1, "C8H10N4O2", "[M+H]+", 0.24, 9, 0.96, None, 1.0),
    FormulaCandidate(2, "C7H14O6", "[M+H]+", 7.1, 2, 0.11, None, -3.0),
    FormulaCandidate(3, "C5H11FN4O3", "[M+H]+", -5.6, 8, 0.9, 0.42, -4.0),
)


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    session.set_settings(Settings())
    entry = session.add([caffeine_spectrum()])[0]
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation(formulas=FOUND))
    yield session
    session.deleteLater()


@pytest.fixture
def pane(qtbot, session) -> CandidatesPane:
    pane = CandidatesPane(session)
    qtbot.addWidget(pane)
    pane.resize(760, 420)
    pane.show()
    qtbot.waitExposed(pane)
    pane.show_formulas()
    return pane


def rows(pane) -> list[list[str]]:
    values = pane.formulas.table.values
    return [
        [values.index(row, column).data() for column in range(values.columnCount())]
        for row in range(values.rowCount())
    ]


def click(qtbot, table, row: int, *, twice: bool = False) -> None:
    place = table.visualRect(table.model().index(row, FORMULA)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    if twice:
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


class TestList:
    def test_rows(self, pane):
        assert pane.tabs.tabText(FORMULAS) == "Formulas 3"
        found = rows(pane)
        assert [row[FORMULA] for row in found] == ["C8H10N4O2", "C7H14O6", "C5H11FN4O3"]
        assert [row[USED] for row in found] == ["in use", "", ""]
        assert [row[ERROR] for row in found] == ["+0.2", "+7.1", "−5.6"]
        assert [row[PEAKS] for row in found] == ["9/13", "2/13", "8/13"]
        assert [row[EXPLAINED] for row in found] == ["96 %", "11 %", "90 %"]
        assert [row[ISOTOPES] for row in found] == ["no MS1", "no MS1", "0.42"]
        assert found[0][ADDUCT] == "[M+H]+"
        values = pane.formulas.table.values
        assert values.index(0, EXPLAINED).data(FRACTION_ROLE) == pytest.approx(0.96)
        subscripts = [r.text for r in values.index(0, FORMULA).data(RUNS_ROLE) if r.script < 0]
        assert subscripts == ["8", "10", "4", "2"]

    def test_every_title_has_a_tip(self, pane):
        values, role = pane.formulas.table.values, Qt.ItemDataRole.ToolTipRole
        for column in range(values.columnCount()):
            assert values.headerData(column, Qt.Orientation.Horizontal, role)

    def test_the_one_in_use_is_selected_and_its_source_said(self, pane):
        assert pane.formulas.table.selected_rows() == [0]
        assert not pane.formulas.use.isEnabled()
        assert pane.notice.label.text() == "Computed from precursor and peaks."
        assert pane.notice.buttons() == []

    @pytest.mark.parametrize(
        ("source", "says"),
        [("record", "that of the record"), ("given", "given list of candidates")],
    )
    def test_other_sources_are_said(self, session, pane, source, says):
        changed = caffeine_annotation(formulas=FOUND, formula_source=source)
        session.set_annotation(session.current, changed)
        assert says in pane.notice.label.text()

    def test_a_record_that_states_another_formula_is_not_hidden(self, session, pane):
        session.current_entry.spectrum = session.current_entry.spectrum.with_(formula="C7H14O6")
        pane._show_page()
        assert "The record states C₇H₁₄O₆." in pane.notice.label.text()

    def test_one_that_was_not_computed_stands_first_without_rank(self, session, pane):
        changed = caffeine_annotation(formulas=FOUND, formula="C9H8N3O2", formula_source="given")
        session.set_annotation(session.current, changed)
        first = rows(pane)[0]
        assert (first[RANK], first[FORMULA], first[USED]) == ("", "C9H8N3O2", "in use")
        assert first[PEAKS] == "10/13"
        assert pane.formulas.table.selected_rows() == [0]

    def test_a_narrow_pane_keeps_what_matters(self, qtbot, pane):
        table = pane.formulas.table
        pane.resize(260, 300)
        qtbot.wait(10)
        assert table.isColumnHidden(ADDUCT)
        assert not any(table.isColumnHidden(c) for c in (FORMULA, ERROR, EXPLAINED))
        assert pane.tabs.tabText(1) == "Neighbours"
        pane.resize(760, 300)
        qtbot.wait(10)
        assert not table.isColumnHidden(ADDUCT)
        assert pane.tabs.tabText(1) == "Nearest neighbours 3"

    def test_copy_gives_plain_numbers_with_units(self, pane):
        pane.copy()
        header, _, second, *_ = QApplication.clipboard().text().splitlines()
        fields = dict(zip(header.split("\t"), second.split("\t"), strict=True))
        assert fields["formula"] == "C7H14O6"
        assert fields["error_ppm"] == "7.10"
        assert fields["isotope_score"] == ""


class TestChoosing:
    def test_enter_chooses_the_selected_row(self, qtbot, session, pane):
        table = pane.formulas.table
        assert table.hasFocus()
        qtbot.keyClick(table, Qt.Key.Key_Down)
        qtbot.keyClick(table, Qt.Key.Key_Return)
        assert session.current_entry.given_formula == "C7H14O6"
        assert session.undo_stack.undoText() == "Choose C7H14O6"

    def test_double_click_chooses(self, qtbot, session, pane):
        click(qtbot, pane.formulas.table, 2, twice=True)
        assert session.current_entry.given_formula == "C5H11FN4O3"

    def test_the_button_chooses_and_says_what(self, qtbot, session, pane):
        click(qtbot, pane.formulas.table, 1)
        assert "C₇H₁₄O₆" in pane.formulas.use.toolTip()
        qtbot.mouseClick(pane.formulas.use, Qt.MouseButton.LeftButton)
        assert session.current_entry.given_formula == "C7H14O6"

    def test_what_is_in_use_makes_no_step(self, qtbot, session, pane):
        qtbot.keyClick(pane.formulas.table, Qt.Key.Key_Return)
        assert session.current_entry.given_formula is None
        assert not session.undo_stack.canUndo()

    def test_chosen_by_you_and_the_way_back(self, qtbot, session, pane):
        session.give_formula(session.current, "C7H14O6")
        assert "Chosen by you: C₇H₁₄O₆" in pane.notice.label.text()
        changed = caffeine_annotation(formulas=FOUND, formula="C7H14O6", formula_source="given")
        session.set_annotation(session.current, changed)
        assert pane.notice.label.text() == "Chosen by you."
        assert pane.formulas.table.selected_rows() == [1]
        with qtbot.waitSignal(session.action_requested) as asked:
            qtbot.mouseClick(pane.notice.buttons()[0], Qt.MouseButton.LeftButton)
        assert asked.args == ["computed_formula"]


class TestTyping:
    def test_what_fits_is_chosen_in_hill_order(self, qtbot, session, pane):
        field = pane.formulas.field
        qtbot.keyClicks(field, "O6H14C7")
        assert pane.formulas.table.selected_rows() == []
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert session.current_entry.given_formula == "C7H14O6"

    def test_what_does_not_fit_says_how_far_off_it_is(self, qtbot, session, pane):
        field, trouble = pane.formulas.field, pane.formulas.trouble
        qtbot.keyClicks(field, "C11H14O3")
        assert not trouble.isVisible()
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert "-71.1 ppm off (tolerance 10 ppm)" in trouble.label.text()
        assert session.current_entry.given_formula is None
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert field.text() == ""
        assert not trouble.isVisible()

    def test_a_rest_in_typing_shows_the_error_in_ppm(self, qtbot, pane):
        qtbot.keyClicks(pane.formulas.field, "C7H14O6")
        qtbot.waitUntil(pane.formulas.trouble.isVisible, timeout=5000)
        assert pane.formulas.trouble.label.text() == "C₇H₁₄O₆ fits as [M+H]+, +7.1 ppm."

    def test_what_is_no_formula_says_how_to_write_one(self, qtbot, pane):
        qtbot.keyClicks(pane.formulas.field, "caffeine")
        qtbot.mouseClick(pane.formulas.use, Qt.MouseButton.LeftButton)
        assert "Write it like C8H10N4O2." in pane.formulas.trouble.label.text()

    def test_selecting_a_row_takes_back_what_was_typed(self, qtbot, session, pane):
        qtbot.keyClicks(pane.formulas.field, "C11H14O3")
        click(qtbot, pane.formulas.table, 1)
        assert pane.formulas.field.text() == ""
        qtbot.mouseClick(pane.formulas.use, Qt.MouseButton.LeftButton)
        assert session.current_entry.given_formula == "C7H14O6"


class TestStates:
    def test_not_annotated(self, qtbot, session, pane):
        session.set_annotation(session.current, None)
        assert pane.formulas.empty.isVisible()
        assert not pane.formulas.field.isVisible()
        with qtbot.waitSignal(session.action_requested) as asked:
            qtbot.mouseClick(pane.formulas.empty.buttons()[0], Qt.MouseButton.LeftButton)
        assert asked.args == ["annotate"]

    def test_nothing_fits_but_a_formula_can_be_typed(self, session, pane):
        nothing = replace(
            caffeine_annotation(formulas=()),
            formula="",
            formula_source="",
            formula_coverage=None,
            message="No formula fits the precursor. Check the adduct and the tolerance.",
        )
        session.set_annotation(session.current, nothing)
        assert pane.formulas.empty.isVisible()
        assert "Check the adduct" in pane.formulas.empty.sentence.text()
        assert pane.formulas.field.isVisible()

    def test_everything_has_a_name_and_a_tip(self, pane):
        page = pane.formulas
        for widget in (page.field, page.use):
            assert widget.accessibleName()
            assert widget.toolTip()
        assert page.table.accessibleName()
        assert pane.tabs.tabToolTip(FORMULAS)


def test_undo_gives_back_what_was_found(session):
    entry = session.current_entry
    before = entry.annotation
    session.give_formula(entry.uid, "C7H14O6")
    assert entry.stale
    after = caffeine_annotation(formulas=FOUND, formula="C7H14O6", formula_source="given")
    entry.stale = False
    session.set_annotation(entry.uid, after)
    session.undo_stack.undo()
    assert (entry.given_formula, entry.annotation, entry.stale) == (None, before, False)
    session.undo_stack.redo()
    assert (entry.given_formula, entry.annotation, entry.stale) == ("C7H14O6", after, False)


def test_what_was_found_with_other_tools_is_found_again(session):
    entry = session.current_entry
    session.give_formula(entry.uid, "C7H14O6")
    entry.stale = False
    session.set_annotation(entry.uid, caffeine_annotation(formula="C7H14O6"))
    session.set_tools(object())
    session.undo_stack.undo()
    assert entry.given_formula is None
    assert entry.stale


@pytest.fixture
def window(qtbot, tmp_path) -> MainWindow:
    window = MainWindow(settings_in(tmp_path))
    window.problems = []
    window.show_problem = window.problems.append
    window.start()
    qtbot.waitExposed(window)
    window.open_paths([write_mgf(tmp_path)])
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    yield window
    unexpected = list(window.problems)
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    assert unexpected == []


def shown(window) -> tuple[str, str]:
    annotation = window.session.current_entry.annotation
    return annotation.formula, annotation.formula_source


def choose_another(qtbot, window) -> str:
    """Choose the second formula with keys alone and wait for what it gives."""
    qtbot.keyClick(window, Qt.Key.Key_F, CONTROL | SHIFT)
    table = window.workbench.candidates.formulas.table
    qtbot.waitUntil(table.hasFocus, timeout=5000)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    formula = table.marked_formula
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(window) == (formula, "given"), timeout=20_000)
    qtbot.waitUntil(lambda: annotated(window), timeout=20_000)
    return formula


def test_the_whole_window_follows_the_chosen_formula_and_goes_back(qtbot, window):
    session = window.session
    entry, before = session.current_entry, session.current_entry.annotation
    assert shown(window) == ("C8H10N4O2", "computed")
    formula = choose_another(qtbot, window)
    assert formula != "C8H10N4O2"
    assert session.peaks is entry.annotation.peaks
    assert entry.annotation.candidates == ()
    assert all(peak.formula != "C6H8N3O" or formula == "" for peak in session.peaks[:3])
    assert window.workbench.candidates.shows_formulas

    window.session.set_current(session.spectra[1].uid)
    qtbot.waitUntil(lambda: annotated(window), timeout=20_000)
    assert shown(window)[1] == "computed"
    window.session.set_current(entry.uid)
    assert shown(window) == (formula, "given")

    assert formula in window.actions_["undo"].text()
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert entry.annotation is before
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert shown(window) == (formula, "given")

    back = window.workbench.candidates.notice.buttons()[0]
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(window) == ("C8H10N4O2", "computed"), timeout=20_000)
    assert entry.given_formula is None
    assert entry.annotation.candidates[0].structure.name == "caffeine"


def test_a_chosen_formula_outlives_other_settings(qtbot, window):
    formula = choose_another(qtbot, window)
    window.annotator.set_settings(replace(window.session.settings, fragment_ppm=7.0))
    qtbot.waitUntil(lambda: not window.session.current_entry.stale, timeout=20_000)
    assert shown(window) == (formula, "given")


def test_another_ion_lets_the_formula_go_and_undo_brings_it_back(qtbot, window):
    entry = window.session.current_entry
    formula = choose_another(qtbot, window)
    window.handlers._give_adduct([entry.uid], "[M+Na]+", "positive")
    assert entry.given_formula is None
    window.session.undo_stack.undo()
    assert entry.given_formula == formula
    assert shown(window) == (formula, "given")
