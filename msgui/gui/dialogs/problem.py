"""What went wrong, in the user's words: what happened to their thing, why, what to do now."""

import platform
import traceback
from collections.abc import Callable
from importlib import metadata

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QPushButton, QWidget

import msgui
from msgui.errors import MsguiError, Problem
from msgui.gui.dialogs.plain import PlainDialog
from msgui.paths import cache_folder

PACKAGES = ("PySide6_Essentials", "pyqtgraph", "numpy", "rdkit", "onnxruntime", "numba", "duckdb")


def copy_with_thanks(button: QPushButton, text: Callable[[], str]) -> None:
    """Make a button put text on the clipboard and say so for a moment."""
    words = button.text()

    def copy() -> None:
        QGuiApplication.clipboard().setText(text())
        button.setText("Copied")
        # The dialog may be closed before the word changes back.
        QTimer.singleShot(1500, button, lambda: button.setText(words))

    button.clicked.connect(copy)


class ProblemDialog(PlainDialog):
    """Title, reason, next step; the details are folded and can be copied."""

    def __init__(
        self,
        title: str,
        sentence: str,
        details: str = "",
        parent: QWidget | None = None,
        *,
        kind: str = "problem",
    ) -> None:
        super().__init__(title, sentence, parent, sign=(kind, kind), window_title="msgui")
        self.details = QPlainTextEdit(details, self)
        self.details.setReadOnly(True)
        self.details.setAccessibleName("Details")
        self.details.setToolTip("Everything that is known about it")
        self.details.setMinimumHeight(140)
        self.details.hide()
        self.content.addWidget(self.details)
        if details:
            self.fold = self.add_button("Details", "Show or hide the details", role="action")
            self.fold.setCheckable(True)
            self.fold.toggled.connect(self._unfold)
            copy = self.add_button("Copy Details", "Copy all of it as text", role="action")
            copy_with_thanks(copy, lambda: f"{title}\n{sentence}\n\n{details}\n")
        self.add_button("Continue", "Close this message", main=True)

    def _unfold(self, on: bool) -> None:
        self.details.setVisible(on)
        self.adjustSize()


def dialog_for(problem: Problem | Exception, parent: QWidget | None = None) -> PlainDialog:
    """Return the dialog for a problem of an input, or for an error of msgui itself."""
    if isinstance(problem, MsguiError):
        problem = problem.problem()
    if isinstance(problem, Problem):
        title, sentence, details = words_of(problem)
        kind = "warn" if problem.kind == "warning" else "problem"
        return ProblemDialog(title, sentence, details, parent, kind=kind)
    return BugDialog(problem, parent)


def words_of(problem: Problem) -> tuple[str, str, str]:
    """Return title, sentence and details of a problem."""
    name = problem.file.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    title = f"{name}: {problem.cause}" if name else problem.cause
    parts = {"File": problem.file, "Place": problem.where, "Cause": problem.cause}
    details = "\n".join(f"{key}: {value}" for key, value in parts.items() if value)
    return title, problem.action, details


class BugDialog(PlainDialog):
    """Something in msgui itself went wrong; the report says enough to find it."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(
            "Something in msgui went wrong.",
            "Your spectra and decisions are still here, and you can go on. A report helps to "
            "repair it; nothing is sent by itself.",
            parent,
            sign=("warn", "warn"),
        )
        self._error = error
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Report")
        self.text.setToolTip("What Copy Report copies")
        self.text.setMinimumHeight(180)
        self.paths = QCheckBox("Include paths of files", self)
        self.paths.setToolTip("Folders may hold names that you do not want to give away")
        self.paths.setAccessibleName("Include paths of files")
        self.paths.toggled.connect(self._write)
        self.content.addWidget(self.text)
        self.content.addWidget(self.paths)
        copy = self.add_button("Copy Report", "Copy the report as text", role="action")
        copy_with_thanks(copy, self.text.toPlainText)
        folder = self.add_button("Open Log Folder", "Show where msgui.log is", role="action")
        folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(cache_folder())))
        )
        self.add_button("Go On", "Close this message and go on working", main=True)
        self._write()

    def _write(self) -> None:
        self.text.setPlainText(report(self._error, with_paths=self.paths.isChecked()))


def report(error: BaseException, *, with_paths: bool = False) -> str:
    """Return versions and traceback: no spectra, and no folders unless asked for."""
    lines = [f"msgui {msgui.__version__}", f"Python {platform.python_version()}"]
    lines.append(platform.platform())
    for package in PACKAGES:
        try:
            lines.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{package} is not installed")
    trace = "".join(traceback.format_exception(error))
    if not with_paths:
        trace = "\n".join(_without_folder(line) for line in trace.splitlines())
    return "\n".join(lines) + "\n\n" + trace.rstrip() + "\n"


def _without_folder(line: str) -> str:
    head, quote, rest = line.partition('File "')
    if not quote:
        return line
    path, end, tail = rest.partition('"')
    parts = path.replace("\\", "/").split("/")
    start = parts.index("msgui") if "msgui" in parts else len(parts) - 1
    return f"{head}{quote}{'/'.join(parts[start:])}{end}{tail}"
