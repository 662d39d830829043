"""The status bar: what just happened, which model and tolerance, and the running jobs."""

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QWidget,
)

from msgui.gui.jobs import Job, JobRunner
from msgui.gui.resources import icon
from msgui.gui.session import Session
from msgui.gui.widgets.run_label import RunLabel

MESSAGE_MS = 12_000
# A job that is over in a moment would only flicker.
PATIENCE_MS = 250


def duration(seconds: float) -> str:
    """Return a duration as a person says it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


class JobBar(QWidget):
    """The newest job with its progress; a click lists all, each with its cancel."""

    def __init__(self, session: Session, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self._job: Job | None = None
        self.name = QToolButton(self)
        self.name.setAutoRaise(True)
        self.name.setAccessibleName("Jobs")
        self.name.clicked.connect(self._list_jobs)
        self.bar = QProgressBar(self)
        self.bar.setFixedWidth(132)
        self.bar.setFixedHeight(16)
        self.bar.setAccessibleName("Progress")
        self.cancel = QToolButton(self)
        self.cancel.setAutoRaise(True)
        self.cancel.setAccessibleName("Cancel job")
        self.cancel.clicked.connect(self._cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.name, self.bar, self.cancel):
            layout.addWidget(widget)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        runner.changed.connect(self._refresh)
        session.theme_changed.connect(lambda _name: self._draw_icon())
        self._draw_icon()
        self.hide()

    def _draw_icon(self) -> None:
        self.cancel.setIcon(icon("cancel", self._session.theme))

    def _refresh(self) -> None:
        jobs = self._runner.running()
        if not jobs:
            self._job = None
            self._patience.stop()
            self.hide()
            return
        self._job = job = jobs[-1]
        step = job.step
        more = f"  (+{len(jobs) - 1})" if len(jobs) > 1 else ""
        self.name.setText(f"{_short(job.name)}{more}")
        fraction = step.fraction if step else None
        if fraction is None:
            self.bar.setRange(0, 0)
            self.bar.setFormat("")
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * fraction))
            left = job.seconds_left
            rest = f"   {duration(left)}" if left else ""
            self.bar.setFormat(f"{fraction:.0%}{rest}".replace("%", " %"))
        stopping = "Stopping " if job.stop_asked else ""
        what = f"{step.done:,} of {step.total:,}".replace(",", " ") if step and step.total else ""
        tip = "\n".join(part for part in (f"{stopping}{job.name}", what) if part)
        self.setToolTip(tip)
        self.name.setToolTip(f"{tip}\nClick to list all jobs")
        self.bar.setToolTip(tip)
        self.cancel.setToolTip(f"Cancel: {job.name}. What is done stays.")
        self.cancel.setEnabled(not job.stop_asked)
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.cancel.setEnabled(False)

    def _list_jobs(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for job in reversed(self._runner.running()):
            menu.addAction(f"Cancel: {job.name}", job.cancel)
        if self._runner.history:
            menu.addSection("Finished")
        for job in reversed(self._runner.history[-12:]):
            words = {"done": "done", "cancelled": "stopped", "failed": "not finished"}
            text = f"{job.name}: {words.get(job.state, '')} in {duration(job.seconds)}"
            menu.addAction(text).setEnabled(False)
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height())))


class StatusBar(QStatusBar):
    """Message on the left; model, tolerance and jobs on the right."""

    def __init__(self, session: Session, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setSizeGripEnabled(False)
        self.message = RunLabel(self)
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setContentsMargins(8, 0, 4, 0)
        self.report = self._button("", "Import report", "What was not read, and why")
        self.report.hide()
        self.model = self._button("", "Model", "The model that predicts, and where it runs")
        self.tolerance = self._button("", "Tolerance", "Mass tolerances; click to change them")
        self.jobs = JobBar(session, runner, self)
        self.addWidget(self.message, 1)
        for widget in (self.jobs, self.report, self.model, self.tolerance):
            self.addPermanentWidget(widget)
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.timeout.connect(lambda: self.message.set_text(""))
        session.message.connect(self.say)
        session.tools_changed.connect(lambda _tools: self.show_tools())
        session.settings_changed.connect(lambda _settings: self.show_tools())
        self.show_tools()

    def _button(self, text: str, name: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setFlat(True)
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def say(self, text: str) -> None:
        """Show a sentence for a while."""
        self.message.set_text(text)
        self._fade.start(MESSAGE_MS)

    def show_tools(self, opening: bool = False) -> None:
        """Show which model works and where, and within which tolerances."""
        tools, settings = self._session.tools, self._session.settings
        if opening:
            self.model.setText("Opening model…")
        elif tools is None or tools.model is None:
            self.model.setText("No model")
        else:
            card = tools.model.card
            self.model.setText(f"{card.name} {card.version} · {tools.model.provider}")
        if settings is not None:
            same = settings.ppm == settings.fragment_ppm
            both = f"±{settings.ppm:g}" if same else f"±{settings.ppm:g}/{settings.fragment_ppm:g}"
            self.tolerance.setText(f"{both} ppm")

    def show_skipped(self, count: int) -> None:
        """Say how many records were not read; 0: nothing to say."""
        plural = "s were" if count > 1 else " was"
        self.report.setText(f"{count:,} record{plural} not read".replace(",", " "))
        self.report.setVisible(count > 0)


def _short(name: str, longest: int = 36) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
