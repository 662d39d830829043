"""The nearest known spectra as a list: choosing one draws it as mirror."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from msgui.gui.copying import copier
from msgui.gui.neighbours_table import (
    ACCESSION,
    CONDITIONS,
    NAME,
    SIMILARITY,
    NeighboursTable,
)
from msgui.gui.session import Session
from msgui.gui.widgets.columns import PlainTable
from msgui.gui.widgets.delegates import NumberDelegate, PictureDelegate, RunsDelegate
from msgui.gui.widgets.values_table import copy_text
from msgui.prediction.values import Neighbour

PLACE, PICTURE = 0, 1
WIDEST, NARROWEST_NAME = 150, 98


class NeighboursList(PlainTable):
    """Rows are the neighbours of the current annotation."""

    def __init__(
        self,
        session: Session,
        picture: Callable[[str], object],
        picture_width: int,
        row_height: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__((NAME,), WIDEST, NARROWEST_NAME, parent)
        self._session = session
        self._syncing = False
        self.values = NeighboursTable(picture, self)
        self.setModel(self.values)
        self.setAccessibleName("Nearest neighbours")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSortingEnabled(True)
        self.sortByColumn(PLACE, Qt.SortOrder.AscendingOrder)
        self.set_row_height(row_height)
        runs = RunsDelegate(parent=self)
        for column in (NAME, CONDITIONS, ACCESSION):
            self.setItemDelegateForColumn(column, runs)
        self.setItemDelegateForColumn(PLACE, NumberDelegate(0, self))
        self.setItemDelegateForColumn(PICTURE, PictureDelegate(picture_width, self))
        self.setItemDelegateForColumn(SIMILARITY, NumberDelegate(2, self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.selectionModel().selectionChanged.connect(lambda *_: self._mirror())
        session.mirror_changed.connect(lambda _: self.show_mirrored())

    def show_annotation(self) -> None:
        """Show the neighbours of the current annotation."""
        self._syncing = True
        self.values.set_values(self._known())
        self._syncing = False
        self.fit_columns()
        self.show_mirrored()

    def _known(self) -> tuple[Neighbour, ...]:
        entry = self._session.current_entry
        return entry.annotation.neighbours if entry and entry.annotation else ()

    def show_mirrored(self) -> None:
        """Select the neighbour that is drawn as mirror."""
        mirror = self._session.mirror
        place = next((i for i, one in enumerate(self._known()) if one is mirror), -1)
        row = self.values.row_of(place)
        self._syncing = True
        self.select_rows([row] if row >= 0 else [])
        self._syncing = False

    def _mirror(self) -> None:
        rows = self.selected_rows()
        if self._syncing or not rows:
            return
        neighbour: Neighbour = self.values.value(rows[0])
        if neighbour.mz is None:
            self._session.say("The model keeps no peaks of its training spectra to draw.")
            self._session.set_mirror(None)
        else:
            self._session.set_mirror(neighbour)

    def copy_text(self) -> str:
        """Return the list as TSV."""
        return copy_text(self.values, lambda neighbour: neighbour.smiles)

    def _show_menu(self, place) -> None:
        row = self.indexAt(place).row()
        if row < 0:
            return
        neighbour = self.values.value(row)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = copier(self._session)
        menu.addAction("Copy SMILES", lambda: copy(neighbour.smiles))
        if neighbour.accession:
            menu.addAction("Copy accession", lambda: copy(neighbour.accession))
        menu.addAction("Copy table", lambda: copy(self.copy_text()))
        menu.popup(self.viewport().mapToGlobal(place))
