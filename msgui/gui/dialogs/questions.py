"""Small questions: the same file again, which adduct, which precursor, a note."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from msgui.errors import MsguiError
from msgui.gui.dialogs.plain import PlainDialog, text_label
from msgui.spectra.spectrum import Polarity


class AgainDialog(PlainDialog):
    """Some of the files are loaded already: what now?"""

    answered = Signal(str)  # "skip" | "add" | "replace"

    def __init__(self, paths: Sequence[str], parent: QWidget | None = None) -> None:
        name = Path(paths[0]).name
        what = f"{name} is" if len(paths) == 1 else f"{len(paths)} of these files are"
        it, its = ("it", "its") if len(paths) == 1 else ("them", "their")
        super().__init__(
            f"{what} loaded already.",
            f"Replace reads {it} again; decisions on {its} spectra are lost, but undo brings them "
            "back.",
            parent,
            sign=("info", "accent"),
        )
        for text, tip, answer, main in (
            ("Skip", "Leave what is loaded as it is", "skip", True),
            ("Add Again", "Load its spectra a second time", "add", False),
            ("Replace", "Take its spectra out and read it again", "replace", False),
        ):
            button = self.add_button(text, tip, main=main)
            button.clicked.connect(lambda _=False, answer=answer: self.answered.emit(answer))


class AdductBox(QComboBox):
    """A list of the usual adducts in which any other can be typed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName("Adduct")
        self.setToolTip("Choose one or type any, such as [M+2Na-H]+ or [2M+ACN+H]+")

    def set_polarity(self, polarity: Polarity | None, keep: str = "") -> None:
        """Offer the adducts of a polarity, the most usual first."""
        from msgui.chemistry.adducts import ADDUCTS, likely_adducts

        first = [adduct.name for adduct in likely_adducts(polarity)]
        rest = [a.name for a in ADDUCTS if polarity in (None, a.polarity) and a.name not in first]
        self.clear()
        self.addItems([*first, *rest])
        if keep:
            self.setEditText(keep)


class AdductDialog(PlainDialog):
    """Which ion are these spectra?"""

    chosen = Signal(str, str)  # adduct, polarity

    def __init__(
        self,
        title: str,
        sentence: str,
        polarity: Polarity | None,
        parent: QWidget | None = None,
        *,
        adduct: str = "",
    ) -> None:
        super().__init__(title, sentence, parent)
        self.polarity = QComboBox(self)
        self.polarity.addItem("Positive", "positive")
        self.polarity.addItem("Negative", "negative")
        self.polarity.setCurrentIndex(1 if polarity == "negative" else 0)
        self.polarity.setAccessibleName("Polarity")
        self.polarity.setToolTip("Polarity of the measurement")
        self.adduct = AdductBox(self)
        self.trouble = text_label("", self)
        form = QFormLayout()
        form.addRow("&Polarity", self.polarity)
        form.addRow("&Adduct", self.adduct)
        self.content.addLayout(form)
        self.content.addWidget(self.trouble)
        self.add_button("Cancel", "Change nothing", role="reject")
        self.use = self.add_button("Use This Adduct", "Use it for these spectra", main=True)
        self.polarity.currentIndexChanged.connect(self._offer)
        self.adduct.editTextChanged.connect(self._check)
        self.accepted.connect(self._answer)
        self._offer()
        if adduct:
            self.adduct.setEditText(adduct)

    def _offer(self) -> None:
        self.adduct.set_polarity(self.polarity.currentData())
        self._check()

    def _check(self) -> None:
        trouble = adduct_trouble(self.adduct.currentText(), self.polarity.currentData())
        self.use.setEnabled(not trouble)
        self.trouble.setText(trouble)

    def _answer(self) -> None:
        from msgui.chemistry.adducts import parse_adduct

        polarity = self.polarity.currentData()
        self.chosen.emit(parse_adduct(self.adduct.currentText(), polarity).name, polarity)


def adduct_trouble(text: str, polarity: Polarity | None) -> str:
    """Return why an adduct cannot be used, empty when it can."""
    from msgui.chemistry.adducts import parse_adduct

    try:
        adduct = parse_adduct(text, polarity)
    except MsguiError as error:
        return f"{error.cause} {error.action}".strip()
    if polarity is not None and adduct.polarity != polarity:
        return f"{adduct.name} is a {adduct.polarity} ion, the polarity is {polarity}."
    return ""


def number_of(text: str) -> float | None:
    """Return a positive number written with point or comma, or None."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if 0 < value < 1e7 else None


class PrecursorDialog(PlainDialog):
    """Which precursor m/z does this spectrum have?"""

    chosen = Signal(float)

    def __init__(self, name: str, present: float | None, parent: QWidget | None = None) -> None:
        super().__init__("Precursor m/z", f"of {name}", parent)
        self.box = QLineEdit(f"{present:.6g}" if present else "", self)
        self.box.setAccessibleName("Precursor m/z")
        self.box.setToolTip("m/z of the isolated ion, for example 195.0877")
        self.box.setPlaceholderText("195.0877")
        self.content.addWidget(self.box)
        self.add_button("Cancel", "Change nothing", role="reject")
        self.use = self.add_button("Use This m/z", "Use it for this spectrum", main=True)
        self.box.textChanged.connect(self._check)
        self.accepted.connect(lambda: self.chosen.emit(number_of(self.box.text()) or 0.0))
        self._check()
        self.box.setFocus()
        self.box.selectAll()

    def _check(self) -> None:
        self.use.setEnabled(number_of(self.box.text()) is not None)


class NoteDialog(PlainDialog):
    """A note on a spectrum."""

    written = Signal(str)

    def __init__(self, name: str, note: str, parent: QWidget | None = None) -> None:
        super().__init__("Note", f"on {name}", parent)
        self.box = QPlainTextEdit(note, self)
        self.box.setAccessibleName("Note")
        self.box.setToolTip("Kept with the spectrum; undo takes it back")
        self.box.setTabChangesFocus(True)
        self.content.addWidget(self.box)
        self.add_button("Cancel", "Change nothing", role="reject")
        self.add_button("Keep Note", "Keep the note with the spectrum", main=True)
        self.accepted.connect(lambda: self.written.emit(self.box.toPlainText().strip()))
        self.box.setFocus()
