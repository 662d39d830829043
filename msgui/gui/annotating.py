"""Annotates what is shown, and everything on request, in jobs; shows only what is still wanted."""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from msgui.annotation import Annotation, PeakAnnotation
from msgui.errors import Problem
from msgui.gui.jobs import JobRunner
from msgui.gui.session import Entry, Session
from msgui.gui.settings import Preferences
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from msgui.tools import Settings, Tools

log = logging.getLogger(__name__)

# Holding the arrow key passes rows quicker than this; they are not worked on.
REST_MS = 90
EXPLANATIONS_KEPT = 400


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
        self._explanations: OrderedDict[tuple[int, int], tuple[PeakAnnotation, ...]] = OrderedDict()
        self._told: set[str] = set()
        # The user changed how results are made and waits to see what that gives.
        self._redoes_shown = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._annotate_shown)
        session.current_changed.connect(self._show_other)
        session.candidate_selected.connect(lambda _index: self._explain())
        session.annotation_changed.connect(self._forget_explanations)
        session.formula_changed.connect(self._take_formula)

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
        if session.tools is not None:
            session.set_tools(replace(session.tools, settings=settings))
        self.redo_results()
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

    def _take_formula(self, uid: int) -> None:
        for job in self._runner.running(visible_only=False):
            if job.lane == "annotate" and job.about == uid:
                job.cancel()
        entry = self._session.current_entry
        # Who chooses a formula wants to see what it gives, even if nothing else is automatic.
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
        spectrum, formula, uid = entry.spectrum, entry.given_formula, entry.uid
        tools, ms1 = with_formula(tools, formula), self._session.ms1_for(spectrum)

        def work() -> Iterator[Any]:
            yield from annotated(spectrum, tools, ms1)

        self._session.set_annotating(uid, Step(0, 0, "Annotating"))
        self._runner.start(
            f"Annotating {entry.title}",
            work,
            lane="annotate",
            newest_only=True,
            visible=False,
            about=uid,
            on_result=lambda result: self._take(uid, spectrum, formula, result),
            on_step=lambda step: self._session.set_annotating(uid, step),
            on_fail=self.problem.emit,
            on_end=lambda: self._session.set_annotating(uid, None),
        )

    def _take(
        self, uid: int, spectrum: Spectrum, formula: str | None, result: Annotation | Exception
    ) -> None:
        if isinstance(result, Exception):
            # The same fault in a thousand spectra is said once.
            fault = f"{type(result).__name__}: {result}"
            if fault not in self._told:
                self._told.add(fault)
                self.problem.emit(result)
        else:
            self._keep(uid, spectrum, formula, result)

    def _keep(
        self, uid: int, spectrum: Spectrum, formula: str | None, annotation: Annotation
    ) -> None:
        entry = self._session.entry(uid)
        # What was removed, or got another adduct or formula meanwhile, gets nothing.
        if entry is None or entry.spectrum is not spectrum or entry.given_formula != formula:
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
            (
                entry.uid,
                entry.spectrum,
                entry.given_formula,
                entry.title,
                session.ms1_for(entry.spectrum),
            )
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
            for i, (uid, spectrum, formula, title, ms1) in enumerate(todo):
                yield Step(i, len(todo), title)
                for event in annotated(spectrum, with_formula(tools, formula), ms1):
                    # Steps of one spectrum are only moments at which a cancel is noticed.
                    if isinstance(event, Step):
                        yield Step(i, len(todo), title)
                    else:
                        yield uid, spectrum, formula, event
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

    # The peaks of another candidate

    def _explain(self) -> None:
        session = self._session
        entry, index = session.current_entry, session.selected_candidate
        self._runner.cancel_lane("explain")
        if entry is None or entry.annotation is None or index < 0:
            return
        annotation, uid = entry.annotation, entry.uid
        if index == 0:
            session.set_explanation(uid, 0, annotation.peaks)
            return
        if (known := self._explanations.get((uid, index))) is not None:
            session.set_explanation(uid, index, known)
            return
        if session.tools is None:
            return
        tools = session.tools

        def work() -> Iterator[Any]:
            from msgui.explanation import explain_candidate

            yield explain_candidate(annotation, index, tools)

        session.set_explanation(uid, index, None)
        self._runner.start(
            "Explaining the peaks",
            work,
            lane="explain",
            newest_only=True,
            visible=False,
            on_result=lambda peaks: self._explained(annotation, uid, index, peaks),
            on_fail=self.problem.emit,
        )

    def _explained(
        self, annotation: Annotation, uid: int, index: int, peaks: Sequence[PeakAnnotation]
    ) -> None:
        entry = self._session.entry(uid)
        if entry is None or entry.annotation is not annotation:
            return
        self._explanations[(uid, index)] = tuple(peaks)
        while len(self._explanations) > EXPLANATIONS_KEPT:
            self._explanations.popitem(last=False)
        self._session.set_explanation(uid, index, peaks)

    def _forget_explanations(self, uid: int) -> None:
        for key in [key for key in self._explanations if key[0] == uid]:
            del self._explanations[key]


def with_formula(tools: "Tools", formula: str | None) -> "Tools":
    """Return tools that take a formula as given, or the same ones for None."""
    if formula is None:
        return tools
    return replace(tools, settings=replace(tools.settings, given_formula=formula))


def annotated(
    spectrum: Spectrum, tools: "Tools", ms1: Spectrum | None = None
) -> Iterator[Step | Annotation | Exception]:
    """Yield steps and the annotation; an error of msgui itself becomes one that says so.

    The error comes first, so that it can be reported; one spectrum never stops the others.
    """
    from msgui.pipeline import annotate_in_steps

    try:
        yield from annotate_in_steps(spectrum, tools, ms1)
    except Exception as error:
        log.exception("annotating %s", spectrum.spectrum_id or spectrum.title)
        yield error
        message = f"Something in msgui went wrong with this spectrum ({type(error).__name__})."
        yield Annotation(spectrum, status="failed", message=message)
