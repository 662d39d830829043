"""How the panes stand together: three columns, the middle one in two rows, all movable."""

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from msgui.gui.layouts import FIRST, LAYOUTS
from msgui.gui.panes.candidates import CandidatesPane
from msgui.gui.panes.comparison import ComparisonPane
from msgui.gui.panes.peaks import PeaksPane
from msgui.gui.panes.spectra_list import SpectraListPane
from msgui.gui.panes.spectrum import SpectrumPane
from msgui.gui.panes.structure import StructurePane
from msgui.gui.panes.trust import TrustPane
from msgui.gui.session import Session
from msgui.gui.settings import SettingsFile
from msgui.gui.widgets.notice import Notice

# The checks are as long as they are; what is left belongs to the structure.
TRUST_LINES = 23
# Below this size, in lines of text, trust and structure share one place as tabs.
COMPACT_WIDTH, COMPACT_HEIGHT = 78, 45
COMPACT_COLUMNS, COMPACT_TABLES = (18, 55, 27), (42, 58)
PANES = ("spectra", "peaks", "candidates", "trust", "structure")
GAP = 6


class Workbench(QWidget):
    """All panes of a session in splitters that remember their sizes."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spectra = SpectraListPane(session)
        self.spectrum = SpectrumPane(session)
        self.peaks = PeaksPane(session)
        self.candidates = CandidatesPane(session)
        self.trust = TrustPane(session)
        self.structure = StructurePane(session)
        self.comparison = ComparisonPane(session)
        # Two structures take the place of one.
        self.structures = QStackedWidget(self)
        self.structures.addWidget(self.structure)
        self.structures.addWidget(self.comparison)
        session.compared_changed.connect(self._show_structures)
        self.notice = Notice(self)
        self.frames = {
            "spectrum": _framed(self.spectrum),
            "peaks": _framed(self.peaks),
            "candidates": _framed(self.candidates),
            "trust": _framed(self.trust),
            "structure": _framed(self.structures),
        }
        self.frames["spectra"] = _framed(self.spectra)
        self.tables = self._splitter(Qt.Orientation.Horizontal, "Peaks and candidates")
        self.middle = self._splitter(Qt.Orientation.Vertical, "Spectrum and tables")
        self.right = self._splitter(Qt.Orientation.Vertical, "Trust and structure")
        self.columns = self._splitter(Qt.Orientation.Horizontal, "Columns")
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Structure or trust")
        self.tabs.hide()
        self.tables.addWidget(self.frames["peaks"])
        self.tables.addWidget(self.frames["candidates"])
        self.middle.addWidget(self.frames["spectrum"])
        self.middle.addWidget(self.tables)
        self.right.addWidget(self.frames["trust"])
        self.right.addWidget(self.frames["structure"])
        for widget in (self.frames["spectra"], self.middle, self.right):
            self.columns.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, GAP, GAP, GAP)
        layout.setSpacing(GAP)
        layout.addWidget(self.notice)
        layout.addWidget(self.columns, 1)
        self.hidden: set[str] = set()
        self.only_spectrum = False
        self.compact = False
        self._shared = False
        self.arrangement = FIRST
        # Sizes of splitters as the user left them, by layout.
        self._sizes: dict[str, dict[str, list[int]]] = {name: {} for name in LAYOUTS}

    def _splitter(self, orientation: Qt.Orientation, name: str) -> QSplitter:
        splitter = QSplitter(orientation, self)
        splitter.setHandleWidth(GAP)
        splitter.setChildrenCollapsible(False)
        splitter.setAccessibleName(name)
        splitter.splitterMoved.connect(lambda *_: self._note_sizes())
        return splitter

    def pane(self, name: str) -> QWidget:
        """Return a pane by its name in PANES, or "spectrum"."""
        return getattr(self, name)

    # Sizes

    def share_out(self) -> None:
        """Give all panes the first shares of the layout."""
        for name, sizes in self._first_sizes().items():
            self._splitters()[name].setSizes(sizes)
        self._stretch()
        self._shared = True

    def _first_sizes(self) -> dict[str, list[int]]:
        width, height = max(self.width(), 200), max(self.height(), 200)
        layout = self.arrangement
        small = self.compact and layout is FIRST
        columns = COMPACT_COLUMNS if small else layout.columns
        tables = COMPACT_TABLES if small else layout.tables
        line = QFontMetrics(QApplication.font()).height()
        trust = min(TRUST_LINES * line, height // 2)
        return {
            "columns": [width * share // 100 for share in columns],
            "middle": [height * share // 100 for share in layout.rows],
            "tables": [width * share // 100 for share in tables],
            "right": [trust, height - trust],
        }

    def use_layout(self, name: str) -> None:
        """Show the panes of a layout, with the sizes that it had last."""
        self._note_sizes()
        self.arrangement = LAYOUTS[name]
        self.hidden = set(self.arrangement.hidden)
        self.only_spectrum = False
        self._arrange()
        self._give_sizes()

    def forget_sizes(self) -> None:
        """Give the panes of every layout their first sizes."""
        self._sizes = {name: {} for name in LAYOUTS}
        self.use_layout(FIRST.name)
        self._sizes[FIRST.name].clear()
        self.share_out()

    def _note_sizes(self) -> None:
        # What the user made of the wide window comes back after a time as a small one.
        if self._shared and not self.compact and not self.only_spectrum:
            sizes = {name: s.sizes() for name, s in self._splitters().items()}
            self._sizes[self.arrangement.name].update((n, v) for n, v in sizes.items() if sum(v))

    def _give_sizes(self) -> None:
        self.share_out()
        if not self.compact:
            first = self._first_sizes()
            for name, sizes in self._sizes[self.arrangement.name].items():
                # What was hidden had no size.
                both = zip(sizes, first[name], strict=True)
                self._splitters()[name].setSizes([size or usual for size, usual in both])

    def _stretch(self) -> None:
        # Of a larger window the spectrum gets most.
        for i, stretch in enumerate((1, 5, 2)):
            self.columns.setStretchFactor(i, stretch)
        self.right.setStretchFactor(0, 0)
        self.right.setStretchFactor(1, 1)

    def restore(self, file: SettingsFile) -> None:
        """Give panes the layout and the sizes of the last time."""
        for layout, known in self._sizes.items():
            for name, splitter in self._splitters().items():
                sizes = file.sizes_of(f"{layout}/{name}")
                if len(sizes) == splitter.count():
                    known[name] = sizes
        name = file.layout_name()
        self.arrangement = LAYOUTS.get(name, FIRST)
        self.hidden = set(self.arrangement.hidden)
        self._arrange()
        if self._sizes[self.arrangement.name]:
            self._give_sizes()

    def keep(self, file: SettingsFile) -> None:
        """Keep layout and sizes for the next time."""
        self._note_sizes()
        file.keep_layout_name(self.arrangement.name)
        for layout, known in self._sizes.items():
            for name, sizes in known.items():
                file.keep_sizes(f"{layout}/{name}", sizes)

    def _splitters(self) -> dict[str, QSplitter]:
        return {
            "columns": self.columns,
            "middle": self.middle,
            "tables": self.tables,
            "right": self.right,
        }

    # What is shown

    def show_pane(self, name: str, on: bool) -> None:
        """Show or hide a pane."""
        (self.hidden.discard if on else self.hidden.add)(name)
        self._arrange()

    def reveal(self, name: str) -> QWidget:
        """Show a pane wherever it is, and return its frame."""
        self.only_spectrum = False
        self.show_pane(name, True)
        frame = self.frames[name]
        if self.compact and name in ("trust", "structure"):
            self.tabs.setCurrentWidget(frame)
        return frame

    def _show_structures(self, compared: int) -> None:
        self.structures.setCurrentWidget(self.comparison if compared >= 0 else self.structure)

    def show_only_spectrum(self, on: bool) -> None:
        """Hide all panes but the spectrum, or bring them back."""
        self.only_spectrum = on
        self._arrange()

    def _arrange(self) -> None:
        shown = {name: name not in self.hidden and not self.only_spectrum for name in PANES}
        focused = QApplication.focusWidget()
        for name, on in shown.items():
            if not on and focused is not None and self.frames[name].isAncestorOf(focused):
                # Else Qt gives the keys to the next widget, which is a button of the toolbar.
                self.spectrum.plot.setFocus()
            self.frames[name].setVisible(on)
        self.tables.setVisible(shown["peaks"] or shown["candidates"])
        self.right.setVisible(shown["trust"] or shown["structure"])
        if self.compact:
            for i, name in enumerate(("structure", "trust")):
                self.tabs.setTabVisible(i, shown[name])
            self.tabs.tabBar().setVisible(shown["structure"] and shown["trust"])

    def set_compact(self, compact: bool) -> None:
        """Put trust and structure into tabs, or below each other."""
        if compact == self.compact:
            return
        self.compact = compact
        trust, structure = self.frames["trust"], self.frames["structure"]
        if compact:
            self.tabs.addTab(structure, "Structure")
            self.tabs.addTab(trust, "Trust")
            self.right.addWidget(self.tabs)
            self.tabs.setCurrentIndex(0)
            self.tabs.show()
        else:
            self.tabs.clear()
            self.tabs.hide()
            self.tabs.setParent(self)
            self.right.addWidget(trust)
            self.right.addWidget(structure)
        self._arrange()
        self._give_sizes()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self.window().isVisible() or self._shared:
            self._fit()

    def _fit(self) -> None:
        size, line = self.window().size(), QFontMetrics(QApplication.font()).height()
        narrow = size.width() < COMPACT_WIDTH * line
        self.set_compact(narrow or size.height() < COMPACT_HEIGHT * line)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and getattr(self, "_shared", False):
            # Qt is walking over all widgets: none may move now.
            QTimer.singleShot(0, self, self._fit)

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)
        if not self._shared:
            self._give_sizes()


def _framed(pane: QWidget) -> QFrame:
    """Return a pane on the background of data, with a thin border."""
    frame = QFrame()
    frame.setObjectName("pane")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(1, 1, 1, 1)
    layout.addWidget(pane)
    return frame
