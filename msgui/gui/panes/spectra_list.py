"""The list of spectra: what is loaded, how far it is, which one is shown."""

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from msgui.gui import filtering
from msgui.gui.session import Entry, Session
from msgui.gui.spectra_table import COLUMNS, KEYS, SpectraTable
from msgui.gui.widgets.empty_state import EmptyState, StateAction
from msgui.gui.widgets.run_label import RunLabel
from msgui.gui.widgets.runs import Run

# Which columns give way first when the pane is narrow: the last ones.
PRIORITY = ("mz", "name", "top", "trust", "adduct", "call", "energy")
SAMPLES = {
    "mz": "1234.567",
    "name": "Quercetin 3-glu",
    "adduct": "[M+H-H2O]+",
    "energy": "20/35/50 eV",
    "trust": "? unknown",
    "call": "✓ accepted",
    "top": "Sulfamethoxaz",
}
ROW_PADDING = 8
FILTER_DELAY_MS = 60
# Rows stream in; the columns need not follow each of them.
FIT_DELAY_MS = 30
# Below this many rows the filter follows each key at once.
DIRECT_ROWS = 5000


class RowDelegate(QStyledItemDelegate):
    """Draws no frame about the current cell: the row is the unit."""

    def initStyleOption(self, option: QStyleOptionViewItem, index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus


class SpectraListPane(QWidget):
    """Filter box and table of the session's spectra."""

    menu_wanted = Signal(object)  # QPoint on the screen

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._loading = ""
        self._columns_chosen = False
        self._fit_timer = QTimer(self)
        self._fit_timer.setSingleShot(True)
        self._fit_timer.setInterval(FIT_DELAY_MS)
        self._fit_timer.timeout.connect(self._fit)
        self.table = SpectraTable(session, self)
        self.header = RunLabel(self)
        self.filter = self._make_filter()
        self.view = self._make_view()
        self.empty = EmptyState(self)
        self.empty.requested.connect(self._empty_requested)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(8, 8, 8, 6)
        head.setSpacing(7)
        head.addWidget(self.header)
        head.addWidget(self.filter)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        self._listen()
        self._show_counts()

    def _make_filter(self) -> QLineEdit:
        box = QLineEdit(self)
        box.setPlaceholderText("Filter: caffeine, mz:195.08")
        box.setClearButtonEnabled(True)
        box.setAccessibleName("Filter spectra")
        box.setToolTip(
            f"Show only some spectra (Ctrl+F), for example:\n{filtering.HELP}\n"
            "Several words must all be true; a minus before a word turns it round."
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._apply_filter)
        box.textChanged.connect(
            lambda: self._timer.start(FILTER_DELAY_MS if self.table.total > DIRECT_ROWS else 0)
        )
        box.installEventFilter(self)
        return box

    def _make_view(self) -> QTableView:
        view = QTableView(self)
        view.setModel(self.table)
        view.setAccessibleName("Spectra")
        view.setShowGrid(False)
        view.setItemDelegate(RowDelegate(view))
        view.setWordWrap(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setTabKeyNavigation(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(view.viewport().mapToGlobal(point))
        )
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(32)
        header.setStretchLastSection(True)
        header.setSectionsMovable(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        view.setSortingEnabled(True)
        view.installEventFilter(self)
        self._size_rows(view)
        return view

    def _listen(self) -> None:
        session = self._session
        self.view.selectionModel().currentRowChanged.connect(self._row_chosen)
        # The table listens to the session first: it was made before these connections.
        session.current_changed.connect(self._show_current)
        for signal in (self.table.rowsInserted, self.table.modelReset, self.table.layoutChanged):
            signal.connect(self._rows_changed)
        session.call_changed.connect(self._show_counts)
        session.reviewed_changed.connect(self._show_counts)
        session.annotation_changed.connect(self._fit_if_new)
        session.theme_changed.connect(lambda _name: self._show_counts())

    # What is shown

    def selected_uids(self) -> list[int]:
        """Return the uids of the selected rows, from top to bottom."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [entry.uid for row in rows if (entry := self.table.entry_at(row)) is not None]

    def set_loading(self, text: str) -> None:
        """Say in the header that a file is being read; empty: no more."""
        self._loading = text
        self._show_counts()

    def focus_filter(self) -> None:
        """Put the cursor into the filter box."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def move(self, step: int) -> None:
        """Show the spectrum that stands some rows further down."""
        row = self.table.row_of(self._session.current)
        last = self.table.rowCount() - 1
        target = min(max(row + step, 0), last)
        entry = self.table.entry_at(target)
        if entry is not None:
            self._session.set_current(entry.uid)

    def _show_counts(self, *_args: object) -> None:
        ms1 = self.table.hidden_ms1
        total, shown = self.table.total - ms1, self.table.rowCount()
        count = f"{shown:,} of {total:,}" if self.table.terms else f"{total:,}" if total else ""
        runs = [Run("Spectra", bold=True), Run(f"   {count.replace(',', ' ')}", muted=True)]
        if self._loading:
            runs.append(Run(f"   {self._loading}", muted=True))
        elif (reviewed := self.table.reviewed) and not self.table.terms:
            runs.append(Run(f" · {reviewed} reviewed", muted=True))
        elif ms1:
            runs.append(Run(f" and {ms1} MS1", muted=True))
        self.header.set_runs(runs)
        if total and not shown and self.table.terms:
            words = " ".join(str(term) for term in self.table.terms)
            self.empty.show_state(
                "No spectrum matches",
                f"“{words}”",
                (StateAction("clear_filter", "Clear filter", "Show all spectra again"),),
            )
            self._stack.setCurrentWidget(self.empty)
        else:
            self._stack.setCurrentWidget(self.view)

    def _empty_requested(self, name: str) -> None:
        if name == "clear_filter":
            self.filter.clear()
            self.view.setFocus()
        else:
            self._session.request(name)

    def _apply_filter(self) -> None:
        self.table.set_filter(self.filter.text())

    def _rows_changed(self, *_args: object) -> None:
        self._show_counts()
        self._fit_if_new()
        self._show_current(self._session.current_entry)

    # Current row

    def _row_chosen(self, current, _previous) -> None:
        entry = self.table.entry_at(current.row()) if current.isValid() else None
        if entry is not None:
            self._session.set_current(entry.uid)

    def _show_current(self, entry: Entry | None) -> None:
        row = self.table.row_of(entry.uid if entry else None)
        selection = self.view.selectionModel()
        if row < 0:
            selection.clear()
            return
        if selection.currentIndex().row() != row or not selection.isRowSelected(row):
            flags = QItemSelectionModel.SelectionFlag
            index = self.table.index(row, 0)
            selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.view.scrollTo(index)

    # Columns

    def _choose_columns(self, point) -> None:
        header = self.view.horizontalHeader()
        menu = QMenu(self)
        for i, column in enumerate(COLUMNS):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(i))
            action.setEnabled(column.key != "name")
            action.toggled.connect(lambda on, i=i: self._show_column(i, on))
        menu.addSeparator()
        fit = menu.addAction("As many as fit")
        fit.triggered.connect(self.fit_columns)
        menu.popup(header.mapToGlobal(point))

    def _show_column(self, section: int, on: bool) -> None:
        self._columns_chosen = True
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.view.setColumnHidden(section, not on)

    def fit_columns(self) -> None:
        """Show as many columns as the pane is wide, the most telling first."""
        self._columns_chosen = False
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()

    def _fit_if_new(self, *_args: object) -> None:
        if not self._columns_chosen:
            self._fit_timer.start()

    def _fit(self) -> None:
        metrics = QFontMetrics(QApplication.font())
        width = {key: metrics.horizontalAdvance(SAMPLES[key]) + 16 for key in KEYS}
        # The scroll bar may come at any time; its place is kept free.
        room = self.view.width() - self.view.verticalScrollBar().sizeHint().width() - 4
        shown: list[str] = []
        for key in PRIORITY:
            if key in ("top", "trust", "call", "adduct", "energy") and not self.table.known(key):
                continue
            if len(shown) >= 2 and sum(width[k] for k in shown) + width[key] > room:
                break
            shown.append(key)
        rest = room - sum(width[key] for key in shown)
        if rest < 0:
            width["name"] = max(width["name"] + rest, 40)
            rest = 0
        wide = [key for key in ("name", "top") if key in shown]
        header = self.view.horizontalHeader()
        for i, key in enumerate(KEYS):
            self.view.setColumnHidden(i, key not in shown)
            if key in shown:
                extra = rest // len(wide) if key in wide else 0
                header.resizeSection(i, width[key] + extra)

    # Qt

    def _size_rows(self, view: QTableView) -> None:
        height = QFontMetrics(QApplication.font()).height() + ROW_PADDING
        view.verticalHeader().setMinimumSectionSize(height)
        view.verticalHeader().setDefaultSectionSize(height)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "view"):
            self._size_rows(self.view)
            self._fit_if_new()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        if not self._columns_chosen:
            self._fit()

    def eventFilter(self, watched, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and watched is self.filter:
            if event.key() == Qt.Key.Key_Escape and self.filter.text():
                # Here it clears the box; elsewhere the window lets go of pins with it.
                event.accept()
                return True
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.filter and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return):
                self.view.setFocus(Qt.FocusReason.TabFocusReason)
                if self._session.current is None or self.table.row_of(self._session.current) < 0:
                    self.move(0)
                return True
            if watched is self.filter and event.key() == Qt.Key.Key_Escape:
                self.filter.clear()
                return True
        if event.type() == QEvent.Type.Resize and watched is self.view and not self._columns_chosen:
            self._fit()
        return super().eventFilter(watched, event)
