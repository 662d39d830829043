"""A slider over collision energies, with the value beside it and a way back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

LOWEST_EV, HIGHEST_EV, STEP_EV = 5, 100, 5
WIDTH = 240


class EnergySlider(QWidget):
    """Chooses a collision energy in eV; None stands for the energy of the record."""

    chosen = Signal(object)  # float | None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._syncing = False
        self.words = QLabel("Collision energy", self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.value = QLabel(self)
        self.back = QToolButton(self)
        self.slider.setRange(LOWEST_EV, HIGHEST_EV)
        self.slider.setSingleStep(1)
        self.slider.setPageStep(STEP_EV)
        self.slider.setFixedWidth(WIDTH)
        self.slider.setAccessibleName("Collision energy of the predicted spectrum")
        self.slider.setToolTip("Predict the spectrum at another collision energy")
        self.value.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 eV "))
        for label in (self.words, self.value):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.back.setText("as measured")
        self.back.setAccessibleName("Back to the measured collision energy")
        self.back.setAutoRaise(True)
        self.back.setToolTip("Go back to the collision energy of the record")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.words, self.slider, self.value, self.back):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.slider.valueChanged.connect(self._choose)
        self.back.clicked.connect(lambda: self.chosen.emit(None))

    def show_energy(self, energy_ev: float | None, *, is_measured: bool) -> None:
        """Show an energy; ``is_measured``: it is that of the record."""
        self._syncing = True
        if energy_ev is not None:
            self.slider.setValue(round(energy_ev))
        self._syncing = False
        self.value.setText("not known" if energy_ev is None else f"{energy_ev:.3g} eV")
        self.back.setVisible(not is_measured)

    def _choose(self, energy_ev: int) -> None:
        if not self._syncing:
            self.value.setText(f"{energy_ev} eV")
            self.chosen.emit(float(energy_ev))
