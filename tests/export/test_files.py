"""Writing files: the old or the new one, never a mix; names that are legal everywhere."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgui.errors import MsguiError
from msgui.export.files import LONGEST_NAME, replaced_file, safe_name, write_text


def test_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.tsv"
    write_text(path, "one\n")
    write_text(path, "zwei β\n")
    assert path.read_bytes() == "zwei β\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["a.tsv"]
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR


def _half_written(path: Path) -> None:
    with replaced_file(path) as file:
        file.write(b"half of the new")
        raise RuntimeError


def test_failure_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    write_text(path, "old")
    with pytest.raises(RuntimeError):
        _half_written(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.tsv"]


def test_link_is_kept_and_its_target_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_folder_in_the_way_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").mkdir()
    with pytest.raises(MsguiError) as caught:
        write_text(tmp_path / "a.tsv", "x")
    assert caught.value.action
    assert caught.value.file.endswith("a.tsv")
    assert [p.name for p in tmp_path.iterdir()] == ["a.tsv"]


def test_lone_surrogate_does_not_stop_writing(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "x\ud800y")
    assert (tmp_path / "a").read_text() == "x\\ud800y"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("a:b\nc", "a_b_c"),
        ("", "spectrum"),
        ("...", "spectrum"),
        ("x" * 300, "x" * LONGEST_NAME),
        ("caffeine 35 eV", "caffeine_35_eV"),
    ],
)
def test_names(title: str, name: str) -> None:
    assert safe_name(title) == name


@given(st.lists(st.text(max_size=40), max_size=30))
def test_names_are_different_and_legal(titles: list[str]) -> None:
    taken: set[str] = set()
    names = [safe_name(title, taken) for title in titles]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert name
        assert not set(name) & set('<>:"/\\|?*\n\r\t\0 ')
        assert not name.startswith((".", "-"))
        assert not name.endswith(".")
