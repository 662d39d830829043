"""Questions about projects: unsaved work, and files that are damaged."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from msgui.gui.dialogs.plain import PlainDialog
from msgui.project.opening import DamagedProjectError

SaveAnswer = Literal["save", "discard"]


class SaveChangesDialog(PlainDialog):
    """Asks what becomes of unsaved work; Cancel answers nothing."""

    answered = Signal(str)  # SaveAnswer

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        title = f"Save the changes in {name}?" if name else "Save your work as a project?"
        sentence = (
            "Your calls, notes and results since the last save would be lost otherwise."
            if name
            else "Your calls and notes would be lost otherwise."
        )
        super().__init__(title, sentence, parent, sign=("warn", "warn"))
        save = self.add_button("Save" if name else "Save As…", "Save, then go on", main=True)
        save.clicked.connect(lambda: self.answered.emit("save"))
        discard = self.add_button("Don't Save", "Let the changes go")
        discard.clicked.connect(lambda: self.answered.emit("discard"))
        self.add_button("Cancel", "Go on working here", role="reject")


class DamagedDialog(PlainDialog):
    """Says what is wrong with a project, and offers what is left of it."""

    backup_wanted = Signal(str)
    rescue_wanted = Signal()

    def __init__(self, error: DamagedProjectError, parent: QWidget | None = None) -> None:
        name = error.path.name
        sentence = (
            "The file is not what msgui wrote: it was cut or changed on the way. Nothing of it "
            "was opened. "
        )
        sentence += (
            "The backup holds the state before the last save."
            if error.backups
            else "There is no whole backup beside it; ask for another copy, or take what is left."
        )
        super().__init__(f"{name} is damaged.", sentence, parent, sign=("problem", "problem"))
        self.setToolTip(error.cause)
        for number, backup in enumerate(error.backups):
            button = self.add_button(
                f"Open Backup {number + 1}" if number else "Open Backup",
                f"{backup.name}: the state before an earlier save",
                main=not number,
            )
            button.clicked.connect(lambda _=False, path=backup: self.backup_wanted.emit(str(path)))
        rescue = self.add_button(
            "Open What Is Readable",
            "Every spectrum whose checksum is right, with its decisions",
            main=not error.backups,
        )
        rescue.clicked.connect(self.rescue_wanted)
        self.add_button("Cancel", "Open nothing", role="reject")


def proposed_name(files: list[str]) -> str:
    """Return a name for a project of some files."""
    stem = Path(files[0]).name.split(".")[0] if files else ""
    return stem or "project"
