"""Ion formulas and losses that annotated records of several compounds have."""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, Formula
from msgui.paths import resources

IntArray = npt.NDArray[np.int64]

# Made by benchmarks/fit_peak_formulas.py from the records that the weights are fitted on.
FILE: Final = "formulas/measured.tsv"
# Elements and one more than the most atoms of each that a formula is looked up with. Their
# product fits into 63 bits.
_RADIX: Final = (
    ("C", 110),
    ("H", 220),
    ("N", 24),
    ("O", 60),
    ("P", 8),
    ("S", 10),
    ("F", 44),
    ("Cl", 14),
    ("Br", 8),
    ("I", 6),
    ("Si", 12),
    ("Na", 4),
    ("K", 4),
)
_NONE = -1


def codes(counts: IntArray, columns: tuple[int, ...]) -> IntArray:
    """Return one number for each formula, -1 where it has other elements or too many atoms."""
    place = {element: position for position, element in enumerate(columns)}
    code, factor = np.zeros(len(counts), dtype=np.int64), 1
    fits = np.ones(len(counts), dtype=bool)
    seen = np.zeros(len(counts), dtype=np.int64)
    for symbol, radix in _RADIX:
        position = place.get(ELEMENT_INDEX[symbol])
        if position is not None:
            number = counts[:, position]
            code += factor * number
            fits &= number < radix
            seen += number
        factor *= radix
    return np.where(fits & (seen == counts.sum(axis=1)), code, _NONE)


@lru_cache(maxsize=1)
def _known() -> tuple[IntArray, IntArray]:
    """Return the sorted codes of known ions and of known losses."""
    formulas: dict[str, list[tuple[int, ...]]] = {"ion": [], "loss": []}
    for line in (resources() / FILE).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, text = line.split("\t")[:2]
            formulas[kind].append(Formula.parse(text).counts)
    every = tuple(ELEMENT_INDEX[symbol] for symbol, _ in _RADIX)
    ions, losses = (
        np.unique(codes(np.array(formulas[kind], dtype=np.int64)[:, list(every)], every))
        for kind in ("ion", "loss")
    )
    return ions, losses


def _is_in(code: IntArray, known: IntArray) -> npt.NDArray[np.bool_]:
    place = np.minimum(np.searchsorted(known, code), known.size - 1)
    return np.asarray((known[place] == code) & (code != _NONE))


def is_known_ion(counts: IntArray, columns: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which formulas are fragment ions of several annotated compounds, shape (n,)."""
    return _is_in(codes(counts, columns), _known()[0])


def is_known_loss(counts: IntArray, columns: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which formulas several annotated compounds lose, shape (n,)."""
    return _is_in(codes(counts, columns), _known()[1])
