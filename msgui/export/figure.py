"""The annotated spectrum as a figure for a paper, a report or a slide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from msgui.annotation import Annotation, Candidate, MeasuredLoss, PeakAnnotation
from msgui.export import svg
from msgui.export.figure_axes import INK, MUTED, Axes, Look, axes_in, draw_axes, shown_range
from msgui.export.figure_losses import draw_losses
from msgui.export.figure_plot import (
    Stick,
    draw_key,
    draw_labels,
    draw_mirror,
    draw_sticks,
    sticks_of,
)
from msgui.export.inset import draw_structure, free_place
from msgui.export.label_places import Box
from msgui.export.text_width import elided, text_width, wrapped
from msgui.export.words import (
    chance_words,
    conditions,
    coverage_words,
    formula_words,
    title_of,
)
from msgui.prediction.values import Neighbour
from msgui.spectra.coverage import Coverage
from msgui.spectra.spectrum import FloatArray, Spectrum


@dataclass(frozen=True)
class FigureSize:
    """Outer size in mm and size of the text in points."""

    width_mm: float
    height_mm: float
    font_pt: float


# Widths of one and two columns of the American Chemical Society, and a 16:9 slide.
PRESETS = {
    "acs-single": FigureSize(82.5, 72.0, 6.0),
    "acs-double": FigureSize(177.8, 95.0, 7.0),
    "slide": FigureSize(254.0, 142.9, 11.0),
}
# From this width on a structure that finds no free place gets a column of its own.
_WIDE_MM = 120.0
# Shares of width and height that the structure may take, the larger first, by wide or not.
_STRUCTURE_SHARES = {
    True: ((0.30, 0.52), (0.26, 0.42), (0.22, 0.34)),
    False: ((0.46, 0.42), (0.38, 0.34)),
}
_MARGIN = 6.0


def spectrum_svg(
    annotation: Annotation,
    peaks: Sequence[PeakAnnotation] | None = None,
    *,
    width_mm: float = PRESETS["acs-double"].width_mm,
    height_mm: float = PRESETS["acs-double"].height_mm,
    font_pt: float | None = None,
    mirror: Neighbour | Spectrum | None = None,
    heading: bool = True,
    structure: bool = True,
    coverage: bool = True,
    candidate: int = 0,
    selected: Collection[int] = (),
    labels: int | None = None,
    mz_range: tuple[float, float] | None = None,
    square_root: bool = False,
    losses: Sequence[MeasuredLoss] = (),
) -> str:
    """Return the annotated spectrum as SVG text.

    Peaks that the structure explains are thick, those that only have a formula broken, all others
    thin; a diamond marks the precursor, a hollow circle and a dagger a formula that no training
    spectrum has. The coverage stands below, with what chance would give. Text is text, the
    background is white, and the same input gives the same bytes.

    Parameters
    ----------
    annotation : Annotation
    peaks : sequence of PeakAnnotation, optional
        Those of another candidate; without it, the annotation's own.
    width_mm, height_mm : float
        See :data:`PRESETS`.
    font_pt : float, optional
        Size of the text; chosen by the width when left out.
    mirror : Neighbour or Spectrum, optional
        Drawn upside down below; a neighbour without peaks is left out.
    heading : bool
        Write title and conditions above the plot.
    structure : bool
        Draw the candidate, in a free place of the plot or beside it.
    coverage : bool
        Write below the plot how much is explained.
    candidate : int
        Index of the candidate that ``peaks`` belong to.
    selected : collection of int
        Indices of peaks drawn as selected; the piece that the first of them is lights up.
    labels : int, optional
        Most labels; chosen by the width when left out.
    mz_range : pair of float, optional
        Part of the m/z axis that is shown.
    square_root : bool
        Intensities as square roots, which lifts small peaks.
    losses : sequence of MeasuredLoss
        Drawn as arrows from peak to peak.
    """
    shown = tuple(annotation.peaks if peaks is None else peaks)
    chosen = annotation.candidates[candidate] if candidate < len(annotation.candidates) else None
    size = font_pt or _font_for(width_mm)
    look = Look(size, labels or max(8, int(width_mm / 6.5)), mz_range, square_root)
    width, height = width_mm * svg.POINTS_PER_MM, height_mm * svg.POINTS_PER_MM
    sticks = sticks_of(annotation.spectrum, shown, chosen is not None, set(selected))
    body, top = _head(annotation, size, width) if heading else ([], _MARGIN)
    said = _coverage_parts(annotation, chosen, shown, candidate) if coverage else []
    if words := mirror_words(mirror):
        said.append(f"Below: {words}")
    foot = wrapped(said, size, width - 2 * _MARGIN)
    key, key_rows = draw_key(sticks, size, width - 2 * _MARGIN)
    step = 1.45 * size
    bottom = height - _MARGIN - (key_rows + len(foot)) * step
    body.append(f'<g transform="translate({svg.num(_MARGIN)} {svg.num(bottom)})">')
    body += key
    body += [
        svg.text_at(0, (key_rows + row + 0.8) * step, text, size, color=INK)
        for row, text in enumerate(foot)
    ]
    body.append("</g>")
    below = _below(mirror)
    low, high = mz_range or _range(annotation.spectrum, below)
    frame = Box(_MARGIN, top, width - _MARGIN, bottom - 0.3 * size)
    axes = axes_in(frame, look, low, high, mirrored=below is not None)
    taken: list[Box] = []
    if structure and chosen is not None:
        axes, place = _make_room(frame, axes, sticks, width_mm >= _WIDE_MM)
        lit = next((shown[i].fragment for i in sorted(selected) if i < len(shown)), None)
        rank = f"{candidate + 1} of {annotation.candidate_count}"
        body += draw_structure(chosen, place, size, lit, rank)
        taken.append(place)
    body += draw_axes(axes)
    if below is not None:
        body += draw_mirror(axes, *below, annotation.spectrum.mz)
    arrows, boxes = draw_losses(axes, annotation.spectrum, losses)
    body += draw_sticks(axes, sticks) + arrows + draw_labels(axes, sticks, [*taken, *boxes])
    return svg.document(width_mm, height_mm, title_of(annotation.spectrum), body)


def _below(mirror: Neighbour | Spectrum | None) -> tuple[FloatArray, FloatArray] | None:
    """Return m/z and relative intensity of what is mirrored, None when there is nothing."""
    if mirror is None or mirror.mz is None or mirror.intensity is None or not mirror.mz.size:
        return None
    return mirror.mz, mirror.intensity / max(float(mirror.intensity.max()), 1e-300)


def _range(spectrum: Spectrum, below: tuple[FloatArray, FloatArray] | None) -> tuple[float, float]:
    values: list[float] = spectrum.mz.tolist()
    if spectrum.precursor_mz is not None:
        values.append(spectrum.precursor_mz)
    if below is not None:
        values += below[0].tolist()
    return shown_range(values)


def _font_for(width_mm: float) -> float:
    fitting = [preset for preset in PRESETS.values() if preset.width_mm <= width_mm + 0.1]
    return (fitting[-1] if fitting else PRESETS["acs-single"]).font_pt


def _head(annotation: Annotation, size: float, width: float) -> tuple[list[str], float]:
    """Return title and conditions, and where they end."""
    large, room = size * 1.2, width - 2 * _MARGIN
    title = elided(title_of(annotation.spectrum), large, room, bold=True)
    y = _MARGIN + large * 0.8
    body = [svg.text_at(_MARGIN, y, title, large, color=INK, bold=True, role="title")]
    phrase = "  ·  ".join(conditions(annotation))
    taken = text_width(title, large, bold=True) + 1.5 * size
    if phrase and taken + text_width(phrase, size) <= room:
        body.append(svg.text_at(_MARGIN + taken, y, phrase, size, color=MUTED))
    elif phrase:
        y += 1.45 * size
        body.append(svg.text_at(_MARGIN, y, elided(phrase, size, room), size, color=MUTED))
    return body, y + 0.8 * size


def _coverage_parts(
    annotation: Annotation,
    chosen: Candidate | None,
    peaks: Sequence[PeakAnnotation],
    index: int,
) -> list[str]:
    """Return how much is explained, and the chance level of that."""
    parts: list[str] = []
    if chosen is not None:
        parts.append(f"Explained by candidate {index + 1}: {coverage_words(chosen.coverage)}")
        # The chance level is known for the structure in first place.
        parts += [words for words in [chance_words(annotation.chance)] if words and index == 0]
        parts += _isomer_words(annotation, index)
    elif annotation.formula_coverage is not None and annotation.formula:
        words = coverage_words(annotation.formula_coverage)
        parts.append(f"Explained by {formula_words(annotation.formula)}: {words}")
        parts += [words for words in [chance_words(annotation.formula_chance)] if words]
    elif not peaks:
        parts.append(annotation.message or "Not annotated")
    return parts


def _isomer_words(annotation: Annotation, index: int) -> list[str]:
    formula = annotation.candidates[index].structure.formula
    same = [c for c in annotation.candidates if c.structure.formula == formula]
    median: Coverage | None = annotation.isomer_median
    if median is None or len(same) < 2 or annotation.candidates[0].structure.formula != formula:
        return []
    return [f"median of its {len(same)} isomers: {coverage_words(median)}"]


def mirror_words(mirror: Neighbour | Spectrum | None) -> str:
    """Return what the mirrored spectrum is; empty when there is none to draw."""
    if mirror is None or mirror.mz is None:
        return ""
    if isinstance(mirror, Spectrum):
        return title_of(mirror)
    name = mirror.name or mirror.formula
    kind = "nearest library spectrum" if mirror.kind == "library" else "nearest training spectrum"
    kind = "nearest predicted spectrum" if mirror.is_predicted else kind
    words = f"{name}, {kind}, cosine {mirror.similarity:.2f}"
    return f"{words} ({mirror.accession})" if mirror.accession else words


def _make_room(frame: Box, axes: Axes, sticks: Sequence[Stick], wide: bool) -> tuple[Axes, Box]:
    """Return axes and the place of the structure: in the plot where it is free, else beside it."""
    for share_x, share_y in _STRUCTURE_SHARES[wide]:
        width = share_x * (frame.right - frame.left)
        place = free_place(axes, sticks, width, share_y * (axes.base - frame.top))
        if place is not None:
            return axes, place
    if wide:
        edge = frame.right - width
        smaller = Box(frame.left, frame.top, edge - 4.0, frame.bottom)
        place = Box(edge, frame.top, frame.right, frame.top + min(width, frame.bottom - frame.top))
    else:
        floor = frame.top + share_y * (frame.bottom - frame.top)
        smaller = Box(frame.left, floor, frame.right, frame.bottom)
        place = Box(frame.right - 1.4 * width, frame.top, frame.right, floor)
    return axes_in(smaller, axes.look, axes.low, axes.high, mirrored=axes.mirrored), place
