"""Figures: everything of the spectrum is in them, nothing overlaps, and bytes repeat."""

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from small_annotations import CAFFEINE, annotation, candidate, peaks, spectrum

from msgui.annotation import Annotation, MeasuredLoss, PeakAnnotation
from msgui.export.figure import PRESETS, FigureSize, spectrum_svg
from msgui.export.svg import POINTS_PER_MM
from msgui.export.text_width import text_width
from msgui.fragments.fragment import FragmentMatch
from msgui.spectra.coverage import Chance
from msgui.spectra.spectrum import Spectrum

SVG = "{http://www.w3.org/2000/svg}"
Boxes = list[tuple[str, float, float, float, float]]


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode())


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [node for node in root.iter() if name in node.get("class", "").split()]


def label_boxes(root: ElementTree.Element) -> Boxes:
    """Return text, left, top, right, bottom of each label line."""
    boxes = []
    for node in of_class(root, "label"):
        words, size = node.text or "", float(node.get("font-size", "0"))
        x, y, width = float(node.get("x", "0")), float(node.get("y", "0")), text_width(words, size)
        boxes.append((words, x - width / 2, y - 0.75 * size, x + width / 2, y + 0.1 * size))
    return boxes


def overlapping(boxes: Boxes) -> list[tuple[str, str]]:
    return [
        (a[0], b[0])
        for a, b in itertools.combinations(boxes, 2)
        if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]


