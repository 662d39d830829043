"""Lessons: a sample is opened, and short callouts show one pane after the other."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject

from msgui.gui.resources import Sample
from msgui.gui.widgets.callout import Callout

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow


class Lessons(QObject):
    """Walks through one lesson at a time.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.lesson: Sample | None = None
        self.place = -1  # of the step on show; -1: the sample is still being opened
        self._callout: Callout | None = None
        self._session.current_changed.connect(lambda _entry: self._begin())
        self._session.theme_changed.connect(lambda _name: self._show())
        window.installEventFilter(self)

    def start(self, sample: Sample) -> None:
        """Open a sample, and begin its lesson as soon as its spectrum is there."""
        self.close()
        self.lesson = sample if sample.steps else None
        self._window.open_sample(sample)
        self._begin()

    def move(self, by: int) -> None:
        """Go to the next step or one back; after the last the lesson is over."""
        if self.lesson is None or self.place < 0:
            return
        self.place = max(self.place + by, 0)
        if self.place >= len(self.lesson.steps):
            self.close()
        else:
            self._show()

    def close(self) -> None:
        """End the lesson; the sample stays open."""
        self.lesson, self.place = None, -1
        if self._callout is not None:
            self._callout.close_all()
            self._callout = None
            self._window.workbench.spectra.view.setFocus()

    def _begin(self) -> None:
        if self.lesson is not None and self.place < 0 and self._is_open():
            self.place = 0
            self._show()

    def _is_open(self) -> bool:
        entry, lesson = self._session.current_entry, self.lesson
        if entry is None or lesson is None:
            return False
        origin = entry.spectrum.origin
        return (origin.file, origin.index) == (str(lesson.file), lesson.spectrum)

    def _show(self) -> None:
        lesson, window = self.lesson, self._window
        if lesson is None or self.place < 0:
            return
        if not self._is_open():
            window.open_sample(lesson)  # another spectrum was looked at meanwhile
        step = lesson.steps[self.place]
        frame = window.workbench.reveal(step.pane)
        window.show_panes()
        entry = self._session.current_entry
        if step.peak_mz is not None and entry is not None and len(entry.spectrum):
            nearest = int(np.abs(entry.spectrum.mz - step.peak_mz).argmin())
            self._session.pin_peaks((nearest,))
        if self._callout is None:
            self._callout = Callout(window)
            self._callout.moved.connect(self.move)
            self._callout.closed.connect(self.close)
        count = f"{self.place + 1} of {len(lesson.steps)}"
        last = self.place == len(lesson.steps) - 1
        self._callout.show_step(
            frame, lesson.title, step.text, count, self._session.palette, last=last
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._callout is not None:
            self._callout.follow()
        return False
