"""Keeps the working copy up to date from a thread of its own, a moment behind every decision.

The window hands over values and never waits. What cannot be written stays in memory, is tried
again, and is part of the next save.
"""

import itertools
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from msgui.errors import MsguiError, Problem
from msgui.project.contents import block_of
from msgui.project.file import Key, ProjectFile, Table

log = logging.getLogger(__name__)

T = TypeVar("T")
# Rows in one transaction: each costs a wait for the disk, and a save waits for the present one.
ROWS_A_TRANSACTION = 400
RETRY_SECONDS = 5.0
# Decisions are work of hours, spectra are also in the files they came from.
ORDER: tuple[Table, ...] = ("decisions", "spectra", "annotations", "files")


class Journal:
    """Writes changes into a working copy in the background.

    Parameters
    ----------
    open_file : callable
        Returns the working copy; called, used and closed in the journal's thread.
    """

    def __init__(self, open_file: Callable[[], ProjectFile]) -> None:
        self._open_file = open_file
        self._file: ProjectFile | None = None
        self._changes: dict[Table, dict[Key, Any]] = {table: {} for table in ORDER}
        self._calls: list[tuple[Callable[[ProjectFile, Mapping[Key, bytes | None]], Any], Any]] = []
        self._condition = threading.Condition()
        self._is_closing = False
        self._is_writing = False
        self.problem: Problem | None = None
        self._thread = threading.Thread(target=self._run, name="msgui journal", daemon=True)
        self._thread.start()

    def keep(self, changes: Mapping[Key, Any]) -> None:
        """Write these changes soon; the newest value of a row wins.

        The values are those of :mod:`msgui.project.contents`, and nothing may change them later.
        """
        with self._condition:
            for key, value in changes.items():
                self._changes[key[0]][key] = value
            self._condition.notify()

    @property
    def is_behind(self) -> bool:
        """Is there anything that does not stand on disk yet."""
        with self._condition:
            return self._is_waiting or self._is_writing

    @property
    def _is_waiting(self) -> bool:
        return any(self._changes.values())

    def call(self, function: Callable[[ProjectFile, Mapping[Key, bytes | None]], T]) -> "Future[T]":
        """Run ``function(file, unwritten)`` in the journal's thread when all else is written.

        ``unwritten`` holds the blocks of changes that the working copy could not take.
        """
        future: Future[T] = Future()
        with self._condition:
            self._calls.append((function, future))
            self._condition.notify()
        return future

    def interrupt(self) -> None:
        """Stop a copy that is being written; the call that writes it fails."""
        if self._file is not None:
            self._file.interrupt()

    def close(self, timeout_s: float = 10.0, *, writes: bool = True) -> bool:
        """Write what is left (or let it go) and close the file; return whether all is on disk."""
        with self._condition:
            self._is_closing = True
            if not writes:
                for waiting in self._changes.values():
                    waiting.clear()
            self._condition.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and not self._is_waiting

    # In the journal's thread

    def _run(self) -> None:
        with self._open_file() as file:
            self._file = file
            self._write_to(file)
            self._file = None

    def _write_to(self, file: ProjectFile) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(self._has_work, RETRY_SECONDS)
                changes = self._next_changes()
                self._is_writing = bool(changes)
            if changes:
                self._write(file, changes)
            if not self._is_waiting or self.problem is not None:
                self._answer_calls(file)
                if self._is_closing and not self._calls:
                    break

    def _has_work(self) -> bool:
        if self._is_closing or self._calls:
            return True
        # After a failure the disk gets a rest; a new change does not make it any better.
        return self._is_waiting and self.problem is None

    def _next_changes(self) -> dict[Key, Any]:
        taken: dict[Key, Any] = {}
        for waiting in self._changes.values():
            for key in list(itertools.islice(waiting, ROWS_A_TRANSACTION - len(taken))):
                taken[key] = waiting.pop(key)
        return taken

    def _write(self, file: ProjectFile, changes: dict[Key, Any]) -> None:
        try:
            file.write(_blocks(changes))
        except MsguiError as error:
            self.problem = error.problem()
            with self._condition:
                for key, value in changes.items():
                    # What was changed meanwhile is newer.
                    self._changes[key[0]].setdefault(key, value)
        else:
            self.problem = None
        with self._condition:
            self._is_writing = False

    def _answer_calls(self, file: ProjectFile) -> None:
        with self._condition:
            calls, self._calls = self._calls, []
            unwritten = {k: v for rows in self._changes.values() for k, v in rows.items()}
        for function, future in calls:
            try:
                future.set_result(function(file, _blocks(unwritten)))
            except Exception as error:
                future.set_exception(error)


def _blocks(changes: Mapping[Key, Any]) -> dict[Key, bytes | None]:
    blocks: dict[Key, bytes | None] = {}
    for key, value in changes.items():
        try:
            blocks[key] = block_of(value)
        except TypeError:
            # A fault of msgui; it must not cost the rest of the work.
            log.exception("%s %s cannot be kept", *key)
    return blocks
