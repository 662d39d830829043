"""Measured losses in a figure: an arrow from the heavier peak to the lighter one."""

from collections.abc import Sequence

from msgui.annotation import MeasuredLoss
from msgui.export import svg
from msgui.export.figure_axes import INK, Axes
from msgui.export.figure_plot import SELECTED
from msgui.export.label_places import Box
from msgui.export.text_width import text_width
from msgui.export.words import formula_words
from msgui.spectra.spectrum import Spectrum

_LINE = 0.7
_HEAD = 0.45  # of the text size
# Arrows stand one above the other, from just below the tip of the lower peak.
_STEP = 1.7


def loss_words(spectrum: Spectrum, loss: MeasuredLoss) -> str:
    """Return what stands on the arrow: the distance, and its formula where one was chosen."""
    distance = float(spectrum.mz[loss.heavier] - spectrum.mz[loss.lighter])
    formula = f"  {formula_words(loss.formula)}" if loss.formula else ""
    return f"\u2212{distance:.4f}{formula}"


def draw_losses(
    axes: Axes, spectrum: Spectrum, losses: Sequence[MeasuredLoss]
) -> tuple[list[str], list[Box]]:
    """Return the arrows, and the boxes that labels of peaks must leave free."""
    parts: list[str] = []
    boxes: list[Box] = []
    size, heights = axes.look.size, spectrum.relative_intensity
    for place, loss in enumerate(losses):
        if max(loss.heavier, loss.lighter) >= len(spectrum):
            continue
        start, end = axes.x(spectrum.mz[loss.heavier]), axes.x(spectrum.mz[loss.lighter])
        lower = min(float(heights[loss.heavier]), float(heights[loss.lighter]))
        y = min(axes.tip(lower) + 0.6 * size, axes.base - 0.8 * size) - place * _STEP * size
        words, head = loss_words(spectrum, loss), _HEAD * size
        width, middle = text_width(words, size), (start + end) / 2
        points = ((end, y), (end + head, y - head / 2), (end + head, y + head / 2))
        tip = " ".join(f"{svg.num(px)},{svg.num(py)}" for px, py in points)
        box = Box(middle - width / 2 - 1, y - 1.25 * size, middle + width / 2 + 1, y - 0.15 * size)
        parts += [
            svg.line_from(start, y, end + head, y, SELECTED, _LINE, role="loss"),
            f'<polygon class="loss" points="{tip}" fill="{SELECTED}"/>',
            (
                f'<rect x="{svg.num(box.left)}" y="{svg.num(box.top)}"'
                f' width="{svg.num(box.right - box.left)}"'
                f' height="{svg.num(box.bottom - box.top)}" fill="#ffffff"/>'
            ),
            svg.text_at(
                middle, y - 0.35 * size, words, size, color=INK, anchor="middle", role="loss"
            ),
        ]
        boxes.append(box)
    return parts, boxes
