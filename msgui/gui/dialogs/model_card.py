"""What the model was trained on, how good it is beside the baseline, where it runs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QPainter
from PySide6.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from msgui.annotation import Annotation
from msgui.gui.dialogs.plain import PlainDialog, enlarge, palette_of, text_label
from msgui.gui.session import Session
from msgui.gui.theme import Palette
from msgui.spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from msgui.prediction.card import Card
    from msgui.prediction.onnx_model import Model

BARS_SHOWN = 8


class Bars(QWidget):
    """Counts as horizontal bars; the one that the shown spectrum belongs to is marked."""

    def __init__(
        self, counts: Iterable[tuple[str, int]], here: str, palette: Palette, name: str
    ) -> None:
        super().__init__()
        self._counts = list(counts)
        self._here, self._palette = here, palette
        self._row = self.fontMetrics().height() + 4
        self.setMinimumHeight(self._row * max(len(self._counts), 1))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.setToolTip("Number of training spectra; the mark shows where the spectrum lies")

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        palette = self._palette
        widths = [painter.fontMetrics().horizontalAdvance(name) for name, _ in self._counts]
        label = min(max(widths, default=0) + 18, self.width() // 2)
        highest = max((count for _, count in self._counts), default=1)
        room = self.width() - label - 70
        middle = Qt.AlignmentFlag.AlignVCenter
        for i, (name, count) in enumerate(self._counts):
            top = i * self._row
            here = name == self._here
            painter.setPen(QColor(palette.selected if here else palette.text))
            sign = "▸ " if here else "   "
            painter.drawText(0, top, label, self._row, middle, f"{sign}{name}")
            width = max(2, round(room * count / highest))
            color = QColor(palette.selected if here else palette.explained)
            painter.fillRect(label, top + 4, width, self._row - 8, color)
            painter.setPen(QColor(palette.muted))
            text = f"{count:,}".replace(",", " ")
            painter.drawText(label + width + 6, top, 70, self._row, middle, text)
        painter.end()


class ModelCard(PlainDialog):
    """The opened model's card; stays open beside the window."""

    wanted = Signal(str)  # name of an action

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        model = session.tools.model if session.tools else None
        card = model.card if model else None
        title = f"{card.title or card.name} {card.version}" if card else "No model is open"
        sentence = (
            card.description
            if card
            else "Spectra are still annotated: formulas, fragments, candidates, baseline."
        )
        super().__init__(title, sentence, parent, window_title="About the model")
        self._palette = palette_of(parent)
        if model is not None and card is not None:
            inside = QWidget()
            layout = QVBoxLayout(inside)
            layout.setContentsMargins(2, 2, 14, 8)
            layout.setSpacing(10)
            layout.addLayout(self._facts(card, model))
            self._add_scores(layout, card)
            entry = session.current_entry
            annotation = entry.annotation if entry else None
            self._add_histograms(layout, card, entry.spectrum if entry else None, annotation)
            self._add_files(layout, card)
            layout.addStretch(1)
            area = QScrollArea(self)
            area.setWidgetResizable(True)
            area.setWidget(inside)
            area.setFrameShape(QScrollArea.Shape.NoFrame)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setAccessibleName("Model card")
            self.content.addWidget(area, 1)
            self.resize(600, 640)
        for text, action, tip in (
            ("Choose Model…", "choose_model", "Take another model, or none"),
            ("Add Model…", "add_model", "Add a folder with model.onnx and card.json"),
        ):
            button = self.add_button(text, tip, role="action")
            button.clicked.connect(lambda _=False, action=action: self._leave(action))
        if card is not None and card.folder is not None:
            folder = self.add_button("Show Folder", "Open the folder of the model", role="action")
            url = QUrl.fromLocalFile(str(card.folder))
            folder.clicked.connect(lambda: QDesktopServices.openUrl(url))
        self.add_button("Close", main=True)

    def _leave(self, action: str) -> None:
        self.close()
        self.wanted.emit(action)

    def _facts(self, card: "Card", model: "Model") -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(4)
        training, split = card.training, card.split
        spectra, structures = training.get("spectra"), training.get("structures")
        data = " ".join(str(training.get(key, "")) for key in ("data", "name") if training.get(key))
        if spectra:
            data += f"  {_number(spectra)} spectra"
        if structures:
            data += f" of {_number(structures)} structures"
        how = split.get("name") or split.get("kind") or split.get("method") or ""
        rows = {
            "Runs on": f"{model.provider}",
            "Looks at": ", ".join(card.inputs),
            "Trained on": data.strip(),
            "Held out by": str(how),
            "License": card.licence,
        }
        for name, value in rows.items():
            if value:
                form.addRow(QLabel(name), text_label(value))
        return form

    def _title(self, layout: QVBoxLayout, text: str) -> None:
        label = QLabel(text)
        enlarge(label, 1.05)
        layout.addWidget(label)

    def _add_scores(self, layout: QVBoxLayout, card: "Card") -> None:
        rows = [row for row in card.scores if isinstance(row, Mapping)]
        if not rows:
            return
        self._title(layout, "Measured, beside the baseline")
        keys = list(dict.fromkeys(key for row in rows for key in row))
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        for column, key in enumerate(keys):
            head = text_label(key.replace("_", " "), muted=True)
            head.setWordWrap(False)
            grid.addWidget(head, 0, column, _side(rows, key))
            for i, row in enumerate(rows, start=1):
                cell = QLabel(_cell(row.get(key, "")))
                grid.addWidget(cell, i, column, _side(rows, key))
        grid.setColumnStretch(len(keys), 1)
        layout.addLayout(grid)

    def _add_histograms(
        self,
        layout: QVBoxLayout,
        card: "Card",
        spectrum: Spectrum | None,
        annotation: Annotation | None,
    ) -> None:
        adduct = annotation.adduct if annotation else (spectrum.adduct or "" if spectrum else "")
        for name, counts in card.histograms.items():
            pairs = _pairs(counts)
            if not pairs:
                continue
            self._title(layout, f"Seen in training: {str(name).replace('_', ' ')}")
            here = adduct if "adduct" in str(name) else ""
            layout.addWidget(Bars(pairs, here, self._palette, f"Seen in training: {name}"))

    def _add_files(self, layout: QVBoxLayout, card: "Card") -> None:
        if not card.files:
            return
        self._title(layout, "Files and checksums")
        lines = [f"{Path(name).name}   sha256 {digest}" for name, digest in card.files.items()]
        layout.addWidget(text_label("\n".join(lines), muted=True))


def _pairs(counts: Any) -> list[tuple[str, int]]:
    """Return the largest classes of a histogram in whichever plain form the card has it."""
    if isinstance(counts, Mapping):
        found = [(str(k), int(v)) for k, v in counts.items() if isinstance(v, int | float)]
    elif isinstance(counts, list):
        found = [
            (str(pair[0]), int(pair[1]))
            for pair in counts
            if isinstance(pair, list | tuple) and len(pair) == 2
        ]
    else:
        found = []
    return sorted(found, key=lambda pair: -pair[1])[:BARS_SHOWN]


def _number(value: Any) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return _number(value)


def _side(rows: list[Mapping[str, Any]], key: str) -> Qt.AlignmentFlag:
    numeric = all(isinstance(row.get(key, 0), int | float) for row in rows)
    return Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
