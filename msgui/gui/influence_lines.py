"""The training spectra that made an answer, line by line: a click shows what each one was."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QCursor
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from msgui.gui.how import set_topic
from msgui.gui.session import Session
from msgui.gui.widgets.depictions import DrawingKey, shared_depictions
from msgui.gui.widgets.run_label import RunLabel, as_tip
from msgui.gui.widgets.runs import MINUS, Run
from msgui.trust.influence import Influence

PICTURE_WIDTH, PICTURE_HEIGHT = 132, 88
TITLES = {True: "Training spectra that helped most", False: "Training spectra that hurt most"}
TIP = (
    "How much the spectrum of training raised (+) or lowered (−) the log-likelihood of the "
    "structure in first place, by the influence of the model's last layer; the strongest is 1. "
    "Of each compound the strongest spectrum is shown"
)


def value_words(one: Influence) -> str:
    """Return the influence with its sign."""
    sign = "+" if one.helped else MINUS
    return f"{sign}{abs(one.value):.2f}"


class InfluenceLine(QWidget):
    """Compound and influence; a click unfolds structure and conditions."""

    chosen = Signal(object)  # Influence, when it is unfolded

    def __init__(self, one: Influence, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.influence = one
        self._session = session
        self._depictions = shared_depictions(session)
        same = (Run("same compound  ", bold=True),) if one.same_compound else ()
        self.title = RunLabel()
        self.title.set_runs((*same, Run(one.title)), one.sentence)
        self.number = RunLabel(align_right=True)
        self.number.set_runs((Run(value_words(one), bold=True),))
        self.number.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE_WIDTH, PICTURE_HEIGHT)
        self.picture.setAccessibleName(f"Structure of {one.title}")
        self.picture.hide()
        self.long = self._long_label()
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.title, 0, 0, 1, 2)
        grid.addWidget(self.number, 0, 2)
        grid.addWidget(self.picture, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.long, 1, 1, 1, 2)
        self.setCursor(QCursor(Qt.CursorShape.PointingHandCursor))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{value_words(one)}: {one.sentence}")
        self.setToolTip(as_tip(f"{one.sentence}\n{TIP}"))
        set_topic(self, "trust")
        self._depictions.ready.connect(self._show_picture)

    def _long_label(self) -> QLabel:
        one = self.influence
        lines = [one.formula, *(t for t in (one.adduct, one.collision_energy) if t)]
        text = ", ".join(lines)
        text += "".join(f"\n{t}" for t in (one.instrument, one.accession) if t)
        if one.same_compound:
            text = f"Same compound in training\n{text}"
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        colors = label.palette()
        colors.setColor(label.foregroundRole(), QColor(self._session.palette.muted))
        label.setPalette(colors)
        label.hide()
        return label

    @property
    def is_open(self) -> bool:
        """Are structure and conditions shown."""
        return not self.long.isHidden()

    def unfold(self, on: bool) -> None:
        """Show structure and conditions, or the compound alone."""
        self.picture.setVisible(on)
        self.long.setVisible(on)
        if on:
            self._show_picture()

    def _show_picture(self, key: DrawingKey | None = None) -> None:
        if not self.is_open or (key is not None and key.smiles != self.influence.smiles):
            return
        drawn = self._depictions.picture(
            self.influence.smiles,
            PICTURE_WIDTH,
            PICTURE_HEIGHT,
            dark=self._session.theme == "dark",
            ratio=self.devicePixelRatioF(),
        )
        if drawn is not None:
            self.picture.setPixmap(drawn)

    def toggle(self) -> None:
        """Unfold or fold, as a click does."""
        self.unfold(not self.is_open)
        if self.is_open:
            self.chosen.emit(self.influence)

    def mousePressEvent(self, event) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggle()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.toggle()
        else:
            super().keyPressEvent(event)


class InfluenceLines(QWidget):
    """What helped, and what hurt; empty lists are left out."""

    def __init__(
        self, found: tuple[Influence, ...], session: Session, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.lines: list[InfluenceLine] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for helped, title in TITLES.items():
            side = [one for one in found if one.helped == helped]
            if side:
                head = RunLabel()
                head.set_runs((Run(title, bold=True),), TIP)
                layout.addWidget(head)
            for one in side:
                line = InfluenceLine(one, session)
                line.chosen.connect(self._mirror)
                self.lines.append(line)
                layout.addWidget(line)

    def _mirror(self, one: Influence) -> None:
        """Draw the training spectrum below the measured one, where a library has its peaks."""
        from msgui.prediction.neighbours import reference_with_id

        tools, entry = self._session.tools, self._session.current_entry
        library = tools.library if tools is not None else None
        if library is not None and entry is not None and entry.annotation is not None:
            formula = entry.annotation.formula
            found = reference_with_id(entry.spectrum, library, one.accession, formula)
            if found is not None:
                self._session.set_mirror(found)
                return
            self._session.say(f"The library {library.name} has no record {one.accession}.")
            return
        self._session.say(
            "The model keeps no peaks of its training spectra; a library that has "
            f"{one.accession} would show them as mirror."
        )
