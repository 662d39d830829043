"""Which part of a stick plot is on screen: an m/z range and the top of the intensity axis."""

X_MARGIN = 0.045
"""Share of the m/z range left free at each side."""
NARROWEST = 0.02
"""Smallest m/z range that can be shown: two digits of a high-resolution instrument."""
LOWEST_TOP = 1e-4


class StickRange:
    """A range of x within limits, and the height (0 to 1) at which the plot ends."""

    def __init__(self) -> None:
        self._full = (0.0, 100.0)
        self.shown = self._full
        self.top = 1.0

    def set_limits(self, lowest: float, highest: float) -> None:
        """Set what "everything" means, and show it."""
        self.change_limits(lowest, highest)
        self.reset()

    def change_limits(self, lowest: float, highest: float) -> None:
        """Set what "everything" means; a part that was zoomed into stays."""
        showed_everything = self.shown == self._full
        span = max(highest - lowest, 1.0)
        self._full = (max(0.0, lowest - X_MARGIN * span), highest + X_MARGIN * span)
        if showed_everything:
            self.shown = self._full
        else:
            self.show(*self.shown)

    def reset(self) -> None:
        """Show everything."""
        self.shown, self.top = self._full, 1.0

    def show(self, left: float, right: float) -> None:
        """Show a range, moved and widened as far as needed to be within the limits."""
        low, high = self._full
        span = min(max(right - left, NARROWEST), high - low)
        left = min(max(left, low), high - span)
        self.shown = (left, left + span)

    def zoom_about(self, factor: float, x: float) -> None:
        """Zoom (factor below 1: closer) so that ``x`` stays where it is."""
        left, right = self.shown
        span = min(max((right - left) * factor, NARROWEST), self._full[1] - self._full[0])
        share = (x - left) / (right - left)
        self.show(x - share * span, x + (1 - share) * span)

    def pan(self, shift: float) -> None:
        """Move the range."""
        self.show(self.shown[0] + shift, self.shown[1] + shift)

    def reveal(self, x: float) -> None:
        """Pan just as far as needed to have ``x`` on screen."""
        left, right = self.shown
        margin = 0.04 * (right - left)
        if x < left + margin:
            self.pan(x - margin - left)
        elif x > right - margin:
            self.pan(x + margin - right)

    def set_top(self, top: float) -> None:
        """Let the plot end at a height."""
        self.top = min(max(top, LOWEST_TOP), 1.0)
