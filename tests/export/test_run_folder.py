"""The folder of a run: finished spectra survive whatever stops it, and repetition is byte-equal."""

import json
from pathlib import Path

import pytest
from small_annotations import annotation

from msgui.errors import MsguiError
from msgui.export.run_folder import FILES, RunFolder, sha256

IDENTITY = {"msgui": "1", "parameters": {"ppm": 10}}


def run(folder: Path, ids: list[str], *, stop_after: int | None = None, **how: bool) -> RunFolder:
    """Annotate ``ids`` into a folder; stop without finishing after some of them."""
    options = {"resume": False, "force": False, **how}
    opened = RunFolder(folder, IDENTITY, **options)  # type: ignore[arg-type]
    todo = [name for name in ids if name not in opened.finished]
    for count, name in enumerate(todo):
        if count == stop_after:
            return opened
        opened.append(name, annotation())
    opened.finish(complete=True)
    return opened


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (*FILES, "run.json")}


IDS = ["a", "b", "c", "d", "e"]


def test_repetition_is_byte_equal(tmp_path: Path) -> None:
    run(tmp_path / "one", IDS)
    run(tmp_path / "two", IDS)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("stop_after", [0, 1, 3, 4])
def test_stopped_run_goes_on_to_the_same_bytes(tmp_path: Path, stop_after: int) -> None:
    run(tmp_path / "whole", IDS)
    run(tmp_path / "two", IDS, stop_after=stop_after)
    run(tmp_path / "two", IDS, resume=True)
    assert contents(tmp_path / "two") == contents(tmp_path / "whole")


def test_torn_writes_are_cut_back(tmp_path: Path) -> None:
    run(tmp_path / "whole", IDS)
    folder = tmp_path / "torn"
    run(folder, IDS, stop_after=3)
    for part in folder.glob("*.part"):
        with part.open("ab") as file:
            file.write(b"half of a ro")
    with (folder / ".journal.jsonl").open("ab") as file:
        file.write(b'{"spectrum_id": "d", "sta')
    run(folder, IDS, resume=True)
    assert contents(folder) == contents(tmp_path / "whole")


def _interrupted(path: Path) -> None:
    with RunFolder(path, IDENTITY, resume=False, force=False) as folder:
        folder.append("a", annotation())
        raise KeyboardInterrupt


def test_resuming_a_complete_run_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path, IDS)
    before = contents(tmp_path)
    assert run(tmp_path, IDS, resume=True).finished == dict.fromkeys(IDS, "ok")
    assert contents(tmp_path) == before


def test_interrupted_run_leaves_complete_tables(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path)
    assert (tmp_path / "spectra.tsv").read_text().count("\n") == 2
    assert json.loads((tmp_path / "run.json").read_text())["complete"] is False
    run(tmp_path, ["a", "b"], resume=True)
    assert json.loads((tmp_path / "run.json").read_text())["complete"] is True
    assert (tmp_path / "spectra.tsv").read_text().count("\n") == 3


def test_existing_results_are_not_overwritten_unasked(tmp_path: Path) -> None:
    run(tmp_path, ["a"])
    before = contents(tmp_path)
    with pytest.raises(MsguiError, match="already holds results"):
        run(tmp_path, ["a"])
    assert contents(tmp_path) == before
    run(tmp_path, ["a", "b"], force=True)
    assert contents(tmp_path) != before


def test_another_run_is_not_continued(tmp_path: Path) -> None:
    run(tmp_path, IDS, stop_after=2)
    with pytest.raises(MsguiError, match="other files or settings"):
        RunFolder(tmp_path, {"msgui": "2"}, resume=True, force=False)


def test_names_of_figures_are_unique(tmp_path: Path) -> None:
    with RunFolder(tmp_path, IDENTITY, resume=False, force=False) as folder:
        names = [folder.append(name, annotation()) for name in ("a/b", "a?b", "A_b")]
    assert len({name.lower() for name in names}) == 3


def test_sha256_of_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "x").write_text("1")
    first = sha256(tmp_path / "f")
    assert len(first) == 64
    (tmp_path / "f" / "x").write_text("2")
    assert sha256(tmp_path / "f") != first
    assert sha256(tmp_path / "f" / "x") != first


def test_a_place_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(MsguiError, match="cannot be written here"):
        RunFolder(tmp_path / "file", IDENTITY, resume=False, force=False)
