"""Two candidates side by side, with the mouse and with keys; atoms that are picked; fragments."""

import math
from dataclasses import replace

import pytest
from caffeine import CAFFEINE, caffeine_annotation, caffeine_peaks, caffeine_spectrum
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from windows import annotated, idle, settings_in, write_mgf

from msgui.fragments.comparison import Explains
from msgui.gui.panes.comparison import ComparisonPane
from msgui.gui.panes.structure import StructurePane
from msgui.gui.session import Session
from msgui.gui.widgets.sticks import StickKind
from msgui.gui.window import MainWindow

pytestmark = pytest.mark.gui
LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
BASE_PEAK = 9


@pytest.fixture
def window(qtbot, tmp_path):
    window = MainWindow(settings_in(tmp_path))
    qtbot.addWidget(window)
    window.open_paths([write_mgf(tmp_path)])
    window.start()
    window.resize(1366, 768)
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    yield window
    window.close()


def click_row(qtbot, window, row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    table = window.workbench.candidates.table
    place = table.visualRect(table.model().index(row, 2)).center()
    qtbot.mouseClick(table.viewport(), LEFT, modifier, place)


def compared(window) -> bool:
    return window.session.comparison is not None and idle(window)


def test_control_click_compares_and_a_click_ends_it(qtbot, window):
    session, bench = window.session, window.workbench
    assert len(session.current_entry.annotation.candidates) == 3
    click_row(qtbot, window, 0)
    click_row(qtbot, window, 2, CONTROL)
    qtbot.waitUntil(lambda: compared(window), timeout=240_000)

    assert (session.selected_candidate, session.compared) == (0, 2)
    assert bench.structures.currentWidget() is bench.comparison
    groups = session.comparison.groups
    coverage = [c.coverage for c in (session.candidate, session.compared_candidate)]
    both = groups[Explains.BOTH]
    assert both.peaks + groups[Explains.FIRST].peaks == coverage[0].explained_peaks
    assert both.peaks + groups[Explains.SECOND].peaks == coverage[1].explained_peaks
    shares = both.intensity + groups[Explains.FIRST].intensity
    assert shares == pytest.approx(coverage[0].explained_intensity)
    assert sum(group.peaks for group in groups.values()) == coverage[0].peaks
    names = [
        bench.candidates.table.letter_of(c) for c in session.current_entry.annotation.candidates
    ]
    assert names == ["A", "", "B"]
    qtbot.waitUntil(lambda: session.difference is not None, timeout=20000)
    assert (
        bench.comparison.views[0].different_atoms() or bench.comparison.views[1].different_atoms()
    )

    click_row(qtbot, window, 1)
    assert session.compared == -1
    assert bench.structures.currentWidget() is bench.structure


def test_a_third_control_click_compares_with_that_one(qtbot, window):
    session = window.session
    click_row(qtbot, window, 0)
    click_row(qtbot, window, 2, CONTROL)
    click_row(qtbot, window, 1, CONTROL)
    assert (session.selected_candidate, session.compared) == (0, 1)
    assert window.workbench.candidates.table.selected_rows() == [0, 1]


def test_the_key_compares_and_ends(qtbot, window):
    session = window.session
    qtbot.keyClick(window, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: compared(window), timeout=240_000)
    assert session.compared == 1
    kinds = set(window.workbench.spectrum.plot.sticks.kinds.tolist())
    assert kinds <= {StickKind.EXPLAINED, StickKind.SECOND, StickKind.PLAIN, StickKind.UNEXPLAINED}
    words = [entry.words for entry in window.workbench.spectrum.legend.entries()]
    assert words == ["only A", "only B", "both", "neither"]
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert session.compared == -1
    words = [entry.words for entry in window.workbench.spectrum.legend.entries()]
    assert words == ["structure", "formula only", "unexplained"]


def test_a_deciding_peak_is_pinned_with_a_click(qtbot, window):
    session, pane = window.session, window.workbench.comparison
    window.do("candidate_1")
    session.compare_with(2)
    qtbot.waitUntil(lambda: compared(window), timeout=240_000)
    # An isomer that explains neither the two peaks in the middle nor anything else less.
    bare = {"fragment": None, "other_fragments": ()}
    other = [replace(p, **bare) if 60 < p.mz < 120 else p for p in session.peaks]
    session.set_comparison(session.current, 2, other)
    rows = [pane.values.value(row) for row in range(pane.values.rowCount())]
    assert [row.peak.intensity for row in rows] == sorted(
        (row.peak.intensity for row in rows), reverse=True
    )
    assert [row.letter for row in rows] == ["A"] * len(rows)
    assert rows
    place = pane.table.visualRect(pane.values.index(0, 0)).center()
    qtbot.mouseClick(pane.table.viewport(), LEFT, pos=place)
    assert session.pinned_peaks == {rows[0].index}
    assert pane.views[0].lit_atoms() or pane.views[1].lit_atoms()


def test_tab_cycles_the_fragments_of_a_pinned_peak_and_leaves_without_one(qtbot, window):
    session, plot = window.session, window.workbench.spectrum.plot
    several = next(p.index for p in session.peaks if len(session.fragments_of_peak(p.index)) > 1)
    count = len(session.fragments_of_peak(several))
    session.pin_peaks({several})
    plot.setFocus()
    seen = []
    for _ in range(count):
        seen.append(session.fragment_turn)
        qtbot.keyClick(plot, Qt.Key.Key_Tab)
    assert seen == list(range(count))
    assert session.fragment_turn == 0
    qtbot.keyClick(plot, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert session.fragment_turn == count - 1
    assert window.workbench.structure.turn_label.text() == f"{count} of {count}"
    assert "cut" in window.workbench.structure.details_line.text()
    session.pin_peaks(())
    assert not window.actions_["next_fragment"].isEnabled(), "Tab walks from pane to pane again"


# Atoms and bonds


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    session.set_current(session.add([caffeine_spectrum()])[0].uid)
    session.set_annotation(session.current, caffeine_annotation())
    yield session
    session.deleteLater()


@pytest.fixture
def pane(qtbot, session) -> StructurePane:
    pane = StructurePane(session)
    qtbot.addWidget(pane)
    pane.resize(420, 420)
    pane.show()
    qtbot.waitExposed(pane)
    qtbot.waitUntil(lambda: pane.view.drawing() is not None, timeout=10000)
    return pane


def bond_between(one: int, other: int) -> int:
    from rdkit import Chem

    return Chem.MolFromSmiles(CAFFEINE).GetBondBetweenAtoms(one, other).GetIdx()


def test_a_picked_bond_leaves_peaks_that_keep_it(qtbot, session, pane):
    bond = bond_between(9, 8)
    qtbot.mouseClick(pane.view, LEFT, pos=pane.view.bond_place(bond).toPoint())
    assert session.selected_bonds == {bond}
    kept = {p.index for p in caffeine_peaks() if p.fragment and {8, 9} <= set(p.fragment.atoms)}
    assert session.lit_peaks == kept
    assert f"{len(kept)} peaks hold" in pane.pick_line.text()
    qtbot.keyClick(pane.view, Qt.Key.Key_Escape)
    assert session.selected_bonds == frozenset()
    assert not pane.pick_line.isVisible()


def test_a_bond_that_was_cut_is_not_held(session):
    session.select_bonds({bond_between(10, 12)})
    for index in session.lit_peaks:
        fragment = session.peaks[index].fragment
        assert not session.selected_bonds & set(fragment.bonds_cut)


def test_control_adds_a_bond_to_atoms(qtbot, session, pane):
    qtbot.mouseClick(pane.view, LEFT, pos=pane.view.place_of(9).toPoint())
    bond = bond_between(8, 7)
    qtbot.mouseClick(pane.view, LEFT, CONTROL, pane.view.bond_place(bond).toPoint())
    assert (session.selected_atoms, session.selected_bonds) == ({9}, {bond})
    qtbot.mouseClick(pane.view, LEFT, pos=pane.view.place_of(9).toPoint())
    assert not session.selected_bonds


def lasso(view, places: list[QPoint]) -> None:
    def send(kind, place, button, buttons) -> None:
        event = QMouseEvent(
            kind, QPointF(place), QPointF(view.mapToGlobal(place)), button, buttons,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(view, event)

    nothing = Qt.MouseButton.NoButton
    send(QEvent.Type.MouseButtonPress, places[0], LEFT, LEFT)
    for place in places[1:]:
        send(QEvent.Type.MouseMove, place, nothing, LEFT)
    send(QEvent.Type.MouseButtonRelease, places[-1], LEFT, nothing)


def test_a_lasso_picks_the_atoms_inside(session, pane):
    view = pane.view
    wanted = {6, 7, 8, 9}
    spots = [view.place_of(atom) for atom in sorted(wanted)]
    center = sum(spots, QPointF()) / len(spots)
    around = [center + (spot - center) * 1.3 for spot in spots]
    order = sorted(around, key=lambda p: math.atan2(*(p - center).toTuple()))
    lasso(view, [p.toPoint() for p in [*order, order[0]]])
    assert wanted <= session.selected_atoms
    assert session.lit_peaks == {
        p.index
        for p in session.peaks
        if p.fragment and session.selected_atoms <= set(p.fragment.atoms)
    }


def test_an_empty_lasso_lets_go(session, pane):
    session.select_atoms({1})
    lasso(pane.view, [QPoint(2, 2), QPoint(12, 2), QPoint(12, 12), QPoint(2, 12)])
    assert not session.selected_atoms


def test_what_no_fragment_does_without_is_counted(session):
    session.select_atoms({8, 9})
    # One of the two other fragments of the base peak lacks atom 2; both keep 8 and 9.
    assert BASE_PEAK in session.needing_peaks
    session.select_atoms({2})
    assert BASE_PEAK in session.lit_peaks
    assert BASE_PEAK not in session.needing_peaks


def test_without_a_deciding_peak_it_says_so(qtbot, session):
    pane = ComparisonPane(session)
    qtbot.addWidget(pane)
    pane.resize(380, 340)
    pane.show()
    session.compare_with(1)
    session.set_comparison(session.current, 1, session.peaks)
    assert pane.empty.isVisible()
    assert "can not tell" in pane.empty.sentence.text()
    assert pane.groups[Explains.BOTH].text().startswith("both  8 peaks")
    qtbot.mouseClick(pane.close_button, LEFT)
    assert session.compared == -1
