"""Annotates what is shown, and everything on request, in jobs; shows only what is still wanted."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from msgui.annotation import Annotation
from msgui.errors import Problem
from msgui.gui.expecting import Expecter
from msgui.gui.explaining import Explainer
from msgui.gui.jobs import JobRunner
from msgui.gui.occluding import Occluder
from msgui.gui.session import Entry, Session
from msgui.gui.settings import Preferences
from msgui.overrides import Overrides
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from msgui.tools import Settings, Tools

log = logging.getLogger(__name__)

# Holding the arrow key passes rows quicker than this; they are not worked on.
REST_MS = 90


class Annotator(QObject):
    """Starts the jobs of the method and puts their results into the session."""

    tools_opening = Signal(object)  # Step | None: None when it is over
    problem = Signal(object)  # Problem or Exception to be shown

    def __init__(
        self, session: Session, runner: JobRunner, preferences: Preferences, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self.preferences = preferences
        self.opening: Step | None = None
        self.explainer = Explainer(session, runner, self)
        self.explainer.problem.connect(self.problem)
        self.expecter = Expecter(session, runner, self)
        self.expecter.problem.connect(self.problem)
        self.occluder = Occluder(session, runner, self)
        self.occluder.problem.connect(self.problem)
        self._told: set[str] = set()
        # The user changed how results are made and waits to see what that gives.
        self._redoes_shown = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._annotate_shown)
        session.current_changed.connect(self._show_other)
        session.formula_changed.connect(self._take_decision)
        session.overrides_changed.connect(self._take_decision)

    # Tools

    def open_tools(self) -> None:
        """Open model, structures and library in the background; annotate what waits for them."""
        chosen, settings = self.preferences, self._session.settings

        def work() -> Iterator[Any]:
            from msgui.tools import Settings, Tools, open_tools

            model = None if chosen.model == "none" else chosen.model
            for event in open_tools(
                settings or Settings(),
                model=model,
                structures=chosen.structures or "auto",
                library=chosen.library or None,
            ):
                if isinstance(event, Tools) and event.structures is not None:
                    # Its checksum takes a moment, and is asked for with each result.
                    event.structures.info()
                yield event

        self._say_opening(Step(0, 0, "Opening model and structures"))
        self._runner.start(
            "Opening model and structures",
            work,
            lane="tools",
            newest_only=True,
            on_result=self._tools_result,
            on_step=self._say_opening,
            on_fail=self.problem.emit,
            on_end=self._tools_over,
        )

    def _tools_result(self, result: "Problem | Tools") -> None:
        if isinstance(result, Problem):
            self.problem.emit(result)
        else:
            current = self._session.settings
            tools = result if current is None else replace(result, settings=current)
            self._session.set_tools(tools)

    def _tools_over(self) -> None:
        if any(job.lane == "tools" for job in self._runner.running()):
            return
        self._say_opening(None)
        self._look_at_shown()

    def _say_opening(self, step: Step | None) -> None:
        self.opening = step
        self.tools_opening.emit(step)

    def set_settings(self, settings: "Settings") -> None:
        """Work with other settings from now on; results made with the old ones are made again."""
        session = self._session
        if settings == session.settings:
            return
        reopen = session.settings is not None and session.settings.provider != settings.provider
        session.set_settings(settings)
        self.redo_results()
        if session.tools is not None:
            # Who knows how results were made takes the mark from those that fit these settings.
            session.set_tools(replace(session.tools, settings=settings))
        if reopen:
            self.open_tools()

    def redo_results(self) -> None:
        """Mark all results as made with other tools or settings; the shown one is made again.

        The others stay, marked, until the user annotates them.
        """
        self._runner.cancel_lane("annotate all")
        self._redoes_shown = True
        for entry in self._session.spectra:
            entry.stale = entry.annotation is not None
        self._look_at_shown()

    # The spectrum that is shown

    def annotate_current(self) -> None:
        """Annotate the shown spectrum (again)."""
        entry = self._session.current_entry
        if entry is None:
            return
        if self._session.tools is None:
            if self.opening is None:
                self.open_tools()
            return
        self._start(entry)

    def _take_decision(self, uid: int) -> None:
        for job in self._runner.running(visible_only=False):
            if job.lane == "annotate" and job.about == uid:
                job.cancel()
        entry = self._session.current_entry
        # Who decides something wants to see what it gives, even if nothing else is automatic.
        if entry is not None and entry.uid == uid and (entry.annotation is None or entry.stale):
            self.annotate_current()

    def _show_other(self, _entry: Entry | None) -> None:
        self._redoes_shown = False
        self._look_at_shown()

    def _look_at_shown(self) -> None:
        self._rest.stop()
        entry = self._session.current_entry
        shown = entry.uid if entry else None
        for job in self._runner.running(visible_only=False):
            if job.lane == "annotate" and job.about != shown:
                job.cancel()
        if entry is None or not self.preferences.auto_annotate:
            return
        if self._is_wanted(entry):
            self._rest.start()

    def _is_wanted(self, entry: Entry) -> bool:
        return entry.annotation is None or (entry.stale and self._redoes_shown)

    def _annotate_shown(self) -> None:
        entry = self._session.current_entry
        if entry is None or self._session.tools is None:
            if entry is not None and self.opening is not None:
                self._session.set_annotating(entry.uid, self.opening)
            return
        if self._is_wanted(entry):
            self._start(entry)

    def _start(self, entry: Entry) -> None:
        tools = self._session.tools
        assert tools is not None
        uid, asked = entry.uid, Asked.by(entry, self._session)

        def work() -> Iterator[Any]:
            yield from annotated(asked, tools)

        self._session.set_annotating(uid, Step(0, 0, "Annotating"))
        self._runner.start(
            f"Annotating {entry.title}",
            work,
            lane="annotate",
            newest_only=True,
            visible=False,
            about=uid,
            on_result=lambda result: self._take(uid, asked, result),
            on_step=lambda step: self._session.set_annotating(uid, step),
            on_fail=self.problem.emit,
            on_end=lambda: self._session.set_annotating(uid, None),
        )

    def _take(self, uid: int, asked: "Asked", result: Annotation | Exception) -> None:
        if isinstance(result, Exception):
            # The same fault in a thousand spectra is said once.
            fault = f"{type(result).__name__}: {result}"
            if fault not in self._told:
                self._told.add(fault)
                self.problem.emit(result)
        else:
            self._keep(uid, asked, result)

    def _keep(self, uid: int, asked: "Asked", annotation: Annotation) -> None:
        entry = self._session.entry(uid)
        # What was removed, or got another adduct, formula or peak meanwhile, gets nothing.
        if entry is None or not asked.is_still(entry):
            return
        entry.stale = False
        self._session.set_annotation(uid, annotation)

    # All of them

    def annotate_all(self, uids: Sequence[int] | None = None) -> None:
        """Annotate all spectra that have no fresh result, in the order of the list.

        MS1 scans are passed over.
        """
        session = self._session
        wanted = session.spectra if uids is None else [session.entry(uid) for uid in uids]
        todo = [
            (entry.uid, entry.title, Asked.by(entry, session))
            for entry in wanted
            if entry is not None
            and entry.spectrum.ms_level != 1
            and (entry.annotation is None or entry.stale)
        ]
        if not todo:
            session.say("All spectra are annotated")
            return
        if session.tools is None:
            session.say("The model is still being opened; please try again in a moment")
            return
        tools = session.tools

        def work() -> Iterator[Any]:
            for i, (uid, title, asked) in enumerate(todo):
                yield Step(i, len(todo), title)
                for event in annotated(asked, tools):
                    # Steps of one spectrum are only moments at which a cancel is noticed.
                    if isinstance(event, Step):
                        yield Step(i, len(todo), title)
                    else:
                        yield uid, asked, event
            yield Step(len(todo), len(todo))

        job = self._runner.start(
            f"Annotating {len(todo)} spectra",
            work,
            lane="annotate all",
            newest_only=True,
            on_result=lambda result: self._take(*result),
            on_fail=self.problem.emit,
        )
        job.finished.connect(
            lambda: session.say(f"Annotated {len(todo)} spectra in {job.seconds:.1f} s")
        )
        job.cancelled.connect(lambda: session.say("Stopped; what was annotated stays"))


@dataclass(frozen=True, eq=False)
class Asked:
    """What a spectrum is annotated with: a result is kept only while all of it still holds."""

    spectrum: Spectrum
    ms1: Spectrum | None
    formula: str | None
    overrides: Overrides

    @classmethod
    def by(cls, entry: Entry, session: Session) -> "Asked":
        """Return what an entry asks for now."""
        ms1 = session.ms1_for(entry.spectrum)
        return cls(entry.spectrum, ms1, entry.given_formula, entry.overrides)

    def is_still(self, entry: Entry) -> bool:
        """Return whether an entry still asks for the same."""
        same = entry.spectrum is self.spectrum and entry.given_formula == self.formula
        return same and entry.overrides == self.overrides


def annotated(asked: Asked, tools: "Tools") -> Iterator[Step | Annotation | Exception]:
    """Yield steps and the annotation; an error of msgui itself becomes one that says so.

    The error comes first, so that it can be reported; one spectrum never stops the others.
    """
    from msgui.pipeline import annotate_in_steps

    spectrum = asked.spectrum
    if asked.formula is not None:
        tools = replace(tools, settings=replace(tools.settings, given_formula=asked.formula))
    try:
        yield from annotate_in_steps(spectrum, tools, asked.ms1, asked.overrides)
    except Exception as error:
        log.exception("annotating %s", spectrum.spectrum_id or spectrum.title)
        yield error
        message = f"Something in msgui went wrong with this spectrum ({type(error).__name__})."
        yield Annotation(spectrum, status="failed", message=message, overrides=asked.overrides)
