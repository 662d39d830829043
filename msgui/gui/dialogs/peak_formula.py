"""Which formula does this peak have: one of those that fit, or one that is typed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from msgui.annotation import PeakAnnotation
from msgui.errors import MsguiError
from msgui.gui.dialogs.plain import PlainDialog, text_label
from msgui.gui.formula_words import subscripted
from msgui.gui.peak_words import signed

if TYPE_CHECKING:
    from msgui.chemistry.adducts import Adduct
    from msgui.chemistry.formula import Formula

MOST_LINES = 8


class PeakFormulaDialog(PlainDialog):
    """Lists the formulas that fit a peak and lets any other be typed; what is typed is checked."""

    chosen = Signal(str)

    def __init__(
        self,
        peak: PeakAnnotation,
        ion: "Formula",
        adduct: "Adduct",
        tolerance_ppm: float,
        parent: QWidget | None = None,
    ) -> None:
        sentence = "The peaks, the candidates and their ranks are computed again with it."
        super().__init__(f"Formula of m/z {peak.mz:.4f}", sentence, parent)
        self._peak, self._ion, self._adduct, self._ppm = peak, ion, adduct, tolerance_ppm
        self.list = QListWidget(self)
        self.list.setAccessibleName("Formulas that fit")
        self.list.setToolTip("Parts of the precursor ion within the tolerance")
        self._fill()
        self.box = QLineEdit(self)
        self.box.setAccessibleName("Formula of the ion")
        self.box.setPlaceholderText("Other ion formula, such as C6H8N3O")
        self.box.setToolTip("Formula of the ion, its hydrogens included, without the charge")
        self.trouble = text_label("", self, muted=True)
        self.content.addWidget(self.list)
        self.content.addWidget(self.box)
        self.content.addWidget(self.trouble)
        self.add_button("Cancel", "Change nothing", role="reject")
        self.use = self.add_button("Set Formula", "Use it for this peak (Enter)", main=True)
        self.box.textChanged.connect(self._typed)
        self.list.currentRowChanged.connect(lambda _: self._check())
        self.list.itemDoubleClicked.connect(lambda _: self.accept())
        self.accepted.connect(lambda: self.chosen.emit(self._formula()))
        self._check()
        (self.list if self.list.count() else self.box).setFocus()

    def _fill(self) -> None:
        from msgui.chemistry.formula import Formula
        from msgui.overrides import chosen_ion

        names = [n for n in (self._peak.formula, *self._peak.alternatives) if n]
        for name in names:
            formula = Formula.parse(name)
            error = chosen_ion(formula, self._peak.mz, self._adduct).error_ppm
            loss = str(self._ion - formula) if self._ion.contains(formula) else ""
            lost = f"   loss of {subscripted(loss)}" if loss else ""
            item = QListWidgetItem(f"{subscripted(name)}   {signed(error)} ppm{lost}")
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.list.addItem(item)
        self.list.setVisible(bool(names))
        lines = min(len(names), MOST_LINES)
        self.list.setFixedHeight(lines * (self.fontMetrics().height() + 10) + 8)
        if names:
            self.list.setCurrentRow(0)

    def _typed(self) -> None:
        if self.box.text().strip():
            self.list.setCurrentRow(-1)
        elif self.list.count():
            self.list.setCurrentRow(0)
        self._check()

    def _formula(self) -> str:
        """Return the formula that is meant, empty when none fits."""
        from msgui.overrides import checked_formula

        text = self.box.text().strip()
        if not text:
            item = self.list.currentItem()
            return str(item.data(Qt.ItemDataRole.UserRole)) if item else ""
        found = checked_formula(text, self._peak.mz, self._ion, self._adduct, self._ppm)
        return str(found.formula)

    def _check(self) -> None:
        try:
            self.use.setEnabled(bool(self._formula()))
            self.trouble.setText("")
        except MsguiError as error:
            self.use.setEnabled(False)
            self.trouble.setText(f"{error.cause} {error.action}".strip())
