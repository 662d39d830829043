"""What the model predicts without each peak of the shown spectrum, computed in a job."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from msgui.gui.jobs import JobRunner
from msgui.gui.session import Session


class Occluder(QObject):
    """Keeps the session's occlusion that of the shown annotation."""

    problem = Signal(object)

    def __init__(self, session: Session, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        session.current_changed.connect(lambda _entry: self._occlude())
        session.annotation_changed.connect(self._maybe_occlude)

    def _maybe_occlude(self, uid: int) -> None:
        if uid == self._session.current:
            self._occlude()

    def _occlude(self) -> None:
        session, tools = self._session, self._session.tools
        entry = session.current_entry
        annotation = entry.annotation if entry else None
        model = tools.model if tools is not None else None
        session.set_occlusion(None)
        self._runner.cancel_lane("occlude")
        if annotation is None or model is None or annotation.prediction is None:
            return

        def work() -> Iterator[Any]:
            from msgui.trust.occlusion import occlude
            from msgui.trust.subject import NotComputedError

            # Marked peaks were not shown to the model either.
            seen, _ = annotation.overrides.reduced(annotation.spectrum)
            kept = annotation.overrides.kept(len(annotation.spectrum))
            try:
                found = occlude(replace(annotation, spectrum=seen), model)
            except NotComputedError:
                return
            yield replace(found, peaks=kept[found.peaks])

        def take(occlusion: Any) -> None:
            now = session.current_entry
            if now is not None and now.annotation is annotation:
                session.set_occlusion(occlusion)

        self._runner.start(
            "Leaving out peaks",
            work,
            lane="occlude",
            newest_only=True,
            visible=False,
            on_result=take,
            on_fail=self.problem.emit,
        )
