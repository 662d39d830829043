"""What may be said to a person when something goes wrong: file, place, cause, next step."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One thing that a reader or builder has to say about its input.

    Parameters
    ----------
    kind : "error" or "warning"
        An error means that something was not loaded; a warning, that something was changed or
        left unknown.
    cause : str
        What happened, in a chemist's words.
    action : str
        The next step.
    file : str
        The file's path as the user gave it.
    where : str
        Line, byte offset or spectrum id; empty only when the whole file is meant.
    skipped : int
        Number of records lost to this problem, so that found = loaded + skipped always holds.
    """

    kind: Literal["error", "warning"]
    cause: str
    action: str = ""
    file: str = ""
    where: str = ""
    skipped: int = 0

    def message(self) -> dict[str, str]:
        """Return the problem in the form of the message contract (no ``skipped``)."""
        record = asdict(self)
        del record["skipped"]
        return record

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.where) if part)
        sentence = f"{place}: {self.cause}" if place else self.cause
        end = "" if not self.action or sentence.endswith((".", "!", "?")) else "."
        return f"{sentence}{end} {self.action}".rstrip()


class MsguiError(Exception):
    """The only exception that is meant for people: its text may be shown as it is.

    Parameters are those of :class:`Problem`.
    """

    def __init__(self, cause: str, action: str = "", file: str = "", where: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.action = action
        self.file = file
        self.where = where

    def __str__(self) -> str:
        return str(self.problem())

    def problem(self) -> Problem:
        """Return the error as a value, for reports and lists."""
        return Problem("error", self.cause, self.action, self.file, self.where)
