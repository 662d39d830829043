"""Every version of the file opens for ever: one of each is kept in tests/data."""

from pathlib import Path

import pytest

from msgui.project.contents import read_files, read_kept
from msgui.project.file import FORMAT, ProjectFile
from msgui.project.opening import open_copy

DATA = Path(__file__).resolve().parents[1] / "data"


def test_there_is_a_file_of_every_version() -> None:
    assert [f"project_{n}.msgui" for n in range(1, FORMAT + 1)] == sorted(
        path.name for path in DATA.glob("project_*.msgui")
    )


@pytest.mark.parametrize("version", range(1, FORMAT + 1))
def test_a_project_of_each_version_opens_with_all_that_is_in_it(
    tmp_path: Path, version: int
) -> None:
    *_, opened = open_copy(DATA / f"project_{version}.msgui", tmp_path / "copy")
    assert opened.read_only == ""  # type: ignore[union-attr]
    with ProjectFile(tmp_path / "copy") as file:
        events = list(read_kept(file))
        assert read_files(file)[0]["status"] == "loaded"
    [batch] = [event for event in events if isinstance(event, tuple)]
    assert [kept.decisions["note"] for kept in batch] == ["note 1", "note 2", "note 3"]
    caffeine = batch[0]
    assert caffeine.annotation is not None
    assert caffeine.annotation.formula == "C8H10N4O2"
    best = caffeine.annotation.candidates[0]
    assert caffeine.decisions["calls"] == {best.structure.inchikey14: "accepted"}
    assert len(caffeine.annotation.peaks) == len(caffeine.spectrum)
    assert caffeine.made_with is not None
    assert caffeine.made_with.structures_sha256
