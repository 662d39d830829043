"""A structure of the user's own: typed or pasted, looked at, and put among the candidates."""

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from msgui.annotation import Annotation
from msgui.errors import MsguiError
from msgui.gui.dialogs.plain import PlainDialog, palette_of, text_label
from msgui.gui.formula_words import subscripted
from msgui.gui.peak_words import signed
from msgui.gui.widgets.depictions import Depictions
from msgui.structures.structure import Structure

PICTURE_WIDTH, PICTURE_HEIGHT = 380, 200
# A molecule is read when the typing pauses, not at each key.
PAUSE_MS = 150


class OwnCandidateDialog(PlainDialog):
    """Reads a SMILES or InChI, draws it, and says how it fits the precursor."""

    chosen = Signal(object)  # Structure

    def __init__(self, annotation: Annotation, ppm: float, parent: QWidget | None = None) -> None:
        sentence = "It is ranked with the others, by the same rules."
        super().__init__("Add a candidate of your own", sentence, parent)
        self._annotation, self._ppm = annotation, ppm
        self._structure: Structure | None = None
        self._depictions = Depictions(self)
        self._depictions.ready.connect(lambda _: self._draw())
        self.box = QLineEdit(self)
        self.box.setAccessibleName("SMILES or InChI")
        self.box.setPlaceholderText("SMILES or InChI, such as CCO")
        self.box.setToolTip("One whole molecule; stereochemistry is not told apart")
        self.name_box = QLineEdit(self)
        self.name_box.setAccessibleName("Name")
        self.name_box.setPlaceholderText("Name (optional)")
        self.name_box.setToolTip("What the list calls it")
        self.picture = QLabel(self)
        self.picture.setAccessibleName("Drawing of the structure")
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setFixedHeight(PICTURE_HEIGHT)
        self.words = text_label("", self, muted=True)
        self.words.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        for widget in (self.box, self.name_box, self.picture, self.words):
            self.content.addWidget(widget)
        self.add_button("Cancel", "Change nothing", role="reject")
        self.use = self.add_button("Add Candidate", "Rank it with the others (Enter)", main=True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._read)
        self.box.textChanged.connect(self._typed)
        self.accepted.connect(self._give)
        self._take_clipboard()
        self._read()
        self.box.setFocus()

    def _take_clipboard(self) -> None:
        """Begin with what was copied where that is an InChI: nothing else looks like one."""
        text = QApplication.clipboard().text().strip()
        if text.startswith("InChI=") and "\n" not in text:
            self.box.setText(text)
            self.box.selectAll()

    def _typed(self) -> None:
        self.use.setEnabled(False)
        self._pause.start()

    def _give(self) -> None:
        if self._structure is not None:
            self.chosen.emit(replace(self._structure, name=self.name_box.text().strip()))

    def _read(self) -> None:
        from msgui.overrides import own_structure

        self._structure, words = None, ""
        text = self.box.text().strip()
        if text:
            try:
                structure, notice = own_structure(text)
                words = self._fit(structure)
                self._structure = structure
                words = f"{words}\nChanged: {notice}" if notice else words
            except MsguiError as error:
                words = f"{error.cause} {error.action}".strip()
        self.words.setText(words)
        self.use.setEnabled(self._structure is not None)
        self._draw()

    def _fit(self, structure: Structure) -> str:
        """Return how a structure fits the precursor.

        Raises
        ------
        MsguiError
            When it has another mass: no ion of it is in this spectrum.
        """
        from msgui.chemistry.adducts import parse_adduct

        annotation = self._annotation
        measured = annotation.spectrum.precursor_mz
        if measured is None or not annotation.adduct:
            return subscripted(structure.formula)
        mz = parse_adduct(annotation.adduct).mz(structure.exact_mass)
        error = (measured - mz) / mz * 1e6
        if abs(error) > self._ppm:
            off = f"{measured - mz:+.4f} Da" if abs(error) > 1000 else f"{signed(error)} ppm"
            raise MsguiError(
                f"{subscripted(structure.formula)} as {annotation.adduct} has m/z {mz:.4f}; the "
                f"precursor {measured:.4f} is {off} off.",
                "Choose another adduct first if it is another ion.",
            )
        words = f"{subscripted(structure.formula)}, m/z {mz:.4f} as {annotation.adduct}"
        words += f": {signed(error)} ppm"
        listed = next(
            (c for c in annotation.candidates if c.structure.inchikey14 == structure.inchikey14),
            None,
        )
        if listed is not None:
            return f"{words}. It is in the list already, at rank {listed.rank}."
        if structure.formula != annotation.formula:
            return f"{words}. The other candidates are {subscripted(annotation.formula)}."
        return words

    def _draw(self) -> None:
        picture = None
        if self._structure is not None:
            dark = palette_of(self).name == "dark"
            picture = self._depictions.picture(
                self._structure.smiles,
                PICTURE_WIDTH,
                PICTURE_HEIGHT,
                dark=dark,
                ratio=self.devicePixelRatioF(),
            )
        if picture is None:
            self.picture.clear()
        else:
            self.picture.setPixmap(picture)
