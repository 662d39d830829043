"""Axes of a figure: from m/z and intensity to places on paper."""

import math
from dataclasses import dataclass

from msgui.export import svg
from msgui.export.label_places import Box

INK = "#1a1a1a"
MUTED = "#595959"
LINE = 0.6
# Share of the height that the query has when another spectrum is mirrored below it.
_UPPER_SHARE = 0.58


@dataclass(frozen=True)
class Look:
    """What a figure looks like: size of the text, most labels, shown range, scale."""

    size: float
    labels: int
    mz_range: tuple[float, float] | None = None
    square_root: bool = False


@dataclass(frozen=True)
class Axes:
    """Scales of a plot.

    Parameters
    ----------
    area : Box
        Where sticks and labels may be.
    base : float
        The m/z axis: where sticks stand.
    low, high : float
        Shown m/z.
    look : Look
    mirrored : bool
        Is there something below the m/z axis.
    """

    area: Box
    base: float
    low: float
    high: float
    look: Look
    mirrored: bool

    def x(self, mz: float) -> float:
        """Return where an m/z stands."""
        share = (mz - self.low) / (self.high - self.low)
        return self.area.left + share * (self.area.right - self.area.left)

    def tip(self, relative: float) -> float:
        """Return where a stick of this height (0 to 1) ends."""
        room = 2.5 * self.look.size + 1.0 * self.look.size
        return self.base - self._scaled(relative) * (self.base - self.area.top - room)

    def mirrored_tip(self, relative: float) -> float:
        """Return where a mirrored stick ends."""
        return self.base + self._scaled(relative) * (self.area.bottom - self.base - 2.0)

    def _scaled(self, relative: float) -> float:
        return math.sqrt(relative) if self.look.square_root else relative


def axes_in(frame: Box, look: Look, low: float, high: float, *, mirrored: bool) -> Axes:
    """Return the axes of a plot in a frame, room for ticks and titles taken off."""
    area = Box(
        frame.left + 3.6 * look.size,
        frame.top,
        frame.right - 1.2 * look.size,
        frame.bottom - 2.9 * look.size,
    )
    height = area.bottom - area.top
    base = area.top + _UPPER_SHARE * height if mirrored else area.bottom
    return Axes(area, base, low, high, look, mirrored)


def shown_range(values: list[float]) -> tuple[float, float]:
    """Return the m/z range that shows all values with some air."""
    if not values:
        return 0.0, 100.0
    low, high = min(values), max(values)
    air = max(0.04 * (high - low), 8.0)
    return max(0.0, low - air), high + air


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return round numbers between two values, at most ``most`` of them."""
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [count * step for count in range(first, last + 1)]


def draw_axes(axes: Axes) -> list[str]:
    """Return axis lines, ticks, numbers and titles."""
    area, size = axes.area, axes.look.size
    left, bottom = area.left, area.bottom
    parts = [
        svg.line_from(left, axes.tip(1.0), left, bottom, INK, LINE),
        svg.line_from(left, axes.base, area.right, axes.base, INK, LINE),
    ]
    if axes.mirrored:
        parts.append(svg.line_from(left, bottom, area.right, bottom, INK, LINE))
    span = area.right - area.left
    step_size = ticks(axes.low, axes.high, max(2, int(span / (6.5 * size))))
    digits = 0 if len(step_size) < 2 or step_size[1] - step_size[0] >= 1 else 1
    for value in step_size:
        x = axes.x(value)
        parts.append(svg.line_from(x, bottom, x, bottom + 2.5, INK, LINE))
        words = f"{value:.{digits}f}"
        y = bottom + 2.5 + size
        parts.append(svg.text_at(x, y, words, size, color=INK, anchor="middle"))
    for value in (0, 50, 100):
        parts += _height_tick(axes, axes.tip(value / 100), f"{value}")
        if axes.mirrored and value:
            parts += _height_tick(axes, axes.mirrored_tip(value / 100), f"{value}")
    parts.append(
        svg.text_at(
            (left + area.right) / 2,
            bottom + 2.5 + 2.2 * size,
            "m/z",
            size,
            color=INK,
            anchor="middle",
            italic=True,
        )
    )
    middle = (axes.tip(1.0) + bottom) / 2
    title = svg.text_at(0, 0, "Relative intensity (%)", size, color=INK, anchor="middle")
    x = left - 2.7 * size
    parts.append(
        f'<g transform="translate({svg.num(x)} {svg.num(middle)}) rotate(-90)">{title}</g>'
    )
    return parts


def _height_tick(axes: Axes, y: float, words: str) -> list[str]:
    left, size = axes.area.left, axes.look.size
    return [
        svg.line_from(left - 2.5, y, left, y, INK, LINE),
        svg.text_at(left - 3.5, y + 0.36 * size, words, size, color=INK, anchor="end"),
    ]
