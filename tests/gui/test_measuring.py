"""Distances between peaks: drawn with the mouse or by keys, named, kept, exported, undone."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from msgui.annotation import MeasuredLoss
from msgui.gui.widgets.runs import plain_text

pytestmark = pytest.mark.gui
LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(window):
    yield window
    for menu in window.findChildren(QMenu, "loss_menu"):
        menu.close()


def peak_at(window, mz: float) -> int:
    return int(abs(window.session.current_entry.spectrum.mz - mz).argmin())


def drag(window, start: QPoint, end: QPoint, *, release: bool = True) -> None:
    """Drag with Alt and the left button, as Qt sends it."""
    viewport = window.workbench.spectrum.plot.viewport()

    def send(kind: QEvent.Type, place: QPoint, button, buttons) -> None:
        event = QMouseEvent(
            kind, QPointF(place), QPointF(viewport.mapToGlobal(place)), button, buttons, ALT
        )
        QApplication.sendEvent(viewport, event)

    nothing = Qt.MouseButton.NoButton
    send(QEvent.Type.MouseButtonPress, start, LEFT, LEFT)
    for share in (0.2, 0.6, 1.0):
        send(QEvent.Type.MouseMove, start + (end - start) * share, nothing, LEFT)
        # pyqtgraph looks at the mouse a hundred times a second and no more.
        QTest.qWait(15)
    if release:
        send(QEvent.Type.MouseButtonRelease, end, LEFT, nothing)


def menu_of(qtbot, window) -> QMenu:
    def is_open() -> bool:
        return any(menu.isVisible() for menu in window.findChildren(QMenu, "loss_menu"))

    qtbot.waitUntil(is_open, timeout=10000)
    return next(m for m in window.findChildren(QMenu, "loss_menu") if m.isVisible())


def measure(qtbot, window, heavier: float, lighter: float) -> QMenu:
    plot = window.workbench.spectrum.plot
    start, end = (plot.place_of(peak_at(window, mz)) for mz in (heavier, lighter))
    drag(window, start, end)
    return menu_of(qtbot, window)


def test_a_drag_from_peak_to_peak_leaves_a_named_arrow(qtbot, window):
    session, plot = window.session, window.workbench.spectrum.plot
    shown = plot.shown_range()
    menu = measure(qtbot, window, 195.0877, 138.0662)
    one = MeasuredLoss(peak_at(window, 195.0877), peak_at(window, 138.0662), "C2H3NO")

    assert session.current_entry.losses == (one,)
    assert plain_text(plot.arrows.arrows[0].text) == "-57.0215  C2H3NO"
    assert plot.shown_range() == shown, "measuring is no panning"
    texts = [action.text() for action in menu.actions()]
    assert texts[0] == "Distance 57.0215"
    assert texts[1].startswith("C₂H₃NO")
    assert len([text for text in texts if "mDa" in text]) <= 5
    assert "Measure 57.0215" in window.actions_["undo"].text()
    session.undo_stack.undo()
    assert session.current_entry.losses == ()
    assert plot.arrows.arrows == ()


def test_the_other_way_round_is_the_same_loss(qtbot, window):
    measure(qtbot, window, 138.0662, 195.0877).close()
    [loss] = window.session.current_entry.losses
    assert (loss.heavier, loss.formula) == (peak_at(window, 195.0877), "C2H3NO")


def test_another_name_or_none_is_chosen_in_the_menu(qtbot, window):
    menu = measure(qtbot, window, 195.0877, 138.0662)
    no_formula = next(a for a in menu.actions() if a.text() == "No formula")
    no_formula.trigger()
    menu.close()
    assert window.session.current_entry.losses[0].formula == ""
    again = measure(qtbot, window, 195.0877, 138.0662)
    assert len(window.session.current_entry.losses) == 1, "measured once, drawn once"
    next(a for a in again.actions() if a.text() == "Remove arrow").trigger()
    assert window.session.current_entry.losses == ()


def test_while_dragging_the_distance_is_seen(qtbot, window):
    plot = window.workbench.spectrum.plot
    start, end = (plot.place_of(peak_at(window, mz)) for mz in (195.0877, 138.0662))
    drag(window, start, end, release=False)
    assert plain_text(plot.arrows.drawn.text) == "-57.0215"
    plot.grab()
    drag(window, start, QPoint(3, 3))
    assert plot.arrows.drawn is None
    assert window.session.current_entry.losses == ()


def test_two_pinned_peaks_are_measured_with_a_key(qtbot, window):
    session = window.session
    session.pin_peaks({peak_at(window, 138.0662), peak_at(window, 110.0713)})
    qtbot.keyClick(window, Qt.Key.Key_D)
    menu_of(qtbot, window).close()
    assert session.current_entry.losses[0].formula == "CO"
    session.pin_peaks({peak_at(window, 138.0662)})
    heard = []
    session.message.connect(heard.append)
    window.do("measure_loss")
    assert "Pin two peaks" in heard[0]
    window.do("remove_losses")
    assert session.current_entry.losses == ()


def test_labels_keep_clear_of_arrows(qtbot, window):
    measure(qtbot, window, 195.0877, 69.0447).close()
    plot = window.workbench.spectrum.plot
    plot.grab()
    boxes = plot.arrows.boxes()
    assert boxes
    for label in plot.labels.placed():
        assert not any(label.box.intersects(box) for box in boxes)


def test_arrows_stand_in_the_exported_figure(qtbot, window, tmp_path):
    from msgui.gui import exporting

    measure(qtbot, window, 195.0877, 138.0662).close()
    entry = window.session.current_entry
    annotation = window.handlers._shown(entry)
    path = tmp_path / "figure.svg"
    exporting.write("svg", path, annotation, "x", window.session.settings, entry.losses)
    assert "−57.0215  C₂H₃NO" in path.read_text(encoding="utf-8")
