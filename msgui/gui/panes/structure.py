"""The chosen candidate, drawn: which of its atoms the lit peak keeps, which bonds were cut."""

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from msgui.fragments.fragment import FragmentMatch
from msgui.gui.how import How, set_topic
from msgui.gui.peak_words import short, signed
from msgui.gui.session import Session
from msgui.gui.widgets.depictions import DrawingKey, rendered, shared_depictions
from msgui.gui.widgets.empty_state import EmptyState
from msgui.gui.widgets.molecule_view import MoleculeColors, MoleculeView
from msgui.gui.widgets.run_label import RunLabel, blend
from msgui.gui.widgets.runs import Run, Runs, formula_runs, muted_runs
from msgui.structures.structure import Structure

RESIZE_MS = 120
"""A new drawing is made when resizing rests; until then the old one is scaled."""
COPY_RATIO = 4.0
COMFORTABLE_PX = 250
LARGEST_SCALE = 1.7
PICK_TIP = (
    "Peaks whose best fragment holds all picked atoms, and picked bonds uncut.\n"
    "In every explanation: none of its other fragments does without them. Esc lets go."
)


def fragment_details(fragment: FragmentMatch) -> Runs:
    """Return how a piece is made: rule, bonds cut, hydrogens moved, what that costs."""
    bonds = len(fragment.bonds_cut)
    words = ["no bond cut" if bonds == 0 else f"{bonds} bond{'s' if bonds > 1 else ''} cut"]
    shift = fragment.hydrogen_shift
    words.append(f"{signed(shift, 0)} H" if shift else "no H moved")
    if fragment.rule:
        words.insert(0, fragment.rule)
    words.append(f"penalty {fragment.penalty:.1f}")
    return (Run("  ·  ".join(words), muted=True),)


def pick_runs(session: Session) -> Runs:
    """Return how many peaks hold the picked atoms and bonds; empty when none is picked."""
    parts = []
    for picked, name in ((session.selected_atoms, "atom"), (session.selected_bonds, "bond")):
        if picked:
            parts.append(f"{len(picked)} {name}{'s' if len(picked) > 1 else ''}")
    if not parts:
        return ()
    holding, needing = len(session.lit_peaks), len(session.needing_peaks)
    peaks = (
        "no peak holds" if not holding else f"{holding} peak{'s hold' if holding > 1 else ' holds'}"
    )
    rest = f", {needing} in every explanation" if holding else ""
    return (Run(f"{peaks} "), Run(f"{' and '.join(parts)}{rest}  ·  Esc", muted=True))


