"""Opening, saving and closing projects: what the window asks and says."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog

from msgui.errors import MsguiError, Problem
from msgui.gui.dialogs.project_questions import (
    DamagedDialog,
    SaveAnswer,
    SaveChangesDialog,
    proposed_name,
)
from msgui.gui.project_keeping import SAVING, Keeper
from msgui.gui.project_reading import OpenedProject
from msgui.gui.source_files import LOCATE, NOT_MISSED, SourceFiles
from msgui.gui.widgets.empty_state import StateAction
from msgui.project.file import SUFFIX
from msgui.project.opening import DamagedProjectError
from msgui.project.recovery import Workplace, leftovers

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow

PROJECT_FILES = f"Projects (*{SUFFIX})"
DISMISS = StateAction("dismiss", "Dismiss", "Close this line")
AGAIN = StateAction("annotate", "Annotate Again", "With the present model and settings")
SAVE_AS = StateAction("save_project_as", "Save As…", "Save under another name")
RESTORE = StateAction("restore_work", "Open It", "In place of what is shown")


class Projects(QObject):
    """The project commands of a window, and what they tell the user."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.keeper = Keeper(window.session, window.runner, window.loader, self)
        self.sources = SourceFiles(
            window, lambda text: self._notice(text, LOCATE, closing=NOT_MISSED)
        )
        self._go_on: Callable[[], object] | None = None
        self._left: Workplace | None = None
        self._says_stale = False
        self.asks = True
        keeper, session = self.keeper, window.session
        keeper.changed.connect(window.show_title)
        keeper.problem.connect(self._show_problem)
        keeper.opened.connect(self._opened)
        keeper.saved.connect(self._saved)
        session.current_changed.connect(lambda _entry: self._say_stale())
        session.annotation_changed.connect(lambda _uid: self._say_stale())
        session.tools_changed.connect(lambda _tools: self._say_stale())

    def table(self) -> dict[str, Callable[[], object]]:
        """Return what the actions of projects do."""
        return {
            "save_project": self.save,
            "save_project_as": self.save_as,
            "close_project": self.close,
            "locate_sources": self.sources.locate,
        }

    @property
    def title(self) -> str:
        """What the title bar says of the project; empty while it has no name."""
        keeper = self.keeper
        return f"{keeper.name} (read only)" if keeper.name and keeper.read_only else keeper.name

    # Starting

    def start(self, *, restores: bool) -> None:
        """Keep the session from now on; bring back what a window that did not close has left."""
        self.keeper.start()
        latest, *others = [*leftovers(), None]
        for place in others:
            if place is not None:
                place.leave()
        if latest is None:
            return
        if restores:
            self.keeper.restore(latest)
            self._window.show_workbench()
        else:
            self._left = latest
            # After what is said about the files that are being opened.
            self._window.loader.finished.connect(lambda _outcomes: self._say_left())

    def _say_left(self) -> None:
        if self._left is not None:
            name = Path(self._left.state.path).name or "a project without a name"
            self._notice(f"Unsaved work in {name} is kept from last time.", RESTORE)

    def restore_left(self) -> None:
        """Open the unsaved work that was offered."""
        place, self._left = self._left, None
        if place is not None:
            self.unless_unsaved(lambda: self.keeper.restore(place))

    # Commands

    def open(self, path: str) -> None:
        """Open a project in place of what is there, once unsaved work is safe."""
        whole = str(Path(path).absolute())
        # A backup is opened in place of its project and saved under that name.
        named = whole.removesuffix(".bak") if whole.endswith(f"{SUFFIX}.bak") else ""
        self.unless_unsaved(lambda: self.keeper.open(whole, stands_for=named))

    def save(self) -> None:
        """Save under the project's name; ask for one where there is none."""
        keeper = self.keeper
        if keeper.path and not keeper.read_only:
            keeper.save(keeper.path, replaces=False)
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a name and save."""
        window, keeper = self._window, self.keeper
        files = [entry.spectrum.origin.file for entry in self._session.spectra[:1]]
        name = keeper.name or f"{proposed_name(files)}{SUFFIX}"
        folder = str(Path(keeper.path).parent) if keeper.path else window.last_folder
        chosen, _ = QFileDialog.getSaveFileName(
            window, "Save Project", str(Path(folder) / name), PROJECT_FILES
        )
        if chosen:
            self.save_to(chosen)
        else:
            self._go_on = None

    def save_to(self, chosen: str) -> None:
        """Save under a name that the user chose; a file of spectra is never replaced."""
        path = Path(chosen).absolute()
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        self._window.last_folder = str(path.parent)
        self.keeper.save(str(path), replaces=True)

    def close(self) -> None:
        """Close the project and begin with nothing, once unsaved work is safe."""

        def begin() -> None:
            self.keeper.close(keeps_work=False)
            self._session.clear()
            self._window.loader.forget()
            self.keeper.changes.begin()
            self.keeper.start()
            self._window.show_welcome()

        self.unless_unsaved(begin)

    def unless_unsaved(self, go_on: Callable[[], object]) -> None:
        """Do something at once, or ask what becomes of unsaved work first."""
        keeper = self.keeper
        if not keeper.has_unsaved_work:
            go_on()
            return
        dialog = SaveChangesDialog(keeper.name, self._window)

        def answered(answer: SaveAnswer) -> None:
            if answer == "save":
                self._go_on = go_on
                self.save()
            else:
                keeper.is_dirty = False
                go_on()

        dialog.answered.connect(answered)
        dialog.open()

    def may_end(self) -> bool:
        """Return whether the window may close now; otherwise it closes when that is answered.

        Work without a name is not asked about: the next window goes on with it. The same is true
        where nobody can answer (``asks`` is false).
        """
        saving = [job for job in self._window.runner.running() if job.about == SAVING]
        if saving:
            saving[-1].ended.connect(self._window.close)
            return False
        if self.asks and self.keeper.path and self.keeper.has_unsaved_work:
            self.unless_unsaved(self._window.close)
            return False
        return True

    def end(self) -> None:
        """The window closes: unsaved work without a name is found again by the next one."""
        keeper = self.keeper
        keeper.close(keeps_work=keeper.has_unsaved_work)
        if self._left is not None:
            self._left.leave()

    # What is said

    def _saved(self, path: str) -> None:
        self._session.say(f"Saved {Path(path).name}")
        self._remember(path)
        go_on, self._go_on = self._go_on, None
        if go_on is not None:
            go_on()

    def _remember(self, path: str) -> None:
        self._window.settings_file.keep_recent([path])
        self._window.settings_file.save()

    def _opened(self, opened: OpenedProject) -> None:
        window, session = self._window, self._session
        if session.spectra and session.current is None:
            first = next((e for e in session.spectra if e.spectrum.ms_level != 1), None)
            session.set_current((first or session.spectra[0]).uid)
        window.show_page()
        name = Path(opened.path).name or "your unsaved work"
        session.say(f"{'Restored' if opened.is_restored else 'Opened'} {name}")
        if opened.path and not opened.is_restored:
            self._remember(opened.path)
        found = opened.opened
        if found is not None and found.rescued:
            self._notice(_rescue_words(found.rescued, found.lost, found.bare), SAVE_AS)
        elif opened.problems:
            some = "A part" if len(opened.problems) == 1 else f"{len(opened.problems)} parts"
            self._notice(f"{some} of the project could not be read: {opened.problems[0].cause}")
        elif opened.read_only:
            self._notice(f"This project is read only. {opened.read_only}", SAVE_AS)
        # Of all that is odd, files that have moved matter least.
        self.sources.look(opened.path, asks=not window.workbench.notice.isVisible())

    def _show_problem(self, problem: MsguiError | Problem | Exception) -> None:
        self._go_on = None
        if not isinstance(problem, DamagedProjectError):
            self._window.show_problem(problem)
            return
        dialog, path = DamagedDialog(problem, self._window), str(problem.path)
        keeper = self.keeper
        dialog.backup_wanted.connect(lambda backup: keeper.open(backup, stands_for=path))
        dialog.rescue_wanted.connect(lambda: keeper.open(path, rescuing=True))
        dialog.open()

    def _notice(self, text: str, *actions: StateAction, closing: StateAction = DISMISS) -> None:
        palette = self._session.palette
        notice = self._window.workbench.notice
        notice.show_notice(text, (*actions, closing), QColor(palette.warn))
        self._says_stale = False

    def _say_stale(self) -> None:
        """Say of a result that it was made otherwise than the present settings would."""
        entry, notice = self._session.current_entry, self._window.workbench.notice
        why = self.keeper.changes.why_stale(entry) if entry is not None else ""
        if why:
            self._notice(f"This result was made with {why}. It stays until you annotate.", AGAIN)
            self._says_stale = True
        elif self._says_stale:
            notice.hide()
            self._says_stale = False


def _rescue_words(rescued: int, lost: int, bare: int) -> str:
    words = f"{rescued} spectra could be read"
    if lost:
        words += f", {lost} are lost"
    if bare:
        words += f", {bare} came without your decisions"
    return f"{words}. Look through them, then save them under another name."
