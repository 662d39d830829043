"""Opened files: what is refused, gzip within bounds, encodings, blocks of whole records."""

import gzip
import os
from pathlib import Path

import pytest
from spectrum_text import mgf_record, read_text, split

from msgui.errors import MsguiError
from msgui.spectra.checking import check
from msgui.spectra.readers import read
from msgui.spectra.source import Source


@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "broken link", "loop", "fifo"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.mgf"
    if kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    elif kind == "broken link":
        path.symlink_to(tmp_path / "nowhere")
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "fifo":
        os.mkfifo(path)
    with pytest.raises(MsguiError) as caught:
        list(read(path))
    assert caught.value.file == str(path)
    assert caught.value.cause
    assert caught.value.action


def test_an_endless_device_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zero.mgf"
    path.symlink_to("/dev/zero")
    with pytest.raises(MsguiError, match="not a regular file"):
        Source(path)


@pytest.mark.parametrize(
    "name", ["a b & #1 %20 'é'.mgf", "-dash.mgf", "line\nend.mgf", "ä" * 100 + ".mgf", "é🧪.mgf"]
)
def test_file_names_of_any_kind(tmp_path: Path, name: str) -> None:
    spectra, problems = read_text(tmp_path, name, mgf_record())
    assert (len(spectra), problems) == (1, [])


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mgf"))
    path.write_text(mgf_record())
    assert len(split(path)[0]) == 1


@pytest.mark.parametrize("name", ["a", "A.MGF", "a.mgf.txt", "a.MGF.GZ.txt"])
def test_names_with_other_suffixes(tmp_path: Path, name: str) -> None:
    spectra, problems = read_text(tmp_path, name, mgf_record())
    assert (len(spectra), problems) == (1, [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = mgf_record(NAME="β-Ionon") * 300
    spectra, problems = read_text(tmp_path, "a.mgf", text.encode(encoding))
    assert len(spectra) == 300
    assert spectra[0].metadata["NAME"] == "β-Ionon"
    assert problems == []


def test_latin_1_is_read_with_a_warning_that_names_the_line(tmp_path: Path) -> None:
    text = mgf_record() + mgf_record(NAME="Café", LAB="Jena")
    spectra, problems = read_text(tmp_path, "a.mgf", text.encode("latin-1"))
    assert spectra[1].metadata["NAME"] == "Café"
    (problem,) = problems
    assert "not UTF-8" in problem.cause
    assert problem.where == f"line {text.split(chr(10)).index('NAME=Café') + 1}"


def test_strange_characters_load(tmp_path: Path) -> None:
    name = "a\0b\x1b[31m\x07\u202ec"
    spectra, _ = read_text(tmp_path, "a.mgf", mgf_record(NAME=name))
    assert spectra[0].metadata["NAME"] == name


def test_a_page_of_nul_costs_one_record(tmp_path: Path) -> None:
    text = mgf_record() + mgf_record("100 1\n" + "\0" * 4096 + "\n200 2\n") + mgf_record()
    spectra, problems = read_text(tmp_path, "a.mgf", text)
    assert len(spectra) == 2
    assert sum(problem.skipped for problem in problems) == 1
    assert problems[0].cause.isprintable()


def test_gzip_under_any_name(tmp_path: Path) -> None:
    data = gzip.compress((mgf_record() * 5000).encode())
    spectra, problems = read_text(tmp_path, "a.mgf.gz", data)
    assert (len(spectra), problems) == (5000, [])
    spectra, problems = read_text(tmp_path, "b.mgf", data)
    assert len(spectra) == 5000
    assert "gzip" in problems[0].cause
    spectra, problems = read_text(tmp_path, "c.mgf.gz", mgf_record())
    assert len(spectra) == 1
    assert "not compressed" in problems[0].cause


def test_gzip_of_several_members(tmp_path: Path) -> None:
    data = gzip.compress(mgf_record().encode()) + gzip.compress(mgf_record().encode())
    spectra, problems = read_text(tmp_path, "a.mgf.gz", data)
    assert (len(spectra), problems) == (2, [])


def test_truncated_gzip_keeps_what_was_whole(tmp_path: Path) -> None:
    text = "".join(mgf_record(f"{100 + n}.5 {n}\n") for n in range(1, 5000))
    data = gzip.compress(text.encode())
    spectra, problems = read_text(tmp_path, "a.mgf.gz", data[: len(data) // 2])
    assert 100 < len(spectra) < 4999
    assert any("cut off" in problem.cause for problem in problems)
    assert sum(problem.skipped for problem in problems) <= 1


def test_damaged_gzip_is_said(tmp_path: Path) -> None:
    data = bytearray(gzip.compress((mgf_record() * 5000).encode()))
    data[-6] ^= 0xFF
    _, problems = read_text(tmp_path, "a.mgf.gz", bytes(data))
    assert any("damaged" in problem.cause for problem in problems)


@pytest.mark.parametrize("start", ["", mgf_record()])
def test_a_gzip_bomb_is_stopped(tmp_path: Path, start: str) -> None:
    path = tmp_path / "a.mgf.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(start.encode())
        for _ in range(120):
            file.write(bytes(1_000_000))
    report = check(path)
    assert report.loaded == bool(start)
    assert "unpacks to more than" in report.messages[-1].cause


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 5000)
    items = read(path)
    next(items)
    with path.open("a") as file:
        file.write(mgf_record())
    assert "changed while reading" in list(items)[-1].cause


def test_a_file_that_disappears_meanwhile_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 5000)
    items = read(path)
    next(items)
    path.unlink()
    assert "it is gone" in list(items)[-1].cause


def test_blocks_are_whole_records_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    lines = [f"line {number}\n" for number in range(1, 60_001)]
    path.write_text("".join(lines))
    blocks = list(Source(path).text_blocks(lambda buffer: buffer.rfind(b"\n") + 1))
    assert len(blocks) > 1
    assert "".join(block.text for block in blocks) == "".join(lines)
    assert all(block.text.startswith(f"line {block.line}\n") for block in blocks)
