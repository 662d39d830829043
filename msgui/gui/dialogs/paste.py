"""Makes a spectrum of a pasted peak list, with a preview while one types."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from msgui.errors import MsguiError
from msgui.gui.dialogs.plain import PlainDialog, palette_of, text_label
from msgui.gui.dialogs.questions import AdductBox, adduct_trouble, number_of
from msgui.gui.theme import Palette
from msgui.spectra.spectrum import CollisionEnergy, Spectrum

EXAMPLE = "138.0662\t100\n195.0877\t88\n110.0713\t41"
# Typing in a long list must stay quick: it is read again after each change.
PREVIEWED_CHARACTERS = 2_000_000


class Preview(QWidget):
    """Sticks of the peaks as they are understood so far."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._mz = np.zeros(0)
        self._relative = np.zeros(0)
        self._precursor: float | None = None
        self.setMinimumHeight(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Preview of the spectrum")
        self.setToolTip("The spectrum as it is understood")

    def show_peaks(self, mz: np.ndarray, intensity: np.ndarray, precursor: float | None) -> None:
        """Draw peaks and the precursor's place."""
        highest = float(intensity.max()) if intensity.size else 0.0
        self._mz = mz
        self._relative = intensity / highest if highest > 0 else np.zeros(mz.size)
        self._precursor = precursor
        self.update()

    def paintEvent(self, event) -> None:
        palette = self._palette
        painter = QPainter(self)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(palette.border))
        painter.setBrush(QColor(palette.background))
        painter.drawRoundedRect(frame, 4, 4)
        line = painter.fontMetrics().height()
        plot = frame.adjusted(14, line + 6, -14, -line - 8)
        if not self._mz.size:
            painter.setPen(QColor(palette.muted))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "No peaks yet")
            painter.end()
            return
        places = [*self._mz.tolist(), *([self._precursor] if self._precursor else [])]
        low, high = min(places), max(places)
        pad = max((high - low) * 0.05, 1.0)
        low, high = low - pad, high + pad

        def x_of(mz: float) -> float:
            return plot.left() + (mz - low) / (high - low) * plot.width()

        painter.setPen(QPen(QColor(palette.muted), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setPen(QPen(QColor(palette.explained), 1.5))
        for mz, relative in zip(self._mz.tolist(), self._relative.tolist(), strict=True):
            x = x_of(mz)
            top = plot.bottom() - relative * plot.height()
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, top))
        painter.setPen(QColor(palette.muted))
        text = QRectF(frame.left() + 8, plot.bottom() + 2, frame.width() - 16, line + 4)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft, f"{low + pad:.1f}")
        painter.drawText(text, Qt.AlignmentFlag.AlignRight, f"{high - pad:.1f}")
        painter.drawText(text, Qt.AlignmentFlag.AlignHCenter, "m/z")
        if self._precursor:
            x, y = x_of(self._precursor), plot.bottom()
            painter.setBrush(QColor(palette.selected))
            painter.setPen(Qt.PenStyle.NoPen)
            size = 4.5
            painter.drawPolygon(
                [QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size),
                 QPointF(x - size, y)]
            )  # fmt: skip
        painter.end()


