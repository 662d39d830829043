"""The expected spectrum of the selected candidate, computed in jobs while it is looked at."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal

from msgui.gui.jobs import JobRunner
from msgui.gui.session import Session


class Expecter(QObject):
    """Keeps the session's expectation that of the shown candidate and the chosen energy."""

    problem = Signal(object)

    def __init__(self, session: Session, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        session.current_changed.connect(lambda _entry: self._forget_energy())
        session.annotation_changed.connect(lambda _uid: session.set_expectation(None))
        session.candidate_selected.connect(lambda _index: self._expect())
        session.expectation_wanted.connect(self._expect)

    def _forget_energy(self) -> None:
        self._session.set_expectation(None)
        self._session.expected_energy_ev = None

    def _expect(self) -> None:
        session, tools = self._session, self._session.tools
        entry, index = session.current_entry, session.selected_candidate
        self._runner.cancel_lane("expect")
        annotation = entry.annotation if entry else None
        if session.mirror_mode != "predicted" or annotation is None or tools is None or index < 0:
            session.set_expectation(None)
            return
        shown = session.expectation
        if shown is not None and shown.candidate != index:
            session.set_expectation(None)
        energy = session.expected_energy_ev

        def work() -> Iterator[Any]:
            from msgui.expectation import expect

            yield expect(annotation, index, tools, energy)

        def take(expectation: Any) -> None:
            now = session.current_entry
            if now is not None and now.annotation is annotation:
                session.set_expectation(expectation)

        self._runner.start(
            "Predicting the spectrum",
            work,
            lane="expect",
            newest_only=True,
            visible=False,
            on_result=take,
            on_fail=self.problem.emit,
        )
