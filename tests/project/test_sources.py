"""Files that have moved are known again by what is in them."""

from pathlib import Path

from msgui.project.sources import Located, identity, is_same, locate, name_of


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def located(files: dict[str, str], folders=(), moved=None) -> Located:
    *_, last = locate(files, folders, moved)
    assert isinstance(last, Located)
    return last


def test_a_digest_tells_files_of_one_size_apart(tmp_path) -> None:
    one, other = write(tmp_path / "a.mgf", "1 2"), write(tmp_path / "b.mgf", "1 3")
    assert identity(one) != identity(other)
    assert is_same(one, identity(one))
    assert not is_same(tmp_path / "none.mgf", identity(one))


def test_of_a_large_file_its_end_counts(tmp_path) -> None:
    one = write(tmp_path / "a.mgf", "0" * (3 << 20) + "1")
    other = write(tmp_path / "b.mgf", "0" * (3 << 20) + "2")
    assert identity(one) != identity(other)


def test_files_that_stayed_are_not_looked_for(tmp_path) -> None:
    stayed = write(tmp_path / "a.mgf", "a")
    assert located({str(stayed): "another digest"}) == Located({}, ())


def test_files_beside_the_project_are_found_with_their_folders(tmp_path) -> None:
    here = tmp_path / "new"
    one, other = write(here / "a.mgf", "a"), write(here / "raw" / "plate 1" / "b.mgf", "b")
    files = {
        "/old/data/a.mgf": identity(one),
        "C:\\old\\raw\\plate 1\\b.mgf": identity(other),
        "/old/data/c.mgf": "gone",
    }
    assert located(files, [here]) == Located(
        {"/old/data/a.mgf": str(one), "C:\\old\\raw\\plate 1\\b.mgf": str(other)},
        ("/old/data/c.mgf",),
    )


def test_another_file_of_the_same_name_is_not_taken(tmp_path) -> None:
    write(tmp_path / "a.mgf", "something else")
    assert located({"/old/a.mgf": "digest"}, [tmp_path]).missing == ("/old/a.mgf",)


def test_what_stood_beside_a_moved_file_is_found_beside_it(tmp_path) -> None:
    first = write(tmp_path / "disk" / "runs" / "monday" / "a.mgf", "a")
    far = write(tmp_path / "disk" / "runs" / "friday" / "late" / "deep" / "b.mgf", "b")
    near = write(tmp_path / "disk" / "runs" / "monday" / "c.mgf", "c")
    files = {
        "/mnt/runs/friday/late/deep/b.mgf": identity(far),
        "/mnt/elsewhere/c.mgf": identity(near),
    }
    found = located(files, moved=("/mnt/runs/monday/a.mgf", str(first)))
    assert found == Located(
        {
            "/mnt/runs/friday/late/deep/b.mgf": str(far),
            "/mnt/elsewhere/c.mgf": str(near),
        }
    )


def test_a_renamed_file_leads_to_its_neighbours(tmp_path) -> None:
    first, other = write(tmp_path / "renamed.mgf", "a"), write(tmp_path / "b.mgf", "b")
    found = located({"/old/b.mgf": identity(other)}, moved=("/old/a.mgf", str(first)))
    assert found.places == {"/old/b.mgf": str(other)}


def test_names_of_other_systems_are_read() -> None:
    assert name_of("C:\\data\\a b.mgf") == "a b.mgf"
    assert name_of("/data/a.mgf") == "a.mgf"
