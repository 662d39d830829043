"""What commands say on the terminal: progress, problems, and where the results are."""

import json
import sys
import time
from collections.abc import Mapping

from msgui.errors import Problem
from msgui.progress import Step

BAR_WIDTH = 24
SECONDS_BETWEEN_UPDATES = 0.1


class Console:
    """Progress on standard error: a bar on a terminal, JSON lines when asked, else silence.

    Parameters
    ----------
    as_json : bool
        Print each step and problem as one JSON object per line.
    is_quiet : bool
        Say nothing: one of several processes speaks for all.
    """

    def __init__(self, *, as_json: bool = False, is_quiet: bool = False) -> None:
        self._as_json = as_json
        self._is_quiet = is_quiet
        self._is_terminal = sys.stderr.isatty()
        self._last = 0.0
        self._width = 0

    def step(self, step: Step) -> None:
        """Show how far a job has come."""
        if self._is_quiet:
            return
        now = time.monotonic()
        is_end = step.total > 0 and step.done >= step.total
        if now - self._last < SECONDS_BETWEEN_UPDATES and not is_end:
            return
        self._last = now
        if self._as_json:
            self._line({"done": step.done, "total": step.total, "item": step.item})
        elif self._is_terminal:
            fraction = step.fraction
            if fraction is None:
                text = f"{step.item} {step.done or ''}"
            else:
                full = round(fraction * BAR_WIDTH)
                bar = "#" * full + "-" * (BAR_WIDTH - full)
                text = f"[{bar}] {step.done}/{step.total} {step.item}"
            self._overwrite(text[:100])

    def problem(self, problem: Problem) -> None:
        """Show what could not be read or done."""
        if self._is_quiet:
            return
        if self._as_json:
            self._line(problem.message())
        else:
            self._overwrite("")
            sys.stderr.write(f"{problem.kind}: {problem}\n")

    def say(self, text: str) -> None:
        """Show one sentence about the result."""
        if self._is_quiet:
            return
        if self._as_json:
            self._line({"message": text})
        else:
            self._overwrite("")
            sys.stderr.write(text + "\n")

    def clear(self) -> None:
        """Take the progress off the line, before something else is printed."""
        self._overwrite("")

    def _line(self, record: Mapping[str, object]) -> None:
        sys.stderr.write(json.dumps(record, ensure_ascii=False) + "\n")
        sys.stderr.flush()

    def _overwrite(self, text: str) -> None:
        if self._is_terminal:
            sys.stderr.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
            sys.stderr.flush()
            self._width = len(text)
