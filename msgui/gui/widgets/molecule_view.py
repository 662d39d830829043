"""A drawn molecule whose atoms can be lit, hovered and selected.

The drawing itself is made once. Halos and cut bonds are painted by us below and above it, so that
lighting a fragment costs a repaint and no new drawing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from msgui.gui.widgets.depictions import Drawing
from msgui.gui.widgets.svg_view import SvgView

HALO_RADIUS = 0.34
"""In bond lengths: the letters of atoms fit inside."""
HALO_BOND_WIDTH = 0.5
HIT_RADIUS = 0.5
CUT_FROM, CUT_TO = 0.22, 0.78
"""The part of a cut bond that is drawn dashed; its ends stay, also for letters of atoms."""


@dataclass(frozen=True)
class MoleculeColors:
    """Colors of a molecule's marks."""

    background: QColor
    halo: QColor
    cut: QColor
    atom: QColor


class MoleculeView(SvgView):
    """Shows a :class:`Drawing`; atoms and bonds are those of its SMILES."""

    atom_hovered = Signal(object)  # int | None
    atom_pressed = Signal(object, bool)  # int | None, Ctrl held

    def __init__(self, colors: MoleculeColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._lit: frozenset[int] = frozenset()
        self._cut: frozenset[int] = frozenset()
        self._selected: frozenset[int] = frozenset()
        self._hovered: int | None = None
        self._colors = colors
        self.set_colors(colors)

    def set_colors(self, colors: MoleculeColors) -> None:
        """Use other colors."""
        self._colors = colors
        self.set_background(colors.background)

    def set_drawing(self, drawing: Drawing | None) -> None:
        """Show a drawing; None: nothing."""
        self._drawing = drawing
        if drawing is None:
            self.set_svg("", 0, 0)
        else:
            self.set_svg(drawing.svg, drawing.key.width, drawing.key.height)

    def drawing(self) -> Drawing | None:
        """Return what is shown."""
        return self._drawing

    def set_lit(self, atoms: Iterable[int], cut_bonds: Iterable[int] = ()) -> None:
        """Light atoms with the bonds between them, and draw bonds as cut."""
        lit, cut = frozenset(atoms), frozenset(cut_bonds)
        if (lit, cut) != (self._lit, self._cut):
            self._lit, self._cut = lit, cut
            self.update()

    def set_selected(self, atoms: Iterable[int]) -> None:
        """Put rings around selected atoms."""
        selected = frozenset(atoms)
        if selected != self._selected:
            self._selected = selected
            self.update()

    def lit_atoms(self) -> frozenset[int]:
        """Return the atoms that have a halo."""
        return self._lit

    def cut_bonds(self) -> frozenset[int]:
        """Return the bonds that are drawn dashed."""
        return self._cut

    def place_of(self, atom: int) -> QPointF:
        """Return where an atom is, in the widget's pixels."""
        assert self._drawing is not None
        return self.transform().map(QPointF(*self._drawing.positions[atom].tolist()))

    def atom_at(self, place: QPointF) -> int | None:
        """Return the atom at a place of the drawing, or None."""
        drawing = self._drawing
        if drawing is None or not drawing.positions.size:
            return None
        far = drawing.positions - (place.x(), place.y())
        distance = np.hypot(far[:, 0], far[:, 1])
        nearest = int(np.argmin(distance))
        return nearest if distance[nearest] <= HIT_RADIUS * drawing.bond_length else None

    def paint_below(self, painter: QPainter) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        radius = HALO_RADIUS * drawing.bond_length
        atoms = self._present(self._lit)
        painter.setPen(QPen(self._colors.halo, HALO_BOND_WIDTH * drawing.bond_length))
        for bond, (one, other) in enumerate(drawing.bonds):
            if one in atoms and other in atoms and bond not in self._cut:
                painter.drawLine(self._point(one), self._point(other))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors.halo)
        for atom in atoms:
            painter.drawEllipse(self._point(atom), radius, radius)

    def paint_above(self, painter: QPainter) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        length = drawing.bond_length
        for bond in sorted(self._cut):
            if bond < len(drawing.bonds):
                self._paint_cut(painter, *drawing.bonds[bond], length)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._colors.atom, 0.07 * length))
        marked = self._present(self._selected)
        if self._hovered is not None:
            marked = marked | self._present({self._hovered})
        for atom in marked:
            painter.drawEllipse(self._point(atom), 0.42 * length, 0.42 * length)

    def _paint_cut(self, painter: QPainter, one: int, other: int, length: float) -> None:
        start, end = self._point(one), self._point(other)
        foot, head = start + (end - start) * CUT_FROM, start + (end - start) * CUT_TO
        cover = QPen(self._colors.background, 0.44 * length)
        cover.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(cover)
        painter.drawLine(foot, head)
        dashes = QPen(self._colors.cut, 0.085 * length)
        dashes.setCapStyle(Qt.PenCapStyle.FlatCap)
        dashes.setDashPattern([1.3, 1.0])
        painter.setPen(dashes)
        painter.drawLine(foot, head)

    def _present(self, atoms: Iterable[int]) -> frozenset[int]:
        count = 0 if self._drawing is None else len(self._drawing.positions)
        return frozenset(atom for atom in atoms if 0 <= atom < count)

    def _point(self, atom: int) -> QPointF:
        assert self._drawing is not None
        return QPointF(*self._drawing.positions[atom].tolist())

    def _hover(self, atom: int | None) -> None:
        if atom != self._hovered:
            self._hovered = atom
            self.setCursor(
                Qt.CursorShape.ArrowCursor if atom is None else Qt.CursorShape.PointingHandCursor
            )
            self.update()
            self.atom_hovered.emit(atom)

    def click(self, place: QPointF, *, add: bool) -> None:
        self.atom_pressed.emit(self.atom_at(place), add)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._hover(self.atom_at(self.to_drawing(event.position())))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)
