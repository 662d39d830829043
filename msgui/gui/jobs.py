"""Long work off the window's thread: generators, between whose steps a job can be cancelled.

Workers are plain daemon threads that never touch Qt: they put what they have into a queue, and a
timer of the window takes it out. So a window can be closed and deleted while a native call is still
at work, and a quick worker never starves the mouse.
"""

import atexit
import contextlib
import itertools
import logging
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from msgui.progress import Step

log = logging.getLogger(__name__)

JobState = Literal["waiting", "running", "done", "cancelled", "failed"]

THREADS = 3
# A worker that is this many results ahead of the window waits: memory stays bounded and the
# window is never flooded.
RESULTS_AHEAD = 8
# The window hands out results for at most this long before it looks at the mouse again.
TURN_S = 0.02
# How often the window looks for results while a job runs: less than a frame.
LOOK_MS = 10
HISTORY = 50


class Job(QObject):
    """One generator at work. All signals are emitted in the window's thread.

    ``produced`` comes for each result in order; ``progressed`` only for the newest step. Then
    exactly one of ``finished``, ``failed`` or ``cancelled``, and after it ``ended``. A job whose
    ticket is outdated (a newer one of its lane was started) is cancelled and produces nothing
    more.
    """

    progressed = Signal(object)  # Step
    produced = Signal(object)
    finished = Signal()
    failed = Signal(object)  # Exception
    cancelled = Signal()
    ended = Signal()

    def __init__(
        self,
        name: str,
        work: Callable[[], Iterator[Any]],
        *,
        lane: str,
        ticket: int,
        visible: bool = True,
        about: object = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.lane = lane
        self.ticket = ticket
        self.visible = visible
        self.about = about
        self.state: JobState = "waiting"
        self.step: Step | None = None
        self.error: Exception | None = None
        self.started_at = 0.0
        self.ended_at = 0.0
        self.stop_asked = False
        self._work: Callable[[], Iterator[Any]] | None = work
        self._outbox: queue.Queue[tuple[str, Any]] = queue.Queue(RESULTS_AHEAD)

    @property
    def is_over(self) -> bool:
        """True after the last signal but ``ended``."""
        return self.state in ("done", "cancelled", "failed")

    @property
    def seconds(self) -> float:
        """How long it has been running, or ran."""
        if not self.started_at:
            return 0.0
        return (self.ended_at or time.monotonic()) - self.started_at

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at the present pace; None while nothing is known."""
        fraction = self.step.fraction if self.step else None
        if not fraction or self.seconds < 1:
            return None
        return self.seconds * (1 - fraction) / fraction

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self.stop_asked = True
        if self.state == "waiting":
            self._end("cancelled", None)

    # In the worker's thread

    def run(self) -> None:
        """Run the generator to its end or until a cancel is noticed."""
        end: tuple[str, Any] = ("done", None)
        generator: Iterator[Any] | None = None
        try:
            if (work := self._work) is not None:
                generator = iter(work())
                for item in generator:
                    if not self._send("step" if isinstance(item, Step) else "result", item):
                        break
        except Exception as error:
            log.debug("job %s ended with an error", self.name, exc_info=True)
            end = ("failed", error)
        finally:
            close = getattr(generator, "close", None)
            if close is not None:
                close()
        if self.stop_asked and end[0] == "done":
            end = ("cancelled", None)
        self._send(*end, last=True)

    def _send(self, kind: str, item: Any, last: bool = False) -> bool:
        while last or not self.stop_asked:
            try:
                self._outbox.put((kind, item), timeout=0.05)
            except queue.Full:
                if last and self.stop_asked:
                    # Nobody wants the results any more: make room for the end.
                    self._drop_results()
                continue
            return not self.stop_asked
        return False

    def _drop_results(self) -> None:
        try:
            self._outbox.get_nowait()
        except queue.Empty:
            return

    # In the window's thread

    def hand_out(self) -> None:
        """Emit the signals for what the worker has put down since the last time."""
        until = time.monotonic() + TURN_S
        step: Step | None = None
        while not self.is_over:
            try:
                kind, item = self._outbox.get_nowait()
            except queue.Empty:
                break
            if kind == "step":
                step = item
            elif kind == "result":
                if not self.stop_asked:
                    self.produced.emit(item)
            else:
                self._tell(step)
                self._end(kind, item)
                return
            if time.monotonic() > until:
                break
        self._tell(step)

    def _tell(self, step: Step | None) -> None:
        if step is not None and not self.is_over:
            self.step = step
            self.progressed.emit(step)

    def _end(self, state: JobState, error: Exception | None) -> None:
        if self.is_over:
            return
        self.state, self.error, self.ended_at = state, error, time.monotonic()
        self._work = None  # what the work holds on to (spectra, tools) is let go
        if state == "done":
            self.finished.emit()
        elif state == "failed":
            self.failed.emit(error)
        else:
            self.cancelled.emit()
        self.ended.emit()


class JobRunner(QObject):
    """Starts jobs, one after the other in each lane, and knows which are running.

    A lane holds one kind of work. With ``newest_only`` a new job outdates the older ones of its
    lane: the running one is cancelled, a waiting one is dropped, so that holding the arrow key
    never builds a queue.
    """

    changed = Signal()  # a job started, ended or moved on
    ended = Signal(object)  # Job

    def __init__(self, parent: QObject | None = None, threads: int = THREADS) -> None:
        super().__init__(parent)
        self._most_threads = threads
        self._threads: dict[Job, threading.Thread] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._lanes: dict[str, list[Job]] = {}
        self._tickets = itertools.count(1)
        self._lane_numbers = itertools.count(1)
        # Python must not end while a worker is inside a native library.
        atexit.register(_stop_at_exit, weakref.ref(self))
        self.history: list[Job] = []

    def start(
        self,
        name: str,
        work: Callable[[], Iterator[Any]],
        *,
        lane: str = "",
        newest_only: bool = False,
        visible: bool = True,
        about: object = None,
        on_result: Callable[[Any], None] | None = None,
        on_step: Callable[[Step], None] | None = None,
        on_finish: Callable[[], None] | None = None,
        on_fail: Callable[[Exception], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> Job:
        """Run ``work()`` (a generator of Steps and results) in a thread and return its job.

        Parameters
        ----------
        name : str
            What the status bar shows.
        lane : str
            Jobs of one lane never run at the same time; empty: a lane of its own.
        newest_only : bool
            Outdate the older jobs of the lane.
        visible : bool
            False for short work that the status bar need not mention.
        about : object
            What the work is about, for whoever wants to find the job again.
        on_result, on_step, on_finish, on_fail, on_end : callables
            Connected to the job's signals before it starts; called in the window's thread.
        """
        lane = lane or f"own {next(self._lane_numbers)}"
        job = Job(name, work, lane=lane, ticket=next(self._tickets), visible=visible, parent=self)
        for signal, slot in (
            (job.produced, on_result),
            (job.progressed, on_step),
            (job.finished, on_finish),
            (job.failed, on_fail),
            (job.ended, on_end),
        ):
            if slot is not None:
                signal.connect(slot)
        job.progressed.connect(self.changed)
        job.ended.connect(lambda job=job: self._forget(job))
        queued = self._lanes.setdefault(lane, [])
        if newest_only:
            for older in list(queued):
                older.cancel()
            queued = self._lanes.setdefault(lane, [])
        queued.append(job)
        self._start_waiting()
        self.changed.emit()
        return job

    def _start_waiting(self) -> None:
        """Start the first job of each lane that has none running, as far as there are threads."""
        for queued in list(self._lanes.values()):
            if len(self._threads) >= self._most_threads:
                return
            job = queued[0]
            if job.state == "waiting":
                job.state, job.started_at = "running", time.monotonic()
                thread = threading.Thread(target=job.run, name=f"msgui {job.lane}", daemon=True)
                self._threads[job] = thread
                thread.start()
                self._timer.start()

    def _look(self) -> None:
        for job in list(self._threads):
            job.hand_out()
        if not self._threads:
            self._timer.stop()

    def _forget(self, job: Job) -> None:
        self._threads.pop(job, None)
        queued = self._lanes.get(job.lane, [])
        if job in queued:
            queued.remove(job)
        if not queued:
            self._lanes.pop(job.lane, None)
        if job.visible:
            self.history.append(job)
            for old in self.history[:-HISTORY]:
                old.deleteLater()
            del self.history[:-HISTORY]
        else:
            job.deleteLater()
        self._start_waiting()
        self.ended.emit(job)
        self.changed.emit()

    def running(self, visible_only: bool = True) -> list[Job]:
        """Return jobs that run or wait, newest last."""
        jobs = [job for queued in self._lanes.values() for job in queued if not job.is_over]
        return sorted(
            (job for job in jobs if job.visible or not visible_only), key=lambda job: job.ticket
        )

    def is_busy(self, lane: str) -> bool:
        """Say whether a job of a lane runs or waits; may be asked from any thread."""
        return lane in self._lanes

    def cancel_lane(self, lane: str) -> None:
        """Cancel what runs and waits in a lane."""
        for job in list(self._lanes.get(lane, ())):
            job.cancel()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Cancel everything and wait; return False when some work did not stop in time."""
        threads = list(self._threads.values())
        for job in self.running(visible_only=False):
            job.cancel()
        until = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)


def _stop_at_exit(reference: "weakref.ref[JobRunner]") -> None:
    runner = reference()
    if runner is not None:
        with contextlib.suppress(RuntimeError):  # Qt has deleted it already
            runner.stop()
