"""Three ways of putting the panes together, for three kinds of work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Which panes are shown, and how they share the window.

    Parameters
    ----------
    name : str
        What actions and settings call it.
    title, tip : str
        What menus say.
    hidden : frozenset of str
        Panes that are not shown at first.
    columns : tuple of int
        Percent of the width for the list, the middle, and trust and structure.
    rows : tuple of int
        Percent of the height for the spectrum and the tables below it.
    tables : tuple of int
        Percent of the width for peaks and candidates.
    """

    name: str
    title: str
    tip: str
    hidden: frozenset[str]
    columns: tuple[int, int, int]
    rows: tuple[int, int]
    tables: tuple[int, int] = (45, 55)


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            "inspect",
            "&Inspect",
            "All panes: what each peak of one spectrum is",
            frozenset(),
            (15, 57, 28),
            (60, 40),
        ),
        Layout(
            "compare",
            "&Compare",
            "Wide candidates and structures: which of them it is",
            frozenset(("spectra", "trust")),
            (15, 55, 45),
            (46, 54),
            (34, 66),
        ),
        Layout(
            "review",
            "&Review",
            "A wide list beside verdict and structure: through many spectra, one after the other",
            frozenset(("peaks",)),
            (36, 40, 24),
            (56, 44),
        ),
    )
}
FIRST = LAYOUTS["inspect"]