class StructurePane(QWidget):
    """Shows the selected candidate and lights the pieces that the peaks stand for."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("structure_pane")
        self.setAccessibleName("Structure")
        set_topic(self, "cuts")
        self._session = session
        self._depictions = shared_depictions(session)
        self.title = RunLabel(self)
        self.name = RunLabel(self, align_right=True)
        self.view = MoleculeView(self._colors(), self)
        self.empty = EmptyState(self)
        self.fragment_line = RunLabel(self)
        self.details_line = RunLabel(self)
        self.pick_line = RunLabel(self)
        self.previous_button = QToolButton(self)
        self.next_button = QToolButton(self)
        self.turn_label = RunLabel(self)
        self._stack = QStackedWidget(self)
        self._resized = QTimer(self, singleShot=True, interval=RESIZE_MS)
        self._lay_out()
        self._connect()
        self._show_structure()

    def _lay_out(self) -> None:
        self.title.set_runs((Run("Structure", bold=True),))
        self.view.setAccessibleName("Drawing of the chosen candidate")
        self.view.installEventFilter(self)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for button, text, words in (
            (self.previous_button, "‹", "Previous fragment of this peak"),
            (self.next_button, "›", "Next fragment of this peak (Tab)"),
        ):
            button.setText(text)
            button.setAutoRaise(True)
            button.setAccessibleName(words)
            button.setToolTip(words)
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            button.setSizePolicy(policy)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.setContentsMargins(8, 4, 8, 4)
        head.addWidget(self.title)
        head.addWidget(self.name, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 2, 4, 2)
        foot.setSpacing(0)
        foot.addWidget(self.fragment_line, 1)
        foot.addWidget(self.previous_button)
        foot.addWidget(self.turn_label)
        foot.addWidget(self.next_button)
        second = QHBoxLayout()
        second.setContentsMargins(8, 0, 8, 4)
        second.addWidget(self.details_line)
        picks = QHBoxLayout()
        picks.setContentsMargins(8, 2, 8, 2)
        picks.addWidget(self.pick_line)
        for widget in (self.fragment_line, self.details_line):
            How(widget, "cuts", self._session)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(picks)
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)
        layout.addLayout(second)

    def _connect(self) -> None:
        session, view = self._session, self.view
        session.current_changed.connect(lambda _: self._show_structure())
        session.annotation_changed.connect(lambda _: self._show_structure())
        session.candidate_selected.connect(lambda _: self._show_structure())
        for signal in (
            session.explanation_changed,
            session.peak_hovered,
            session.peaks_pinned,
            session.fragment_turned,
        ):
            signal.connect(lambda *_: self._show_fragment())
        session.atoms_selected.connect(view.set_selected)
        session.bonds_selected.connect(view.set_selected_bonds)
        for signal in (session.atoms_selected, session.bonds_selected, session.explanation_changed):
            signal.connect(lambda *_: self._show_picks())
        session.atom_hovered.connect(lambda _: self._show_picks())
        session.theme_changed.connect(lambda _: self._show_theme())
        view.atom_hovered.connect(session.hover_atom)
        view.atom_pressed.connect(self._press_atom)
        view.bond_pressed.connect(self._press_bond)
        view.lassoed.connect(self._take_lasso)
        view.customContextMenuRequested.connect(self._show_menu)
        self.previous_button.clicked.connect(lambda: self.turn(-1))
        self.next_button.clicked.connect(lambda: self.turn(1))
        self._resized.timeout.connect(self._ask_for_drawing)
        self._depictions.ready.connect(self._take_drawing)

    def _colors(self) -> MoleculeColors:
        palette = self._session.palette
        return MoleculeColors(
            background=QColor(palette.background),
            halo=QColor(palette.halo),
            cut=QColor(palette.selected),
            atom=QColor(palette.selected),
            different=blend(QColor(palette.selected), QColor(palette.background), 0.62),
        )

    # What is shown

    @property
    def _structure(self) -> Structure | None:
        candidate = self._session.candidate
        return candidate.structure if candidate else None

    def _show_structure(self) -> None:
        structure = self._structure
        if structure is None:
            self.name.set_runs(())
            self.view.set_drawing(None)
            annotated = (entry := self._session.current_entry) and entry.annotation is not None
            self.empty.show_state(
                "No structure chosen",
                "There is no candidate to draw."
                if annotated
                else "Choose a candidate and see which of its atoms each peak keeps.",
            )
            self._stack.setCurrentWidget(self.empty)
        else:
            name = structure.name or structure.smiles
            tip = "\n".join(text for text in (structure.name, structure.smiles) if text)
            self.name.set_runs(
                (Run(short(name, 80)), Run("  "), *muted_runs(formula_runs(structure.formula))), tip
            )
            self.view.setAccessibleDescription(tip)
            self._stack.setCurrentWidget(self.view)
            shown = self.view.drawing()
            if shown is None or shown.key.smiles != structure.smiles:
                self.view.reset_zoom()
            self._ask_for_drawing()
        self._show_fragment()

    def _wanted(self) -> QSize:
        size = self.view.size()
        # Drawings have bonds of one length; in a large pane they are drawn small and scaled up.
        scale = min(max(min(size.width(), size.height()) / COMFORTABLE_PX, 1.0), LARGEST_SCALE)
        return QSize(max(round(size.width() / scale), 80), max(round(size.height() / scale), 60))

    def _ask_for_drawing(self) -> None:
        structure = self._structure
        if structure is None:
            return
        size = self._wanted()
        drawing = self._depictions.drawing(
            structure.smiles,
            size.width(),
            size.height(),
            dark=self._session.theme == "dark",
            urgent=True,
        )
        if drawing is not None:
            self._set_drawing(drawing)
            return
        shown = self.view.drawing()
        if shown is not None and shown.key.smiles != structure.smiles:
            # Never the old molecule under the new name.
            self.view.set_drawing(None)

    def _take_drawing(self, key: DrawingKey) -> None:
        structure = self._structure
        if structure is None or key.smiles != structure.smiles:
            return
        size = self._wanted()
        is_dark = self._session.theme == "dark"
        if (key.width, key.height, key.dark) == (size.width(), size.height(), is_dark):
            drawing = self._depictions.drawing(key.smiles, key.width, key.height, dark=key.dark)
            if drawing is not None:
                self._set_drawing(drawing)

    def _set_drawing(self, drawing) -> None:
        if not drawing.svg:
            self.empty.show_state(
                "This structure can not be drawn", "Its SMILES is in the menu of the candidates."
            )
            self._stack.setCurrentWidget(self.empty)
            return
        self.view.set_drawing(drawing)

    def _show_theme(self) -> None:
        self.view.set_colors(self._colors())
        self._ask_for_drawing()

    def _show_fragment(self) -> None:
        session = self._session
        peak = session.lit_peak
        fragments = session.fragments_of_peak(peak)
        fragment = session.lit_fragment
        self.view.set_lit(session.lit_atoms, fragment.bonds_cut if fragment else ())
        several = len(fragments) > 1
        self.previous_button.setVisible(several)
        self.next_button.setVisible(several)
        turn = session.fragment_turn % len(fragments) + 1 if fragments else 0
        self.turn_label.set_text(f"{turn} of {len(fragments)}" if several else "")
        self.turn_label.setVisible(several)
        self.fragment_line.set_runs(self._fragment_runs(peak, fragment))
        self.details_line.set_runs(fragment_details(fragment) if fragment else ())

    def _fragment_runs(self, index: int | None, fragment: FragmentMatch | None) -> Runs:
        session = self._session
        if self._structure is None:
            return ()
        if index is None or index >= len(session.peaks):
            pins = len(session.pinned_peaks)
            text = f"{pins} peaks pinned" if pins > 1 else "Hover a peak to see its atoms"
            return (Run(text, muted=True),)
        peak = session.peaks[index]
        mz = Run(f"{peak.mz:.4f}", muted=True)
        if peak.said.mark:
            return (mz, Run(f"  left out: {peak.said.mark}", muted=True))
        if fragment is None:
            return (mz, Run("  no piece of this structure", muted=True))
        formula = formula_runs(fragment.formula, peak.charge, bold=True)
        error = Run(f"  {signed(fragment.error_ppm)} ppm", muted=True)
        return (mz, Run("  "), *formula, error)

    def _show_picks(self) -> None:
        self.pick_line.set_runs(pick_runs(self._session), PICK_TIP)
        self.pick_line.setVisible(
            bool(self._session.selected_atoms or self._session.selected_bonds)
        )

    # What the user does

    def turn(self, step: int) -> None:
        """Show another of the fragments that explain the lit peak."""
        session = self._session
        count = len(session.fragments_of_peak(session.lit_peak))
        if count:
            session.set_fragment_turn((session.fragment_turn + step) % count)

    def _press_atom(self, atom: int | None, add: bool) -> None:
        selected = self._session.selected_atoms
        if not add:
            self._session.select_bonds(())
        if atom is None:
            self._session.select_atoms(())
        elif add:
            self._session.select_atoms(selected ^ {atom})
        else:
            self._session.select_atoms(() if selected == {atom} else {atom})

    def _press_bond(self, bond: int, add: bool) -> None:
        session, selected = self._session, self._session.selected_bonds
        if not add:
            session.select_atoms(())
        if add:
            session.select_bonds(selected ^ {bond})
        else:
            session.select_bonds(() if selected == {bond} else {bond})

    def _take_lasso(self, atoms: frozenset[int], add: bool) -> None:
        session = self._session
        if add:
            session.select_atoms(session.selected_atoms | atoms)
        else:
            session.select_bonds(())
            session.select_atoms(atoms)

    def eventFilter(self, watched, event: QEvent) -> bool:
        if watched is self.view and event.type() == QEvent.Type.KeyPress:
            return self._take_key(event)
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        session = self._session
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return True
        if event.key() == Qt.Key.Key_Escape:
            session.clear_picks()
            return True
        return False

    def _show_menu(self, place) -> None:
        structure = self._structure
        if structure is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy SMILES", lambda: self._copy_text(structure.smiles, "SMILES"))
        menu.addAction("Copy InChIKey", lambda: self._copy_text(inchikey(structure), "InChIKey"))
        menu.addAction("Copy picture", self.copy)
        menu.addSeparator()
        menu.addAction("Show whole structure", self.view.reset_zoom)
        menu.popup(self.view.mapToGlobal(place))

    def _copy_text(self, text: str, what: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._session.say(f"Copied the {what}.")

    def copy(self) -> None:
        """Put the drawing on the clipboard: as SVG, as picture, and its SMILES as text."""
        drawing, structure = self.view.drawing(), self._structure
        if drawing is None or structure is None:
            return
        data = QMimeData()
        data.setText(structure.smiles)
        data.setData("image/svg+xml", drawing.svg.encode())
        data.setImageData(rendered(drawing, COPY_RATIO).toImage())
        QGuiApplication.clipboard().setMimeData(data)
        self._session.say("Copied the drawing as SVG and picture, and the SMILES as text.")

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._resized.start()


def inchikey(structure: Structure) -> str:
    """Return the InChIKey of a structure; its first block where the whole can not be made."""
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(structure.smiles)
    return (Chem.MolToInchiKey(molecule) if molecule else "") or structure.inchikey14
