"""A table model over values of one kind: a column says how its cells are written and sorted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
NOTHING = QModelIndex()


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
    how : str
        Topic of the guide that says how it is computed.
    """

    title: str
    tip: str
    text: Callable[[Any], str]
    key: Callable[[Any], Any]
    is_number: bool = False
    descending_first: bool = False
    how: str = ""


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
        self._shown: frozenset[int] | None = None

    def set_values(self, values: tuple[Any, ...], shown: frozenset[int] | None = None) -> None:
        """Show other values, all or those at some places."""
        self.beginResetModel()
        self._values, self._shown = values, shown
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

        places = [p for p in range(len(self._values)) if self._shown is None or p in self._shown]
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
        if self._order:
            last = self.index(len(self._order) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return f"{column.tip}\nHow? Press F1 here." if column.how else column.tip
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


def copy_text(table: ValuesTable, smiles_of: Callable[[Any], str]) -> str:
    """Return the whole table as TSV, in the order on screen; drawings become SMILES."""
    shown = [c for c, column in enumerate(table.columns) if column.title != "Structure"]
    lines = ["\t".join([*(table.columns[c].title for c in shown), "SMILES"])]
    for row in range(table.rowCount()):
        fields = [str(table.index(row, c).data() or "") for c in shown]
        lines.append("\t".join([*fields, smiles_of(table.value(row))]))
    return "\n".join(lines) + "\n"
