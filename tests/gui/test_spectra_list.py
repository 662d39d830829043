"""The list of spectra with real mouse and key events."""

import numpy as np
import pytest
from caffeine import caffeine_annotation, caffeine_spectrum
from PySide6.QtCore import QPoint, Qt

from msgui.gui.panes.spectra_list import SpectraListPane
from msgui.gui.session import Session
from msgui.gui.spectra_table import KEYS, cell_tip, visible
from msgui.spectra.spectrum import CollisionEnergy, Origin, Spectrum

pytestmark = pytest.mark.gui

NAME, MZ, TRUST = KEYS.index("name"), KEYS.index("mz"), KEYS.index("trust")


def spectrum(title: str, mz: float | None = 200.0, **more) -> Spectrum:
    return Spectrum([50.0, 60.0], [1.0, 2.0], precursor_mz=mz, title=title, **more)


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    yield session
    session.deleteLater()


@pytest.fixture
def pane(qtbot, session) -> SpectraListPane:
    pane = SpectraListPane(session)
    qtbot.addWidget(pane)
    pane.resize(420, 400)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


def shown(pane, column: int = NAME) -> list[str]:
    return [pane.table.index(row, column).data() for row in range(pane.table.rowCount())]


def test_rows_appear_as_they_are_added(pane, session):
    session.add([spectrum("a"), spectrum("b")])
    session.add([spectrum("c")])
    assert shown(pane) == ["a", "b", "c"]
    assert "3" in pane.header.text()


