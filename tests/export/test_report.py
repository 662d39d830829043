"""Reports: whole, alone, escaped, and the same at every run."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from small_annotations import annotation, candidate, spectrum

from msgui.annotation import Annotation
from msgui.errors import MsguiError
from msgui.export.files import safe_name, write_text
from msgui.export.report import spectrum_report
from msgui.export.run_index import run_index
from msgui.export.tables import TABLES
from msgui.structures.structure import Structure

PARAMETERS = {"ppm": 10.0, "fragment_ppm": 10.0, "adduct": None, "max_bonds": 2, "by": "formula"}
ALONE = {"meta", "br", "img", "link", "input", "hr"}
# Shapes of SVG that close themselves.
SHAPES = {"path", "line", "rect", "circle", "polygon", "ellipse"}


class Page(HTMLParser):
    """Collects text and checks that tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_everything_is_on_the_page() -> None:
    page = Page(spectrum_report(annotation(), PARAMETERS))
    assert page.open == []
    for words in (
        "Caffeine",
        "195.0877",
        "[M+H]⁺",
        "C₈H₁₀N₄O₂",
        "RYYVLZVUVIJVGH",
        "0.71",  # model
        "0.83",  # baseline, beside it
        "90 %",
        "The median of the 2 candidates of this formula explains 55 % of intensity",
        "12 training spectra are alike.",
        "Not computed, because of a reason.",
        "nearest library spectra",
        "REC-1 (library)",
        "138.0662",
        "C₆H₈N₃O⁺",
        "C₂H₃NO",
        "Peak tolerance 10 ppm",
        "some file.mgf, record 5",
        "= 2",  # a tie is shown as a tie
    ):
        assert words in page.text, words


def test_nothing_outside_is_needed() -> None:
    text = spectrum_report(annotation(), PARAMETERS)
    for tag, name, value in Page(text).attributes:
        if name in ("src", "href", "xlink:href", "data", "action", "poster"):
            raise AssertionError(f"{tag} {name}={value}")
    assert "@import" not in text
    assert "url(" not in text
    assert "<script" not in text
    outside = {link for link in re.findall(r"https?://[^\s\"'<]+", text) if "w3.org" not in link}
    assert outside <= {"http://www.rdkit.org/xml"}, "names of XML vocabularies only"


@pytest.mark.parametrize(
    "hostile", ["<img src=file:///etc/passwd>", "<script>alert(1)</script>", "\"'><b>", "{{ 7*7 }}"]
)
def test_words_of_files_are_text(hostile: str) -> None:
    structure = Structure("CCO", "LFQSCWFLJHTTHZ", "C2H6O", 46.0419, hostile, hostile)
    one = annotation(
        spectrum=spectrum(title=hostile, instrument=hostile, spectrum_id=hostile),
        candidates=(candidate(), candidate(2, structure=structure)),
        message=hostile,
        model=hostile,
        neighbour_note=hostile,
    )
    text = spectrum_report(one, {"note": hostile})
    page = Page(text)
    assert page.open == []
    assert "<img" not in text
    assert "<script" not in text
    assert hostile in " ".join(page.words)


def test_same_input_gives_the_same_bytes() -> None:
    assert spectrum_report(annotation(), PARAMETERS) == spectrum_report(annotation(), PARAMETERS)


@pytest.mark.parametrize(
    "one",
    [
        Annotation(spectrum(), status="failed", message="The precursor m/z is missing."),
        annotation(candidates=(), candidate_count=0),
        annotation(prediction=None, model="", neighbours=(), neighbour_note="", trust=()),
        annotation(candidates=(candidate(model_score=None, isomer_percentile=float("nan")),)),
        annotation(
            candidates=(candidate(structure=Structure("not smiles", "X", "C2H6O", 46.0)),),
            peaks=(),
        ),
    ],
)
def test_what_is_missing_is_said(one: Annotation) -> None:
    page = Page(spectrum_report(one))
    assert page.open == []
    assert "nan" not in page.text.lower().split()
    assert "None" not in page.text.split()
    if not one.candidates:
        assert "There is no candidate structure." in page.text


def _write_run(folder: Path, ids: list[str]) -> None:
    """Write the tables and reports of a run."""
    taken: set[str] = set()
    for table in TABLES:
        rows = "".join(table.text(name, annotation()) for name in ids)
        write_text(folder / f"{table.name}.tsv", table.header() + rows)
    for name in ids:
        write_text(folder / "reports" / f"{safe_name(name, taken)}.html", "a report")


def test_index_links_each_report(tmp_path: Path) -> None:
    ids = ["one", "=two", "a/b", "a?b", "one<b>"]
    _write_run(tmp_path, ids)
    text = run_index(tmp_path, "My run")
    page = Page(text)
    assert page.open == []
    links = [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")]
    assert len(set(links)) == 5
    for link in links:
        assert (tmp_path / str(link)).exists()
    assert "5 spectra." in page.text
    assert "=two" in page.text
    assert "'=two" not in page.text
    assert "one<b>" in page.text
    assert run_index(tmp_path, "My run") == text


def test_index_without_tables_says_so(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="cannot be read"):
        run_index(tmp_path)
