"""The figure of the shown spectrum as it will be on paper, while its look is chosen."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QLocale, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from msgui.export.figure import PRESETS
from msgui.export.figure_choice import (
    LARGEST_DPI,
    LARGEST_MM,
    PRESET_WORDS,
    SMALLEST_DPI,
    SMALLEST_MM,
    FigureChoice,
)
from msgui.export.svg import POINTS_PER_MM
from msgui.gui.dialogs.plain import PlainDialog, mute, palette_of, text_label
from msgui.gui.widgets.svg_view import SvgView

MM_PER_INCH = 25.4
# Typing a width redraws once, not for each digit.
REST_MS = 120
SMALLEST_PREVIEW = QSize(360, 260)
FIRST_SIZE = QSize(1040, 640)
FORMATS = (("SVG: text stays text", "svg"), ("PDF page", "pdf"), ("PNG picture", "png"))
PARTS = (
    ("heading", "Title and conditions", "Above the plot"),
    ("structure", "Structure", "The selected candidate, in a free place or beside the plot"),
    ("fragment", "Pinned peaks and their piece", "Drawn as selected; the structure lights up"),
    ("mirror", "Mirror spectrum", "What is drawn below the axis"),
    ("coverage", "Coverage", "How much is explained, with what chance would give"),
)


class Preview(SvgView):
    """A page of paper: white in every theme, with a shadow line around it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(SMALLEST_PREVIEW)
        self.setAccessibleName("Preview of the figure")
        self.setToolTip("Wheel zooms, double click shows all")

    def paint_below(self, painter: Any) -> None:
        painter.fillRect(0, 0, round(self._size.width()), round(self._size.height()), Qt.white)


