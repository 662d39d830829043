"""What a reader noticed on the way, counted, so that a thousand like faults are one message."""

from collections.abc import Iterator
from dataclasses import dataclass

from msgui.errors import Problem


@dataclass
class _Count:
    first: str
    times: int
    amount: int


class Notes:
    """Collects warnings of one file and gives them back as problems, one per cause.

    Parameters
    ----------
    file : str
        The file's path as the user gave it.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._counts: dict[tuple[str, str], _Count] = {}

    def add(self, cause: str, action: str, where: str, amount: int = 0) -> None:
        """Note a warning; ``amount`` counts things lost (peaks), not records."""
        count = self._counts.get((cause, action))
        if count is None:
            self._counts[cause, action] = _Count(where, 1, amount)
        else:
            count.times += 1
            count.amount += amount

    def problems(self) -> Iterator[Problem]:
        """Yield one warning per cause with its count and first place, and forget them."""
        for (cause, action), count in self._counts.items():
            if count.amount:
                cause = f"{cause}: {count.amount}"
            if count.times > 1:
                cause = f"{cause} (in {count.times} places, the first is named)"
            yield Problem("warning", cause, action, self.file, count.first)
        self._counts.clear()

    def skipped(self, cause: str, action: str, where: str) -> Problem:
        """Return the error that says why one record was not loaded."""
        return Problem("error", cause, action, self.file, where, skipped=1)
