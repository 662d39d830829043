"""The scanner: whole elements over any edge of chunks, comments and prefixes, no declarations."""

from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.spectra import source as source_module
from msgui.spectra.source import Source
from msgui.spectra.xml_scan import Scanner, attributes, root_name


def scanned(folder: Path, text: str) -> list[tuple[bytes, bool]]:
    path = folder / "a.xml"
    path.write_text(text)
    scanner = Scanner(Source(path), b"item", b"</item>")
    return [(element.data, element.is_whole) for element in scanner.elements()]


@pytest.mark.parametrize("chunk", [7, 64, 100, 1 << 16])
def test_elements_over_the_edges_of_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(source_module, "_FIRST_CHUNK", chunk)
    monkeypatch.setattr(source_module, "_CHUNK", chunk)
    items = [f'<item id="{number}">{"x" * number}</item>' for number in range(60)]
    text = "<root><itemList>" + "\n<!-- <item>no</item> -->".join(items) + "</itemList></root>"
    found = scanned(tmp_path, text)
    assert [data.decode() for data, _ in found] == items
    assert all(whole for _, whole in found)


def test_elements_without_end(tmp_path: Path) -> None:
    found = scanned(tmp_path, "<root><item>a<item>b</item><item>c")
    assert found == [(b"<item>a", False), (b"<item>b</item>", True), (b"<item>c", False)]


@pytest.mark.parametrize("before", ["", "<!--" + "x" * 200_000 + "-->"])
@pytest.mark.parametrize("declaration", ['<!DOCTYPE x [<!ENTITY a "b">]>', "<!DOCTYPE x>"])
def test_declarations_are_refused(tmp_path: Path, before: str, declaration: str) -> None:
    with pytest.raises(MsguiError, match="DOCTYPE is not allowed"):
        scanned(tmp_path, before + declaration + "<root><item>a</item></root>")


def test_attributes_of_any_style() -> None:
    tag = b"""id="a &amp; b" other='c "d"' x:y = "1" id="second" bad"""
    assert attributes(tag) == {"id": "a & b", "other": 'c "d"', "x:y": "1"}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<?xml version='1.0'?>\n<!-- <no> --><mzML a='b'>", "mzML"),
        (b"<a:b/>", "a:b"),
        (b"text", ""),
        (b"<?xml version='1.0'?><!-- not closed", ""),
    ],
)
def test_outermost_names(head: bytes, name: str) -> None:
    assert root_name(head) == name
