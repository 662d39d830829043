"""Drawings of structures, made one by one off the window's thread and kept."""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QObject, QRectF, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

log = logging.getLogger(__name__)

KEPT_DRAWINGS = 600
KEPT_PICTURES = 600
MOST_WAITING = 80
"""Rows that were scrolled past are not drawn any more."""


class DrawingKey(NamedTuple):
    """What a drawing depends on; sizes in logical pixels."""

    smiles: str
    width: int
    height: int
    dark: bool


@dataclass(frozen=True, eq=False)
class Drawing:
    """A structure as SVG with the places of its atoms.

    Parameters
    ----------
    key : DrawingKey
    svg : str
        Empty when it could not be drawn.
    positions : float64 array, shape (n_atoms, 2)
        In the pixels of the drawing.
    bonds : tuple of pairs of int
        Atoms that each bond joins, in RDKit's numbering of bonds.
    """

    key: DrawingKey
    svg: str = ""
    positions: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    bonds: tuple[tuple[int, int], ...] = ()

    @property
    def bond_length(self) -> float:
        """The median length of a bond in pixels; a fifth of the height without bonds."""
        if not self.bonds:
            return self.key.height / 5
        ends = np.asarray(self.bonds)
        steps = self.positions[ends[:, 0]] - self.positions[ends[:, 1]]
        return float(np.median(np.hypot(steps[:, 0], steps[:, 1])))


def draw(key: DrawingKey) -> Drawing:
    """Return the drawing of a structure; an empty one when it can not be drawn."""
    from msgui.chemistry import depict

    try:
        svg = depict.depict_svg(key.smiles, key.width, key.height, dark=key.dark)
        positions = np.asarray(depict.atom_positions(key.smiles, key.width, key.height))
        bonds = tuple((int(a), int(b)) for a, b in depict.bond_pairs(key.smiles))
    except Exception:
        # A structure that cannot be drawn is a gap in a table, not an error of the window.
        log.debug("no drawing of %r", key.smiles, exc_info=True)
        return Drawing(key)
    return Drawing(key, svg, positions, bonds)


class _Worker(QRunnable):
    def __init__(self, owner: "Depictions") -> None:
        super().__init__()
        self._owner = owner

    def run(self) -> None:
        while (key := self._owner.take_waiting()) is not None:
            drawing = draw(key)
            try:
                self._owner.drawn.emit(drawing)
            except RuntimeError:  # the window is gone
                return


class Depictions(QObject):
    """Keeps drawings; what is not there yet is made, newest wish first, and then told."""

    ready = Signal(object)  # DrawingKey
    drawn = Signal(object)  # Drawing, from the worker

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._drawings: OrderedDict[DrawingKey, Drawing] = OrderedDict()
        self._pictures: OrderedDict[tuple[DrawingKey, float], QPixmap] = OrderedDict()
        self._waiting: OrderedDict[DrawingKey, None] = OrderedDict()
        self._urgent: DrawingKey | None = None
        self._lock = Lock()
        self._is_working = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.drawn.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def drawing(
        self, smiles: str, width: int, height: int, *, dark: bool, urgent: bool = False
    ) -> Drawing | None:
        """Return a drawing, or None and tell ``ready`` when it is made.

        An urgent one is made before all others.
        """
        key = DrawingKey(smiles, width, height, dark)
        found = self._drawings.get(key)
        if found is not None:
            self._drawings.move_to_end(key)
            return found
        with self._lock:
            if urgent:
                self._urgent = key
                self._waiting.pop(key, None)
            else:
                self._waiting[key] = None
                self._waiting.move_to_end(key)
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            start = not self._is_working
            self._is_working = True
        if start:
            self._pool.start(_Worker(self))
        return None

    def picture(
        self, smiles: str, width: int, height: int, *, dark: bool, ratio: float = 1.0
    ) -> QPixmap | None:
        """Return a drawing as picture, or None and tell ``ready`` when it can be had."""
        key = DrawingKey(smiles, width, height, dark)
        picture = self._pictures.get((key, ratio))
        if picture is not None:
            self._pictures.move_to_end((key, ratio))
            return picture
        drawing = self.drawing(smiles, width, height, dark=dark)
        if drawing is None:
            return None
        picture = rendered(drawing, ratio) if drawing.svg else QPixmap()
        self._pictures[(key, ratio)] = picture
        while len(self._pictures) > KEPT_PICTURES:
            self._pictures.popitem(last=False)
        return picture

    def take_waiting(self) -> DrawingKey | None:
        """Return the newest wish, or None when there is none left (called by the worker)."""
        with self._lock:
            if self._urgent is not None:
                key, self._urgent = self._urgent, None
                return key
            if not self._waiting:
                self._is_working = False
                return None
            return self._waiting.popitem()[0]

    def _keep(self, drawing: Drawing) -> None:
        self._drawings[drawing.key] = drawing
        while len(self._drawings) > KEPT_DRAWINGS:
            self._drawings.popitem(last=False)
        self.ready.emit(drawing.key)

    def wait(self, timeout_ms: int = 5000) -> bool:
        """Wait until all wishes were drawn; for tests and for closing."""
        return self._pool.waitForDone(timeout_ms)


def rendered(drawing: Drawing, ratio: float = 1.0) -> QPixmap:
    """Return a drawing as picture with transparent ground."""
    key = drawing.key
    picture = QPixmap(round(key.width * ratio), round(key.height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(QByteArray(drawing.svg.encode()))
    renderer.render(painter, QRectF(0, 0, key.width, key.height))
    painter.end()
    return picture


def shared_depictions(owner: QObject) -> Depictions:
    """Return the drawings that everything with this owner shares."""
    found = owner.findChild(Depictions, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return found if found is not None else Depictions(owner)
