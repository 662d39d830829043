"""Intensity scales (linear, square root, logarithm) and the axis that stays in plain percent."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

FloatArray = npt.NDArray[np.float64]
ScaleName = Literal["linear", "sqrt", "log"]

LOG_FLOOR_PERCENT = 0.01
"""Lowest intensity of the logarithmic axis: below it lies nothing that an instrument counts."""
MINIMUM_TICK_PX = 34


def to_height(percent: npt.ArrayLike, scale: ScaleName) -> FloatArray:
    """Return heights in 0 to 1 for intensities in percent of the highest."""
    share = np.clip(np.asarray(percent, dtype=np.float64) / 100.0, 0.0, None)
    if scale == "sqrt":
        return np.sqrt(share)
    if scale == "log":
        floor = LOG_FLOOR_PERCENT / 100.0
        return 1.0 - np.log10(np.maximum(share, floor)) / np.log10(floor)
    return share


def to_percent(height: npt.ArrayLike, scale: ScaleName) -> FloatArray:
    """Return the intensities in percent that stand at ``height`` (0 to 1)."""
    value = np.clip(np.asarray(height, dtype=np.float64), 0.0, None)
    if scale == "sqrt":
        return 100.0 * value**2
    if scale == "log":
        return LOG_FLOOR_PERCENT * (100.0 / LOG_FLOOR_PERCENT) ** value
    return 100.0 * value


def nice_ticks(top_percent: float, scale: ScaleName, pixels_per_height: float) -> list[float]:
    """Return round intensities in percent, from 0 or the floor up, that do not stand too close."""
    if scale == "linear":
        wanted = MINIMUM_TICK_PX / max(pixels_per_height, 1e-9) * 100.0
        steps = [m * 10.0**k for k in range(-5, 3) for m in (1.0, 2.0, 2.5, 5.0)]
        step = next((s for s in steps if s >= wanted), 100.0)
        return [i * step for i in range(int(top_percent / step + 1e-6) + 1)]
    decades = [m * 10.0**k for k in range(2, -5, -1) for m in (1.0, 5.0, 2.0)]
    lowest = LOG_FLOOR_PERCENT if scale == "log" else 0.0
    kept = [lowest]
    places = [float(to_height(lowest, scale)) * pixels_per_height]
    for value in [d for d in decades if lowest < d <= top_percent * (1 + 1e-9)]:
        place = float(to_height(value, scale)) * pixels_per_height
        if all(abs(place - other) >= MINIMUM_TICK_PX for other in places):
            kept.append(value)
            places.append(place)
    return sorted(kept)


class IntensityAxis(pg.AxisItem):
    """Left axis: round percentages at the places where the scale puts them, also below zero."""

    def __init__(self) -> None:
        super().__init__("left")
        self.scale_name: ScaleName = "linear"
        self.enableAutoSIPrefix(False)

    def set_scale_name(self, scale: ScaleName) -> None:
        """Use another scale."""
        self.scale_name = scale
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float):
        span = maxVal - minVal
        if span <= 0 or size <= 0:
            return []
        # The headroom above the highest stick is for labels; no tick belongs there.
        top = max(min(maxVal, 1.0), min(-minVal, 1.0), 1e-6)
        percent = nice_ticks(float(to_percent(top, self.scale_name)), self.scale_name, size / span)
        heights = np.asarray(to_height(percent, self.scale_name))
        both = sorted({*heights.tolist(), *(-heights).tolist()})
        return [(1.0, [h for h in both if minVal - 1e-9 <= h <= maxVal + 1e-9])]

    def tickStrings(self, values, scale: float, spacing: float) -> list[str]:
        return [f"{float(to_percent(abs(value), self.scale_name)):.4g}" for value in values]
