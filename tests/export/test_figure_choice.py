import pytest
from lxml import etree

from msgui.errors import MsguiError
from msgui.export.figure import PRESETS
from msgui.export.figure_choice import PRESET_WORDS, FigureChoice
from tests.export.small_annotations import annotation

SVG = {"s": "http://www.w3.org/2000/svg"}


def words_in(svg: str) -> str:
    tree = etree.fromstring(svg.encode())
    return "\n".join("".join(text.itertext()) for text in tree.iterfind(".//s:text", SVG))


def test_presets_are_exact_in_mm() -> None:
    assert PRESET_WORDS.keys() == PRESETS.keys()
    for name, size in PRESETS.items():
        svg = FigureChoice(size.width_mm, size.height_mm, size.font_pt).draw(annotation())
        root = etree.fromstring(svg.encode())
        assert root.get("width") == f"{size.width_mm:g}mm", name
        assert root.get("height") == f"{size.height_mm:g}mm", name
        width = float(root.get("viewBox").split()[2])
        assert width == pytest.approx(size.width_mm * 72 / 25.4, abs=0.01)


def test_each_part_can_be_left_out() -> None:
    whole = words_in(FigureChoice().draw(annotation(), selected=[3]))
    assert "Caffeine" in whole
    assert "Explained by candidate 1" in whole
    assert "Below: Caffeine, nearest library spectrum" in whole
    assert "Below" not in words_in(FigureChoice(mirror=False).draw(annotation()))
    assert "Explained" not in words_in(FigureChoice(coverage=False).draw(annotation()))
    assert "1 of 2" in whole
    assert "1 of 2" not in words_in(FigureChoice(structure=False).draw(annotation()))
    plain = FigureChoice(heading=False).draw(annotation())
    assert 'class="title"' not in plain
    lit, unlit = (
        FigureChoice(fragment=on).draw(annotation(), selected=[3]) for on in (True, False)
    )
    assert lit != unlit


@pytest.mark.parametrize("change", [{"width_mm": 5.0}, {"height_mm": 5000.0}, {"dpi": 10}])
def test_sizes_that_no_page_has_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(MsguiError):
        FigureChoice(**change)  # type: ignore[arg-type]
