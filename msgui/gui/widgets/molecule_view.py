"""A drawn molecule whose atoms and bonds can be lit, hovered, picked and lassoed.

The drawing itself is made once. Halos and cut bonds are painted by us below and above it, so that
lighting a fragment costs a repaint and no new drawing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from msgui.gui.widgets.depictions import Drawing
from msgui.gui.widgets.svg_view import SvgView

HALO_RADIUS = 0.34
"""In bond lengths: the letters of atoms fit inside."""
HALO_BOND_WIDTH = 0.5
DIFFERENT_RADIUS = 0.46
HIT_RADIUS = 0.36
BOND_HIT = 0.22
CUT_FROM, CUT_TO = 0.22, 0.78
"""The part of a cut bond that is drawn dashed; its ends stay, also for letters of atoms."""


@dataclass(frozen=True)
class MoleculeColors:
    """Colors of a molecule's marks."""

    background: QColor
    halo: QColor
    cut: QColor
    atom: QColor
    different: QColor


class MoleculeView(SvgView):
    """Shows a :class:`Drawing`; atoms and bonds are those of its SMILES."""

    atom_hovered = Signal(object)  # int | None
    atom_pressed = Signal(object, bool)  # int | None, Ctrl held
    bond_pressed = Signal(int, bool)  # Ctrl held
    lassoed = Signal(object, bool)  # frozenset[int] of atoms, Ctrl held

    def __init__(self, colors: MoleculeColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._lit: frozenset[int] = frozenset()
        self._cut: frozenset[int] = frozenset()
        self._selected: frozenset[int] = frozenset()
        self._selected_bonds: frozenset[int] = frozenset()
        self._different: frozenset[int] = frozenset()
        self._lasso: list[QPointF] = []
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

    def set_selected_bonds(self, bonds: Iterable[int]) -> None:
        """Mark selected bonds."""
        self._selected_bonds = frozenset(bonds)
        self.update()

    def set_different(self, atoms: Iterable[int]) -> None:
        """Mark the atoms in which this molecule differs from another one."""
        different = frozenset(atoms)
        if different != self._different:
            self._different = different
            self.update()

    def different_atoms(self) -> frozenset[int]:
        """Return the atoms that are marked as different."""
        return self._different

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

    def bond_at(self, place: QPointF) -> int | None:
        """Return the bond whose middle part is at a place of the drawing, or None."""
        drawing = self._drawing
        if drawing is None or not len(drawing.bonds):
            return None
        ends = drawing.positions[np.array(drawing.bonds)]
        start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
        away = np.array([place.x(), place.y()]) - start
        share = np.clip((away * along).sum(axis=1) / (along**2).sum(axis=1), 0.2, 0.8)
        distance = np.hypot(*(away - share[:, None] * along).T)
        nearest = int(np.argmin(distance))
        return nearest if distance[nearest] <= BOND_HIT * drawing.bond_length else None

    def bond_place(self, bond: int) -> QPointF:
        """Return where the middle of a bond is, in the widget's pixels."""
        assert self._drawing is not None
        one, other = self._drawing.bonds[bond]
        return (self.place_of(one) + self.place_of(other)) / 2

    def paint_below(self, painter: QPainter) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        length = drawing.bond_length
        radius = HALO_RADIUS * length
        atoms = self._present(self._lit)
        painter.setPen(QPen(self._colors.halo, HALO_BOND_WIDTH * drawing.bond_length))
        for bond, (one, other) in enumerate(drawing.bonds):
            if one in atoms and other in atoms and bond not in self._cut:
                painter.drawLine(self._point(one), self._point(other))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors.different)
        for atom in self._present(self._different):
            self._paint_disk(painter, atom, DIFFERENT_RADIUS * length)
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
        self._paint_bonds(painter, length)
        if len(self._lasso) > 1:
            painter.setPen(QPen(self._colors.atom, 0.05 * length, Qt.PenStyle.DashLine))
            painter.drawPolyline(QPolygonF(self._lasso))

    def _paint_disk(self, painter: QPainter, atom: int, radius: float) -> None:
        painter.drawEllipse(self._point(atom), radius, radius)

    def _paint_bonds(self, painter: QPainter, length: float) -> None:
        pen = QPen(self._colors.atom, 0.07 * length)
        painter.setPen(pen)
        assert self._drawing is not None
        for bond in self._selected_bonds:
            if bond < len(self._drawing.bonds):
                start, end = (self._point(atom) for atom in self._drawing.bonds[bond])
                along = end - start
                across = QPointF(-along.y(), along.x()) * 0.16
                ends = [start + along * 0.2, start + along * 0.8]
                # Two lines beside the bond: it stays readable.
                painter.drawLine(ends[0] + across, ends[1] + across)
                painter.drawLine(ends[0] - across, ends[1] - across)

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
        atom = self.atom_at(place)
        bond = None if atom is not None else self.bond_at(place)
        if bond is not None:
            self.bond_pressed.emit(bond, add)
        else:
            self.atom_pressed.emit(atom, add)

    def drag(self, place: QPointF, *, add: bool, is_over: bool) -> bool:
        """Draw a line around atoms; those inside are picked when it is let go."""
        if self._drawing is None:
            return False
        self._lasso.append(place)
        if is_over:
            inside = self._inside(QPolygonF(self._lasso))
            self._lasso = []
            self.lassoed.emit(inside, add)
        self.update()
        return True

    def _inside(self, shape: QPolygonF) -> frozenset[int]:
        rule = Qt.FillRule.OddEvenFill
        count = 0 if self._drawing is None else len(self._drawing.positions)
        atoms = range(count)
        return frozenset(a for a in atoms if shape.containsPoint(self._point(a), rule))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._hover(self.atom_at(self.to_drawing(event.position())))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)