class ExportFigureDialog(PlainDialog):
    """Chooses size, parts and format of a figure; the preview follows."""

    redraw_wanted = Signal(object)  # FigureChoice
    save_wanted = Signal(str, object)  # "svg", "pdf" or "png"; FigureChoice
    copy_wanted = Signal(object)  # FigureChoice

    def __init__(self, choice: FigureChoice, kind: str, parent: QWidget | None = None) -> None:
        super().__init__("Export Figure", "", parent, window_title="Export Figure")
        self._is_filling = False
        self.preview = Preview(self)
        self.preview.set_background(QColor(palette_of(parent).window))
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addWidget(self.preview, 1)
        side = QWidget(self)
        side.setFixedWidth(max(290, 21 * self.fontMetrics().height()))
        self._form = QFormLayout(side)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(7)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        row.addWidget(side)
        self.content.addLayout(row, 1)
        self._add_size()
        self._add_parts()
        self._add_format()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(lambda: self.redraw_wanted.emit(self.choice()))
        copy = self.add_button("Copy", "As SVG and picture", role="action")
        copy.clicked.connect(lambda: self.copy_wanted.emit(self.choice()))
        self.add_button("Close", "Save nothing", role="reject")
        self.save = self.add_button("Save…", "Choose a name", role="action", main=True)
        self.save.clicked.connect(self._save)
        self.show_choice(choice, kind)
        room = parent.size() if parent is not None else FIRST_SIZE
        self.resize(FIRST_SIZE.boundedTo(room.expandedTo(SMALLEST_PREVIEW)))

    # Controls

    def _add_size(self) -> None:
        self.preset = QComboBox(self)
        for name, text in PRESET_WORDS.items():
            self.preset.addItem(text, name)
        self.preset.addItem("Own size", "")
        self.width_mm = self._length("Width")
        self.height_mm = self._length("Height")
        self.font_pt = QDoubleSpinBox(self)
        self.font_pt.setRange(4.0, 30.0)
        self.font_pt.setDecimals(1)
        self.font_pt.setSingleStep(0.5)
        self.font_pt.setSuffix(" pt")
        self._plain_numbers(self.font_pt)
        self._row("Size", self.preset, "Widths that journals ask for")
        self._row("Width", self.width_mm, "Outer width of the figure")
        self._row("Height", self.height_mm, "Outer height of the figure")
        self._row("Text", self.font_pt, "Size of all text")
        self.preset.activated.connect(self._take_preset)
        for box in (self.width_mm, self.height_mm, self.font_pt):
            box.valueChanged.connect(self._changed)

    def _length(self, name: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox(self)
        box.setRange(SMALLEST_MM, LARGEST_MM)
        box.setDecimals(1)
        box.setSuffix(" mm")
        box.setAccessibleName(name)
        self._plain_numbers(box)
        return box

    @staticmethod
    def _plain_numbers(box: QDoubleSpinBox) -> None:
        # A point in every language, as in the file itself.
        box.setLocale(QLocale.c())

    def _add_parts(self) -> None:
        self.parts: dict[str, QCheckBox] = {}
        column = QVBoxLayout()
        column.setSpacing(3)
        for name, text, tip in PARTS:
            box = QCheckBox(text, self)
            box.setToolTip(tip)
            box.setAccessibleName(text)
            box.toggled.connect(self._changed)
            self.parts[name] = box
            column.addWidget(box)
        self._form.addRow("Parts", column)
        self.labels = QSpinBox(self)
        self.labels.setRange(0, 200)
        self.labels.setSpecialValueText("as many as fit")
        self.scale = QComboBox(self)
        self.scale.addItem("Linear", False)
        self.scale.addItem("Square root", True)
        self._row("Labels", self.labels, "The most intense peaks first")
        self._row("Intensity", self.scale, "Square roots lift small peaks")
        self.labels.valueChanged.connect(self._changed)
        self.scale.currentIndexChanged.connect(self._changed)

    def _add_format(self) -> None:
        self.format = QComboBox(self)
        for text, kind in FORMATS:
            self.format.addItem(text, kind)
        self.dpi = QSpinBox(self)
        self.dpi.setRange(SMALLEST_DPI, LARGEST_DPI)
        self.dpi.setSingleStep(50)
        self.dpi.setSuffix(" dpi")
        self._row("Format", self.format, "Journals prefer SVG or PDF")
        self._row("Resolution", self.dpi, "Only of a picture")
        self.facts: QLabel = text_label("", self)
        mute(self.facts)
        self._form.addRow("", self.facts)
        self.format.currentIndexChanged.connect(self._changed)
        self.dpi.valueChanged.connect(self._changed)

    def _row(self, text: str, widget: QWidget, tip: str) -> None:
        widget.setToolTip(tip)
        widget.setAccessibleName(text)
        self._form.addRow(text, widget)

    # Values

    @property
    def kind(self) -> str:
        """The chosen format: "svg", "pdf" or "png"."""
        return str(self.format.currentData())

    def choice(self) -> FigureChoice:
        """Return what the controls say."""
        return FigureChoice(
            width_mm=self.width_mm.value(),
            height_mm=self.height_mm.value(),
            font_pt=self.font_pt.value(),
            labels=self.labels.value(),
            square_root=bool(self.scale.currentData()),
            dpi=self.dpi.value(),
            **{name: box.isChecked() for name, box in self.parts.items()},
        )

    def show_choice(self, choice: FigureChoice, kind: str) -> None:
        """Let the controls say this."""
        self._is_filling = True
        self.width_mm.setValue(choice.width_mm)
        self.height_mm.setValue(choice.height_mm)
        self.font_pt.setValue(choice.font_pt)
        self.labels.setValue(choice.labels)
        self.scale.setCurrentIndex(int(choice.square_root))
        self.dpi.setValue(choice.dpi)
        self.format.setCurrentIndex(max(0, self.format.findData(kind)))
        for name, box in self.parts.items():
            box.setChecked(getattr(choice, name))
        self._is_filling = False
        self._changed()

    def _take_preset(self, _index: int) -> None:
        size = PRESETS.get(str(self.preset.currentData()))
        if size is not None:
            sizes = vars(size)
            self.show_choice(replace(self.choice(), **sizes), self.kind)

    def _changed(self, *_value: object) -> None:
        if self._is_filling:
            return
        choice = self.choice()
        fitting = [
            name
            for name, size in PRESETS.items()
            if (size.width_mm, size.height_mm, size.font_pt)
            == (choice.width_mm, choice.height_mm, choice.font_pt)
        ]
        self.preset.setCurrentIndex(self.preset.findData(fitting[0] if fitting else ""))
        self.dpi.setEnabled(self.kind == "png")
        self.parts["fragment"].setEnabled(True)
        if self.kind == "png":
            width, height = (
                round(mm / MM_PER_INCH * choice.dpi) for mm in (choice.width_mm, choice.height_mm)
            )
            self.facts.setText(f"{width} × {height} pixels")
        else:
            self.facts.setText(f"{choice.width_mm:g} × {choice.height_mm:g} mm, text is text")
        self._rest.start()

    def show_figure(self, svg: str, choice: FigureChoice) -> None:
        """Show the drawn figure."""
        width, height = choice.width_mm * POINTS_PER_MM, choice.height_mm * POINTS_PER_MM
        self.preview.set_svg(svg, width, height)

    def _save(self) -> None:
        self.save_wanted.emit(self.kind, self.choice())
