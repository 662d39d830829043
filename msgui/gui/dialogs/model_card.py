"""What the model was trained on, how good it is beside the baseline, where it runs."""

import re
from collections.abc import Iterable, Mapping, Sequence
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
# A measured value and the interval it lies in.
INTERVAL = ("_low", "_high")
_RANGE = re.compile(r"^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


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
            self.resize(660, 640)
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
        self._title(layout, "Measured, beside the baselines")
        layout.addWidget(text_label(same_in_all(rows), muted=True))
        keys = [key for key in columns_of(rows) if not key.endswith(INTERVAL)]
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        for column, key in enumerate(keys):
            head = text_label(key.replace("_", " "), muted=True)
            head.setWordWrap(False)
            grid.addWidget(head, 0, column, _side(rows, key))
            for i, row in enumerate(rows, start=1):
                cell = text_label(_cell(row, key))
                cell.setWordWrap(False)
                if str(row.get("method", "")) == card.name:
                    enlarge(cell, 1.0)
                grid.addWidget(cell, i, column, _side(rows, key))
        layout.addLayout(grid)

    def _add_histograms(
        self,
        layout: QVBoxLayout,
        card: "Card",
        spectrum: Spectrum | None,
        annotation: Annotation | None,
    ) -> None:
        for name, counts in card.histograms.items():
            pairs = _pairs(counts)
            if not pairs:
                continue
            words = str(name).replace("_", " ").replace(" mz", " m/z")
            self._title(layout, f"Seen in training: {words}")
            here = ""
            if spectrum is not None:
                adduct = annotation.adduct if annotation else spectrum.adduct or ""
                here = class_of(str(name), [key for key, _ in pairs], spectrum, adduct)
            layout.addWidget(Bars(pairs, here, self._palette, f"Seen in training: {words}"))

    def _add_files(self, layout: QVBoxLayout, card: "Card") -> None:
        if not card.files:
            return
        self._title(layout, "Files and checksums")
        lines = [f"{Path(name).name}   sha256 {digest}" for name, digest in card.files.items()]
        layout.addWidget(text_label("\n".join(lines), muted=True))


def same_in_all(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what all rows of a table of scores have in common, as a line of text."""
    common = {k: v for k, v in rows[0].items() if all(row.get(k) == v for row in rows)}
    parts = [str(common.pop(key)) for key in ("data",) if key in common]
    for key in ("spectra", "molecules"):
        if key in common:
            parts.append(f"{_number(common.pop(key))} {key}")
    return ", ".join(parts)


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys that differ between rows, the method first."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    differing = [key for key in keys if any(row.get(key) != rows[0].get(key) for row in rows)]
    wanted = [key for key in differing if key not in ("method", "threshold")]
    return ["method", *wanted] if len(rows) > 1 else keys


def class_of(name: str, classes: Sequence[str], spectrum: Spectrum, adduct: str) -> str:
    """Return the class of a histogram that a spectrum belongs to, empty when it has none."""
    if "adduct" in name:
        return adduct
    if "instrument" in name:
        return next((c for c in classes if c and c in spectrum.instrument.casefold()), "")
    value = spectrum.precursor_mz if "precursor" in name else spectrum.collision_energy_ev
    if value is None:
        return "unknown"
    for text in classes:
        match = _RANGE.match(text)
        if match and float(match[1]) <= value < float(match[2]):
            return text
    return ""


def _pairs(counts: Any) -> list[tuple[str, int]]:
    """Return the classes of a histogram: ranges in their order, names by their number."""
    if isinstance(counts, Mapping):
        found = [(str(k), int(v)) for k, v in counts.items() if isinstance(v, int | float)]
    elif isinstance(counts, list):
        pairs = [pair for pair in counts if isinstance(pair, list | tuple) and len(pair) == 2]
        found = [(str(name), int(count)) for name, count in pairs]
    else:
        found = []
    if any(_RANGE.match(name) for name, _ in found):
        return found
    return sorted(found, key=lambda pair: -pair[1])[:BARS_SHOWN]


def _number(value: Any) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)


def _cell(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, float):
        return _number(value)
    low, high = (row.get(f"{key}{end}") for end in INTERVAL)
    if isinstance(low, float) and isinstance(high, float):
        return f"{value:.2f}  ({low:.2f} to {high:.2f})"
    return f"{value:.2f}"


def _side(rows: Sequence[Mapping[str, Any]], key: str) -> Qt.AlignmentFlag:
    numeric = all(isinstance(row.get(key, 0), int | float) for row in rows)
    return Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
