"""Two candidates side by side: where they differ, and which peaks decide between them."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from msgui.annotation import Candidate
from msgui.fragments.comparison import Explains
from msgui.gui.bits_table import (
    BIT,
    LETTER,
    PICTURE_HEIGHT,
    PICTURE_WIDTH,
    BitsTable,
    ShownBit,
    bit_rows,
)
from msgui.gui.bits_table import COLUMNS as BIT_COLUMNS
from msgui.gui.comparison_table import COLUMNS, DecidingTable, deciding_rows
from msgui.gui.copying import copier
from msgui.gui.how import How, set_topic
from msgui.gui.peak_words import percent, short
from msgui.gui.session import Session
from msgui.gui.widgets.columns import PlainTable
from msgui.gui.widgets.delegates import NumberDelegate, PictureDelegate, RunsDelegate
from msgui.gui.widgets.depictions import DrawingKey, shared_depictions
from msgui.gui.widgets.empty_state import EmptyState
from msgui.gui.widgets.molecule_view import MoleculeColors, MoleculeView
from msgui.gui.widgets.run_label import RunLabel, blend
from msgui.gui.widgets.runs import Run

RESIZE_MS = 120
LETTERS = ("A", "B")
TONES = ("first", "second")
GROUPS = (
    (Explains.FIRST, "only A", "first"),
    (Explains.SECOND, "only B", "second"),
    (Explains.BOTH, "both", ""),
    (Explains.NEITHER, "neither", "none"),
)
GROUP_TIP = (
    "Peaks that count (no precursor, no isotopes) and their share of the intensity.\n"
    "Only what one candidate explains and the other does not can decide between them."
)


class ComparisonPane(QWidget):
    """Shows the selected candidate (A) beside the one that it is compared with (B)."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparison_pane")
        self.setAccessibleName("Comparison of two candidates")
        set_topic(self, "compare")
        self._session = session
        self._depictions = shared_depictions(session)
        self._syncing = False
        self.title = RunLabel(self)
        self.close_button = QToolButton(self)
        self.how_button = QToolButton(self)
        self.names = (RunLabel(self), RunLabel(self))
        self.views = (self._view("A"), self._view("B"))
        self.difference = RunLabel(self)
        self.groups = {kind: RunLabel(self) for kind, _, _ in GROUPS}
        self.values = DecidingTable(self)
        self.table = PlainTable((1,), parent=self)
        self.bits = BitsTable(self._look, self)
        self.bit_table = PlainTable((BIT,), parent=self)
        self.tabs = QTabBar(self)
        self.empty = EmptyState(self)
        self._stack = QStackedWidget(self)
        self._resized = QTimer(self, singleShot=True, interval=RESIZE_MS)
        self._lay_out()
        self._connect()

    def _view(self, letter: str) -> MoleculeView:
        view = MoleculeView(self._colors(), self)
        view.setAccessibleName(f"Drawing of candidate {letter}")
        return view

    def _colors(self) -> MoleculeColors:
        palette = self._session.palette
        return MoleculeColors(
            background=QColor(palette.background),
            halo=QColor(palette.halo),
            cut=QColor(palette.selected),
            atom=QColor(palette.selected),
            different=blend(QColor(palette.selected), QColor(palette.background), 0.62),
        )

    def _lay_out(self) -> None:
        self.title.set_runs((Run("Compare", bold=True),))
        for button, text, name, tip in (
            (self.how_button, "how?", "How is the comparison made?", "How is this computed? (F1)"),
            (self.close_button, "✕", "End the comparison", "End the comparison (C or Esc)"),
        ):
            button.setText(text)
            button.setAutoRaise(True)
            button.setAccessibleName(name)
            button.setToolTip(tip)
        table = self.table
        table.setModel(self.values)
        table.setAccessibleName("Deciding peaks")
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        runs = RunsDelegate(self._tones, table)
        for place, column in enumerate(COLUMNS):
            delegate = NumberDelegate(4 if column.title == "m/z" else 0, table)
            table.setItemDelegateForColumn(place, delegate if column.is_number else runs)
        self._lay_out_bits(runs)
        for page in (table, self.bit_table, self.empty):
            self._stack.addWidget(page)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 4, 2)
        head.addWidget(self.title, 1)
        head.addWidget(self.how_button)
        head.addWidget(self.close_button)
        drawings = QGridLayout()
        drawings.setContentsMargins(8, 0, 8, 0)
        drawings.setSpacing(4)
        for side in range(2):
            drawings.addWidget(self.names[side], 0, side)
            drawings.addWidget(self.views[side], 1, side)
            drawings.setColumnStretch(side, 1)
        drawings.setRowStretch(1, 1)
        counts = QGridLayout()
        counts.setContentsMargins(8, 2, 8, 4)
        counts.setVerticalSpacing(0)
        for place, (kind, _, _) in enumerate(GROUPS):
            counts.addWidget(self.groups[kind], place // 2, place % 2)
            How(self.groups[kind], "compare", self._session)
        line = QHBoxLayout()
        line.setContentsMargins(8, 0, 8, 0)
        line.addWidget(self.difference)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(drawings, 3)
        layout.addLayout(line)
        layout.addLayout(counts)
        layout.addWidget(self.tabs)
        layout.addWidget(self._stack, 2)

    def _lay_out_bits(self, runs: RunsDelegate) -> None:
        table = self.bit_table
        table.setModel(self.bits)
        table.setAccessibleName("Deciding bits of the fingerprint")
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.set_row_height(PICTURE_HEIGHT + 4)
        table.setItemDelegateForColumn(LETTER, runs)
        table.setItemDelegateForColumn(BIT, PictureDelegate(PICTURE_WIDTH, table))
        for place in range(BIT + 1, len(BIT_COLUMNS)):
            table.setItemDelegateForColumn(place, NumberDelegate(0, table))
        for title, tip in (
            ("Deciding peaks", "Peaks that only one of the two explains"),
            ("Deciding bits", "Substructures that only one of the two has, as the model sees them"),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(title), tip)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Deciding peaks or bits")

    def _look(self) -> tuple[bool, float]:
        return self._session.theme == "dark", self.devicePixelRatioF()

    def _connect(self) -> None:
        session = self._session
        session.compared_changed.connect(lambda _: self._show_structures())
        session.candidate_selected.connect(lambda _: self._show_structures())
        session.comparison_changed.connect(self._show_peaks)
        session.explanation_changed.connect(self._show_peaks)
        session.occlusion_changed.connect(self._show_bits)
        session.difference_changed.connect(self._show_difference)
        session.peak_hovered.connect(lambda _: self._show_fragments())
        session.peaks_pinned.connect(lambda _: self._show_fragments())
        session.theme_changed.connect(lambda _: self._show_theme())
        self.close_button.clicked.connect(lambda: session.compare_with(-1))
        self.how_button.clicked.connect(lambda: session.request("how compare"))
        self.table.row_entered.connect(self._hover_row)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._pin_row())
        self.tabs.currentChanged.connect(lambda _: self._show_page())
        self.bit_table.row_entered.connect(self._hover_bit)
        self.bit_table.selectionModel().selectionChanged.connect(lambda *_: self._pin_bit())
        self._resized.timeout.connect(self._ask_for_drawings)
        self._depictions.ready.connect(self._take_drawing)

    # What is shown

    def _tones(self) -> dict[str, QColor]:
        palette = self._session.palette
        return {
            "first": QColor(palette.explained),
            "second": QColor(palette.formula),
            "none": QColor(palette.unexplained),
        }

    @property
    def _candidates(self) -> tuple[Candidate | None, Candidate | None]:
        return self._session.candidate, self._session.compared_candidate

    def _show_structures(self) -> None:
        if self._session.compared < 0:
            return
        for label, candidate, letter, tone in zip(
            self.names, self._candidates, LETTERS, TONES, strict=True
        ):
            name = candidate.structure.name or candidate.structure.smiles if candidate else ""
            label.set_tones(self._tones())
            label.set_runs((Run(f"{letter}  ", bold=True, tone=tone), Run(short(name, 60))), name)
        self._ask_for_drawings()
        self._show_peaks()
        self._show_difference()

    def _size(self, view: MoleculeView) -> QSize:
        return QSize(max(view.width(), 80), max(view.height(), 60))

    def _ask_for_drawings(self) -> None:
        if self._session.compared < 0 or not self.isVisible():
            return
        for view, candidate in zip(self.views, self._candidates, strict=True):
            if candidate is None:
                view.set_drawing(None)
                continue
            size, smiles = self._size(view), candidate.structure.smiles
            dark = self._session.theme == "dark"
            drawing = self._depictions.drawing(smiles, size.width(), size.height(), dark=dark)
            shown = view.drawing()
            if drawing is not None or (shown is not None and shown.key.smiles != smiles):
                view.set_drawing(drawing)

    def _take_drawing(self, key: DrawingKey) -> None:
        if any(c is not None and c.structure.smiles == key.smiles for c in self._candidates):
            self._ask_for_drawings()

    def _show_theme(self) -> None:
        for view in self.views:
            view.set_colors(self._colors())
        self._show_structures()

    def _show_difference(self) -> None:
        found = self._session.difference
        atoms = (found.first, found.second) if found else (frozenset(), frozenset())
        for view, different in zip(self.views, atoms, strict=True):
            view.set_different(different)
        if self._session.compared < 0:
            return
        if found is None:
            words = "Looking for the common part…"
        elif not found.first and not found.second:
            words = "No atom differs: the same structure without stereochemistry"
        else:
            words = f"On orange: {len(found.first)} and {len(found.second)} atoms differ"
            words += "" if found.is_complete else " (search cut short)"
        self.difference.set_runs((Run(words, muted=True),))

    def _show_peaks(self) -> None:
        comparison = self._session.comparison
        if self._session.compared < 0:
            return
        for kind, words, tone in GROUPS:
            label = self.groups[kind]
            label.set_tones(self._tones())
            if comparison is None:
                label.set_runs((Run(f"{words}: …", muted=True),), GROUP_TIP)
                continue
            group = comparison.groups[kind]
            plural = "" if group.peaks == 1 else "s"
            number = f"{group.peaks} peak{plural}, {percent(group.intensity)} %"
            name, share = Run(f"{words}  ", tone=tone, muted=not tone), percent(group.intensity)
            shorter = (name, Run(f"{group.peaks}, {share} %"))
            label.set_runs((name, Run(number)), GROUP_TIP, shorter)
        rows = deciding_rows(self._session)
        self._syncing = True
        self.values.set_values(rows)
        self._syncing = False
        self.table.fit_columns()
        self._show_bits()
        self._show_fragments()

    def _show_bits(self) -> None:
        if self._session.compared < 0:
            return
        self._syncing = True
        self.bits.set_values(bit_rows(self._session))
        self._syncing = False
        self.bit_table.fit_columns()
        self._show_page()

    def _show_page(self) -> None:
        is_bits = self.tabs.currentIndex() == 1
        page = self.bit_table if is_bits else self.table
        if is_bits and not self.bits.rowCount():
            self.empty.show_state(
                "No bit decides", "There is no prediction, or both have the same fingerprint."
            )
        elif not is_bits and self._session.comparison is not None and not self.values.rowCount():
            self.empty.show_state(
                "No peak decides", "Both explain the same peaks: this spectrum can not tell."
            )
        else:
            self._stack.setCurrentWidget(page)
            return
        self._stack.setCurrentWidget(self.empty)

    def _show_fragments(self) -> None:
        session = self._session
        if session.compared < 0:
            return
        index = session.lit_peak
        self.bits.set_lit_peak(index)
        for view, peaks in zip(self.views, (session.peaks, session.compared_peaks), strict=True):
            piece = None
            if index is not None and index < len(peaks):
                piece = peaks[index].fragment
            view.set_lit(piece.atoms if piece else (), piece.bonds_cut if piece else ())

    # What the user does

    def _hover_row(self, row: int) -> None:
        self._session.hover_peak(self.values.value(row).index if row >= 0 else None)

    def _pin_row(self) -> None:
        rows = self.table.selected_rows()
        if rows and not self._syncing:
            self._session.pin_peaks({self.values.value(rows[0]).index})

    def _hover_bit(self, row: int) -> None:
        """Light the substructure of a bit in the drawing of the candidate that has it."""
        one: ShownBit | None = self.bits.value(row) if row >= 0 else None
        if one is None:
            self._show_fragments()
            return
        for view, letter in zip(self.views, LETTERS, strict=True):
            view.set_lit(one.atoms if letter == one.letter else ())

    def _pin_bit(self) -> None:
        rows = self.bit_table.selected_rows()
        if rows and not self._syncing:
            one: ShownBit = self.bits.value(rows[0])
            self._session.pin_peaks(one.peaks)
            self._hover_bit(rows[0])

    def copy(self) -> None:
        """Put the deciding peaks, or bits, on the clipboard as TSV."""
        table = self.bits if self.tabs.currentIndex() == 1 else self.values
        copier(self._session)(table.copy_text())

    def keyPressEvent(self, event) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Escape:
            self._session.compare_with(-1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._resized.start()

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)
        self._resized.start()
