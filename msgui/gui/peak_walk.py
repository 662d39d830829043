"""Walking from peak to peak with the keys."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from msgui.annotation import PeakAnnotation

IntArray = npt.NDArray[np.int64]


def walkable(count: int, peaks: Sequence[PeakAnnotation], *, any_peak: bool) -> IntArray:
    """Return the peaks that the keys stop at: those with a formula, or all of ``count``."""
    named = [peak.index for peak in peaks if peak.formula]
    if any_peak or not named:
        return np.arange(count)
    return np.array(named, np.int64)


def next_peak(places: IntArray, pinned: Collection[int], step: int) -> int | None:
    """Return the next peak to the right (1) or left (-1) of what is pinned, None at the end.

    Without a pin, the first or the last.
    """
    if pinned:
        places = places[places > max(pinned)] if step > 0 else places[places < min(pinned)]
    if not places.size:
        return None
    return int(places[0] if step > 0 else places[-1])
