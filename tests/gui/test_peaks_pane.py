"""The table of peaks with real mouse and key events."""

import pytest
from caffeine import caffeine_annotation, caffeine_spectrum
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication

from msgui.gui.panes.peaks import PeaksPane
from msgui.gui.peaks_table import COLUMNS, FORMULA, INTENSITY, MZ, PPM
from msgui.gui.session import Session

pytestmark = pytest.mark.gui

BASE_PEAK, PRECURSOR = 9, 13


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    entry = session.add([caffeine_spectrum()])[0]
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    yield session
    session.deleteLater()


@pytest.fixture
def pane(qtbot, session) -> PeaksPane:
    pane = PeaksPane(session)
    qtbot.addWidget(pane)
    pane.resize(560, 420)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


def texts(pane, column: int) -> list[str]:
    return [pane.model.index(row, column).data() for row in range(pane.model.rowCount())]


def center(pane, row: int, column: int = FORMULA) -> QPoint:
    return pane.table.visualRect(pane.model.index(row, column)).center()


def test_rows_come_most_intense_first(pane):
    assert texts(pane, MZ)[:3] == ["138.0662", "195.0877", "110.0713"]
    assert texts(pane, INTENSITY)[:3] == ["100", "88", "41"]


def test_click_on_a_title_sorts(qtbot, pane):
    header = pane.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(MZ) + 10, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert texts(pane, MZ)[0] == "42.0340"
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert texts(pane, MZ)[0] == "195.0877"


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_every_column_sorts_and_keeps_what_is_selected(session, pane, column):
    session.pin_peaks({BASE_PEAK})
    for order in Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder:
        pane.table.sortByColumn(column, order)
        assert sorted(texts(pane, MZ)) == sorted(f"{p.mz:.4f}" for p in session.peaks)
        rows = pane.table.selected_rows()
        assert [pane.model.peak_of(row) for row in rows] == [BASE_PEAK]


def test_unexplained_peaks_stand_last_when_sorted_by_error(pane):
    pane.table.sortByColumn(PPM, Qt.SortOrder.AscendingOrder)
    assert texts(pane, FORMULA)[-3:] == ["", "", ""]
    assert texts(pane, PPM)[0] == "+0.2"


def test_hovering_a_row_lights_its_peak_once(qtbot, session, pane):
    heard = []
    session.peak_hovered.connect(heard.append)
    qtbot.mouseMove(pane.table.viewport(), center(pane, 2))
    assert heard == [7]
    QApplication.sendEvent(pane.table.viewport(), QEvent(QEvent.Type.Leave))
    assert heard == [7, None]


def test_peak_hovered_elsewhere_lights_its_row(session, pane):
    session.hover_peak(7)
    row = pane.model.row_of(7)
    color = pane.model.index(row, 0).data(Qt.ItemDataRole.BackgroundRole)
    assert color.name() == session.palette.hover
    other = pane.model.index(row + 1, 0).data(Qt.ItemDataRole.BackgroundRole)
    assert other is None


def test_hover_from_the_plot_scrolls_the_row_into_view(qtbot, session, pane):
    pane.resize(560, 140)
    qtbot.wait(10)
    session.hover_peak(11)
    rect = pane.table.visualRect(pane.model.index(pane.model.row_of(11), 0))
    assert pane.table.viewport().rect().contains(rect.center())


def test_click_pins_and_control_click_adds(qtbot, session, pane):
    heard = []
    session.peaks_pinned.connect(heard.append)
    viewport = pane.table.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=center(pane, 0))
    assert session.pinned_peaks == {BASE_PEAK}
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, control, center(pane, 1))
    assert session.pinned_peaks == {BASE_PEAK, PRECURSOR}
    assert heard == [{BASE_PEAK}, {BASE_PEAK, PRECURSOR}]


def test_arrow_down_pins_the_next_row(qtbot, session, pane):
    qtbot.mouseClick(pane.table.viewport(), Qt.MouseButton.LeftButton, pos=center(pane, 0))
    qtbot.keyClick(pane.table, Qt.Key.Key_Down)
    assert session.pinned_peaks == {PRECURSOR}


def test_pins_made_elsewhere_select_rows_without_an_echo(session, pane):
    heard = []
    session.peaks_pinned.connect(heard.append)
    session.pin_peaks({7, 3})
    selected = {pane.model.peak_of(row) for row in pane.table.selected_rows()}
    assert selected == {3, 7}
    assert heard == [{3, 7}]


def test_hovered_atom_lets_other_rows_fade(session, pane):
    session.hover_atom(0)
    row = pane.model.row_of(BASE_PEAK)
    ink = pane.model.index(row, 0).data(Qt.ItemDataRole.ForegroundRole)
    assert ink.name() == session.palette.border
    precursor = pane.model.index(pane.model.row_of(PRECURSOR), 0)
    assert precursor.data(Qt.ItemDataRole.ForegroundRole) is None


def test_header_counts_what_the_candidate_explains(session, pane):
    assert pane.count.text() == "9 of 13 explained"
    session.select_candidate(3)
    assert pane.count.text() == "6 of 13 explained"
    session.set_annotation(session.current, None)
    assert pane.count.text() == "14 peaks"


def test_without_annotation_only_what_was_measured_is_shown(session, pane):
    session.set_annotation(session.current, None)
    assert texts(pane, MZ)[0] == "138.0662"
    assert set(texts(pane, FORMULA)) == {""}


def test_copy_gives_the_selected_rows_with_units(qtbot, session, pane):
    session.pin_peaks({BASE_PEAK, 6})
    pane.table.setFocus()
    qtbot.keyClick(pane.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    header, first, second = QApplication.clipboard().text().splitlines()
    assert "error (ppm)" in header.split("\t")
    assert "relative intensity (%)" in header.split("\t")
    fields = dict(zip(header.split("\t"), first.split("\t"), strict=True))
    assert float(fields["m/z"]) == pytest.approx(138.0662)
    assert fields["formula"] == "C6H8N3O+"
    assert fields["bonds cut"] == "2"
    assert (
        dict(zip(header.split("\t"), second.split("\t"), strict=True))["seen in training"] == "no"
    )


def test_every_column_says_what_it_is(pane):
    for column in range(pane.model.columnCount()):
        tip = pane.model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert len(tip) > 10


def test_empty_states(session, pane):
    session.set_current(None)
    assert pane.empty.isVisible()
    assert pane.empty.title.text() == "No spectrum chosen"
