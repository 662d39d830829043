import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from msgui.project.lock import Lock, holder_of


def test_one_process_holds_a_project(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "p.msgui"), Lock(tmp_path / "p.msgui")
    assert first.acquire() is None
    holder = second.acquire()
    assert holder is not None
    assert (holder.process, holder.host) == (os.getpid(), socket.gethostname())
    assert str(os.getpid()) in str(holder)
    second.release()  # not its own: it stays
    assert second.acquire() is not None
    first.release()
    assert second.acquire() is None
    second.release()
    assert list(tmp_path.iterdir()) == []


def _left_by_a_dead_process(path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from msgui.project.lock import Lock;"
        "assert Lock(Path(sys.argv[1])).acquire() is None; os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    _left_by_a_dead_process(tmp_path / "p.msgui")
    lock = Lock(tmp_path / "p.msgui")
    left = holder_of(lock.path)
    assert left is not None
    assert left.is_gone
    assert lock.acquire() is None
    assert len(list(tmp_path.iterdir())) == 1


def _rewritten(lock: Lock, **changes: object) -> None:
    said = json.loads(lock.path.read_text())
    lock.path.write_text(json.dumps({**said, **changes}))


def test_a_number_that_was_given_to_another_process_is_no_holder(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "p.msgui")
    lock.acquire()
    if holder_of(lock.path).started:  # type: ignore[union-attr]
        _rewritten(lock, started=1)
        assert Lock(tmp_path / "p.msgui").acquire() is None


def test_a_process_of_another_computer_is_believed(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "p.msgui")
    lock.acquire()
    _rewritten(lock, host="far away", process=1, token="theirs")
    holder = Lock(tmp_path / "p.msgui").acquire()
    assert holder is not None
    assert "on far away" in str(holder)
    lock.release()
    assert lock.path.exists()


def test_a_lock_that_cannot_be_understood_is_no_lock(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "p.msgui")
    lock.path.write_text("{")
    assert lock.acquire() is None
