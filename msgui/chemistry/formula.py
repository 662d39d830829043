"""Elemental formulas: parsing, arithmetic, monoisotopic mass, double-bond equivalents."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError

# Symbol, mass in Da of the most abundant isotope, valence that counts for ring and double-bond
# equivalents. Light elements: AME2020 (Wang et al., Chin. Phys. C 45, 030003, 2021); metals: the
# isotope tables of RDKit. The first twelve are what models take as input, so their order is fixed.
# The labels at the end are isotopes that a chemist puts into a standard on purpose, and those that
# show as isotope peaks of fragments.
_TABLE: Final = (
    ("C", 12.0, 4),
    ("H", 1.007825031898, 1),
    ("N", 14.003074004252, 3),
    ("O", 15.994914619257, 2),
    ("P", 30.973761997677, 3),
    ("S", 31.972071173540, 2),
    ("F", 18.998403162067, 1),
    ("Cl", 34.968852694000, 1),
    ("Br", 78.918337600000, 1),
    ("I", 126.904472600000, 1),
    ("Si", 27.976926534420, 4),
    ("B", 11.009305166000, 3),
    ("Se", 79.916521761000, 2),
    ("Na", 22.989769281950, 1),
    ("K", 38.963706485000, 1),
    ("Li", 7.016003434000, 1),
    ("As", 74.921594562000, 3),
    ("Mg", 23.985041689000, 2),
    ("Ca", 39.962590850000, 2),
    ("Al", 26.981538408000, 3),
    ("Fe", 55.934935537000, 2),
    ("Cu", 62.929597120000, 2),
    ("Zn", 63.929141776000, 2),
    ("Co", 58.933193524000, 2),
    ("Ni", 57.935341650000, 2),
    ("Mn", 54.938043040000, 2),
    ("Cr", 51.940504714000, 2),
    ("Mo", 97.905403609000, 2),
    ("Ti", 47.947940932000, 4),
    ("V", 50.943957664000, 3),
    ("W", 183.950930917000, 2),
    ("Ag", 106.905091509000, 1),
    ("Au", 196.966570103000, 1),
    ("Pt", 194.964794000000, 2),
    ("Pd", 105.903480287000, 2),
    ("Rh", 102.905494000000, 3),
    ("Ru", 101.904340312000, 2),
    ("Ir", 192.962923000000, 3),
    ("Os", 191.961477000000, 2),
    ("Re", 186.955752000000, 3),
    ("Zr", 89.904698755000, 4),
    ("Hg", 201.970643000000, 2),
    ("Cd", 113.903364998000, 2),
    ("Sn", 119.902202557000, 4),
    ("Pb", 207.976652000000, 4),
    ("Ge", 73.921177760000, 4),
    ("Te", 129.906222745000, 2),
    ("Sb", 120.903811400000, 3),
    ("Bi", 208.980398600000, 3),
    ("Ga", 68.925573500000, 3),
    ("In", 114.903878776000, 3),
    ("Tl", 204.974427300000, 1),
    ("Gd", 157.924112000000, 3),
    ("Be", 9.012183062000, 2),
    ("Rb", 84.911789736000, 1),
    ("Cs", 132.905451958000, 1),
    ("Sr", 87.905612253000, 2),
    ("Ba", 137.905247000000, 2),
    ("D", 2.014101777844, 1),
    ("[13C]", 13.003354835336, 4),
    ("[15N]", 15.000108898266, 3),
    ("[18O]", 17.999159612136, 2),
    ("[34S]", 33.967867011, 2),
    ("[37Cl]", 36.965902602, 1),
    ("[81Br]", 80.916288200, 1),
)
ELEMENTS: Final[tuple[str, ...]] = tuple(symbol for symbol, _, _ in _TABLE)
MASSES: Final[npt.NDArray[np.float64]] = np.array([mass for _, mass, _ in _TABLE])
MASSES.setflags(write=False)
VALENCES: Final[tuple[int, ...]] = tuple(valence for _, _, valence in _TABLE)
ELECTRON_MASS: Final = 0.000548579909065  # CODATA 2018, Da
PROTON_MASS: Final = 1.007276466621  # CODATA 2018, Da

ELEMENT_INDEX: Final = {symbol: index for index, symbol in enumerate(ELEMENTS)}
_CARBON, _HYDROGEN = ELEMENT_INDEX["C"], ELEMENT_INDEX["H"]
_LABELS: Final = {
    "[2H]": "D",
    "[2]H": "D",
    "[13]C": "[13C]",
    "[15]N": "[15N]",
    "[18]O": "[18O]",
    "[34]S": "[34S]",
    "[37]Cl": "[37Cl]",
    "[81]Br": "[81Br]",
}
_TOKEN = re.compile(r"(\[\d+[A-Z][a-z]?\]|[A-Z][a-z]?|[()])(\d*)")
# "[C8H11N4O2]+" and "[C8H11N4O2+]" are ions; a formula here has atoms only.
_BRACKETED_ION = re.compile(
    r"^\[(?!\d+(?:[A-Z][a-z]?)?\])([^\[\]]*(?:\[\d+(?:[A-Z][a-z]?)?\][^\[\]]*)*)\](?:\d*[+-]+\d*)?$"
)
_CHARGE_MARK = re.compile(r"(?:\++|-+)[1-4]?$")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_PLAIN_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LONGEST_TEXT = 300
# More atoms of one element than any molecule that flies; keeps every product within 64 bits.
_MOST_ATOMS = 10**9


def _hill_sequence(has_carbon: bool) -> tuple[int, ...]:
    head = ("C", "[13C]", "H", "D") if has_carbon else ()
    tail = sorted((s for s in ELEMENTS if s not in head), key=lambda s: s.strip("[]0123456789"))
    return tuple(ELEMENT_INDEX[symbol] for symbol in (*head, *tail))


_HILL_WITH_CARBON: Final = _hill_sequence(True)
_HILL_WITHOUT_CARBON: Final = _hill_sequence(False)


@dataclass(frozen=True)
class Formula:
    """Numbers of atoms of each element, without charge.

    Parameters
    ----------
    counts : tuple of int
        Parallel to :data:`ELEMENTS`. Differences of formulas may hold negative numbers.

    Examples
    --------
    >>> caffeine = Formula.parse("C8H10N4O2")
    >>> round(caffeine.mass, 4), caffeine.rdbe
    (194.0804, 6.0)
    >>> str(caffeine - Formula.parse("C2H3NO")), caffeine.subscripted()
    ('C6H7N3O', 'C₈H₁₀N₄O₂')
    """

    counts: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the formula that a text says: "C8H10N4O2", "Ca(OH)2", "C8H7D3N4O2", "[13C]6H12O6".

        A charge at the end and subscript digits are accepted and the charge dropped.

        Raises
        ------
        MsguiError
            When it is empty, has an unknown element, or cannot be read.
        """
        return cls(_parse_counts(text))

    @classmethod
    def from_counts(cls, counts: Sequence[int] | npt.NDArray[np.integer]) -> Self:
        """Return the formula with these counts of the first ``len(counts)`` elements."""
        values = counts.tolist() if isinstance(counts, np.ndarray) else [int(n) for n in counts]
        return cls((*values, *(0,) * (len(ELEMENTS) - len(values))))

    @classmethod
    def of(cls, **atoms: int) -> Self:
        """Return a formula from keywords: ``Formula.of(C=2, H=6, O=1)``."""
        counts = [0] * len(ELEMENTS)
        for symbol, number in atoms.items():
            counts[ELEMENT_INDEX[symbol]] = number
        return cls(tuple(counts))

    @cached_property
    def mass(self) -> float:
        """Monoisotopic mass of the neutral atoms in Da."""
        return float(sum(n * _TABLE[i][1] for i, n in enumerate(self.counts) if n))

    @cached_property
    def rdbe(self) -> float:
        """Ring and double-bond equivalents: 1 + sum of n (valence - 2) / 2.

        Half-integer for an even-electron ion and for a radical with an odd number of electrons in
        the neutral. N and P count as trivalent, S and Se as divalent, metals with their common
        charge (Pellegrin, J. Chem. Educ. 60, 626, 1983).
        """
        return 1.0 + sum(n * (_TABLE[i][2] - 2) for i, n in enumerate(self.counts) if n) / 2

    @property
    def atoms(self) -> int:
        """Number of atoms."""
        return sum(self.counts)

    def __getitem__(self, symbol: str) -> int:
        return self.counts[ELEMENT_INDEX[symbol]]

    def __bool__(self) -> bool:
        return any(self.counts)

    def __add__(self, other: "Formula") -> "Formula":
        return Formula(tuple([a + b for a, b in zip(self.counts, other.counts, strict=True)]))

    def __sub__(self, other: "Formula") -> "Formula":
        return Formula(tuple([a - b for a, b in zip(self.counts, other.counts, strict=True)]))

    def __mul__(self, number: int) -> "Formula":
        return Formula(tuple([number * n for n in self.counts]))

    __rmul__ = __mul__

    def __neg__(self) -> "Formula":
        return self * -1

    def contains(self, other: "Formula") -> bool:
        """Return whether no element of ``other`` occurs more often there than here."""
        return all(a >= b for a, b in zip(self.counts, other.counts, strict=True))

    @property
    def is_possible(self) -> bool:
        """Is every count zero or more, and one at least above zero."""
        return min(self.counts) >= 0 and any(self.counts)

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        counts = self.counts
        order = _HILL_WITH_CARBON if counts[_CARBON] else _HILL_WITHOUT_CARBON
        return "".join(
            [ELEMENTS[i] + (str(counts[i]) if counts[i] != 1 else "") for i in order if counts[i]]
        )

    def subscripted(self) -> str:
        """Return the Hill formula with subscript digits (isotope labels stay plain)."""
        return re.sub(
            r"\[\d+[A-Z][a-z]?\]|\d+",
            lambda m: m[0] if m[0].startswith("[") else m[0].translate(_SUBSCRIPTS),
            self._text,
        )


