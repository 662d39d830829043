"""The tables of candidates and of nearest neighbours, as models over values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from msgui.annotation import Candidate
from msgui.gui.peak_words import percent
from msgui.gui.spectrum_words import neighbour_name, neighbour_runs
from msgui.gui.widgets.delegates import FRACTION_ROLE, PICTURE_ROLE, RUNS_ROLE, SECOND_LINE_ROLE
from msgui.gui.widgets.runs import Run, Runs, adduct_runs, formula_runs
from msgui.prediction.values import Neighbour

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
NOTHING = QModelIndex()
NO_NUMBER = "–"
CALL_SIGNS = {"accepted": "✓", "tentative": "?", "rejected": "✗", "": ""}


@dataclass(frozen=True)
class Column:
    """One column of a table of values.

    Parameters
    ----------
    title, tip : str
        The tip says what the number is and what it is not.
    text : callable
        What stands in the cell.
    key : callable
        What it is sorted by.
    is_number : bool
        Right-aligned.
    descending_first : bool
        The first click on the header shows the highest first.
    """

    title: str
    tip: str
    text: Callable[[Any], str]
    key: Callable[[Any], Any]
    is_number: bool = False
    descending_first: bool = False


class ValuesTable(QAbstractTableModel):
    """Rows are values of one kind, sorted by a column; -1 keeps their own order."""

    def __init__(
        self, columns: tuple[Column, ...], picture: Callable[[str], object], parent: Any = None
    ) -> None:
        super().__init__(parent)
        self.columns = columns
        self._picture = picture
        self._values: tuple[Any, ...] = ()
        self._order: list[int] = []
        self._sorted = (0, Qt.SortOrder.AscendingOrder)

    def set_values(self, values: tuple[Any, ...]) -> None:
        """Show other values."""
        self.beginResetModel()
        self._values = values
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, order = self._sorted
        key = self.columns[column].key
        descending = order == Qt.SortOrder.DescendingOrder

        def place(index: int) -> tuple[bool, Any]:
            value = key(self._values[index])
            # What has no number stands last, whichever way the column is sorted.
            return (value is None, 0 if value is None else value)

        places = range(len(self._values))
        known = [i for i in places if not place(i)[0]]
        unknown = [i for i in places if place(i)[0]]
        known.sort(key=lambda i: place(i)[1], reverse=descending)
        self._order = known + unknown

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(self.columns) or (column, order) == self._sorted:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        places = [self._order[index.row()] for index in before]
        self._sorted = (column, order)
        self._arrange()
        rows = {value: row for row, value in enumerate(self._order)}
        after = [self.index(rows[p], i.column()) for p, i in zip(places, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def place_of(self, row: int) -> int:
        """Return the place of a row's value among the values as they were given."""
        return self._order[row]

    def row_of(self, place: int) -> int:
        """Return the row of a value, -1 when there is none."""
        return self._order.index(place) if place in self._order else -1

    def value(self, row: int) -> Any:
        """Return what stands in a row."""
        return self._values[self._order[row]]

    def repaint(self) -> None:
        """Say that the looks of all rows changed."""
        if self._values:
            last = self.index(len(self._values) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self._values)

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return column.tip
        if role == Role.TextAlignmentRole:
            side = "AlignRight" if column.is_number else "AlignLeft"
            return int(Qt.AlignmentFlag[side] | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.InitialSortOrderRole and column.descending_first:
            return Qt.SortOrder.DescendingOrder
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        value, column = self.value(index.row()), self.columns[index.column()]
        if role == Role.DisplayRole:
            return column.text(value)
        if role == Role.AccessibleTextRole:
            return f"{column.title}: {column.text(value)}"
        return self.cell(value, column.title, role)

    def cell(self, value: Any, column: str, role: int) -> Any:
        """Return what a special cell shows for a role."""
        return None

    def picture(self, smiles: str) -> object:
        """Return the drawing of a structure, None while it is being made."""
        return self._picture(smiles)


def _score(value: float | None) -> str:
    return NO_NUMBER if value is None else f"{value:.2f}"


def rank_text(candidate: Candidate) -> str:
    """Return the rank, with "=" when others share it."""
    return f"{candidate.rank}{'=' if candidate.tied_with else ''}"


RANK, PICTURE, NAME, MODEL, BASELINE, EXPLAINED, PEAKS, BLIND, CALL = range(9)


def candidate_columns(call_of: Callable[[Candidate], str]) -> tuple[Column, ...]:
    """Return the columns of the table of candidates."""
    return (
        Column(
            "#",
            'Rank in this list. "2=" says that several candidates share rank 2:\n'
            "the method can not tell them apart.",
            rank_text,
            lambda c: c.rank,
        ),
        Column("Structure", "The structure, without stereochemistry", lambda _: "", lambda _: None),
        Column(
            "Name",
            "Name in the list of structures, else the SMILES; below it the formula",
            lambda c: c.structure.name or c.structure.smiles,
            lambda c: (c.structure.name or "~" + c.structure.smiles).lower(),
        ),
        Column(
            "Model",
            "Agreement of this structure's fingerprint with the one that the model predicts\n"
            "from the spectrum, 0 to 1. It is not a probability of being right.",
            lambda c: _score(c.model_score),
            lambda c: c.model_score,
            is_number=True,
            descending_first=True,
        ),
        Column(
            "Baseline",
            "The same agreement with the fingerprint of the nearest known spectra, 0 to 1:\n"
            "what looking up similar spectra says without any model.",
            lambda c: _score(c.baseline_score),
            lambda c: c.baseline_score,
            is_number=True,
            descending_first=True,
        ),
        Column(
            "Expl. %",
            "Share of the intensity that lies in peaks with the mass of a piece of this\n"
            "structure; the precursor and isotope peaks do not count. Large molecules explain\n"
            "much by chance: compare with the isomers in this list.",
            lambda c: f"{percent(c.coverage.explained_intensity)} %",
            lambda c: c.coverage.explained_intensity,
            is_number=True,
            descending_first=True,
        ),
        Column(
            "Peaks",
            "Peaks explained by a piece of this structure, of those that count",
            lambda c: f"{c.coverage.explained_peaks}/{c.coverage.peaks}",
            lambda c: c.coverage.explained_peaks,
            is_number=True,
            descending_first=True,
        ),
        Column(
            "Blind",
            "Rank without looking at the spectrum. When it equals the rank,\n"
            "the spectrum has not decided anything. Empty: this model has no blind twin.",
            lambda c: "" if c.blind_rank is None else str(c.blind_rank),
            lambda c: c.blind_rank,
            is_number=True,
        ),
        Column(
            "My call",
            "What you said: accepted, tentative or rejected (A, T, R)",
            lambda c: f"{CALL_SIGNS[call_of(c)]} {call_of(c)}".strip(),
            lambda c: call_of(c) or "~",
        ),
    )


class CandidatesTable(ValuesTable):
    """Candidates of the current spectrum; places are those in ``annotation.candidates``."""

    def __init__(
        self,
        call_of: Callable[[Candidate], str],
        picture: Callable[[str], object],
        parent: Any = None,
    ) -> None:
        super().__init__(candidate_columns(call_of), picture, parent)
        self._call_of = call_of
        self.is_compact = False

    def cell(self, value: Candidate, column: str, role: int) -> Any:
        structure = value.structure
        if column == "#" and role == RUNS_ROLE:
            return (Run(rank_text(value), bold=value.rank == 1),)
        if column == "#" and role == SECOND_LINE_ROLE and self.is_compact:
            return call_runs(self._call_of(value), words=False)
        if column == "Structure" and role == PICTURE_ROLE:
            return self.picture(structure.smiles)
        if column == "Name":
            return self._name_cell(value, role)
        if column == "Expl. %" and role == FRACTION_ROLE:
            return value.coverage.explained_intensity
        if column == "Expl. %" and role == SECOND_LINE_ROLE and self.is_compact:
            return f"{value.coverage.explained_peaks} of {value.coverage.peaks}"
        if column == "My call" and role == RUNS_ROLE:
            return call_runs(self._call_of(value))
        if role == Role.ToolTipRole and column == "Baseline" and value.baseline_score is None:
            return "No known spectrum to compare with."
        if role == Role.ToolTipRole and column == "Model" and value.model_score is None:
            return "No model was used."
        return None

    def _name_cell(self, value: Candidate, role: int) -> Any:
        structure = value.structure
        if role == RUNS_ROLE:
            return (Run(structure.name or structure.smiles, bold=value.rank == 1),)
        if role == SECOND_LINE_ROLE:
            return _muted(formula_runs(structure.formula))
        if role == Role.ToolTipRole:
            words = (structure.name, structure.smiles, structure.source, structure.identifier)
            return plain_tip("\n".join(text for text in words if text))
        return None


def call_runs(call: str, *, words: bool = True) -> Runs:
    """Return a decision as a colored sign and its word."""
    if not call:
        return ()
    sign = Run(CALL_SIGNS[call], bold=True, tone=call)
    return (sign, Run(f" {call}", tone=call)) if words else (sign,)


NEIGHBOUR_NAME = 2

NEIGHBOUR_COLUMNS = (
    Column("#", "Place by similarity", lambda _: "", lambda n: -n.similarity, is_number=True),
    Column("Structure", "The compound of this spectrum", lambda _: "", lambda _: None),
    Column(
        "Name",
        "The compound of this spectrum; below it its formula",
        neighbour_name,
        lambda n: neighbour_name(n).lower(),
    ),
    Column(
        "Similarity",
        "Similarity of the two spectra, 0 to 1: cosine of the peaks for reference spectra,\n"
        "cosine in the model's own space for spectra it was trained on",
        lambda n: f"{n.similarity:.2f}",
        lambda n: n.similarity,
        is_number=True,
        descending_first=True,
    ),
    Column(
        "Conditions",
        "Adduct and collision energy; below them the instrument",
        lambda n: " · ".join(text for text in (n.adduct, n.collision_energy) if text),
        lambda n: (n.adduct, n.collision_energy),
    ),
    Column(
        "Accession",
        "The record's own id: a citation",
        lambda n: n.accession,
        lambda n: n.accession,
    ),
)


class NeighboursTable(ValuesTable):
    """Nearest known spectra, most similar first."""

    def __init__(self, picture: Callable[[str], object], parent: Any = None) -> None:
        super().__init__(NEIGHBOUR_COLUMNS, picture, parent)

    def data(self, index: Index, role: int = 0) -> Any:
        if index.isValid() and index.column() == 0 and role == Role.DisplayRole:
            return str(self.place_of(index.row()) + 1)
        return super().data(index, role)

    def cell(self, value: Neighbour, column: str, role: int) -> Any:
        if column == "Structure" and role == PICTURE_ROLE:
            return self.picture(value.smiles)
        if column == "Name":
            if role == RUNS_ROLE:
                return neighbour_runs(value, bold=value.same_formula)
            if role == SECOND_LINE_ROLE:
                same = (Run("same formula", muted=True),) if value.same_formula else ()
                if not value.name:
                    return same
                gap = (Run("  "),) if same else ()
                return (*_muted(formula_runs(value.formula)), *gap, *same)
            if role == Role.ToolTipRole:
                return plain_tip("\n".join(t for t in (value.name, value.smiles) if t))
        if column == "Accession" and role == Role.ToolTipRole:
            return plain_tip(value.accession)
        if column == "Conditions":
            if role == RUNS_ROLE:
                energy = value.collision_energy
                more = (Run(f"  {energy}"),) if energy else ()
                return (*adduct_runs(value.adduct), *more)
            if role == SECOND_LINE_ROLE:
                return (Run(value.instrument, muted=True),) if value.instrument else ()
            if role == Role.ToolTipRole:
                return plain_tip(value.instrument)
        return None


def plain_tip(text: str) -> str:
    """Return text of a file as tooltip that is never read as markup."""
    from msgui.gui.widgets.run_label import as_tip

    return as_tip(text)


def _muted(runs: Runs) -> Runs:
    return tuple(Run(run.text, run.script, muted=True) for run in runs)
