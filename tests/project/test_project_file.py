import contextlib
import sqlite3
from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.project.contents import read_files, read_kept
from msgui.project.file import FORMAT, ProjectFile
from msgui.project.opening import DamagedProjectError, Opened, good_backups, open_copy, rescue
from msgui.project.saving import mark_of, save
from tests.export.small_annotations import annotation
from tests.project.values_for_projects import (
    MADE_WITH,
    blocks,
    changes_of,
    notes_in,
    same,
    write_project,
)


def opened(path: Path, working: Path) -> Opened:
    *_, last = open_copy(path, working)
    assert isinstance(last, Opened)
    return last


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    path = write_project(tmp_path / "work.msgui", note="Ünïcode\0 and \ud800")
    with ProjectFile(path) as file:
        assert list(file.damage()) == []
        [batch] = [item for item in read_kept(file) if isinstance(item, tuple)]
        assert read_files(file) == [{"path": "folder/some file.mgf", "status": "loaded"}]
    assert [kept.uid for kept in batch] == [1, 2, 3]
    for kept in batch:
        assert same(kept.annotation, annotation(spectrum=kept.spectrum))
        assert kept.annotation is not None
        assert kept.annotation.spectrum is kept.spectrum
        assert kept.made_with == MADE_WITH
        assert kept.decisions["calls"] == {"RYYVLZVUVIJVGH": "accepted"}
        assert kept.decisions["note"] == "Ünïcode\0 and \ud800"


def test_rows_can_be_replaced_and_removed(tmp_path: Path) -> None:
    path = write_project(tmp_path / "work.msgui")
    with ProjectFile(path) as file:
        file.write(blocks(changes_of(2, note="changed")))
        file.write({("spectra", 1): None, ("annotations", 1): None, ("decisions", 1): None})
        assert list(file.damage()) == []
        assert file.count("spectra") == 2
    assert notes_in(path) == {2: "changed", 3: ""}


def test_the_same_state_saved_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write_project(tmp_path / "work.msgui")
    with ProjectFile(path) as file:
        save(file, tmp_path / "a.msgui")
        save(file, tmp_path / "b.msgui")
    assert (tmp_path / "a.msgui").read_bytes() == (tmp_path / "b.msgui").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.msgui", "b.msgui", "work.msgui"]


def test_opening_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = write_project(tmp_path / "mine.msgui")
    before = path.read_bytes()
    assert opened(path, tmp_path / "copy") == Opened(tmp_path / "copy")
    assert path.read_bytes() == before
    assert notes_in(tmp_path / "copy") == {1: "", 2: "", 3: ""}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"BEGIN IONS\n" * 20, "not a project"),
        (b"SQLite format 3\0" + bytes(500), "not a project"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "other.msgui"
    path.write_bytes(content)
    with pytest.raises(MsguiError, match=words) as error:
        opened(path, tmp_path / "copy")
    assert error.value.file == str(path)
    with pytest.raises(MsguiError, match="no such file"):
        opened(tmp_path / "gone.msgui", tmp_path / "copy")


def _stated(path: Path, **about: str) -> None:
    with ProjectFile(path) as file:
        file.write({}, about)


def test_a_newer_project_is_read_only_or_refused_and_never_rewritten(tmp_path: Path) -> None:
    path = write_project(tmp_path / "new.msgui")
    _stated(path, format=str(FORMAT + 1), msgui="9.9")
    before = path.read_bytes()
    assert "newer" in opened(path, tmp_path / "copy").read_only
    assert notes_in(tmp_path / "copy") == {1: "", 2: "", 3: ""}
    _stated(path, oldest_reader=str(FORMAT + 1))
    after = path.read_bytes()
    with pytest.raises(MsguiError, match=r"newer msgui \(9\.9\)"):
        opened(path, tmp_path / "copy")
    assert path.read_bytes() == after != before


def test_an_older_project_is_migrated_on_the_copy_and_kept_as_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_project(tmp_path / "old.msgui")
    _stated(path, format="0")
    before = path.read_bytes()
    called = []
    monkeypatch.setattr("msgui.project.opening.MIGRATIONS", {0: called.append})
    opened(path, tmp_path / "copy")
    assert len(called) == 1
    assert path.read_bytes() == before
    with ProjectFile(tmp_path / "copy") as file:
        assert file.about["format"] == str(FORMAT)
        save(file, path)
        save(file, path)
    assert (tmp_path / "old.msgui.format0.bak").read_bytes() == before
    assert notes_in(path) == {1: "", 2: "", 3: ""}


def test_a_migration_that_fails_leaves_the_copy_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_project(tmp_path / "old.msgui")
    _stated(path, format="0")

    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM spectra")
        raise ValueError("no")

    monkeypatch.setattr("msgui.project.opening.MIGRATIONS", {0: fails})
    with pytest.raises(ValueError, match="no"):
        opened(path, tmp_path / "copy")
    with ProjectFile(tmp_path / "copy") as file:
        assert file.count("spectra") == 3


def test_a_stranger_cannot_put_anything_that_runs_into_a_project(tmp_path: Path) -> None:
    path = write_project(tmp_path / "strange.msgui")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TRIGGER t AFTER INSERT ON decisions BEGIN DELETE FROM spectra; END"
        )
    with pytest.raises(DamagedProjectError, match="tables"):
        opened(path, tmp_path / "copy")


