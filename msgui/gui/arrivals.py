"""What the window does when files are read: shows the first rows, and says what is odd."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from msgui.gui.loading import FileOutcome, usual_polarity, without_adduct
from msgui.gui.session import Entry
from msgui.gui.widgets.empty_state import StateAction
from msgui.paths import resources

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow

CLOSE = StateAction("dismiss", "Dismiss", "Close this line")


class Arrivals(QObject):
    """Listens to the loader on behalf of the window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._without_adduct: list[int] = []
        loader, bench = window.loader, window.workbench
        loader.reading.connect(bench.spectra.set_loading)
        loader.first_rows.connect(self._show_first)
        loader.known_files.connect(self._ask_again)
        loader.finished.connect(self._files_read)
        bench.notice.requested.connect(self._answer_notice)

    def _show_first(self, entry: Entry) -> None:
        window = self._window
        self._session.set_current(entry.uid)
        window.show_workbench()
        window.workbench.spectra.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_again(self, paths: list[str], go_on: Callable[[str], object]) -> None:
        from msgui.gui.dialogs.questions import AgainDialog

        dialog = AgainDialog(paths, self._window)
        dialog.answered.connect(go_on)
        dialog.open()

    def _files_read(self, outcomes: list[FileOutcome]) -> None:
        window, session = self._window, self._session
        loaded = sum(outcome.loaded for outcome in outcomes)
        self._keep_recent(outcomes)
        window.status.show_skipped(sum(outcome.skipped for outcome in window.loader.outcomes))
        words = f"{loaded:,} spectra".replace(",", " ") if loaded != 1 else "1 spectrum"
        stopped = any(outcome.status == "cancelled" for outcome in outcomes)
        session.say(f"Read {words}{'; stopped, what was read stays' if stopped else ''}")
        refused = [outcome for outcome in outcomes if outcome.status == "not read"]
        if len(outcomes) == 1 and refused and refused[0].problems and not loaded:
            window.show_problem(refused[0].problems[-1])
        elif refused:
            window.show_report()
        self._say_what_is_odd(outcomes)
        window.show_page()
        if session.spectra and session.current is None:
            # Nothing but MS1 scans: better these than an empty list.
            window.actions_["show_ms1"].setChecked(True)
            window.workbench.spectra.table.show_ms1(True)
            session.set_current(session.spectra[0].uid)

    def _keep_recent(self, outcomes: Sequence[FileOutcome]) -> None:
        paths = [Path(outcome.path).absolute() for outcome in outcomes if outcome.loaded]
        own = [str(path) for path in paths if not path.is_relative_to(resources())]
        if own:
            self._window.settings_file.keep_recent(own)
            self._window.settings_file.save()

    def _say_what_is_odd(self, outcomes: Sequence[FileOutcome]) -> None:
        name = outcomes[0].name if len(outcomes) == 1 else f"{len(outcomes)} files"
        uids = [uid for outcome in outcomes for uid in outcome.uids]
        missing = without_adduct(self._session.entry(uid) for uid in uids)
        skipped = sum(outcome.skipped for outcome in outcomes)
        found = sum(outcome.found for outcome in outcomes)
        palette = self._session.palette
        notice = self._window.workbench.notice
        refused = sum(outcome.status == "not read" for outcome in outcomes)
        if found and (skipped or refused):
            left_out = [f"{skipped:,} of {found:,} records".replace(",", " ")] if skipped else []
            if refused:
                left_out.insert(0, "1 file" if refused == 1 else f"{refused} files")
            verb = "was" if refused + skipped == 1 else "were"
            show = StateAction("import_report", "Show Why", "Open the import report")
            text = f"{name}: {' and '.join(left_out)} {verb} not read."
            notice.show_notice(text, (show, CLOSE), QColor(palette.warn))
        elif missing:
            self._without_adduct = [entry.uid for entry in missing]
            choose = StateAction("adduct_of_file", "Choose Adduct…", "For all of them")
            text = f"{name}: {assumption(missing, len(uids))}"
            notice.show_notice(text, (choose, CLOSE), QColor(palette.accent))

    def _answer_notice(self, name: str) -> None:
        self._window.workbench.notice.hide()
        if name == "adduct_of_file":
            self._ask_adduct()
        elif name != CLOSE.request:
            self._window.do(name)

    def _ask_adduct(self) -> None:
        entries = [e for uid in self._without_adduct if (e := self._session.entry(uid)) is not None]
        if not entries:
            return
        self._window.handlers.ask_adduct(
            [entry.uid for entry in entries],
            "Which ions are these spectra?",
            f"{len(entries)} spectra state no adduct. Single ones can be changed later.",
            usual_polarity(entries) or None,  # type: ignore[arg-type]
        )


def assumption(missing: Sequence[Entry], total: int) -> str:
    """Return the sentence that says how spectra that state no adduct get one."""
    if len(missing) == total:
        some = "No spectrum states an adduct"
    else:
        numbers = f"{len(missing):,} of {total:,}".replace(",", " ")
        some = f"{numbers} spectra state no adduct"
    unknown = "" if usual_polarity(missing) else " and no polarity"
    return f"{some}{unknown}. The likeliest one is taken and shown in italics."
