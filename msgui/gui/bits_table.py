"""The bits of the fingerprint that decide between two candidates, as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap

from msgui.errors import MsguiError
from msgui.gui.peak_words import percent, signed
from msgui.gui.session import Session
from msgui.gui.widgets.delegates import PICTURE_ROLE, RUNS_ROLE
from msgui.gui.widgets.depictions import Drawing, DrawingKey, rendered
from msgui.gui.widgets.runs import Run
from msgui.gui.widgets.values_table import Column, ValuesTable
from msgui.trust.bits import DecidingBit, deciding_bits

PICTURE_WIDTH, PICTURE_HEIGHT = 96, 60
# Peaks that change a bit by less than this say nothing about it.
LEAST_CHANGE = 0.01
PEAKS_OF_A_BIT = 3


@dataclass(frozen=True)
class ShownBit:
    """A deciding bit with where it stands in its structure, and the peaks that it rests on.

    Parameters
    ----------
    bit : DecidingBit
    smiles : str
        Of the candidate that has it.
    atoms : tuple of int
    peaks : tuple of int
        Whose absence changes the bit's probability most, the strongest first.
    mz, change : float
        Of the first of these peaks; NaN without one.
    """

    bit: DecidingBit
    smiles: str
    atoms: tuple[int, ...]
    peaks: tuple[int, ...]
    mz: float
    change: float

    @property
    def letter(self) -> str:
        """Which candidate has it."""
        return "A" if self.bit.in_first else "B"


def _f1(row: ShownBit) -> str:
    return "" if np.isnan(row.bit.f1) else f"{row.bit.f1:.2f}"


def _positives(row: ShownBit) -> str:
    return "" if row.bit.positives is None else f"{row.bit.positives}"


def _peak(row: ShownBit) -> str:
    if not row.peaks:
        return ""
    return f"{row.mz:.4f}  ({signed(100 * row.change, 0)})"


COLUMNS = (
    Column("Only", "Which candidate has the bit", lambda row: row.letter, lambda row: row.letter),
    Column(
        "Bit",
        "What the bit stands for, lit in the candidate that has it",
        lambda _: "",
        lambda row: row.bit.bit,
    ),
    Column(
        "P %",
        "Predicted probability of the bit in percent, as calibrated on validation compounds",
        lambda row: percent(row.bit.probability),
        lambda row: row.bit.probability,
        is_number=True,
        descending_first=True,
        how="bits",
    ),
    Column(
        "For A",
        "What the bit adds to the lead of A in the model's log-likelihood, in nats; below zero\n"
        "it speaks for B",
        lambda row: signed(row.bit.gain, 2),
        lambda row: abs(row.bit.gain),
        is_number=True,
        descending_first=True,
        how="bits",
    ),
    Column(
        "F1",
        "How well the model predicts this bit for compounds that it did not learn from, 0 to 1.\n"
        "Empty: none of them has it",
        _f1,
        lambda row: None if np.isnan(row.bit.f1) else row.bit.f1,
        is_number=True,
        descending_first=True,
        how="bits",
    ),
    Column(
        "Seen",
        "Training compounds that have the bit",
        _positives,
        lambda row: row.bit.positives,
        is_number=True,
        descending_first=True,
        how="bits",
    ),
    Column(
        "Peak",
        "Peak whose absence changes the bit most, and by how many percent points its probability\n"
        "falls without it; a click pins the three strongest",
        _peak,
        lambda row: None if np.isnan(row.mz) else row.mz,
        is_number=True,
        how="bits",
    ),
)
LETTER, BIT, PROBABILITY, GAIN, F1, SEEN, PEAK = range(len(COLUMNS))


def bit_rows(session: Session) -> tuple[ShownBit, ...]:
    """Return the deciding bits of the compared candidates, the weightiest first."""
    entry, first, second = session.current_entry, session.candidate, session.compared_candidate
    annotation = entry.annotation if entry else None
    if annotation is None or annotation.prediction is None or first is None or second is None:
        return ()
    model = session.tools.model if session.tools is not None else None
    smiles = (first.structure.smiles, second.structure.smiles)
    found = deciding_bits(annotation.prediction, *smiles, model.bit_facts if model else None)
    return tuple(_shown(session, bit, smiles[0 if bit.in_first else 1]) for bit in found)


def _shown(session: Session, bit: DecidingBit, smiles: str) -> ShownBit:
    occlusion, entry = session.occlusion, session.current_entry
    atoms = _environments(smiles).get(bit.bit, ((), ()))[0]
    if occlusion is None or entry is None:
        return ShownBit(bit, smiles, atoms, (), float("nan"), float("nan"))
    changes = occlusion.changes(bit.bit)
    order = np.argsort(-np.abs(changes), kind="stable")[:PEAKS_OF_A_BIT]
    order = order[np.abs(changes[order]) >= LEAST_CHANGE]
    peaks = tuple(int(p) for p in occlusion.peaks[order])
    if not peaks:
        return ShownBit(bit, smiles, atoms, (), float("nan"), float("nan"))
    mz = float(entry.spectrum.mz[peaks[0]])
    return ShownBit(bit, smiles, atoms, peaks, mz, float(changes[order[0]]))


@lru_cache(maxsize=32)
def _environments(smiles: str) -> dict[int, tuple[tuple[int, ...], tuple[int, ...]]]:
    from msgui.chemistry.molecule import bit_environments

    try:
        return bit_environments(smiles)
    except MsguiError:
        return {}


class BitsTable(ValuesTable):
    """Rows are deciding bits; those that the lit peak changes are bold."""

    def __init__(self, look: Callable[[], tuple[bool, float]], parent: Any = None) -> None:
        super().__init__(COLUMNS, lambda _: None, parent)
        self._sorted = (GAIN, Qt.SortOrder.DescendingOrder)
        self._look = look
        self._pictures: dict[tuple[object, ...], QPixmap] = {}
        self._lit: int | None = None

    def set_lit_peak(self, peak: int | None) -> None:
        """Mark the bits that rest on a peak."""
        if peak != self._lit:
            self._lit = peak
            self.repaint()

    def set_values(self, values: tuple[Any, ...], shown: frozenset[int] | None = None) -> None:
        self._pictures.clear()
        super().set_values(values, shown)

    def cell(self, value: ShownBit, column: str, role: int) -> Any:
        if column == "Only" and role == RUNS_ROLE:
            is_lit = self._lit is not None and self._lit in value.peaks
            tone = "first" if value.bit.in_first else "second"
            return (Run(value.letter, bold=True, tone=tone), Run(" •" if is_lit else "", bold=True))
        if column == "Bit" and role == PICTURE_ROLE:
            return self._drawn(value)
        return None

    def _drawn(self, value: ShownBit) -> QPixmap:
        from msgui.chemistry.depict import depict_svg

        dark, ratio = self._look()
        key = (value.smiles, value.atoms, dark, ratio)
        if key not in self._pictures:
            size = DrawingKey(value.smiles, PICTURE_WIDTH, PICTURE_HEIGHT, dark)
            svg = depict_svg(
                value.smiles,
                PICTURE_WIDTH,
                PICTURE_HEIGHT,
                highlight_atoms=value.atoms,
                dark=dark,
            )
            self._pictures[key] = rendered(Drawing(size, svg), ratio)
        return self._pictures[key]

    def copy_text(self) -> str:
        """Return the table as TSV with units in the header."""
        lines = ["only\tbit\tprobability\tfor A (nats)\tF1\ttraining compounds\tpeak m/z\tSMILES"]
        for row in range(self.rowCount()):
            one: ShownBit = self.value(row)
            mz = "" if np.isnan(one.mz) else f"{one.mz:.5f}"
            lines.append(
                f"{one.letter}\t{one.bit.bit}\t{one.bit.probability:.4f}\t{one.bit.gain:.3f}\t"
                f"{_f1(one)}\t{_positives(one)}\t{mz}\t{one.smiles}"
            )
        return "\n".join(lines) + "\n"
