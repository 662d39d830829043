"""The candidates pane: model and baseline side by side, decisions, neighbours, empty states."""

from dataclasses import replace

import pytest
from caffeine import caffeine_annotation, caffeine_candidates, caffeine_spectrum, neighbours
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from msgui.gui.candidates_table import (
    BASELINE,
    BLIND,
    CALL,
    EXPLAINED,
    HEIGHTS,
    MODEL,
    NAME,
    PEAKS,
    RANK,
)
from msgui.gui.panes.candidates import CandidatesPane
from msgui.gui.session import Session
from msgui.gui.widgets.delegates import FRACTION_ROLE, PICTURE_ROLE
from msgui.progress import Step

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    entry = session.add([caffeine_spectrum()])[0]
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    yield session
    session.deleteLater()


@pytest.fixture
def pane(qtbot, session) -> CandidatesPane:
    pane = CandidatesPane(session)
    qtbot.addWidget(pane)
    pane.resize(760, 420)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


def annotate(session, **changes) -> None:
    session.set_annotation(session.current, caffeine_annotation(**changes))


def texts(pane, column: int) -> list[str]:
    return [
        pane.table.values.index(row, column).data() for row in range(pane.table.values.rowCount())
    ]


def click_row(qtbot, table, row: int) -> None:
    place = table.visualRect(table.model().index(row, NAME)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


class TestTable:
    def test_the_heights_and_what_the_score_is_made_of(self, pane, session):
        first, *rest = caffeine_candidates()
        shares = (("model", 0.21), ("explanation", 0.1), ("memory", 0.0), ("forward", 0.33))
        first = replace(first, score=0.64, forward_score=0.8, contributions=shares)
        annotate(session, candidates=(first, *rest))
        assert texts(pane, HEIGHTS) == ["0.80", "–", "–", "–"]
        tip = pane.table.values.index(0, RANK).data(Qt.ItemDataRole.ToolTipRole)
        assert "Score 0.64 = 0.33 heights + 0.21 model + 0.10 explained peaks" in tip

    def test_the_heights_give_way_to_names_in_a_narrow_pane(self, qtbot, pane):
        assert not pane.table.isColumnHidden(HEIGHTS)
        pane.resize(380, 420)
        qtbot.waitUntil(lambda: pane.table.isColumnHidden(HEIGHTS))

    def test_columns(self, pane):
        assert texts(pane, RANK) == ["1", "2=", "2=", "4"]
        assert texts(pane, MODEL) == ["0.71", "0.69", "0.69", "0.51"]
        assert texts(pane, BASELINE) == ["0.83", "0.64", "0.31", "0.30"]
        assert texts(pane, EXPLAINED) == ["94 %", "88 %", "61 %", "58 %"]
        assert texts(pane, PEAKS)[0] == "9/13"
        assert texts(pane, BLIND)[0] == "2"
        assert texts(pane, NAME)[2].startswith("CCn1")
        assert pane.table.values.index(0, EXPLAINED).data(FRACTION_ROLE) == pytest.approx(0.94)

    def test_model_and_baseline_look_the_same(self, pane):
        delegates = [pane.table.itemDelegateForColumn(column) for column in (MODEL, BASELINE)]
        assert type(delegates[0]) is type(delegates[1])
        assert delegates[0].decimals == delegates[1].decimals

    def test_every_title_says_what_the_number_is_and_is_not(self, pane):
        tips = [
            pane.table.values.headerData(c, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
            for c in range(pane.table.values.columnCount())
        ]
        assert all(tips)
        assert "not a probability" in tips[MODEL]
        assert "without any model" in tips[BASELINE]
        assert "by chance" in tips[EXPLAINED]

    def test_click_on_a_title_sorts_highest_first(self, qtbot, session, pane):
        header = pane.table.horizontalHeader()
        place = QPoint(header.sectionViewportPosition(BASELINE) + 12, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert texts(pane, BASELINE) == ["0.83", "0.64", "0.31", "0.30"]
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert texts(pane, BASELINE) == ["0.30", "0.31", "0.64", "0.83"]
        assert pane.table.selected_rows() == [3]
        assert session.selected_candidate == 0

    def test_missing_numbers_stand_last_both_ways(self, session, pane):
        first, *rest = caffeine_candidates()
        annotate(session, candidates=(replace(first, baseline_score=None), *rest))
        for order in Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder:
            pane.table.sortByColumn(BASELINE, order)
            assert texts(pane, BASELINE)[-1] == "–"

    def test_structures_are_drawn_when_they_are_seen(self, qtbot, pane):
        def is_drawn() -> bool:
            picture = pane.table.values.index(0, 1).data(PICTURE_ROLE)
            return picture is not None and not picture.isNull()

        qtbot.waitUntil(is_drawn, timeout=10000)

    def test_narrow_pane_keeps_model_and_baseline(self, qtbot, pane):
        pane.resize(330, 300)
        qtbot.wait(10)
        assert not pane.table.isColumnHidden(MODEL)
        assert not pane.table.isColumnHidden(BASELINE)
        assert pane.table.isColumnHidden(BLIND)
        pane.resize(900, 300)
        qtbot.wait(10)
        assert not pane.table.isColumnHidden(BLIND)


class TestChoosing:
    def test_first_candidate_is_chosen(self, session, pane):
        assert session.selected_candidate == 0
        assert pane.table.selected_rows() == [0]

    def test_click_chooses_once(self, qtbot, session, pane):
        heard = []
        session.candidate_selected.connect(heard.append)
        click_row(qtbot, pane.table, 2)
        assert heard == [2]
        assert session.selected_candidate == 2

    def test_arrow_keys_choose(self, qtbot, session, pane):
        pane.table.setFocus()
        qtbot.keyClick(pane.table, Qt.Key.Key_Down)
        assert session.selected_candidate == 1

    def test_choice_made_elsewhere_selects_the_row(self, session, pane):
        session.select_candidate(3)
        assert pane.table.selected_rows() == [3]


class TestCalls:
    def test_buttons_decide_and_show_it(self, qtbot, session, pane):
        qtbot.mouseClick(pane.call_buttons["accepted"], Qt.MouseButton.LeftButton)
        assert texts(pane, CALL)[0] == "✓ accepted"
        assert pane.call_buttons["accepted"].isChecked()
        qtbot.mouseClick(pane.call_buttons["rejected"], Qt.MouseButton.LeftButton)
        assert texts(pane, CALL)[0] == "✗ rejected"
        assert not pane.call_buttons["accepted"].isChecked()
        session.undo_stack.undo()
        assert texts(pane, CALL)[0] == "✓ accepted"

    def test_pressing_again_takes_it_back(self, qtbot, pane):
        for _ in range(2):
            qtbot.mouseClick(pane.call_buttons["tentative"], Qt.MouseButton.LeftButton)
        assert texts(pane, CALL)[0] == ""
        assert not pane.call_buttons["tentative"].isChecked()

    def test_buttons_have_names_and_tips(self, pane):
        for button in pane.call_buttons.values():
            assert button.accessibleName()
            assert button.toolTip()


class TestNeighbours:
    def test_they_stand_in_the_second_tab(self, pane):
        assert pane.tabs.tabText(1) == "Nearest neighbours 3"
        pane.tabs.setCurrentIndex(1)
        assert pane.neighbour_table.isVisible()
        row = [pane.neighbour_table.values.index(0, c).data() for c in range(6)]
        assert row == ["1", "", "caffeine", "0.83", "[M+H]+ · 35 eV", "EXAMPLE-000001"]
        assert "Nearest reference spectra by cosine." in pane.notice.label.text()

    def test_click_mirrors_a_neighbour(self, qtbot, session, pane):
        pane.tabs.setCurrentIndex(1)
        assert pane.neighbour_table.selected_rows() == [0]
        click_row(qtbot, pane.neighbour_table, 2)
        assert session.mirror.name == "theophylline"

    def test_memory_has_no_peaks_to_mirror_and_says_so(self, qtbot, session, pane):
        annotate(session, neighbours=neighbours(with_peaks=False))
        pane.tabs.setCurrentIndex(1)
        with qtbot.waitSignal(session.message) as said:
            click_row(qtbot, pane.neighbour_table, 1)
        assert "no peaks" in said.args[0]
        assert session.mirror is None


class TestStates:
    def test_not_annotated(self, qtbot, session, pane):
        session.set_annotation(session.current, None)
        assert pane.empty.isVisible()
        with qtbot.waitSignal(session.action_requested) as asked:
            qtbot.mouseClick(pane.empty.buttons()[0], Qt.MouseButton.LeftButton)
        assert asked.args == ["annotate"]

    def test_computing(self, session, pane):
        session.set_annotation(session.current, None)
        session.set_annotating(session.current, Step(0, 3))
        assert "Looking" in pane.empty.title.text()
        assert pane.empty.buttons() == []

    def test_no_candidates(self, qtbot, session, pane):
        annotate(session, candidates=(), candidate_count=0)
        assert "No structure with C8H10N4O2" in pane.empty.title.text()
        requests = []
        session.action_requested.connect(requests.append)
        for button in pane.empty.buttons():
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert requests == ["choose_structures", "by_mass"]
        assert not pane.call_buttons["accepted"].isVisible()

    def test_no_model(self, qtbot, session, pane):
        bare = tuple(replace(c, model_score=None) for c in caffeine_candidates())
        annotate(session, candidates=bare, model="")
        assert pane.notice.label.text() == "No model yet. The baseline still works."
        with qtbot.waitSignal(session.action_requested) as asked:
            qtbot.mouseClick(pane.notice.buttons()[0], Qt.MouseButton.LeftButton)
        assert asked.args == ["choose_model"]
        assert texts(pane, MODEL)[0] == "–"

    def test_baseline_undefined(self, session, pane):
        bare = tuple(replace(c, baseline_score=None) for c in caffeine_candidates())
        note = "no training spectrum with this formula"
        annotate(session, candidates=bare, neighbours=(), neighbour_note=note)
        assert note in pane.notice.label.text()
        pane.tabs.setCurrentIndex(1)
        assert pane.empty.isVisible()
        assert "No training spectrum with this formula." in pane.empty.sentence.text()

    def test_all_well_shows_no_notice(self, pane):
        assert not pane.notice.isVisible()

    def test_source_names_count_and_formula(self, pane):
        assert "Best 4 of 12 with C8H10N4O2" in pane.source_button.text()
        assert pane.source_button.toolTip()


def test_markup_in_names_stays_text(session, pane):
    evil = "<img src='file:///etc/passwd'>"
    first, *rest = caffeine_candidates()
    structure = replace(first.structure, name=evil)
    annotate(session, candidates=(replace(first, structure=structure), *rest))
    index = pane.table.values.index(0, NAME)
    assert index.data() == evil
    assert "<img" not in index.data(Qt.ItemDataRole.ToolTipRole)


def test_copy_gives_the_table_on_screen(session, pane):
    pane.copy()
    header, first, *_ = QApplication.clipboard().text().splitlines()
    fields = dict(zip(header.split("\t"), first.split("\t"), strict=True))
    assert fields["Name"] == "caffeine"
    assert fields["Model"] == "0.71"
    assert fields["SMILES"].startswith("Cn1c")
    pane.tabs.setCurrentIndex(1)
    pane.copy()
    assert "EXAMPLE-000001" in QApplication.clipboard().text()


class TestLevel:
    def test_a_level_is_chosen_from_the_menu_and_taken_back(self, session, pane):
        pane.level_button.menu().aboutToShow.emit()
        actions = pane.level_button.menu().actions()
        assert [a.text()[:2].strip() for a in actions[:6]] == ["1", "2a", "2b", "3", "4", "5"]
        supported = [a.text() for a in actions if "what the evidence here supports" in a.text()]
        assert len(supported) == 1
        actions[1].trigger()
        entry = session.current_entry
        key = session.candidate.structure.inchikey14
        assert (entry.call_of(key), entry.level_of(key)) == ("accepted", "2a")
        assert pane.level_button.text() == "Level 2a"
        assert texts(pane, CALL)[0] == "✓ accepted 2a"
        session.decide("rejected")
        assert entry.levels == {}
        assert pane.level_button.text() == "Level"
        session.undo_stack.undo()
        assert entry.level_of(key) == "2a"
        session.undo_stack.undo()
        assert (entry.calls, entry.levels) == ({}, {})

    def test_a_weak_level_makes_a_tentative_call_and_keeps_a_stronger_one(self, session):
        session.choose_level("3")
        entry, key = session.current_entry, session.candidate.structure.inchikey14
        assert entry.call_of(key) == "tentative"
        session.decide("accepted")
        session.choose_level("4")
        assert (entry.call_of(key), entry.level_of(key)) == ("accepted", "4")

    def test_a_level_goes_where_another_candidate_is_accepted(self, session):
        session.choose_level("1", 0)
        session.decide("accepted", 1)
        assert session.current_entry.levels == {}
