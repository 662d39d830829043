"""What is exported of many spectra, and where to."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from msgui.export.batch import BatchChoice
from msgui.export.figure_choice import FigureChoice
from msgui.gui.dialogs.plain import PlainDialog, mute, text_label

FIGURES = (
    ("svg", "SVG", "Vector figures; text is text"),
    ("pdf", "PDF", "One page for each spectrum"),
    ("png", "PNG", "Pictures"),
)
TABLES = (
    ("tsv", "TSV", "As msgui annotate writes them"),
    ("csv", "CSV", "Cells that a spreadsheet would compute are made harmless"),
    ("xlsx", "XLSX workbook", "All tables as sheets of one file"),
)
SPECTRA = (
    ("mgf", "MGF", "With what was found for each peak"),
    ("msp", "MSP", "With what was found behind each peak"),
    ("json", "JSON", "Without what was found"),
)
OTHERS = (
    ("sdf", "Candidates as SDF", "Drawn structures with their scores"),
    ("mztab", "mzTab-M", "For repositories"),
    ("reports", "HTML reports", "One self-contained page for each spectrum"),
)
NAMES_SHOWN = 2


class ExportBatchDialog(PlainDialog):
    """Chooses spectra, kinds of files and a folder."""

    export_wanted = Signal(str, object, str)  # which spectra, BatchChoice, folder

    def __init__(
        self,
        counts: Mapping[str, tuple[str, int]],
        choice: BatchChoice,
        folder: str,
        parent: QWidget | None = None,
    ) -> None:
        """Make the dialog; ``counts`` holds words and number of spectra for each name of a set."""
        super().__init__(
            "Export Spectra",
            "Each file takes its place when it is complete. What fails for one spectrum is "
            "listed and does not stop the others.",
            parent,
            window_title="Export Spectra",
        )
        self._figure = choice.figure
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnStretch(1, 1)
        self.content.addLayout(self._grid)
        self.which = QComboBox(self)
        for name, (words, count) in counts.items():
            if count:
                self.which.addItem(f"{words} ({count:,})".replace(",", " "), name)
        self._row("Spectra", "Which spectra are exported", self.which)
        self.boxes: dict[str, QCheckBox] = {}
        chosen = {*choice.figures, *choice.tables, *choice.spectra}
        chosen |= {name for name, *_ in OTHERS if getattr(choice, name)}
        for title, kinds in (("Figures", FIGURES), ("Tables", TABLES), ("Spectra as", SPECTRA)):
            self._boxes(title, kinds, chosen)
        self._boxes("More", OTHERS, chosen)
        self.look = text_label("", self)
        mute(self.look)
        self._row("", "How figures look", self.look)
        self._add_folder(folder)
        self.warning = text_label("", self)
        self.warning.setAccessibleName("What is replaced")
        self._grid.addWidget(self.warning, self._grid.rowCount(), 0, 1, 2)
        self.add_button("Cancel", "Write nothing", role="reject")
        self.export = self.add_button("Export", "Write the files", main=True)
        self.accepted.connect(self._export)
        self.show_figure_choice(choice.figure)
        self.resize(640, self.sizeHint().height())

    def _row(self, title: str, tip: str, widget: QWidget) -> None:
        row = self._grid.rowCount()
        widget.setToolTip(tip)
        widget.setAccessibleName(title or tip)
        self._grid.addWidget(text_label(title, self), row, 0)
        self._grid.addWidget(widget, row, 1)

    def _boxes(self, title: str, kinds: tuple[tuple[str, str, str], ...], on: set[str]) -> None:
        line = QWidget(self)
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(18)
        for name, text, tip in kinds:
            box = self.boxes[name] = QCheckBox(text, line)
            box.setToolTip(tip)
            box.setAccessibleName(f"{title}: {text}")
            box.setChecked(name in on)
            box.toggled.connect(self._changed)
            layout.addWidget(box)
        layout.addStretch(1)
        self._row(title, title, line)

    def _add_folder(self, folder: str) -> None:
        line = QWidget(self)
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        self.folder = QLineEdit(folder, line)
        self.folder.setAccessibleName("Folder")
        self.folder.setToolTip("It is made where there is none")
        self.folder.textChanged.connect(self._changed)
        browse = QPushButton("Browse…", line)
        browse.setAccessibleName("Browse for a folder")
        browse.setToolTip("Choose a folder")
        browse.clicked.connect(self._browse)
        layout.addWidget(self.folder, 1)
        layout.addWidget(browse)
        self._row("Folder", "Where the files go", line)

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def choice(self) -> BatchChoice:
        """Return what the boxes say."""

        def on(kinds: tuple[tuple[str, str, str], ...]) -> tuple[str, ...]:
            return tuple(name for name, *_ in kinds if self.boxes[name].isChecked())

        others = {name: self.boxes[name].isChecked() for name, *_ in OTHERS}
        return BatchChoice(
            figures=on(FIGURES),  # type: ignore[arg-type]
            tables=on(TABLES),  # type: ignore[arg-type]
            spectra=on(SPECTRA),  # type: ignore[arg-type]
            figure=self._figure,
            **others,
        )

    def show_figure_choice(self, figure: FigureChoice) -> None:
        """Draw figures like this."""
        self._figure = figure
        size = f"{figure.width_mm:g} × {figure.height_mm:g} mm"
        self.look.setText(f"Figures: {size}, PNG with {figure.dpi} dpi, as in Export Figure")
        self._changed()

    def _changed(self, *_value: object) -> None:
        if not hasattr(self, "export"):
            return
        names = self.choice().names()
        folder = Path(self.folder.text().strip())
        there = [name for name in names if (folder / name).exists()]
        self.export.setEnabled(bool(names) and bool(self.folder.text().strip()))
        self.export.setText("Replace and Export" if there else "Export")
        self.warning.setText(_replaced_words(there))
        self.warning.setVisible(bool(there))

    def _export(self) -> None:
        which, folder = str(self.which.currentData()), self.folder.text().strip()
        self.export_wanted.emit(which, self.choice(), folder)


def _replaced_words(names: list[str]) -> str:
    if not names:
        return ""
    first = ", ".join(names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    others = f" and {more} more" if more > 0 else ""
    verb = "is" if len(names) == 1 else "are"
    return f"In this folder: {first}{others} {verb} there and will be replaced."
