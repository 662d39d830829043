"""The menu of the spectrum plot: labels, intensity scale, number of labels, copy."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QWidget, QWidgetAction

from msgui.gui.peak_decisions import fill_peak_menu
from msgui.gui.session import Session
from msgui.gui.spectrum_plot import SpectrumPlot

if TYPE_CHECKING:
    from msgui.gui.panes.spectrum import SpectrumPane

MOST_LABELS = 80
LABEL_NAMES = {"formula": "Formula", "mz": "m/z", "loss": "Neutral loss", "none": "None"}
SCALE_NAMES = {"linear": "Linear", "sqrt": "Square root", "log": "Logarithm"}


class SpectrumMenu(QMenu):
    """Filled each time it opens, so that it shows what is on."""

    def __init__(self, session: Session, plot: SpectrumPlot, pane: "SpectrumPane") -> None:
        super().__init__(pane)
        self._session, self._plot, self._pane = session, plot, pane
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Make the entries anew."""
        self.clear()
        session, plot = self._session, self._plot
        for title, names, chosen, choose in (
            ("Labels", LABEL_NAMES, session.labels, session.set_labels),
            ("Intensity", SCALE_NAMES, session.scale, session.set_scale),
        ):
            self.addSection(title)
            for name, text in names.items():
                action = self.addAction(text)
                action.setCheckable(True)
                action.setChecked(name == chosen)
                action.triggered.connect(lambda _=False, n=name, c=choose: c(n))
        follow = self.addAction("Fit intensity to what is visible")
        follow.setCheckable(True)
        follow.setChecked(plot.follow_visible)
        follow.toggled.connect(plot.set_follow_visible)
        self.addSection("Fewer or more labels")
        self.addAction(self._slider())
        self.addSeparator()
        self.addAction("Copy peaks", self._pane.copy)
        self.addAction("Show whole spectrum", self._pane.reset_zoom)

    def _slider(self) -> QWidgetAction:
        holder = QWidget(self)
        slider = QSlider(Qt.Orientation.Horizontal, holder)
        slider.setRange(0, MOST_LABELS)
        slider.setValue(self._plot.label_count)
        slider.setAccessibleName("Number of labels")
        slider.setToolTip("How many peaks are labelled at most; labels never overlap")
        slider.valueChanged.connect(self._plot.set_label_count)
        row = QHBoxLayout(holder)
        row.setContentsMargins(24, 2, 12, 4)
        row.addWidget(slider)
        action = QWidgetAction(self)
        action.setDefaultWidget(holder)
        return action


def peak_menu(session: Session, pane: "SpectrumPane", index: int | None) -> QMenu:
    """Return the context menu of a peak, or of the plot where there is none."""
    menu = QMenu(pane)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if session.current_entry is not None and index is not None:
        pinned = index in session.pinned_peaks
        menu.addAction("Let go" if pinned else "Pin", lambda: pane.plot.press_peak(index, True))
        menu.addSeparator()
        fill_peak_menu(menu, session, index)
    menu.addAction("Copy peaks", pane.copy)
    menu.addAction("Show whole spectrum", pane.reset_zoom)
    return menu
