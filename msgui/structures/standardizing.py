"""Standardizes many molecules in worker processes, and gives up on those that take too long."""

import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from msgui.errors import MsguiError, Problem
from msgui.processes import command_of
from msgui.progress import Step
from msgui.structures.rows import Row

BATCH: Final = 200
SECONDS_PER_MOLECULE: Final = 5.0
# Loading the chemistry takes a second or two on a busy machine.
SECONDS_TO_START: Final = 60.0
MOST_WORKERS: Final = 8
WORKER: Final = "msgui.structures.worker"
POLL_SECONDS: Final = 0.01
# Below this many rows a second process takes longer to start than it saves.
ROWS_FOR_MORE_WORKERS: Final = 1000

Answer = tuple[str, str, str, float, str]


@dataclass
class _Batch:
    rows: list[Row]
    answers: list[Answer | Problem] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return len(self.answers) == len(self.rows)


def standardize_rows(
    rows: Iterable[Row | Problem | Step], workers: int | None = None
) -> Iterator[Step | Problem | tuple[Row, Answer]]:
    """Yield each row with its standardized molecule, in the order of the rows.

    Parameters
    ----------
    rows : iterable
        Problems and steps in it are passed on.
    workers : int or None
        Processes; None takes one for each processor, at most eight.

    Yields
    ------
    Step, Problem or (Row, (smiles, inchikey14, formula, exact_mass, notice))
        A row that is no molecule, takes longer than five seconds or crashes the chemistry library
        is a Problem.
    """
    most = workers or min(MOST_WORKERS, os.cpu_count() or 1)
    pool: list[_Worker] = []
    waiting: deque[_Batch] = deque()
    source = _batches(rows)
    sent, is_finished = 0, False
    try:
        while True:
            wanted = most if sent >= ROWS_FOR_MORE_WORKERS else 1
            while len(pool) < wanted:
                pool.append(_Worker())
            idle = next((worker for worker in pool if worker.can_take), None)
            if idle is not None and not is_finished:
                event = next(source, None)
                if event is None:
                    is_finished = True
                elif isinstance(event, _Batch):
                    idle.send(event)
                    waiting.append(event)
                    sent += len(event.rows)
                else:
                    yield event
                continue
            while waiting and waiting[0].is_done:
                batch = waiting.popleft()
                for row, answer in zip(batch.rows, batch.answers, strict=True):
                    yield answer if isinstance(answer, Problem) else (row, answer)
            if is_finished and not waiting:
                return
            got = [worker.collect() for worker in pool]
            if not any(got):
                time.sleep(POLL_SECONDS)
                yield Step(0, 0, "Standardizing the structures")
    finally:
        for worker in pool:
            worker.stop()


def _batches(events: Iterable[Row | Problem | Step]) -> Iterator[_Batch | Problem | Step]:
    rows: list[Row] = []
    for event in events:
        if not isinstance(event, Row):
            yield event
            continue
        rows.append(event)
        if len(rows) == BATCH:
            yield _Batch(rows)
            rows = []
    if rows:
        yield _Batch(rows)


class _Worker:
    """One process and the batches it works on (the second one keeps it busy meanwhile)."""

    def __init__(self) -> None:
        self._batches: deque[_Batch] = deque()
        self._start()

    def _start(self) -> None:
        try:
            self._process = subprocess.Popen(
                command_of(WORKER),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as fault:
            raise _cannot_start(str(fault)) from fault
        self._requests: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._last = time.monotonic()
        self._has_answered = False
        # A full pipe must not stop this process while that one waits for its answers to be read.
        for target, pipe in ((_write, self._requests), (_read, self._answers)):
            threading.Thread(target=target, args=(self._process, pipe), daemon=True).start()

    @property
    def can_take(self) -> bool:
        return len(self._batches) < 2

    def send(self, batch: _Batch) -> None:
        if not self._batches:
            self._last = time.monotonic()
        self._batches.append(batch)
        self._request(batch)

    def _request(self, batch: _Batch) -> None:
        rows = batch.rows[len(batch.answers) :]
        lines = [json.dumps([row.smiles, row.molblock, row.inchikey14]) for row in rows]
        self._requests.put("\n".join(lines) + "\n")

    def collect(self) -> bool:
        """Take what has been answered; return whether there was anything."""
        got = False
        while not self._answers.empty():
            answer = self._answers.get()
            if answer is None:
                self._give_up("The structure crashes the chemistry library.")
                return True
            self._take(answer)
            got = True
        limit = SECONDS_PER_MOLECULE if self._has_answered else SECONDS_TO_START
        if self._batches and time.monotonic() - self._last > limit:
            self._give_up("The structure is too complex: it took longer than 5 seconds.")
            return True
        return got

    def _take(self, answer: list[Any]) -> None:
        self._last, self._has_answered = time.monotonic(), True
        batch = self._batches[0]
        row = batch.rows[len(batch.answers)]
        if len(answer) == 2:
            batch.answers.append(_left_out(row, *answer))
        else:
            smiles, inchikey14, formula, exact_mass, notice = answer
            batch.answers.append((smiles, inchikey14, formula, float(exact_mass), notice))
        if batch.is_done:
            self._batches.popleft()

    def _give_up(self, cause: str) -> None:
        """Leave out the molecule that is being worked on; go on with the next in a new process."""
        self.stop()
        if not self._has_answered:
            raise _cannot_start("it ended at once")
        if self._batches:
            batch = self._batches[0]
            batch.answers.append(_left_out(batch.rows[len(batch.answers)], cause, "Leave it out."))
            if batch.is_done:
                self._batches.popleft()
        self._start()
        for batch in self._batches:
            self._request(batch)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._requests.put(None)
        self._process.kill()
        self._process.wait()


def _left_out(row: Row, cause: str, action: str) -> Problem:
    return Problem("error", cause, action, row.file, row.where, skipped=1)


def _cannot_start(reason: str) -> MsguiError:
    return MsguiError(
        f"The process that reads structures could not be started: {reason}.",
        "Check that there is enough free memory, and that msgui is installed completely.",
    )


def _write(process: "subprocess.Popen[str]", requests: "queue.SimpleQueue[str | None]") -> None:
    # When the process has died, the missing answers say so.
    with contextlib.suppress(OSError, ValueError):
        while process.stdin is not None and (text := requests.get()) is not None:
            process.stdin.write(text)
            process.stdin.flush()
    with contextlib.suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.close()


def _read(process: "subprocess.Popen[str]", answers: "queue.SimpleQueue[Any]") -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in process.stdout or ():
            answers.put(json.loads(line))
    if process.stdout is not None:
        process.stdout.close()
    answers.put(None)
