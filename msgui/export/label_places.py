"""Where labels go so that none touches another, a stick or the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

GAP = 1.2  # between a stick and its label, in the unit of the drawing
# Sideways places of a label as shares of its width; the stick stays below it in each.
_SIDES = (0.0, -0.25, 0.25, -0.42, 0.42)
_LIFTS = 9


@dataclass(frozen=True)
class Box:
    """A rectangle, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Horizontal middle."""
        return (self.left + self.right) / 2

    def touches(self, other: "Box") -> bool:
        """Do the two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True)
class Placed:
    """A label that found its place; ``leads`` when a line has to lead from the stick to it."""

    item: int
    box: Box
    leads: bool


class Places:
    """Places labels one by one, the most important first.

    Parameters
    ----------
    frame : Box
        Labels stay within it.
    x, top : float64 arrays, shape (n_sticks,)
        Where the sticks stand and end.
    base : float
        Where they begin.
    taken : sequence of Box
        What is drawn already, such as an inset.
    """

    def __init__(
        self, frame: Box, x: FloatArray, top: FloatArray, base: float, taken: Sequence[Box] = ()
    ) -> None:
        self._frame = frame
        self._base = base
        self._taken = list(taken)
        order = np.argsort(x, kind="stable")
        self._x, self._top = x[order], top[order]

    def place(self, item: int, x: float, tip: float, width: float, height: float) -> Placed | None:
        """Return the label's place above a stick that ends at ``tip``, or None without room."""
        for lift in range(_LIFTS):
            bottom = tip - GAP - lift * height * 0.55
            for side in _SIDES:
                left = x + side * width - width / 2
                left = min(max(left, self._frame.left), self._frame.right - width)
                box = Box(left, bottom - height, left + width, bottom)
                stem = Box(x - 0.3, bottom, x + 0.3, tip)
                if self._is_free(box, x) and (not lift or self._is_free(stem, x)):
                    self._taken.append(box)
                    if lift:
                        self._taken.append(stem)
                    return Placed(item, box, lift > 0)
        return None

    def _is_free(self, box: Box, own: float) -> bool:
        if box.top < self._frame.top or box.left < self._frame.left - 0.01:
            return False
        first = np.searchsorted(self._x, box.left - 0.6)
        last = np.searchsorted(self._x, box.right + 0.6)
        near = self._top[first:last][np.abs(self._x[first:last] - own) > 1e-9]
        if near.size and float(near.min()) < box.bottom + 0.4:
            return False
        return not any(box.touches(other) for other in self._taken)
