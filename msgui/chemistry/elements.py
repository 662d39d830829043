"""Which further elements a person wants formulas to have."""

import re
from typing import Final

from msgui.chemistry.formula import ELEMENTS
from msgui.errors import MsguiError

# Most atoms where the person gives no number: what small molecules and complexes have.
_MOST: Final = {"Si": 6, "B": 2, "Se": 2, "Na": 2, "K": 2, "Li": 2}
_MOST_OF_OTHERS: Final = 1
_HIGHEST: Final = 50
_PART = re.compile(r"(\[\d+[A-Z]\]|[A-Z][a-z]?)(?:(\d+)-)?(\d*)$")


def element_bounds(text: str) -> dict[str, tuple[int, int]]:
    """Return the least and most atoms of each element that a text names.

    Parameters
    ----------
    text : str
        Elements with commas or spaces between; a number behind one is the most atoms, two numbers
        are least and most: "Si, B2, Cl1-3". Empty: none.

    Raises
    ------
    MsguiError
        When something is no element that msgui knows, or a range is none.

    Examples
    --------
    >>> element_bounds("Si4 Se Cl1-3")
    {'Si': (0, 4), 'Se': (0, 2), 'Cl': (1, 3)}
    """
    found: dict[str, tuple[int, int]] = {}
    for word in text.replace(",", " ").replace(";", " ").split():
        match = _PART.match(word)
        if match is None or match[1] not in ELEMENTS:
            raise MsguiError(
                f"{word!r} is not an element that msgui knows.",
                "Name elements by their symbols, with the most atoms behind: Si, B2, Se, Na1.",
            )
        symbol, least_text, most_text = match.groups()
        least, most = int(least_text or 0), _MOST.get(symbol, _MOST_OF_OTHERS)
        if most_text:
            most = int(most_text)
        if not least <= most <= _HIGHEST:
            raise MsguiError(
                f"{word!r} is not a number of atoms.",
                f"The least comes first, and more than {_HIGHEST} atoms are not tried: Cl1-3.",
            )
        found[symbol] = (least, most)
    return found