def test_down_walks_and_shows_each_spectrum(qtbot, pane, session):
    entries = session.add([spectrum(name) for name in "abc"])
    session.set_current(entries[0].uid)
    pane.view.setFocus()
    qtbot.keyClick(pane.view, Qt.Key.Key_Down)
    assert session.current_entry.title == "b"
    qtbot.keyClick(pane.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert session.current_entry.title == "c"


def test_a_click_shows_a_spectrum(qtbot, pane, session):
    session.add([spectrum(name) for name in "abc"])
    place = pane.view.visualRect(pane.table.index(2, NAME)).center()
    qtbot.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.current_entry.title == "c"


def test_typing_filters_and_escape_shows_all(qtbot, pane, session):
    session.add([spectrum("caffeine", 195.0877), spectrum("quercetin", 303.0499)])
    pane.focus_filter()
    qtbot.keyClicks(pane.filter, "mz:303")
    qtbot.waitUntil(lambda: shown(pane) == ["quercetin"])
    assert "1 of 2" in pane.header.text()
    qtbot.keyClick(pane.filter, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(shown(pane)) == 2)


def test_a_filter_without_result_says_so_and_can_be_cleared(qtbot, pane, session):
    session.add([spectrum("caffeine")])
    pane.filter.setText("nothing")
    qtbot.waitUntil(pane.empty.isVisible)
    assert "No spectrum matches" in pane.empty.title.text()
    qtbot.mouseClick(pane.empty.buttons()[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(pane.view.isVisible)
    assert shown(pane) == ["caffeine"]


def test_new_rows_pass_the_filter_that_is_on(qtbot, pane, session):
    session.add([spectrum("caffeine")])
    pane.filter.setText("caffeine")
    qtbot.waitUntil(lambda: pane.table.terms != ())
    session.add([spectrum("quercetin"), spectrum("caffeine 2")])
    assert shown(pane) == ["caffeine", "caffeine 2"]


def test_a_click_on_a_title_sorts_and_a_third_one_brings_back_the_order(qtbot, pane, session):
    session.add([spectrum("b", 300.0), spectrum("a", None), spectrum("c", 100.0)])
    header = pane.view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(MZ) + 8, header.height() // 2)
    orders = []
    for _ in range(3):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        orders.append("".join(shown(pane)))
    assert orders == ["cba", "bca", "bac"]


def test_sorting_keeps_the_shown_spectrum(pane, session):
    entries = session.add([spectrum("b", 300.0), spectrum("a", 100.0), spectrum("c", 200.0)])
    session.set_current(entries[0].uid)
    pane.view.sortByColumn(MZ, Qt.SortOrder.AscendingOrder)
    assert session.current_entry.title == "b"
    assert pane.view.currentIndex().row() == 2


def test_empty_cells_stay_at_the_end_both_ways(pane, session):
    one, other = session.add([spectrum("x"), spectrum("y")])
    session.set_annotation(other.uid, caffeine_annotation())
    top = KEYS.index("top")
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        pane.table.sort(top, order)
        assert shown(pane)[-1] == "x"
    assert one.annotation is None


def test_removed_rows_leave_and_come_back(pane, session):
    entries = session.add([spectrum(name) for name in "abcd"])
    session.set_current(entries[1].uid)
    session.remove([entries[1].uid, entries[2].uid])
    assert shown(pane) == ["a", "d"]
    assert pane.view.currentIndex().row() == 1
    session.undo_stack.undo()
    assert shown(pane) == list("abcd")


def test_what_was_assumed_is_in_italics_and_says_so(pane, session):
    [entry] = session.add([spectrum("a")])
    annotation = caffeine_annotation(adduct_source="assumed")
    session.set_annotation(entry.uid, annotation)
    index = pane.table.index(0, KEYS.index("adduct"))
    assert index.data() == "[M+H]+"
    assert index.data(Qt.ItemDataRole.FontRole).italic()
    assert "is a guess: the file does not say" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_missing_things_are_said(pane, session):
    session.add([Spectrum([], [], title="", origin=Origin("/x/y.mgf", 4, "line 9"))])
    assert shown(pane) == ["spectrum 5"]
    assert shown(pane, MZ) == ["–"]
    assert "no precursor" in pane.table.index(0, MZ).data(Qt.ItemDataRole.ToolTipRole)
    assert "no peaks" in cell_tip(session.spectra[0], "name")


def test_titles_are_text_never_markup(pane, session):
    session.add([spectrum("<img src=file:///etc/passwd>"), spectrum("a\x00b\u202ec")])
    assert shown(pane)[0].startswith("<img")
    tip = pane.table.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img" in tip
    assert "\u202e" not in shown(pane)[1]
    assert visible("a\x07b") == "a\\x07b"


def test_energy_and_call_have_their_columns(pane, session):
    energy = CollisionEnergy("HCD 35 eV", 35.0, "eV")
    [entry] = session.add([caffeine_spectrum(collision_energy=energy)])
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    session.decide("accepted", 0)
    assert shown(pane, KEYS.index("energy")) == ["35 eV"]
    assert shown(pane, KEYS.index("call")) == ["✓ accepted"]
    assert shown(pane, KEYS.index("top")) == ["caffeine"]


def test_columns_give_way_in_a_narrow_pane(qtbot, pane, session):
    session.add([caffeine_spectrum()])
    pane.resize(200, 400)
    qtbot.waitUntil(lambda: pane.view.isColumnHidden(KEYS.index("energy")))
    assert not pane.view.isColumnHidden(NAME)
    assert not pane.view.isColumnHidden(MZ)
    pane.resize(900, 400)
    qtbot.waitUntil(lambda: not pane.view.isColumnHidden(KEYS.index("energy")))


def test_fifty_thousand_rows_are_filtered_and_sorted_right(pane, session):
    rng = np.random.default_rng(1)
    mz = rng.uniform(100, 1000, 50_000)
    session.add([spectrum(f"feature {i}", float(value)) for i, value in enumerate(mz)])
    pane.table.set_filter("mz:500-501")
    assert pane.table.rowCount() == int(((mz >= 500) & (mz <= 501)).sum())
    pane.table.sort(MZ, Qt.SortOrder.DescendingOrder)
    values = [float(text) for text in shown(pane, MZ)]
    assert values == sorted(values, reverse=True)


def test_ms1_scans_are_hidden_until_they_are_wanted(qtbot, pane, session):
    session.add([spectrum("scan 1", None, ms_level=1), spectrum("scan 2")])
    session.add([spectrum("scan 3", None, ms_level=1), spectrum("scan 4")])
    assert shown(pane) == ["scan 2", "scan 4"]
    assert "and 2 MS1" in pane.header.text()
    pane.filter.setText("ms1")
    qtbot.waitUntil(lambda: shown(pane) == ["scan 1", "scan 3"])
    pane.filter.clear()
    pane.table.show_ms1(True)
    qtbot.waitUntil(lambda: len(shown(pane)) == 4)
    assert shown(pane, MZ)[0] == "MS1"


def test_controls_have_names_and_tips(pane):
    for widget in (pane.filter, pane.view):
        assert widget.accessibleName()
    assert pane.filter.toolTip()
