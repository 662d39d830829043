"""Jobs: generators off the window's thread, cancelled between steps, outdated ones unheard."""

import threading
import time

import pytest

from msgui.errors import MsguiError
from msgui.gui.jobs import RESULTS_AHEAD, JobRunner
from msgui.progress import Step

pytestmark = pytest.mark.gui


@pytest.fixture
def runner(qtbot) -> JobRunner:
    runner = JobRunner()
    yield runner
    assert runner.stop()
    runner.deleteLater()


def test_results_come_in_order_in_the_thread_of_the_window(qtbot, runner):
    here, got, threads = threading.get_ident(), [], set()

    def work():
        threads.add(threading.get_ident())
        for i in range(100):
            yield Step(i, 100)
            yield i

    def take(result):
        got.append(result)
        assert threading.get_ident() == here

    job = runner.start("count", work, on_result=take)
    qtbot.waitSignal(job.finished).wait()
    assert got == list(range(100))
    assert here not in threads
    assert (job.state, job.step) == ("done", Step(99, 100))


def test_a_newer_job_of_the_lane_silences_the_older(qtbot, runner):
    got, gate = [], threading.Event()

    def work(name):
        yield Step(0, 2)
        gate.wait(5)
        yield name

    jobs = [
        runner.start(str(i), lambda i=i: work(i), lane="a", newest_only=True, on_result=got.append)
        for i in range(20)
    ]
    gate.set()
    qtbot.waitUntil(lambda: not runner.running(visible_only=False))
    assert got == [19]
    assert [job.state for job in jobs] == ["cancelled"] * 19 + ["done"]


def test_jobs_of_one_lane_follow_each_other(qtbot, runner):
    at_once, most = [0], [0]

    def work():
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.01)
        yield 1
        at_once[0] -= 1

    for i in range(5):
        runner.start(str(i), work, lane="one")
    qtbot.waitUntil(lambda: not runner.running())
    assert most == [1]


def test_cancel_stops_between_steps_and_closes_the_generator(qtbot, runner):
    closed = threading.Event()

    def work():
        try:
            for i in range(10_000):
                time.sleep(0.005)
                yield Step(i, 10_000)
        finally:
            closed.set()

    job = runner.start("long", work)
    qtbot.waitUntil(lambda: job.step is not None)
    with qtbot.waitSignal(job.cancelled, timeout=2000):
        job.cancel()
    assert closed.is_set()
    assert job.state == "cancelled"


def test_a_job_that_nobody_hears_can_be_cancelled(qtbot, runner):
    def flood():
        while True:
            yield b"result"

    job = runner.start("flood", flood)
    time.sleep(0.1)
    job.cancel()
    qtbot.waitUntil(lambda: job.is_over, timeout=2000)
    assert job._outbox.qsize() <= RESULTS_AHEAD


def test_an_error_is_told_once_and_the_next_job_runs(qtbot, runner):
    told, done = [], []

    def bad():
        yield Step(0, 1)
        raise MsguiError("There is nothing.", "Look elsewhere.")

    runner.start("bad", bad, lane="x", on_fail=told.append, on_end=lambda: done.append("bad"))
    runner.start("good", lambda: iter([1]), lane="x", on_end=lambda: done.append("good"))
    qtbot.waitUntil(lambda: len(done) == 2)
    assert [error.cause for error in told] == ["There is nothing."]


def test_a_flood_of_results_leaves_time_for_the_mouse(qtbot, runner):
    from PySide6.QtCore import QTimer

    beats, timer = [], QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(1)
    job = runner.start("flood", lambda: iter(range(3000)), on_result=lambda _: time.sleep(0.0002))
    qtbot.waitUntil(lambda: job.is_over, timeout=20_000)
    timer.stop()
    # Not a matter of speed: a starved timer would not beat at all before the end.
    assert len(beats) > 5


def test_stop_waits_for_the_workers(qtbot):
    runner = JobRunner()
    for i in range(3):
        runner.start(str(i), lambda: (time.sleep(0.01) or Step(i, 0) for i in range(1000)))
    assert runner.stop(5.0)
    runner.deleteLater()