EMPTY: Final = Formula((0,) * len(ELEMENTS))


@lru_cache(maxsize=65536)
def _parse_counts(text: str) -> tuple[int, ...]:
    cleaned = "".join(text.split()).translate(_PLAIN_DIGITS).replace("−", "-")
    if not cleaned:
        raise MsguiError("The formula is empty.", "Write it like C8H10N4O2.")
    if len(cleaned) > _LONGEST_TEXT:
        raise MsguiError(f"A formula of {len(cleaned)} characters is not read.")
    if bracketed := _BRACKETED_ION.match(cleaned):
        cleaned = bracketed[1]
    cleaned = _CHARGE_MARK.sub("", cleaned)
    for written, label in _LABELS.items():
        cleaned = cleaned.replace(written, label)
    return _count(cleaned, text.strip())


def _count(cleaned: str, written: str) -> tuple[int, ...]:
    stack: list[dict[str, int]] = [{}]
    position = 0
    for token in _TOKEN.finditer(cleaned):
        symbol, digits = token.groups()
        if token.start() != position or len(digits) > 9:
            break
        position = token.end()
        number = int(digits) if digits else 1
        if symbol == "(":
            if digits:
                raise _unreadable(written, "a number stands after an opening bracket")
            stack.append({})
        elif symbol == ")":
            if len(stack) == 1:
                raise _unreadable(written, "a bracket is closed that was never opened")
            for inner, count in stack.pop().items():
                stack[-1][inner] = stack[-1].get(inner, 0) + count * number
        elif symbol in ELEMENT_INDEX:
            stack[-1][symbol] = stack[-1].get(symbol, 0) + number
        else:
            raise _unreadable(written, f"{symbol} is not an element that msgui knows")
    if position != len(cleaned):
        raise _unreadable(written, f"{cleaned[position : position + 12]!r} is not an element")
    if len(stack) > 1:
        raise _unreadable(written, "a bracket is never closed")
    counts = [0] * len(ELEMENTS)
    for symbol, number in stack[0].items():
        counts[ELEMENT_INDEX[symbol]] = number
    if max(counts) > _MOST_ATOMS:
        raise _unreadable(written, "it has more than a billion atoms of one element")
    if not any(counts):
        raise _unreadable(written, "it has no atoms")
    return tuple(counts)


def _unreadable(written: str, reason: str) -> MsguiError:
    shown = written if len(written) <= 60 else written[:57] + "..."
    return MsguiError(
        f"The formula {shown!r} cannot be read: {reason}.", "Write it like C8H10N4O2."
    )