def test_the_backup_is_the_state_before_the_last_save(tmp_path: Path) -> None:
    work, path = write_project(tmp_path / "work"), tmp_path / "p[1].msgui"
    with ProjectFile(work) as file:
        for note in ("first", "second", "third"):
            file.write(blocks(changes_of(1, note=note)))
            save(file, path)
    assert notes_in(path)[1] == "third"
    [backup] = good_backups(path)
    assert notes_in(backup)[1] == "second"


def test_a_project_that_another_program_changed_is_not_replaced(tmp_path: Path) -> None:
    work, path = write_project(tmp_path / "work"), tmp_path / "p.msgui"
    with ProjectFile(work) as file:
        mark = save(file, path)
        assert mark == mark_of(path)
        assert save(file, path, expected=mark)
        _stated(path, msgui="somebody else")
        before = path.read_bytes()
        with pytest.raises(MsguiError, match="another program"):
            save(file, path, expected=mark)
    assert path.read_bytes() == before


def test_a_link_is_kept(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near.msgui").symlink_to(tmp_path / "far" / "real.msgui")
    with ProjectFile(write_project(tmp_path / "work")) as file:
        save(file, tmp_path / "near.msgui")
        save(file, tmp_path / "near.msgui")
    assert (tmp_path / "near.msgui").is_symlink()
    assert notes_in(tmp_path / "far" / "real.msgui") == {1: "", 2: "", 3: ""}


def test_changes_that_the_copy_could_not_take_are_saved(tmp_path: Path) -> None:
    with ProjectFile(write_project(tmp_path / "work")) as file:
        save(file, tmp_path / "p.msgui", pending=blocks(changes_of(3, note="only in memory")))
    assert notes_in(tmp_path / "p.msgui")[3] == "only in memory"


def test_a_project_in_memory_can_be_saved(tmp_path: Path) -> None:
    with ProjectFile(None) as file:
        file.write(blocks(changes_of(1, note="no home")))
        save(file, tmp_path / "p.msgui")
    assert notes_in(tmp_path / "p.msgui") == {1: "no home"}


def _damaged_places(path: Path) -> list[tuple[str, bytes]]:
    whole = path.read_bytes()
    cases = []
    step = len(whole) // 40
    for place in range(5, len(whole), step):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (place % 8)
        cases.append((f"bit {place}", bytes(flipped)))
        zeroed = bytearray(whole)
        zeroed[place : place + 512] = bytes(len(zeroed[place : place + 512]))
        cases.append((f"zeros {place}", bytes(zeroed)))
        cases.append((f"cut {place}", whole[:place]))
    for place in range(100):  # each byte of SQLite's header
        flipped = bytearray(whole)
        flipped[place] ^= 0x55
        cases.append((f"header {place}", bytes(flipped)))
    return cases


def _is_refused(path: Path, copy: Path) -> bool:
    with contextlib.suppress(MsguiError):
        opened(path, copy)
        return False
    return True


def test_damage_at_200_places_is_noticed_or_harmless_and_the_rest_is_rescued(
    tmp_path: Path,
) -> None:
    path = write_project(tmp_path / "p.msgui", count=12)
    with ProjectFile(path) as file:
        save(file, path)
    before = notes_in(path)
    cases = _damaged_places(path)
    assert len(cases) >= 200
    rescued_most = 0
    for number, (name, content) in enumerate(cases):
        path.write_bytes(content)
        copy = tmp_path / "copy"
        copy.unlink(missing_ok=True)
        if not _is_refused(path, copy):
            # Nobody may be shown something else than what was saved.
            assert notes_in(copy) == before, name
            continue
        if number % 2:
            continue
        copy.unlink(missing_ok=True)
        try:
            *_, end = rescue(path, copy)
        except MsguiError:
            assert not name.startswith(("bit", "header")), name
            continue
        assert isinstance(end, Opened)
        found = notes_in(copy)
        decided = {uid: note for uid, note in found.items() if note != "lost"}
        assert (len(found), len(found) - len(decided)) == (end.rescued, end.bare), name
        assert decided.items() <= before.items(), name
        rescued_most += name.startswith(("bit", "header")) and end.rescued >= 11
        assert not name.startswith(("bit", "header")) or end.rescued >= 7, (name, end)
    assert rescued_most > 25


def test_the_newest_whole_backup_is_offered(tmp_path: Path) -> None:
    work, path = write_project(tmp_path / "work"), tmp_path / "p.msgui"
    with ProjectFile(work) as file:
        save(file, path)
        save(file, path)
    path.write_bytes(path.read_bytes()[:20000])
    with pytest.raises(DamagedProjectError) as error:
        opened(path, tmp_path / "copy")
    assert [backup.name for backup in error.value.backups] == ["p.msgui.bak"]
    assert "p.msgui.bak" in error.value.action
    backup = path.with_name("p.msgui.bak")
    backup.write_bytes(backup.read_bytes()[:-9000])
    with pytest.raises(DamagedProjectError, match="damaged") as error:
        opened(path, tmp_path / "copy")
    assert error.value.backups == ()
