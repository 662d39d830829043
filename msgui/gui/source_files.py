"""Source files that have moved since a project was made: found quietly, or asked for once."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from msgui.gui.widgets.empty_state import StateAction
from msgui.paths import resources
from msgui.project.sources import Located, is_same, locate, name_of

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow

LANE = "sources"
LOCATE = StateAction(
    "locate_sources", "Locate…", "Show where one is; the others are looked for there"
)
NOT_MISSED = StateAction("do_not_miss", "Dismiss", "Do not ask for these files again")
KEPT = "Nothing is lost: the spectra are in the project."


class SourceFiles(QObject):
    """Knows which source files of the open project are not where they were.

    Parameters
    ----------
    window : MainWindow
    say : callable
        Shows a sentence over the panes, with the buttons ``LOCATE`` and ``NOT_MISSED``.
    """

    def __init__(self, window: "MainWindow", say: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window, self._say = window, say
        self._missing: tuple[str, ...] = ()

    def look(self, project: str, *, asks: bool) -> None:
        """Look for the files of a project that was just opened, beside it first.

        Parameters
        ----------
        project : str
            Path of the project; empty for work without a name.
        asks : bool
            Say so when some cannot be found.
        """
        folders = [resources() / "samples"]
        if project:
            here = Path(project).parent
            folders = [here, here.parent, *folders]

        def found(located: Located) -> None:
            self._window.loader.relocate(located.places)
            self._missing = located.missing
            if asks and set(located.missing) - self._window.settings_file.not_missed():
                self._ask()

        self._run(lambda files: locate(files, folders), found)

    def locate(self) -> None:
        """Ask where a missing file is, and look for the others there."""

        def found(located: Located) -> None:
            self._missing = located.missing
            if not located.missing:
                self._window.session.say("All files are where they were read")
            elif path := self._chosen(located.missing[0]):
                self._check(located.missing[0], path)

        self._run(locate, found)

    def _chosen(self, missing: str) -> str:
        window, name = self._window, name_of(missing)
        suffix = Path(name).suffix
        kinds = f"{name} ({name});;Same kind (*{suffix});;All files (*)" if suffix else ""
        chosen, _ = QFileDialog.getOpenFileName(
            window, f"Where is {name}?", window.last_folder, kinds
        )
        if chosen:
            window.last_folder = str(Path(chosen).parent)
        return chosen

    def _check(self, missing: str, chosen: str) -> None:
        """Take a file that the user showed if it is the one, and look for the others there."""

        def work(files: Mapping[str, str]) -> Iterator[Any]:
            if not is_same(Path(chosen), files[missing]):
                yield Located({}, tuple(self._missing))
                return
            others = {path: digest for path, digest in files.items() if path != missing}
            for event in locate(others, moved=(missing, chosen)):
                if isinstance(event, Located):
                    yield Located({missing: chosen, **event.places}, event.missing)
                else:
                    yield event

        def found(located: Located) -> None:
            loader, session = self._window.loader, self._window.session
            self._missing = located.missing
            for outcome in loader.relocate(located.places):
                loader.outcome.emit(outcome)  # the project keeps it
            count = len(located.places)
            if not count:
                self._say(
                    f"{name_of(chosen)} holds something else than {name_of(missing)} did when it "
                    f"was read. {KEPT}"
                )
            elif located.missing:
                self._ask()
            else:
                self._window.workbench.notice.hide()
                session.say("Found the file" if count == 1 else f"Found all {count} files")

        self._run(work, found)

    def do_not_miss(self) -> None:
        """Never ask for the files again that are missing now."""
        self._window.settings_file.keep_not_missed(self._missing)
        self._window.settings_file.save()

    def _ask(self) -> None:
        missing = self._missing
        if len(missing) == 1:
            words = f"{name_of(missing[0])} is not where it was read."
        else:
            words = f"{len(missing)} source files are not where they were read."
        self._say(f"{words} {KEPT}")

    def _run(
        self,
        work: Callable[[Mapping[str, str]], Iterator[Any]],
        found: Callable[[Located], None],
    ) -> None:
        # A folder in a network may take long to say that it is not there.
        files = self._window.loader.sources()
        self._window.runner.start(
            "Looking for source files",
            lambda: work(files),
            lane=LANE,
            newest_only=True,
            visible=False,
            on_result=found,
            on_fail=self._window.show_problem,
        )
