import random
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.project.file import Key, ProjectFile
from msgui.project.journal import Journal
from msgui.project.recovery import State, leftovers, new_workplace
from msgui.project.saving import save
from tests.project.values_for_projects import changes_of, notes_in, write_project


def test_what_is_kept_stands_on_disk_and_the_newest_value_wins(tmp_path: Path) -> None:
    journal = Journal(lambda: ProjectFile(tmp_path / "work", create=True))
    for note in ("one", "two", "three"):
        journal.keep(changes_of(1, note=note))
    journal.call(lambda file, unwritten: (file.revision, unwritten)).result(5)
    assert notes_in(tmp_path / "work") == {1: "three"}
    assert journal.close()
    assert not journal.is_behind


def test_a_value_that_cannot_be_kept_does_not_stop_the_others(tmp_path: Path) -> None:
    journal = Journal(lambda: ProjectFile(tmp_path / "work", create=True))
    journal.keep({("decisions", 1): {"call": object()}, **changes_of(2)})
    assert journal.close()
    assert notes_in(tmp_path / "work") == {2: ""}


def test_what_cannot_be_written_stays_and_goes_into_the_next_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ProjectFile(tmp_path / "work", create=True)
    whole, full = ProjectFile.write, threading.Event()
    full.set()

    def write(
        self: ProjectFile,
        changes: Mapping[Key, bytes | None],
        about: Mapping[str, str] | None = None,
    ) -> None:
        if self is file and full.is_set():
            raise MsguiError("There is no space left to write the project.", file="work")
        whole(self, changes, about)

    monkeypatch.setattr(ProjectFile, "write", write)
    journal = Journal(lambda: file)
    journal.keep(changes_of(1, note="in memory"))
    journal.call(lambda f, unwritten: save(f, tmp_path / "p.msgui", unwritten)).result(5)
    assert journal.problem is not None
    assert "space" in journal.problem.cause
    assert journal.is_behind
    assert notes_in(tmp_path / "p.msgui") == {1: "in memory"}
    full.clear()
    assert journal.close()
    assert notes_in(tmp_path / "work") == {1: "in memory"}


KEEPS_ON = """
import sys, time
from pathlib import Path
from msgui.project.file import ProjectFile
from msgui.project.journal import Journal
from msgui.project.saving import save
from tests.project.values_for_projects import changes_of
work, target = Path(sys.argv[1]), Path(sys.argv[2])
journal = Journal(lambda: ProjectFile(work, create=True))
for n in range(10**6):
    journal.keep({**changes_of(1, note=str(n)), **changes_of(2, note=str(n))})
    journal.call(lambda f, unwritten: save(f, target, unwritten)).result()
    print(n, flush=True)
"""


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_state(tmp_path: Path) -> None:
    chance = random.Random(4)
    for round_ in range(12):
        work, target = tmp_path / f"work{round_}", tmp_path / f"p{round_}.msgui"
        with subprocess.Popen(
            [sys.executable, "-c", KEEPS_ON, str(work), str(target)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.15))
            process.kill()
            said = [0, *(int(line) for line in process.stdout.read().split())][-1]
        for path, oldest in ((target, said), (work, said)):
            notes = notes_in(path)
            # Both spectra are of one state, and what was reported as saved is there.
            assert notes[1] == notes[2]
            assert int(notes[1]) >= oldest
            with ProjectFile(path) as file:
                assert list(file.damage()) == []


LEAVES_WORK = """
import os, signal, sys
from msgui.project.file import ProjectFile
from msgui.project.journal import Journal
from msgui.project.recovery import State, new_workplace
from tests.project.values_for_projects import changes_of
place = new_workplace()
place.note(State(path=sys.argv[1], saved_revision=int(sys.argv[2])))
journal = Journal(lambda: ProjectFile(place.copy, create=True))
journal.keep(changes_of(1, note="not saved"))
journal.call(lambda *_: None).result()
os.kill(os.getpid(), signal.SIGKILL)
"""


def _leave_work(path: str = "", saved_revision: int = 0) -> None:
    program = [sys.executable, "-c", LEAVES_WORK, path, str(saved_revision)]
    subprocess.run(program, check=False)


def test_work_of_a_killed_process_is_found_once(tmp_path: Path) -> None:
    _leave_work("first.msgui")
    _leave_work()
    mine = new_workplace()
    ProjectFile(mine.copy, create=True).close()
    later, earlier = leftovers()
    assert (later.state.path, earlier.state.path) == ("", "first.msgui")
    assert notes_in(later.copy) == {1: "not saved"}
    assert later.unsaved_entries == 1
    # This process holds them now, and its own was never one of them.
    assert leftovers() == []
    later.discard()
    assert not later.folder.exists()


def test_work_that_was_saved_is_no_leftover() -> None:
    _leave_work("p.msgui", saved_revision=10**9)
    assert leftovers() == []


def test_a_workplace_notes_what_it_is_a_copy_of() -> None:
    place = new_workplace()
    assert place.state == State()
    state = State("p.msgui", "4 abc", 7, "newer")
    place.note(state)
    assert place.state == state
    place.discard()


NO_SPACE = """
import resource, sys
from pathlib import Path
from msgui.errors import MsguiError
from msgui.project.file import ProjectFile
from msgui.project.saving import save
with ProjectFile(Path(sys.argv[1])) as file:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    try:
        save(file, Path(sys.argv[2]))
    except MsguiError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
@pytest.mark.parametrize("limit", [0, 1, 5000, 60_000])
def test_a_full_disk_leaves_the_old_project(tmp_path: Path, limit: int) -> None:
    work, target = write_project(tmp_path / "work", count=20), tmp_path / "p.msgui"
    with ProjectFile(work) as file:
        save(file, target)
    before = target.read_bytes()
    names = sorted(p.name for p in tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", NO_SPACE, str(work), str(target), str(limit)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(target) in done.stdout
    assert target.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    with ProjectFile(work) as file:
        save(file, tmp_path / "elsewhere.msgui")
    assert len(notes_in(tmp_path / "elsewhere.msgui")) == 20


def test_a_folder_that_is_gone_is_said_in_words(tmp_path: Path) -> None:
    with (
        ProjectFile(write_project(tmp_path / "work")) as file,
        pytest.raises(MsguiError, match="cannot be written here") as error,
    ):
        save(file, tmp_path / "gone" / "p.msgui")
    assert error.value.file.endswith("p.msgui")
    assert error.value.action
