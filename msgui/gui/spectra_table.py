"""The session's spectra as a table: filtered and sorted over arrays, quick at 50,000 rows."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from msgui.annotation import GUESSED, Annotation
from msgui.gui import filtering
from msgui.gui.session import Entry, Session
from msgui.gui.verdicts import acceptance_of, look_of
from msgui.gui.widgets.run_label import as_tip

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = Qt.ItemDataRole.UserRole
Role = Qt.ItemDataRole

CALL_SIGNS = {"accepted": "✓", "tentative": "~", "rejected": "✕", "": ""}
LONGEST_TEXT = 300
NAN = float("nan")
VALUES = tuple(field.name for field in fields(filtering.Columns))


@dataclass(frozen=True)
class Column:
    """One column: its key in :class:`filtering.Columns`, its title and what it says."""

    key: str
    title: str
    tip: str
    numeric: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("mz", "m/z", "m/z of the precursor as in the file", numeric=True),
    Column("name", "Name", "Title, else the file's own id of the spectrum"),
    Column("adduct", "Adduct", "Ion type; in italics where it is the likeliest, not stated"),
    Column("energy", "Energy", "Collision energy as in the file", numeric=True),
    Column(
        "trust",
        "Trust",
        "How far the first places can be believed; ? where nothing was measured of such answers",
    ),
    Column("call", "My call", "Your decision on its candidates"),
    Column("top", "Top candidate", "First candidate of the ranking, or the one you accepted"),
)
KEYS = tuple(column.key for column in COLUMNS)


class SpectraTable(QAbstractTableModel):
    """Rows are the session's spectra that pass the filter, in the order of the sorted column."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._entries: list[Entry] = []
        self._place: dict[int, int] = {}
        self._columns = filtering.Columns()
        self._terms: tuple[filtering.Term, ...] = ()
        self._order = np.zeros(0, dtype=np.int64)
        self._row_of: np.ndarray | None = None
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None
        self._with_ms1 = False
        self._italic = QFont()
        self._italic.setItalic(True)
        session.spectra_added.connect(self.add_spectra)
        session.spectra_removed.connect(lambda _uids: self.read_session())
        session.spectra_changed.connect(self.read_rows)
        for signal in (session.annotation_changed, session.call_changed, session.reviewed_changed):
            signal.connect(lambda uid: self.read_rows([uid]))
        session.theme_changed.connect(lambda _name: self._repaint())
        session.error_rate_changed.connect(lambda _percent: self._repaint())
        self.read_session()

    # Size and cells

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else int(self._order.size)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return column.tip
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._order.size:
            return None
        entry = self._entries[self._order[index.row()]]
        key = KEYS[index.column()]
        if role == Role.DisplayRole:
            text = cell_text(entry, key)
            return f"{text}{self._mark(entry)}" if key == "trust" else text
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft
            if COLUMNS[index.column()].numeric:
                side = Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Role.FontRole:
            guessed = key == "adduct" and adduct_of(entry)[1] in GUESSED
            return self._italic if guessed else None
        if role == Role.ForegroundRole:
            return self._color(entry, key)
        if role == Role.ToolTipRole:
            return as_tip(cell_tip(entry, key))
        if role == ENTRY_ROLE:
            return entry
        return None

    def _mark(self, entry: Entry) -> str:
        """Return what stands behind the trust of an answer when an error rate is chosen."""
        accepted = acceptance_of(entry.annotation, self._session.error_percent)
        return {None: "", True: " ✓", False: " –"}[accepted]

    def _color(self, entry: Entry, key: str) -> QColor | None:
        palette = self._session.palette
        if key == "trust":
            return QColor(getattr(palette, look_of(entry.annotation).tone))
        if entry.spectrum.ms_level == 1:
            return QColor(palette.muted)
        if key == "mz" and entry.spectrum.precursor_mz is None:
            return QColor(palette.problem)
        if len(entry.spectrum) == 0 or key in ("adduct", "energy") or entry.reviewed:
            return QColor(palette.muted)
        return None

    # Which rows, in which order

    @property
    def total(self) -> int:
        """Number of spectra in the session."""
        return len(self._entries)

    @property
    def reviewed(self) -> int:
        """Number of spectra that were marked as reviewed."""
        return sum(self._columns.reviewed)

    @property
    def terms(self) -> tuple[filtering.Term, ...]:
        """The conditions that rows fulfil."""
        return self._terms

    def known(self, key: str) -> bool:
        """Say whether any spectrum has something to show in a column."""
        texts = getattr(self._columns, key)
        if key == "trust":
            return any(text not in ("", "unknown") for text in set(texts))
        if COLUMNS[KEYS.index(key)].numeric:
            return any(number == number for number in texts)  # noqa: PLR0124 - NaN is not itself
        return any(texts)

    def entry_at(self, row: int) -> Entry | None:
        """Return the entry of a row, or None."""
        return self._entries[self._order[row]] if 0 <= row < self._order.size else None

    def row_of(self, uid: int | None) -> int:
        """Return the row of an entry, -1 where the filter hides it."""
        place = self._place.get(uid, -1) if uid is not None else -1
        if place < 0:
            return -1
        if self._row_of is None:
            self._row_of = np.full(len(self._entries), -1, dtype=np.int64)
            self._row_of[self._order] = np.arange(self._order.size)
        return int(self._row_of[place])

    @property
    def hidden_ms1(self) -> int:
        """Number of MS1 scans that are not shown."""
        return 0 if self._with_ms1 else sum(self._columns.ms1)

    def show_ms1(self, on: bool) -> None:
        """Show MS1 scans among the MS/MS spectra, or not."""
        if on != self._with_ms1:
            self._with_ms1 = on
            self._arrange()

    def _mask(self, start: int = 0) -> filtering.Mask:
        found = filtering.mask(self._terms, self._columns, start)
        wanted = self._with_ms1 or any(term.key == "ms1" for term in self._terms)
        return found if wanted else found & ~np.array(self._columns.ms1[start:], dtype=bool)

    def set_filter(self, text: str) -> None:
        """Show only the spectra that fulfil a filter text."""
        terms = filtering.parse(text)
        if terms != self._terms:
            self._terms = terms
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 brings back the order of the files."""
        wanted = (column, order) if column >= 0 else None
        if wanted != self._sorted_by:
            self._sorted_by = wanted
            self._arrange()

    def _arrange(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [(index, self.entry_at(index.row())) for index in before]
        shown = np.flatnonzero(self._mask())
        self._order = self._sorted(shown)
        self._row_of = None
        for index, entry in kept:
            row = self.row_of(entry.uid if entry else None)
            moved = self.index(row, index.column()) if row >= 0 else QModelIndex()
            self.changePersistentIndex(index, moved)
        self.layoutChanged.emit()

    def _sorted(self, places: np.ndarray) -> np.ndarray:
        if self._sorted_by is None or not places.size:
            return places
        column, order = self._sorted_by
        values = getattr(self._columns, KEYS[column])
        descending = order == Qt.SortOrder.DescendingOrder
        if COLUMNS[column].numeric:
            numbers = np.array(values, dtype=float)[places]
            ranks = np.argsort(-numbers if descending else numbers, kind="stable")
            return places[ranks]
        # Empty cells stay at the end both ways.
        filled = [place for place in places.tolist() if values[place]]
        filled.sort(key=values.__getitem__, reverse=descending)
        empty = [place for place in places.tolist() if not values[place]]
        return np.array(filled + empty, dtype=np.int64)

    # What the session says

    def read_session(self) -> None:
        """Read everything again: spectra were removed or put back in between."""
        self.beginResetModel()
        self._entries = list(self._session.spectra)
        self._place = {entry.uid: i for i, entry in enumerate(self._entries)}
        self._columns = filtering.Columns()
        self._append(self._entries)
        self._order = self._sorted(np.flatnonzero(self._mask()))
        self._row_of = None
        self.endResetModel()

    def add_spectra(self, entries: list[Entry]) -> None:
        """Show spectra that were put at the end of the session."""
        start = len(self._entries)
        at_end = len(self._session.spectra) == start + len(entries)
        if not at_end or self._session.spectra[start] is not entries[0]:
            self.read_session()
            return
        self._place.update((entry.uid, start + i) for i, entry in enumerate(entries))
        self._append(entries)
        new = start + np.flatnonzero(self._mask(start))
        if self._sorted_by is not None:
            self._entries += entries
            self._arrange()
            return
        first = int(self._order.size)
        if new.size:
            self.beginInsertRows(QModelIndex(), first, first + int(new.size) - 1)
        self._entries += entries
        self._order = np.concatenate([self._order, new])
        self._row_of = None
        if new.size:
            self.endInsertRows()

    def read_rows(self, uids: list[int]) -> None:
        """Show what changed in some rows; they stay where they are until the next sorting."""
        for uid in uids:
            place = self._place.get(uid)
            if place is None:
                continue
            values = sort_values(self._entries[place])
            for name, value in zip(VALUES, values, strict=True):
                getattr(self._columns, name)[place] = value
            row = self.row_of(uid)
            if row >= 0:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def _append(self, entries: Sequence[Entry]) -> None:
        columns = zip(*map(sort_values, entries), strict=True)
        for name, values in zip(VALUES, columns, strict=False):
            getattr(self._columns, name).extend(values)

    def _repaint(self) -> None:
        if self._order.size:
            last = self.index(int(self._order.size) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


def adduct_of(entry: Entry) -> tuple[str, str]:
    """Return the adduct that a spectrum is worked with and where it comes from."""
    if entry.spectrum.adduct:
        return entry.spectrum.adduct, entry.adduct_source
    if entry.annotation is not None and entry.annotation.adduct:
        return entry.annotation.adduct, entry.annotation.adduct_source
    return "", ""


def top_of(entry: Entry) -> str:
    """Return the accepted candidate's name, else the first's, else an empty text."""
    if entry.annotation is None or not entry.annotation.candidates:
        return ""
    candidates = entry.annotation.candidates
    for candidate in candidates:
        if entry.call_of(candidate.structure.inchikey14) == "accepted":
            return candidate.structure.name or candidate.structure.smiles
    return candidates[0].structure.name or candidates[0].structure.smiles


def sort_values(entry: Entry) -> tuple[Any, ...]:
    """Return what :class:`filtering.Columns` holds for one spectrum, in the order of its fields."""
    spectrum, annotation = entry.spectrum, entry.annotation
    energy = spectrum.collision_energy.value if spectrum.collision_energy else None
    return (
        NAN if spectrum.precursor_mz is None else spectrum.precursor_mz,
        NAN if energy is None else energy,
        entry.title[:LONGEST_TEXT].casefold(),
        adduct_of(entry)[0].casefold(),
        spectrum.polarity or "",
        (spectrum.formula or "").casefold(),
        _file_name(spectrum.origin.file),
        look_of(annotation).word if annotation is not None else "",
        entry.call,
        top_of(entry)[:LONGEST_TEXT].casefold(),
        entry.reviewed,
        annotation is not None,
        spectrum.ms_level == 1,
        _rates(annotation),
    )


def _rates(annotation: Annotation | None) -> str:
    """Return the error rates at which an answer is accepted, as the filter reads them."""
    if annotation is None or annotation.verdict is None or not annotation.candidates:
        return ""
    return "%".join(["", *(str(percent) for percent in annotation.verdict.accepted), ""])


@lru_cache(maxsize=4096)
def _file_name(path: str) -> str:
    return PurePath(path).name.casefold()


def cell_text(entry: Entry, key: str) -> str:
    """Return what stands in a cell."""
    spectrum = entry.spectrum
    if key == "mz":
        if spectrum.ms_level == 1:
            return "MS1"
        return "–" if spectrum.precursor_mz is None else f"{spectrum.precursor_mz:.4f}"
    if key == "name":
        return visible(entry.title[:LONGEST_TEXT])
    if key == "adduct":
        return adduct_of(entry)[0]
    if key == "energy":
        return str(spectrum.collision_energy or "")[:LONGEST_TEXT]
    if key == "trust":
        return look_of(entry.annotation).text
    if key == "call":
        return f"{CALL_SIGNS[entry.call]} {entry.call}".strip()
    return visible(top_of(entry)[:LONGEST_TEXT])


def cell_tip(entry: Entry, key: str) -> str:
    """Return the tooltip of a cell in plain text; the name's says everything about a spectrum."""
    spectrum = entry.spectrum
    if key == "mz" and spectrum.ms_level == 1:
        return "A scan of all ions, before any was broken; only MS/MS spectra are annotated"
    if key == "mz" and spectrum.precursor_mz is None:
        return "The file has no precursor m/z for this spectrum. Annotate > Enter Precursor m/z"
    if key == "adduct" and adduct_of(entry)[1] in GUESSED:
        return f"{adduct_of(entry)[0]} is a guess: the file does not say. Annotate > Choose Adduct"
    if key == "trust":
        return look_of(entry.annotation).sentence
    if key != "name":
        return cell_text(entry, key)
    lines = [entry.title[:LONGEST_TEXT]]
    lines.append(f"{len(spectrum)} peaks" if len(spectrum) else "no peaks")
    if spectrum.retention_time_s is not None:
        lines.append(f"retention time {spectrum.retention_time_s / 60:.2f} min")
    if spectrum.instrument:
        lines.append(spectrum.instrument[:LONGEST_TEXT])
    if spectrum.origin.file:
        place = f", {spectrum.origin.where}" if spectrum.origin.where else ""
        lines.append(f"{PurePath(spectrum.origin.file).name}{place}")
    if entry.partial:
        lines.append("reading of this file was cancelled")
    lines += spectrum.remarks[:5]
    if entry.note:
        lines.append(f"Note: {entry.note[:LONGEST_TEXT]}")
    return visible("\n".join(lines))


def visible(text: str) -> str:
    """Return text with control characters and text-direction overrides made visible."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text
    )