class PasteDialog(PlainDialog):
    """Asks for peaks, precursor, adduct and energy; gives one spectrum."""

    made = Signal(object)  # Spectrum

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(
            "Paste a peak list",
            "Two columns, m/z and intensity, separated by blanks, tabs, commas or semicolons.",
            parent,
            window_title="Paste peak list",
        )
        self._mz, self._intensity = np.zeros(0), np.zeros(0)
        self.text = QPlainTextEdit(text, self)
        self.text.setAccessibleName("Peaks")
        self.text.setToolTip("One peak on a line: m/z, intensity")
        self.text.setPlaceholderText(EXAMPLE)
        self.text.setTabChangesFocus(True)
        self.name = self._line("Name", "What the list shows", "Pasted spectrum")
        self.precursor = self._line("Precursor m/z", "m/z of the isolated ion", "195.0877")
        self.polarity = QComboBox(self)
        self.polarity.addItem("Positive", "positive")
        self.polarity.addItem("Negative", "negative")
        self.polarity.setAccessibleName("Polarity")
        self.polarity.setToolTip("Polarity of the measurement")
        self.adduct = AdductBox(self)
        self.energy = self._line("Collision energy", "For example 35 eV or 30 NCE", "35 eV")
        self.preview = Preview(palette_of(parent), self)
        self.state = text_label("", self, muted=True)
        self._lay_out()
        self.add_button("Cancel", "Add nothing", role="reject")
        self.use = self.add_button("Add Spectrum", "Put it into the list", main=True)
        self.text.textChanged.connect(self._read)
        self.precursor.textChanged.connect(self._read)
        self.polarity.currentIndexChanged.connect(self._offer)
        self.adduct.editTextChanged.connect(self._read)
        self.accepted.connect(lambda: self.made.emit(self.spectrum()))
        self._offer()
        (self.precursor if text.strip() else self.text).setFocus()
        self.resize(820, 480)

    def _line(self, name: str, tip: str, example: str) -> QLineEdit:
        box = QLineEdit(self)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setPlaceholderText(example)
        return box

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("&Precursor m/z", self.precursor)
        form.addRow("P&olarity", self.polarity)
        form.addRow("&Adduct", self.adduct)
        form.addRow("Collision &energy", self.energy)
        form.addRow("&Name", self.name)
        right = QVBoxLayout()
        right.addLayout(form)
        right.addWidget(self.preview, 1)
        right.addWidget(self.state)
        both = QHBoxLayout()
        both.setSpacing(14)
        both.addWidget(self.text, 2)
        both.addLayout(right, 3)
        self.content.addLayout(both, 1)

    def _offer(self) -> None:
        self.adduct.set_polarity(self.polarity.currentData())
        self._read()

    def _read(self) -> None:
        from msgui.spectra.pasted import parse_peaks

        trouble = ""
        text = self.text.toPlainText()
        self._mz, self._intensity = np.zeros(0), np.zeros(0)
        if text.strip():
            try:
                self._mz, self._intensity = parse_peaks(text[:PREVIEWED_CHARACTERS])
            except MsguiError as error:
                place = f"{error.where[:1].upper()}{error.where[1:]}: " if error.where else ""
                trouble = f"{place}{error.cause} {error.action}".strip()
        precursor = number_of(self.precursor.text())
        self.preview.show_peaks(self._mz, self._intensity, precursor)
        if not trouble and self._mz.size and precursor is None:
            trouble = "The precursor m/z is needed."
        if not trouble:
            trouble = adduct_trouble(self.adduct.currentText(), self.polarity.currentData())
        ready = not trouble and self._mz.size > 0
        self.use.setEnabled(ready)
        if ready or (self._mz.size and precursor is None):
            base = float(self._mz[int(self._intensity.argmax())])
            trouble = (
                f"{self._mz.size} peaks, {self._mz.min():.4f} to {self._mz.max():.4f}, "
                f"highest at {base:.4f}. {trouble}"
            ).strip()
        self.state.setText(trouble)

    def spectrum(self) -> Spectrum:
        """Return the spectrum that the dialog describes."""
        from msgui.chemistry.adducts import parse_adduct

        polarity = self.polarity.currentData()
        adduct = parse_adduct(self.adduct.currentText(), polarity)
        return Spectrum(
            self._mz,
            self._intensity,
            precursor_mz=number_of(self.precursor.text()),
            adduct=adduct.name,
            charge=adduct.charge,
            polarity=polarity,
            collision_energy=energy_of(self.energy.text()),
            title=self.name.text().strip() or "Pasted spectrum",
        )


def energy_of(text: str) -> CollisionEnergy | None:
    """Return a typed collision energy, None for nothing."""
    from msgui.spectra.energy import parse_energy

    return parse_energy(text.strip()) if text.strip() else None
