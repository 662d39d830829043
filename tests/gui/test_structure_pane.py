"""The structure pane: atoms light up for peaks, peaks for atoms."""

import pytest
from caffeine import CAFFEINE, ISOCAFFEINE, caffeine_annotation, caffeine_spectrum
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from msgui.gui.panes.structure import StructurePane, inchikey
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
def pane(qtbot, session) -> StructurePane:
    pane = StructurePane(session)
    qtbot.addWidget(pane)
    pane.resize(380, 340)
    pane.show()
    qtbot.waitExposed(pane)
    qtbot.waitUntil(lambda: pane.view.drawing() is not None, timeout=10000)
    return pane


def wait_for(qtbot, pane, smiles: str) -> None:
    def is_drawn() -> bool:
        drawing = pane.view.drawing()
        return drawing is not None and drawing.key.smiles == smiles

    qtbot.waitUntil(is_drawn, timeout=10000)


def test_the_first_candidate_is_drawn(pane):
    drawing = pane.view.drawing()
    assert drawing.key.smiles == CAFFEINE
    assert len(drawing.positions) == 14
    assert len(drawing.bonds) == 15
    assert "caffeine" in pane.name.text()


def test_another_candidate_is_drawn(qtbot, session, pane):
    session.select_candidate(1)
    wait_for(qtbot, pane, ISOCAFFEINE)
    assert "isocaffeine" in pane.name.text()


def test_hovered_peak_lights_its_atoms_and_cuts(session, pane):
    session.hover_peak(BASE_PEAK)
    assert pane.view.lit_atoms() == {2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
    assert len(pane.view.cut_bonds()) == 2
    session.hover_peak(None)
    assert pane.view.lit_atoms() == frozenset()


def test_pin_stays_when_the_hover_goes(session, pane):
    session.pin_peaks({7})
    session.hover_peak(BASE_PEAK)
    session.hover_peak(None)
    assert pane.view.lit_atoms() == {4, 5, 6, 7, 8, 9, 10, 11}


def test_unexplained_peak_says_so(session, pane):
    session.hover_peak(1)
    assert pane.view.lit_atoms() == frozenset()
    assert "no piece of this structure" in pane.fragment_line.text()


def test_several_fragments_are_turned_with_arrows(qtbot, session, pane):
    session.pin_peaks({BASE_PEAK})
    assert pane.turn_label.text() == "1 of 3"
    first = pane.view.lit_atoms()
    qtbot.mouseClick(pane.next_button, Qt.MouseButton.LeftButton)
    assert pane.turn_label.text() == "2 of 3"
    assert pane.view.lit_atoms() != first
    qtbot.mouseClick(pane.next_button, Qt.MouseButton.LeftButton)
    assert session.fragment_turn == 2
    qtbot.mouseClick(pane.previous_button, Qt.MouseButton.LeftButton)
    assert session.fragment_turn == 1


def test_one_fragment_needs_no_arrows(session, pane):
    session.pin_peaks({7})
    assert not pane.next_button.isVisible()
    assert pane.turn_label.text() == ""


def test_fragment_line_names_formula_cuts_and_hydrogens(session, pane):
    session.pin_peaks({BASE_PEAK})
    text = pane.fragment_line.text()
    assert "138.0662" in text
    assert "C6H8N3O+" in text
    details = pane.details_line.text()
    assert "2 bonds cut" in details
    assert "+1 H" in details
    assert "penalty 1.0" in details


def test_hovering_an_atom_lights_the_peaks_that_hold_it_once(qtbot, session, pane):
    heard = []
    session.atom_hovered.connect(heard.append)
    qtbot.mouseMove(pane.view, pane.view.place_of(0).toPoint())
    assert heard == [0]
    assert PRECURSOR in session.lit_peaks
    assert BASE_PEAK not in session.lit_peaks
    QApplication.sendEvent(pane.view, QEvent(QEvent.Type.Leave))
    assert heard == [0, None]


def test_click_selects_atoms_and_escape_lets_go(qtbot, session, pane):
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(pane.view, left, pos=pane.view.place_of(9).toPoint())
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(pane.view, left, control, pane.view.place_of(11).toPoint())
    assert session.selected_atoms == {9, 11}
    assert session.lit_peaks == {7, BASE_PEAK, PRECURSOR}
    qtbot.keyClick(pane.view, Qt.Key.Key_Escape)
    assert session.selected_atoms == frozenset()


def test_zoom_with_keys_and_double_click(qtbot, pane):
    qtbot.keyClick(pane.view, Qt.Key.Key_Plus)
    assert pane.view.zoom() > 1
    qtbot.mouseDClick(pane.view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    # Qt's double click ends with the button down, and the next test would drag instead of hover.
    qtbot.mouseRelease(pane.view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert pane.view.zoom() == 1


def test_zoomed_drawing_is_still_hit_where_it_is_seen(qtbot, session, pane):
    qtbot.keyClick(pane.view, Qt.Key.Key_Plus)
    place = pane.view.place_of(8).toPoint()
    assert pane.view.atom_at(pane.view.to_drawing(place.toPointF())) == 8


def test_copy_offers_picture_vector_and_text(session, pane):
    pane.copy()
    data = QApplication.clipboard().mimeData()
    assert data.hasImage()
    assert data.hasFormat("image/svg+xml")
    assert data.text() == CAFFEINE


def test_whole_inchikey_can_be_copied(session):
    assert inchikey(session.candidate.structure) == "RYYVLZVUVIJVGH-UHFFFAOYSA-N"


def test_without_candidate_it_says_what_to_do(session, pane):
    session.set_annotation(session.current, None)
    assert pane.empty.isVisible()
    assert "Choose a candidate" in pane.empty.sentence.text()
    assert pane.fragment_line.text() == ""


def test_dark_drawing_is_made_for_the_dark_theme(qtbot, session, pane):
    session.set_theme("dark")
    qtbot.waitUntil(lambda: pane.view.drawing().key.dark, timeout=10000)


def test_structure_that_cannot_be_drawn_is_said_to_be_so(qtbot, session, pane):
    from dataclasses import replace

    bad = session.candidate.structure
    candidate = replace(session.candidate, structure=replace(bad, smiles="C1CC"))
    session.set_annotation(session.current, caffeine_annotation(candidates=(candidate,)))
    wait_for(qtbot, pane, "C1CC")
    assert pane.view.drawing().positions.size == 0
    session.hover_peak(BASE_PEAK)
    assert pane.view.atom_at(pane.view.to_drawing(QPointF(100, 100))) is None


def test_resizing_makes_a_new_drawing(qtbot, pane):
    before = pane.view.drawing().key
    pane.resize(260, 300)
    qtbot.waitUntil(lambda: pane.view.drawing().key.width != before.width, timeout=10000)
