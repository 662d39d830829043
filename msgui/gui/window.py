"""The main window: menus, toolbar, panes, status bar, and what is dropped on it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QMessageBox,
    QPlainTextEdit,
    QStackedWidget,
    QWidget,
)

from msgui.errors import Problem
from msgui.gui import theme
from msgui.gui.actions import ACTIONS, Actions
from msgui.gui.annotating import Annotator
from msgui.gui.arrivals import Arrivals
from msgui.gui.drops import DropOverlay, Offer, offer_of
from msgui.gui.handlers import Handlers
from msgui.gui.how import REQUEST
from msgui.gui.jobs import JobRunner
from msgui.gui.lessons import Lessons
from msgui.gui.loading import Loader
from msgui.gui.menus import Menus
from msgui.gui.panes.welcome import WelcomePane
from msgui.gui.project_keeping import is_project
from msgui.gui.projects import Projects
from msgui.gui.resources import Sample, samples, window_icon
from msgui.gui.session import Session
from msgui.gui.settings import Preferences, SettingsFile
from msgui.gui.status import StatusBar
from msgui.gui.toolbar import Toolbar
from msgui.gui.undo import ChangeSettings
from msgui.gui.workbench import PANES, Workbench
from msgui.tools import Settings

if TYPE_CHECKING:
    from msgui.gui.exports import Exports

FIRST_SIZE = QSize(1366, 768)
SMALLEST_SIZE = QSize(760, 480)
STOP_SECONDS = 2.0


class MainWindow(QMainWindow):
    """The window of msgui: one session, one set of panes."""

    def __init__(self, settings_file: SettingsFile | None = None) -> None:
        super().__init__()
        self.setWindowTitle("msgui")
        self.setWindowIcon(window_icon())
        self.setAccessibleName("msgui")
        self.setMinimumSize(SMALLEST_SIZE)
        self.settings_file = settings_file or SettingsFile()
        self.preferences = self.settings_file.preferences()
        self.session = Session(self)
        self.session.set_settings(self.settings_file.method())
        self.session.set_theme(theme.resolve(self.preferences.theme))
        self.session.set_error_percent(self.preferences.error_percent)
        self.runner = JobRunner(self)
        self.annotator = Annotator(self.session, self.runner, self.preferences, self)
        self.loader = Loader(self.session, self.runner, self)
        self.last_folder = str(Path.home())
        self._base_font_size = QApplication.font().pointSizeF()
        self.keeps_work = False  # set by whoever starts a window that somebody works in
        self._waiting: list[tuple[Sequence[str], bool, int]] = []
        self._started = False
        self._problem_shown: QWidget | None = None

        self.workbench = Workbench(self.session)
        self.welcome = WelcomePane(self.session)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.workbench)
        self.setCentralWidget(self._stack)
        self.projects = Projects(self)
        self.handlers = Handlers(self)
        self.actions_ = Actions(self.handlers.table(), self)
        self._spread_actions()
        self.menus = Menus(self)
        self.toolbar = Toolbar(self.actions_, self.menus, self)
        self.addToolBar(self.toolbar)
        self.status = StatusBar(self.session, self.runner, self)
        self.setStatusBar(self.status)
        self.overlay = DropOverlay(self.session.palette, self)
        self.arrivals = Arrivals(self)
        self.lessons = Lessons(self)
        self._connect()
        self._refuse_drops_in_children()
        self._show_theme()
        self._check_actions()
        self._show_size()

    @cached_property
    def exports(self) -> "Exports":
        """What exports; made when it is first asked for, because drawing structures loads much."""
        from msgui.gui.exports import Exports

        return Exports(self)

    # Building

    def _spread_actions(self) -> None:
        for spec in ACTIONS:
            action = self.actions_[spec.name]
            if spec.scope == "list":
                self.workbench.spectra.view.addAction(action)
            else:
                self.addAction(action)

    def _connect(self) -> None:
        session, annotator = self.session, self.annotator
        session.action_requested.connect(self.do)
        session.theme_changed.connect(lambda _name: self._show_theme())
        session.error_rate_changed.connect(lambda p: self.set_preferences(error_percent=p))
        session.scale_changed.connect(lambda _scale: self._show_choices())
        session.labels_changed.connect(lambda _labels: self._show_choices())
        session.mirror_changed.connect(lambda _neighbour: self._show_choices())
        session.expectation_wanted.connect(self._show_choices)
        session.settings_changed.connect(lambda _settings: self._show_choices())
        for signal in (
            session.spectra_added,
            session.spectra_removed,
            session.current_changed,
            session.annotation_changed,
            session.candidate_selected,
        ):
            signal.connect(self._check_actions)
        for marked in (session.peak_hovered, session.peaks_pinned, session.explanation_changed):
            marked.connect(self._check_peak_actions)
        session.current_changed.connect(lambda _entry: self.show_title())
        session.spectra_removed.connect(lambda _uids: self.show_page())
        annotator.problem.connect(self._tools_problem)
        annotator.tools_opening.connect(lambda step: self.status.show_tools(step is not None))
        self.workbench.spectra.menu_wanted.connect(self.menus.show_list_menu)
        self.welcome.sample_wanted.connect(self.lessons.start)
        self.welcome.file_wanted.connect(lambda path: self.open_paths([path]))
        self.status.model.clicked.connect(lambda: self.do("model_card"))
        self.status.tolerance.clicked.connect(lambda: self.do("settings"))
        self.status.report.clicked.connect(lambda: self.do("import_report"))
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._check_peak_actions)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(lambda _scheme: self._follow_system())

    def _refuse_drops_in_children(self) -> None:
        # A file dropped on a text field or a plot is meant for the window.
        self.setAcceptDrops(True)
        for child in self.findChildren(QWidget):
            child.setAcceptDrops(False)

    # Starting

    def start(self) -> None:
        """Show the window; open files and tools once it is painted."""
        geometry = self.settings_file.bytes_of("window")
        self.resize(FIRST_SIZE)
        if geometry is not None:
            self.restoreGeometry(geometry)
        self._keep_on_screen()
        self.workbench.restore(self.settings_file)
        self.show_panes()
        self.show_page()
        self.show()

    def _keep_on_screen(self) -> None:
        screen = QGuiApplication.screenAt(self.geometry().center()) or self.screen()
        room = screen.availableGeometry()
        if self.width() > room.width() or self.height() > room.height():
            self.resize(self.size().boundedTo(room.size()))
        if not room.intersects(self.geometry()):
            self.move(room.topLeft() + QPoint(40, 40))

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)
        if not self._started:
            self._started = True
            # Zero would still come before the first paint on some platforms.
            QTimer.singleShot(30, self._after_first_paint)

    def _after_first_paint(self) -> None:
        if self.keeps_work:
            self.projects.start(restores=not self._waiting)
        for paths, replacing, select in self._waiting:
            self.open_paths(paths, replacing=replacing, select=select)
        self._waiting.clear()
        self.annotator.open_tools()

    # What the user asks for

    def do(self, name: str) -> None:
        """Do an action of the table as if its menu entry was chosen."""
        if name == "dismiss":
            self.workbench.notice.hide()
        elif name == "restore_work":
            self.projects.restore_left()
        elif name == "do_not_miss":
            self.projects.sources.do_not_miss()
        elif name == "trust_guide":
            self.handlers.explain("trust")
        elif name.startswith(REQUEST):
            self.handlers.explain(name.removeprefix(REQUEST))
        elif name in self.actions_ and self.actions_[name].isEnabled():
            self.actions_[name].trigger()

    def open_paths(
        self, paths: Sequence[str | Path], *, replacing: bool = False, select: int = 0
    ) -> None:
        """Read files and folders in the background and show them."""
        wanted = [str(path) for path in paths]
        if wanted and not self._started:
            self._waiting.append((wanted, replacing, select))
            return
        for project in filter(is_project, wanted):
            self.projects.open(project)
        wanted = [path for path in wanted if not is_project(path)]
        if not wanted:
            return
        self.show_workbench()
        first = Path(wanted[0])
        self.last_folder = str(first if first.is_dir() else first.parent)
        self.loader.load(wanted, replace=replacing, select=select)

    def open_sample(self, sample: Sample) -> None:
        """Show a bundled sample; one that is open already is not read again."""
        path = str(sample.file)
        read = {path, *(o.path for o in self.loader.outcomes if o.place == path)}
        loaded = [e for e in self.session.spectra if e.spectrum.origin.file in read]
        if loaded:
            self.session.set_current(loaded[min(sample.spectrum, len(loaded) - 1)].uid)
            self.show_workbench()
        else:
            self.open_paths([path], select=sample.spectrum)

    def use_structures(self, name: str) -> None:
        """Take candidates from a store or file; "auto" is the bundled list."""
        self.set_preferences(structures=name)
        self._reopen_tools()

    def use_model(self, name: str) -> None:
        """Predict with another model, or with none."""
        self.set_preferences(model=name)
        self._reopen_tools()

    def model_added(self, result: Any) -> None:
        """Use a model that was just added."""
        if isinstance(result, Path):
            self.use_model(result.name)
            self.session.say(f"Added the model {result.name}")

    def _reopen_tools(self) -> None:
        self.annotator.open_tools()
        self.annotator.redo_results()

    def apply_settings(self, preferences: Preferences, method: Settings) -> None:
        """Use what the settings dialog says."""
        before = self.preferences
        self.set_preferences(**vars(preferences))
        self.change_method(method)
        if any(
            getattr(before, name) != getattr(preferences, name)
            for name in ("model", "structures", "library")
        ):
            self._reopen_tools()

    def change_method(self, method: Settings) -> None:
        """Annotate otherwise from now on; undo goes back."""
        before = self.session.settings

        def take(settings: Settings) -> None:
            self.annotator.set_settings(settings)
            self.keep_settings()

        if before is None:
            take(method)
        elif before != method:
            self.session.undo_stack.push(ChangeSettings(take, before, method))

    def set_preferences(self, **changes: Any) -> None:
        """Change what the user chose, at once and for the next time."""
        self.preferences = self.annotator.preferences = replace(self.preferences, **changes)
        self.session.set_theme(theme.resolve(self.preferences.theme))
        self._show_size()
        self._show_choices()
        self.keep_settings()

    def keep_settings(self) -> None:
        """Write the settings to disk."""
        if self.session.settings is not None:
            self.settings_file.keep(self.preferences, self.session.settings)
            self.settings_file.save()

    def use_layout(self, name: str) -> None:
        """Put the panes together for another kind of work."""
        self.show_workbench()
        self.workbench.use_layout(name)
        self.show_panes()

    def reset_layout(self) -> None:
        """Go back to the first layout, and give the panes of all layouts their first sizes."""
        self.settings_file.forget_layout()
        self.workbench.forget_sizes()
        self.show_panes()
        self.workbench.spectra.fit_columns()

    def show_panes(self) -> None:
        """Say in the menus which layout and which panes are on show."""
        bench = self.workbench
        self.actions_[f"layout_{bench.arrangement.name}"].setChecked(True)
        self.actions_["full_plot"].setChecked(bench.only_spectrum)
        for name in PANES:
            self.actions_[f"show_{name}"].setChecked(name not in bench.hidden)

    # What is shown

    def show_welcome(self) -> None:
        """Show the welcome page."""
        lessons = [sample for sample in samples() if sample.steps]
        self.welcome.set_content(lessons, self.settings_file.recent())
        self._stack.setCurrentWidget(self.welcome)

    def show_workbench(self) -> None:
        """Show the panes."""
        self._stack.setCurrentWidget(self.workbench)

    def show_page(self) -> None:
        """Show the panes when anything is or will be open, else the welcome page."""
        if self.session.spectra or self._waiting or self.runner.running(visible_only=False):
            self.show_workbench()
        else:
            self.show_welcome()

    def show_palette(self) -> None:
        """Open the command palette."""
        from msgui.gui.dialogs.command_palette import CommandPalette

        self.draw_icons()
        CommandPalette(self.session, self.actions_, self).show()

    def show_report(self) -> None:
        """Show what was read and what was not."""
        from msgui.gui.dialogs.import_report import ImportReport

        ImportReport(self.loader.outcomes, self).show()

    def show_problem(self, problem: Problem | Exception) -> None:
        """Show one dialog; while it is open, further problems go to the status bar."""
        from msgui.gui.dialogs.problem import dialog_for

        if self._problem_shown is not None:
            self.session.say(str(problem))
            return
        dialog = dialog_for(problem, self)
        self._problem_shown = dialog
        dialog.finished.connect(self._problem_closed)
        dialog.open()

    def _problem_closed(self) -> None:
        self._problem_shown = None

    def _tools_problem(self, problem: Problem | Exception) -> None:
        # Opening goes on without the part that is missing: a line says so, no dialog stops work.
        if isinstance(problem, Problem) and problem.kind == "warning":
            self.session.say(f"{problem.cause} {problem.action}".strip())
        else:
            self.show_problem(problem)

    def _show_theme(self) -> None:
        name = self.session.theme
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, name)
        self.toolbar.draw_icons(name)
        self._show_choices()

    def draw_icons(self) -> None:
        """Give all actions their icons in the present theme."""
        self.actions_.draw_icons(self.session.theme)

    def _follow_system(self) -> None:
        self.session.set_theme(theme.resolve(self.preferences.theme))

    def _show_size(self) -> None:
        font = QApplication.font()
        size = self._base_font_size * self.preferences.text_size / 100
        if abs(font.pointSizeF() - size) > 0.01:
            font.setPointSizeF(size)
            app = QApplication.instance()
            if isinstance(app, QApplication):
                app.setFont(font)
                # Widgets that a style sheet has touched follow their window, not the application.
                self.setFont(font)
                theme.apply(app, self.session.theme)

    def _show_choices(self) -> None:
        session, actions = self.session, self.actions_
        actions[f"theme_{self.preferences.theme}"].setChecked(True)
        actions[f"scale_{session.scale}"].setChecked(True)
        actions[f"labels_{session.labels}"].setChecked(True)
        actions[f"mirror_{session.shown_mirror}"].setChecked(True)
        if session.settings is not None:
            actions[f"by_{session.settings.by}"].setChecked(True)
        self.toolbar.show_choices(session)

    def show_title(self) -> None:
        """Name the project, or the file while there is none, and mark unsaved work."""
        entry = self.session.current_entry
        name = self.projects.title or (Path(entry.spectrum.origin.file).name if entry else "")
        # Qt takes a star in brackets for the place of its own mark.
        name = name.replace("[*]", "[**]")
        self.setWindowTitle(f"{name}[*] – msgui" if name else "msgui")
        self.setWindowModified(bool(name) and self.projects.keeper.has_unsaved_work)

    def _check_actions(self, *_args: object) -> None:
        entry = self.session.current_entry
        present = {
            "spectra": bool(self.session.spectra),
            "spectrum": entry is not None,
            "annotation": entry is not None and entry.annotation is not None,
            "candidate": self.session.selected_candidate >= 0,
        }
        self.actions_.enable(frozenset(name for name, on in present.items() if on))
        self._check_peak_actions()

    def _check_peak_actions(self, *_args: object) -> None:
        session = self.session
        # Tab walks from field to field while somebody types.
        typing = isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)
        several = len(session.fragments_of_peak(session.lit_peak)) > 1
        self.actions_.enable_some(
            {"peak": bool(session.meant_peaks), "fragments": several and not typing}
        )

    # Drag and drop

    def dragEnterEvent(self, event) -> None:
        self.overlay.show_offer(offer_of(event.mimeData()), self.session.palette)
        event.acceptProposedAction()

    def dragMoveEvent(self, event) -> None:
        event.acceptProposedAction()

    def dragLeaveEvent(self, event) -> None:
        self.overlay.hide()

    def dropEvent(self, event) -> None:
        self.overlay.hide()
        offer = offer_of(event.mimeData())
        control = Qt.KeyboardModifier.ControlModifier
        replacing = bool(event.modifiers() & control)
        event.acceptProposedAction()
        self.take(offer, replacing=replacing)

    def take(self, offer: Offer, *, replacing: bool = False) -> None:
        """Do what the overlay said."""
        if offer.kind == "spectra":
            self.open_paths(offer.paths, replacing=replacing)
        elif offer.kind == "project":
            self.open_paths(offer.paths)
        elif offer.kind == "structures":
            self.use_structures(offer.paths[0])
        elif offer.kind == "model":
            self.handlers.add_model_from(offer.paths[0])
        elif offer.kind == "text":
            self.handlers.paste_text(offer.text)
        else:
            self.session.say(f"{offer.title}. {offer.sentence}".strip())

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self.overlay.isVisible():
            self.overlay.setGeometry(self.rect())
        self.toolbar.fit(self.width())

    # Closing

    def closeEvent(self, event) -> None:
        if not self.projects.may_end():
            event.ignore()
            return
        quick = ("tools", "export", "project")
        jobs = [job for job in self.runner.running() if job.lane not in quick]
        if jobs and not self._may_stop(jobs[-1].name):
            event.ignore()
            return
        self.settings_file.keep_bytes("window", self.saveGeometry())
        self.workbench.keep(self.settings_file)
        self.keep_settings()
        self.runner.stop(STOP_SECONDS)
        self.projects.end()
        # Native libraries want their handles back before the process ends.
        self.session.set_tools(None)
        event.accept()

    def _may_stop(self, name: str) -> bool:
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle("msgui")
        question.setText("Something is still running.")
        question.setInformativeText(f"{name} would be stopped. What is done stays done.")
        stop = question.addButton("Stop and Quit", QMessageBox.ButtonRole.AcceptRole)
        question.addButton("Go On", QMessageBox.ButtonRole.RejectRole)
        question.exec()
        return question.clickedButton() is stop
