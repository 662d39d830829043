"""Sticks, signs and labels of a figure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from msgui.annotation import PeakAnnotation
from msgui.export import svg
from msgui.export.figure_axes import INK, MUTED, Axes
from msgui.export.label_places import Box, Placed, Places
from msgui.export.text_width import text_width
from msgui.export.words import DAGGER, ion_words
from msgui.spectra.spectrum import FloatArray, Spectrum

Kind = Literal["structure", "formula", "none", "noise", "contaminant", "plain", "selected"]
Sign = Literal["", "precursor", "unseen"]

# As on screen: contrast to white of 5.2, 5.1, 4.5, 3.9 and 3.4.
EXPLAINED, FORMULA, UNEXPLAINED = "#0072B2", "#7A52C7", "#767676"
SELECTED, MIRROR = "#D55E00", "#009E73"
_COLORS: dict[Kind, str] = {
    "structure": EXPLAINED,
    "formula": FORMULA,
    "none": UNEXPLAINED,
    "noise": UNEXPLAINED,
    "contaminant": UNEXPLAINED,
    "plain": INK,
    "selected": SELECTED,
}
_WIDTHS: dict[Kind, float] = {
    "structure": 1.3,
    "formula": 1.1,
    "none": 0.6,
    "noise": 0.6,
    "contaminant": 0.6,
    "plain": 0.8,
    "selected": 2.0,
}
# No color is the only sign: a formula without a structure is a broken line.
_DASHES: dict[Kind, str] = {"formula": "3 1.2", "noise": "0.8 1", "contaminant": "0.8 1"}
_LEAD_DASHES = "0.7 1.3"  # a line that leads to a label must not look like a peak
_USUAL_SIZE = 7.0  # of the text; the widths above go with it
# Smaller peaks are not labeled: their names would crowd out those that matter.
LEAST_LABELED = {True: 0.005, False: 0.05}  # with and without a formula
MATCH_PPM = 20.0  # query and mirror sticks nearer than this are one line on paper


@dataclass(frozen=True)
class Stick:
    """One peak as it is drawn: label lines from top to bottom, the formula last.

    ``is_set`` says that the chemist chose the formula: it stands in italics.
    """

    index: int
    mz: float
    relative: float
    kind: Kind
    sign: Sign
    lines: tuple[str, ...]
    weight: float
    is_set: bool = False


def sticks_of(
    spectrum: Spectrum,
    peaks: Sequence[PeakAnnotation],
    has_structure: bool,
    selected: Collection[int],
) -> list[Stick]:
    """Return the sticks of a spectrum in the order of its peaks."""
    heights = spectrum.relative_intensity.tolist()
    if len(peaks) != len(spectrum):
        return [
            Stick(index, mz, height, "plain", "", (f"{mz:.4f}",), height)
            for index, (mz, height) in enumerate(zip(spectrum.mz.tolist(), heights, strict=True))
        ]
    return [
        _stick(peak, height, has_structure, peak.index in selected)
        for peak, height in zip(peaks, heights, strict=True)
    ]


def _stick(peak: PeakAnnotation, height: float, has_structure: bool, selected: bool) -> Stick:
    explained = peak.fragment is not None or peak.label == "precursor"
    kind: Kind = "none"
    if selected:
        kind = "selected"
    elif peak.said.mark:
        kind = peak.said.mark
    elif explained or (peak.formula and not has_structure):
        kind = "structure"
    elif peak.formula:
        kind = "formula"
    unseen = bool(peak.formula) and peak.seen_in_training is False
    sign: Sign = "precursor" if peak.label == "precursor" else ("unseen" if unseen else "")
    lines = [f"{peak.mz:.4f}"]
    if peak.formula:
        lines.append(ion_words(peak.formula, peak.charge) + (DAGGER if unseen else ""))
    least = LEAST_LABELED[bool(peak.formula)]
    wanted = selected or sign == "precursor" or (height >= least and peak.label != "isotope")
    # Named peaks go before nameless ones of the same height, selected ones before all.
    weight = height * (1.0 if peak.formula else 0.3) + (2.0 if selected else 0.0)
    shown, is_set = tuple(lines) if wanted else (), bool(peak.said.formula)
    return Stick(peak.index, peak.mz, height, kind, sign, shown, weight, is_set)


def draw_sticks(axes: Axes, sticks: Sequence[Stick]) -> list[str]:
    """Return the sticks with their signs, the thick ones on top."""
    parts: list[str] = []
    signs: list[str] = []
    weight = axes.look.size / _USUAL_SIZE
    for stick in sorted(sticks, key=lambda s: (_WIDTHS[s.kind], s.index)):
        if not axes.low <= stick.mz <= axes.high:
            continue
        x, tip, color = axes.x(stick.mz), axes.tip(stick.relative), _COLORS[stick.kind]
        dashes = _DASHES.get(stick.kind, "")
        width = _WIDTHS[stick.kind] * weight
        role = f"peak {stick.kind}"
        parts.append(svg.line_from(x, axes.base, x, tip, color, width, role=role, dashes=dashes))
        if stick.sign == "precursor":
            signs.append(svg.diamond(x, tip - 0.6, sign_size(axes), color))
        elif stick.sign == "unseen":
            signs.append(svg.hollow_circle(x, tip, sign_size(axes) * 0.75, color))
    return parts + signs


def sign_size(axes: Axes) -> float:
    """Return the height of a sign on top of a stick."""
    return 0.72 * axes.look.size


def top_of(axes: Axes, stick: Stick) -> float:
    """Return where a stick ends, its sign included."""
    sign = sign_size(axes) + 0.6 if stick.sign else 0.0
    return axes.tip(stick.relative) - sign


def draw_mirror(axes: Axes, mz: FloatArray, heights: FloatArray, query: FloatArray) -> list[str]:
    """Return the sticks below the axis; those that the query has too are thicker."""
    shared = matched(mz, query)
    weight = axes.look.size / _USUAL_SIZE
    return [
        svg.line_from(
            axes.x(value),
            axes.base,
            axes.x(value),
            axes.mirrored_tip(height),
            MIRROR,
            weight * (_WIDTHS["structure"] if same else _WIDTHS["none"]),
            role="mirror",
        )
        for value, height, same in zip(mz.tolist(), heights.tolist(), shared, strict=True)
        if axes.low <= value <= axes.high
    ]


def matched(one: FloatArray, other: FloatArray) -> list[bool]:
    """Return which values of ``one`` have a value of ``other`` (ascending) beside them."""
    if not other.size:
        return [False] * int(one.size)
    right = np.clip(np.searchsorted(other, one), 0, other.size - 1)
    left = np.clip(right - 1, 0, other.size - 1)
    nearest = np.minimum(np.abs(other[right] - one), np.abs(other[left] - one))
    near: list[bool] = (nearest <= one * MATCH_PPM * 1e-6).tolist()
    return near


def draw_labels(axes: Axes, sticks: Sequence[Stick], taken: Sequence[Box]) -> list[str]:
    """Return the labels that find a place, most intense first, and the lines that lead to them."""
    shown = [stick for stick in sticks if axes.low <= stick.mz <= axes.high]
    x = np.array([axes.x(stick.mz) for stick in shown])
    top = np.array([top_of(axes, stick) for stick in shown])
    places = Places(axes.area, x, top, axes.base, taken)
    parts: list[str] = []
    count = 0
    for place in sorted(range(len(shown)), key=lambda i: (-shown[i].weight, shown[i].index)):
        stick = shown[place]
        if not stick.lines or count >= axes.look.labels:
            continue
        # Without room for two lines the formula alone, then nothing.
        for lines in (stick.lines, stick.lines[1:]):
            if not lines:
                break
            size = axes.look.size
            width = max(text_width(line, size) for line in lines) + 1.5
            height = 1.16 * size * len(lines)
            found = places.place(place, float(x[place]), float(top[place]), width, height)
            if found is not None:
                parts += _label(found, lines, stick, float(x[place]), float(top[place]), size)
                count += 1
                break
    return parts


def _label(
    found: Placed, lines: Sequence[str], stick: Stick, x: float, top: float, size: float
) -> list[str]:
    color = MUTED if stick.kind in ("none", "noise", "contaminant") else INK
    color = SELECTED if stick.kind == "selected" else color
    parts = []
    if found.leads:
        end = found.box.bottom
        parts.append(
            svg.line_from(x, top - 0.8, x, end, MUTED, 0.4, role="lead", dashes=_LEAD_DASHES)
        )
    for row, words in enumerate(lines):
        y = found.box.top + (0.92 + 1.16 * row) * size
        parts.append(
            svg.text_at(
                found.box.middle,
                y,
                words,
                size,
                color=color,
                anchor="middle",
                italic=stick.is_set and row == len(lines) - 1,
                role="label",
            )
        )
    return parts


_KEY: tuple[tuple[str, str], ...] = (
    ("structure", "explained"),
    ("formula", "formula only"),
    ("none", "not explained"),
    ("noise", "marked as noise"),
    ("contaminant", "marked as contaminant"),
    ("selected", "selected"),
    ("precursor", "precursor"),
    ("unseen", f"{DAGGER} formula never met in training"),
)


def draw_key(sticks: Sequence[Stick], size: float, room: float) -> tuple[list[str], int]:
    """Return the key of what occurs in the plot, from (0, 0) downwards, and its rows."""
    occurs = {stick.kind for stick in sticks} | {stick.sign for stick in sticks}
    if any(line.endswith(DAGGER) for stick in sticks for line in stick.lines):
        occurs.add("unseen")
    entries = [(name, words) for name, words in _KEY if name in occurs]
    parts: list[str] = []
    x, row = 0.0, 0
    for name, words in entries:
        wide = 1.2 * size + text_width(words, size)
        if x and x + wide > room:
            x, row = 0.0, row + 1
        y = (row + 0.8) * 1.45 * size
        parts.append(_key_sign(name, x + 0.4 * size, y, size))
        parts.append(svg.text_at(x + 1.1 * size, y, words, size, color=MUTED))
        x += wide + 1.2 * size
    return parts, row + 1 if entries else 0


def _key_sign(name: str, x: float, y: float, size: float) -> str:
    if name == "precursor":
        return svg.diamond(x, y + 0.02 * size, 0.72 * size, EXPLAINED).replace(
            'class="precursor" ', ""
        )
    if name == "unseen":
        return svg.hollow_circle(x, y - 0.08 * size, 0.54 * size, EXPLAINED).replace(
            'class="unseen" ', ""
        )
    kind: Kind = next(k for k in _COLORS if k == name)
    dashes = _DASHES.get(kind, "")
    width = _WIDTHS[kind] * size / _USUAL_SIZE
    bottom, top = y + 0.08 * size, y - 0.72 * size
    return svg.line_from(x, bottom, x, top, _COLORS[kind], width, dashes=dashes)
