"""Lessons walk through a bundled sample, by mouse and by keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from msgui.gui.resources import samples
from msgui.gui.window import MainWindow
from msgui.gui.workbench import PANES
from tests.gui.windows import annotated, settings_in


@pytest.fixture
def window(qtbot, tmp_path):
    window = MainWindow(settings_in(tmp_path, model="auto"))
    qtbot.addWidget(window)
    window.setMinimumSize(1366, 768)
    window.start()
    qtbot.waitUntil(lambda: window.session.tools is not None, timeout=240_000)
    yield window
    window.close()
    QApplication.processEvents()


def test_every_lesson_is_short_and_points_at_what_there_is():
    lessons = [sample for sample in samples() if sample.steps]
    assert len(lessons) == 3
    for lesson in lessons:
        words = sum(len(step.text.split()) for step in lesson.steps)
        assert words < 240  # a minute of reading
        assert {step.pane for step in lesson.steps} <= {"spectrum", *PANES}


def test_a_lesson_is_walked_by_mouse_and_keys_and_closed(qtbot, window):
    card = window.welcome.cards[0]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    lessons = window.lessons
    qtbot.waitUntil(lambda: lessons.place == 0, timeout=60_000)
    callout = lessons._callout
    window.activateWindow()
    qtbot.mouseClick(callout.on, Qt.MouseButton.LeftButton)
    assert lessons.place == 1
    spectrum = window.session.current_entry.spectrum
    [pinned] = window.session.pinned_peaks
    assert spectrum.mz[pinned] == pytest.approx(138.0662, abs=1e-3)
    qtbot.keyClick(callout.on, Qt.Key.Key_Right)
    assert lessons.place == 2
    assert window.session.pinned_peaks == {pinned}  # the arrow did not walk to another peak
    qtbot.keyClick(callout.on, Qt.Key.Key_Left)
    qtbot.keyClick(callout.on, Qt.Key.Key_Return)
    assert lessons.place == 2
    assert not callout.geometry().intersects(
        window.workbench.frames["candidates"]
        .rect()
        .translated(window.workbench.frames["candidates"].mapTo(window, window.rect().topLeft()))
    )
    qtbot.keyClick(callout.on, Qt.Key.Key_Escape)
    assert lessons.lesson is None
    assert not callout.isVisible()
    assert window.session.spectra


def test_what_the_lessons_say_is_true_of_the_bundled_model(qtbot, window):
    _agrees, conditions, formulas = (sample for sample in samples() if sample.steps)
    window.lessons.start(conditions)
    qtbot.waitUntil(lambda: window.lessons.place == 0 and annotated(window), timeout=120_000)
    annotation = window.session.current_entry.annotation
    [check] = [check for check in annotation.trust if check.check == "conditions"]
    assert check.value == 0
    window.lessons.start(formulas)
    qtbot.waitUntil(lambda: window.lessons.place == 0 and annotated(window), timeout=120_000)
    annotation = window.session.current_entry.annotation
    for step in formulas.steps:
        if step.peak_mz is not None:
            [peak] = [p for p in annotation.peaks if abs(p.mz - step.peak_mz) < 1e-3]
            assert peak.formula
            assert peak.seen_in_training is False
