"""How far a long job has come."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A generator that does long work yields this between short pieces of it.

    Parameters
    ----------
    done, total : int
        Pieces finished and pieces in all; ``total`` is 0 while it is unknown.
    item : str
        What is being worked on, in a few words.
    """

    done: int
    total: int
    item: str = ""

    @property
    def fraction(self) -> float | None:
        """Share done between 0 and 1, or None while the total is unknown."""
        return min(1.0, self.done / self.total) if self.total > 0 else None
