"""The structure in a figure: where it finds a free place, and how it is drawn there."""

import re
from collections.abc import Sequence

from msgui.annotation import Candidate
from msgui.chemistry.depict import depict_svg
from msgui.export import svg
from msgui.export.figure_axes import INK, MUTED, Axes
from msgui.export.figure_plot import Stick, top_of
from msgui.export.label_places import Box
from msgui.export.text_width import elided
from msgui.export.words import formula_words, structure_name
from msgui.fragments.fragment import FragmentMatch

_STEPS = 40
# Pixels of the drawing for each point of paper: RDKit's letters and lines then have the size of
# the figure's own text.
_PIXELS_A_POINT = 1.9
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def free_place(axes: Axes, sticks: Sequence[Stick], width: float, height: float) -> Box | None:
    """Return a place of this size above all sticks and their labels, or None.

    Of several the one with most air is taken, of equal ones the right-most.
    """
    area, size = axes.area, axes.look.size
    tops = [
        (axes.x(stick.mz), top_of(axes, stick) - (2.6 * size if stick.lines else 0.5 * size))
        for stick in sticks
        if axes.low <= stick.mz <= axes.high
    ]
    best: tuple[float, Box] | None = None
    for step in range(_STEPS + 1):
        left = area.left + 4.0 + (area.right - area.left - width - 4.0) * step / _STEPS
        box = Box(left, area.top, left + width, area.top + height)
        # A label is wider than its stick: half of one on either side.
        margin = 2.5 * size
        near = [top for x, top in tops if box.left - margin < x < box.right + margin]
        air = (min(near) if near else axes.base) - box.bottom
        if air >= 0 and (best is None or air >= best[0] - 1e-6):
            best = air, box
    return best[1] if best else None


def draw_structure(
    candidate: Candidate, place: Box, size: float, lit: FragmentMatch | None, rank: str
) -> list[str]:
    """Return the candidate's drawing with its name below, in its place."""
    caption = 2.5 * size
    width, height = place.right - place.left, place.bottom - place.top - caption
    pixels_x, pixels_y = int(width * _PIXELS_A_POINT), int(height * _PIXELS_A_POINT)
    drawing = depict_svg(
        candidate.structure.smiles,
        pixels_x,
        pixels_y,
        highlight_atoms=lit.atoms if lit else (),
        cut_bonds=lit.bonds_cut if lit else (),
    )
    match = _BODY.search(drawing)
    body = match[1].strip() if match else ""
    name = elided(structure_name(candidate), size, width)
    about = elided(f"{formula_words(candidate.structure.formula)}, rank {rank}", size, width)
    middle = (place.left + place.right) / 2
    return [
        (
            f'<g class="drawing" transform="translate({svg.num(place.left)} {svg.num(place.top)})'
            f' scale({1 / _PIXELS_A_POINT:.5f})">\n{body}\n</g>'
        ),
        svg.text_at(middle, place.bottom - 1.35 * size, name, size, color=INK, anchor="middle"),
        svg.text_at(middle, place.bottom - 0.15 * size, about, size, color=MUTED, anchor="middle"),
    ]