def crowded(seed: int, count: int = 80) -> Annotation:
    """Return an annotation of a made-up spectrum with many named peaks."""
    rng = np.random.default_rng(seed)
    mz = np.sort(np.concatenate([rng.uniform(50, 400, count // 2), rng.normal(180, 4, count // 2)]))
    one = Spectrum(mz, rng.pareto(1.0, count) + 0.05, precursor_mz=400.2, title=f"crowd {seed}")
    relative = one.relative_intensity
    kinds = rng.integers(0, 4, count)
    found = tuple(
        PeakAnnotation(
            i,
            float(mz[i]),
            float(one.intensity[i]),
            float(relative[i]),
            formula="" if kinds[i] == 0 else "C12H14N2O3",
            charge=1 if kinds[i] else 0,
            error_ppm=1.0,
            label="fragment" if kinds[i] else "",
            fragment=FragmentMatch((0,), (0,), 1, 1.0, "CH3", "C", 0.0) if kinds[i] == 1 else None,
            seen_in_training=kinds[i] != 3,
        )
        for i in range(count)
    )
    return annotation(spectrum=one, peaks=found)


def test_every_peak_is_a_stick_and_every_text_is_text() -> None:
    root = parsed(spectrum_svg(annotation()))
    assert len(of_class(root, "peak")) == 5
    kinds = [node.get("class") for node in of_class(root, "peak")]
    assert sorted(kinds) == sorted(
        ["peak formula", "peak structure", "peak none", "peak structure", "peak structure"]
    )
    assert len(of_class(root, "precursor")) == 1
    assert len(of_class(root, "unseen")) == 1
    words = [node.text for node in of_class(root, "label")]
    assert "C₆H₈N₃O⁺" in words
    assert "138.0662" in words
    assert "C₃H₅N₂⁺†" in words
    text = " ".join(node.text or "" for node in root.iter(f"{SVG}text"))
    assert "90 % of intensity, 3 of 4 peaks" in text
    assert "median of its 2 isomers: 55 % of intensity, 2 of 4 peaks" in text


def test_stick_heights_are_the_intensities() -> None:
    root = parsed(spectrum_svg(annotation(), structure=False))
    sticks = sorted(of_class(root, "peak"), key=lambda node: float(node.get("x1", "0")))
    heights = np.array([float(s.get("y1", "0")) - float(s.get("y2", "0")) for s in sticks])
    np.testing.assert_allclose(heights / heights.max(), [0.1, 0.22, 0.04, 1.0, 0.8], atol=0.002)


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("seed", range(10))
def test_labels_never_overlap(name: str, seed: int) -> None:
    size: FigureSize = PRESETS[name]
    text = spectrum_svg(crowded(seed), width_mm=size.width_mm, height_mm=size.height_mm)
    root = parsed(text)
    boxes = label_boxes(root)
    assert len(boxes) > 4
    assert overlapping(boxes) == []
    width, height = size.width_mm * POINTS_PER_MM, size.height_mm * POINTS_PER_MM
    for words, left, top, right, bottom in boxes:
        assert left > 0, words
        assert top > 0, words
        assert right < width, words
        assert bottom < height, words


@pytest.mark.parametrize("seed", range(10))
def test_labels_do_not_stand_on_sticks(seed: int) -> None:
    root = parsed(spectrum_svg(crowded(seed)))
    sticks = [
        (float(s.get("x1", "0")), float(s.get("y2", "0")), float(s.get("y1", "0")))
        for s in of_class(root, "peak")
    ]
    for words, left, top, right, bottom in label_boxes(root):
        for x, tip, base in sticks:
            assert not (left < x < right and tip < bottom - 0.2 and top < base), words


def test_the_strongest_peak_always_has_its_label() -> None:
    for seed in range(10):
        one = crowded(seed)
        strongest = max(one.peaks, key=lambda peak: peak.intensity)
        assert f"{strongest.mz:.4f}" in spectrum_svg(one)


def test_size_is_exact_and_background_white() -> None:
    root = parsed(spectrum_svg(annotation(), width_mm=82.5, height_mm=72.0))
    assert root.get("width") == "82.5mm"
    assert root.get("height") == "72mm"
    assert root[1].get("fill") == "#ffffff"


def test_same_input_gives_the_same_bytes() -> None:
    assert spectrum_svg(annotation()) == spectrum_svg(annotation())


def test_mirror_stands_below_and_is_named() -> None:
    mirror = annotation().neighbours[0]
    root = parsed(spectrum_svg(annotation(), mirror=mirror))
    assert len(of_class(root, "mirror")) == 5
    for stick in of_class(root, "mirror"):
        assert float(stick.get("y2", "0")) > float(stick.get("y1", "0"))
    text = " ".join(node.text or "" for node in root.iter(f"{SVG}text"))
    assert "Below: Caffeine, nearest library spectrum, cosine 0.83 (REC-1)" in text
    without_peaks = replace(mirror, mz=None, intensity=None)
    assert not of_class(parsed(spectrum_svg(annotation(), mirror=without_peaks)), "mirror")
    assert of_class(parsed(spectrum_svg(annotation(), mirror=spectrum())), "mirror")


def test_selected_peak_lights_its_piece() -> None:
    text = spectrum_svg(annotation(), selected=[3])
    assert "peak selected" in text
    assert "#A6D8F5" in text, "halo"
    assert "#A6D8F5" not in spectrum_svg(annotation())


def test_structure_finds_a_place_in_narrow_and_in_full_figures() -> None:
    full = Spectrum(np.linspace(50, 390, 60), np.full(60, 100.0), precursor_mz=400.0, title="full")
    for one in (annotation(), annotation(spectrum=full, peaks=())):
        for size in PRESETS.values():
            text = spectrum_svg(one, width_mm=size.width_mm, height_mm=size.height_mm)
            (drawing,) = of_class(parsed(text), "drawing")
            assert "bond-0" in ElementTree.tostring(drawing, encoding="unicode")
    assert not of_class(parsed(spectrum_svg(annotation(), structure=False)), "drawing")


@pytest.mark.parametrize(
    "one",
    [
        Annotation(spectrum(), status="failed", message="The precursor m/z is missing."),
        Annotation(Spectrum(np.array([]), np.array([]), title="no peaks")),
        Annotation(Spectrum(np.array([100.0]), np.array([0.0]))),
        annotation(candidates=(), candidate_count=0),
        annotation(candidates=(candidate(),), candidate_count=1),
        annotation(candidates=(), candidate_count=0, formula="", formula_coverage=None, peaks=()),
    ],
)
def test_nothing_is_too_little_to_draw(one: Annotation) -> None:
    root = parsed(spectrum_svg(one))
    assert len(of_class(root, "peak")) == len(one.spectrum)
    assert "nan" not in spectrum_svg(one).lower().replace("nanometer", "")


def test_without_candidates_the_formula_explains() -> None:
    text = spectrum_svg(annotation(candidates=(), candidate_count=0))
    assert "Explained by C₈H₁₀N₄O₂: 97 % of intensity, 3 of 4 peaks" in text
    assert "formula only" not in text


@pytest.mark.parametrize("title", ["<img src='file:///x'>&", "a\x00\x1b", "x" * 2000, "\u202eabc"])
def test_hostile_titles_are_text(title: str) -> None:
    text = spectrum_svg(annotation(spectrum=spectrum(title=title)))
    parsed(text)
    assert "<img" not in text
    assert "x" * 500 not in re.sub("<title>.*</title>", "", text)


def test_range_and_scale() -> None:
    root = parsed(spectrum_svg(annotation(), mz_range=(100, 150)))
    assert len(of_class(root, "peak")) == 3
    linear = spectrum_svg(annotation())
    assert spectrum_svg(annotation(), square_root=True) != linear


def test_radicals_and_charges() -> None:
    twice = replace(peaks()[3], formula="C6H8N3O", charge=2)
    text = spectrum_svg(annotation(), peaks=(*peaks()[:3], twice, peaks()[4]))
    assert "C₆H₈N₃O•²⁺" in text
    assert CAFFEINE not in text


def test_measured_losses_are_drawn_as_arrows() -> None:
    losses = (MeasuredLoss(4, 3, "C2H3NO"), MeasuredLoss(3, 1))
    text = spectrum_svg(annotation(), losses=losses)
    plain = spectrum_svg(annotation())

    assert text.count('<polygon class="loss"') == 2
    assert "−57.0215  C₂H₃NO" in text
    assert "−27.9949" in text
    assert 'class="loss"' not in plain
    assert spectrum_svg(annotation(), losses=losses) == text


def test_the_chance_level_stands_beside_the_coverage() -> None:
    text = spectrum_svg(annotation(chance=Chance(0.02, 0.011)))

    assert "by chance 1 %" in text


def test_a_formula_without_a_structure_is_a_broken_line() -> None:
    tree = parsed(spectrum_svg(annotation()))
    lines = of_class(tree, "peak")
    dashed = {e.get("class") for e in lines if e.get("stroke-dasharray")}

    assert dashed == {"peak formula"}
