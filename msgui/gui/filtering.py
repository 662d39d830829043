"""The words of the filter box: mz:195.08, adduct:[M+H]+, trust:low, accepted:20, unreviewed.

Terms are joined with AND; a minus before a term turns it round; quotes keep blanks together. Plain
text is looked for in names. accepted:20 are the answers accepted at an error rate of 20 %,
abstained:20 the others that were answered.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

# After the colon quotes may hold blanks; a term without colon may be quoted as a whole.
_TERM = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S+))')
_NUMBER = re.compile(r"\d+(?:\.(\d*))?")

TYPED_DIGITS = 3
FLAGS = ("reviewed", "unreviewed", "annotated", "unannotated", "ms1")
KEYS = (
    "mz",
    "adduct",
    "name",
    "energy",
    "trust",
    "call",
    "file",
    "polarity",
    "formula",
    "top",
    "accepted",
    "abstained",
)
HELP = "caffeine   mz:195.08   mz:150-200   adduct:[M+H]+   accepted:20   unreviewed   -sodium"


@dataclass
class Columns:
    """What filters and sorting look at, one value for each spectrum of the session.

    Text columns are casefolded; ``mz`` and ``energy`` are NaN where the spectrum has none;
    ``rates`` are the error rates at which an answer is accepted ("%20%30%", "%" for none), empty
    without an answer.
    """

    mz: list[float] = field(default_factory=list)
    energy: list[float] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    adduct: list[str] = field(default_factory=list)
    polarity: list[str] = field(default_factory=list)
    formula: list[str] = field(default_factory=list)
    file: list[str] = field(default_factory=list)
    trust: list[str] = field(default_factory=list)
    call: list[str] = field(default_factory=list)
    top: list[str] = field(default_factory=list)
    reviewed: list[bool] = field(default_factory=list)
    annotated: list[bool] = field(default_factory=list)
    ms1: list[bool] = field(default_factory=list)
    rates: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.mz)


@dataclass(frozen=True)
class Term:
    """One condition: ``key`` is empty for plain text, or one of KEYS or FLAGS."""

    key: str
    value: str
    inverted: bool = False

    def __str__(self) -> str:
        sign = "-" if self.inverted else ""
        if self.key in FLAGS:
            return sign + self.key
        return f"{sign}{self.key}:{self.value}" if self.key else f"{sign}{self.value}"


def parse(text: str) -> tuple[Term, ...]:
    """Return the terms of a filter text; a key that is not known is read as plain text."""
    terms = []
    for minus, key, quoted, word in _TERM.findall(text):
        value = (quoted or word).casefold()
        name = key.casefold()
        if not key and value[-1:] == ":" and value[:-1] in KEYS:
            continue  # it is still being typed
        if not key and value in FLAGS:
            terms.append(Term(value, "", bool(minus)))
        elif name in KEYS:
            terms.append(Term(name, value, bool(minus)))
        elif key or value:
            terms.append(Term("", f"{name}:{value}" if key else value, bool(minus)))
    return tuple(terms)


def mz_range(text: str) -> tuple[float, float] | None:
    """Return the m/z window of "195.08", "150-200", ">300" or "<300"; None when it is none.

    A single number means every value that is written like that, rounded or cut:
    195.08 is 195.075 up to 195.09.
    """
    text = text.replace(",", ".")
    if text[:1] in "<>" and _NUMBER.fullmatch(text[1:]):
        number = float(text[1:])
        return (number, math.inf) if text[0] == ">" else (-math.inf, number)
    low, dash, high = text.partition("-")
    if dash and _NUMBER.fullmatch(low) and _NUMBER.fullmatch(high):
        return float(low), float(high)
    if match := _NUMBER.fullmatch(text):
        unit = 10.0 ** -len(match.group(1) or "")
        # Half a millionth keeps 195.075 in spite of binary rounding.
        return float(text) - unit / 2 - 5e-7, float(text) + unit - 5e-7
    return None


def mask(terms: tuple[Term, ...], columns: Columns, start: int = 0) -> Mask:
    """Return which spectra from ``start`` on fulfil all terms, shape (len(columns) - start,)."""
    result = np.ones(len(columns) - start, dtype=bool)
    for term in terms:
        found = _holds(term, columns, start)
        result &= ~found if term.inverted else found
    return result


def _holds(term: Term, columns: Columns, start: int) -> Mask:
    key, value = term.key, term.value
    if key in ("mz", "energy"):
        window = mz_range(value)
        if key == "mz" and value.isdigit() and len(value) < TYPED_DIGITS:
            # "mz:2" on the way to "mz:254" shows what it may become.
            return np.array([str(number).startswith(value) for number in columns.mz[start:]])
        numbers = np.array(getattr(columns, key)[start:], dtype=float)
        if window is None:
            return np.zeros(numbers.size, dtype=bool)
        with np.errstate(invalid="ignore"):
            return (numbers >= window[0]) & (numbers <= window[1])
    if key in FLAGS:
        flags = np.array(getattr(columns, key.removeprefix("un"))[start:], dtype=bool)
        return ~flags if key.startswith("un") else flags
    if key == "":
        return _any_text(value, columns, start)
    if key in ("accepted", "abstained"):
        rate = f"%{value.rstrip('%')}%"
        accepted = key == "accepted"
        return _contains(columns.rates[start:], lambda t: bool(t) and (rate in t) == accepted)
    return _contains(getattr(columns, key)[start:], _matcher(key, value))


def _any_text(value: str, columns: Columns, start: int) -> Mask:
    result = _contains(columns.name[start:], lambda text: value in text)
    for name in ("adduct", "formula", "top", "file"):
        result |= _contains(getattr(columns, name)[start:], lambda text: value in text)
    if value[:1].isdigit() and (window := mz_range(value)) is not None:
        numbers = np.array(columns.mz[start:], dtype=float)
        with np.errstate(invalid="ignore"):
            result |= (numbers >= window[0]) & (numbers <= window[1])
    return result


def _matcher(key: str, value: str) -> Callable[[str], bool]:
    if key == "adduct" and value.startswith("[") and "]" in value:
        return lambda text: text.startswith(value)
    if key in ("trust", "call", "polarity", "energy"):
        return lambda text: text.startswith(value)
    return lambda text: value in text


def _contains(texts: list[str], test: Callable[[str], bool]) -> Mask:
    # Columns repeat themselves (adducts, files): each different text is looked at once.
    known: dict[str, bool] = {}
    result = np.empty(len(texts), dtype=bool)
    for i, text in enumerate(texts):
        found = known.get(text)
        if found is None:
            found = known[text] = test(text)
        result[i] = found
    return result
