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

# Shares of the width and of the height, as they are on the first start.
COLUMNS = (15, 57, 28)
ROWS = (60, 40)
TABLES = (45, 55)
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
        self._wide_sizes: dict[str, list[int]] = {}

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
        """Give all panes their first shares of the present size."""
        width, height = max(self.width(), 200), max(self.height(), 200)
        columns = COMPACT_COLUMNS if self.compact else COLUMNS
        self.columns.setSizes([width * share // 100 for share in columns])
        self.middle.setSizes([height * share // 100 for share in ROWS])
        tables = COMPACT_TABLES if self.compact else TABLES
        self.tables.setSizes([width * share // 100 for share in tables])
        line = QFontMetrics(QApplication.font()).height()
        trust = min(TRUST_LINES * line, height // 2)
        self.right.setSizes([trust, height - trust])
        self._stretch()
        self._shared = True

    def _note_sizes(self) -> None:
        # What the user made of the wide window comes back after a time as a small one.
        if not self.compact:
            self._wide_sizes = {name: s.sizes() for name, s in self._splitters().items()}

    def _stretch(self) -> None:
        # Of a larger window the spectrum gets most.
        for i, stretch in enumerate((1, 5, 2)):
            self.columns.setStretchFactor(i, stretch)
        self.right.setStretchFactor(0, 0)
        self.right.setStretchFactor(1, 1)

    def restore(self, file: SettingsFile) -> bool:
        """Give panes the sizes of the last time; False when there was none."""
        kept = {name: file.sizes_of(name) for name in self._splitters()}
        if any(
            len(sizes) != s.count()
            for sizes, s in zip(kept.values(), self._splitters().values(), strict=True)
        ):
            return False
        self._wide_sizes = kept
        for name, splitter in self._splitters().items():
            splitter.setSizes(kept[name])
        self._stretch()
        self._shared = True
        return True

    def keep(self, file: SettingsFile) -> None:
        """Keep the sizes for the next time."""
        if not self._shared or self.only_spectrum:
            return
        for name, splitter in self._splitters().items():
            sizes = self._wide_sizes.get(name) if self.compact else splitter.sizes()
            if sizes and sum(sizes):
                file.keep_sizes(name, sizes)

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

    def _show_structures(self, compared: int) -> None:
        self.structures.setCurrentWidget(self.comparison if compared >= 0 else self.structure)

    def show_only_spectrum(self, on: bool) -> None:
        """Hide all panes but the spectrum, or bring them back."""
        self.only_spectrum = on
        self._arrange()

    def _arrange(self) -> None:
        shown = {name: name not in self.hidden and not self.only_spectrum for name in PANES}
        for name, on in shown.items():
            self.frames[name].setVisible(on)
        self.tables.setVisible(shown["peaks"] or shown["candidates"])
        self.right.setVisible(shown["trust"] or shown["structure"])
        if self.compact:
            for i, name in enumerate(("structure", "trust")):
                self.tabs.setTabVisible(i, shown[name])

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
        self.share_out()
        if not compact:
            for name, sizes in self._wide_sizes.items():
                self._splitters()[name].setSizes(sizes)

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
            self.share_out()


def _framed(pane: QWidget) -> QFrame:
    """Return a pane on the background of data, with a thin border."""
    frame = QFrame()
    frame.setObjectName("pane")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(1, 1, 1, 1)
    layout.addWidget(pane)
    return frame
