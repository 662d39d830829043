"""The table of nearest known spectra: the baseline, record by record."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from msgui.gui.spectrum_words import neighbour_name, neighbour_runs
from msgui.gui.widgets.delegates import PICTURE_ROLE, RUNS_ROLE, SECOND_LINE_ROLE
from msgui.gui.widgets.run_label import as_tip
from msgui.gui.widgets.runs import Run, adduct_runs, formula_runs, muted_runs
from msgui.gui.widgets.values_table import Column, Index, ValuesTable
from msgui.prediction.values import Neighbour

Role = Qt.ItemDataRole
NAME, SIMILARITY, CONDITIONS, ACCESSION = 2, 3, 4, 5

COLUMNS = (
    Column("#", "Place by similarity", lambda _: "", lambda n: -n.similarity, is_number=True),
    Column("Structure", "The compound of this spectrum", lambda _: "", lambda _: None),
    Column(
        "Name",
        "The compound of this spectrum; below it its formula",
        neighbour_name,
        lambda n: neighbour_name(n).lower(),
    ),
    Column(
        "Similarity",
        "Similarity of the two spectra, 0 to 1: cosine of the peaks for reference spectra,\n"
        "cosine in the model's own space for spectra it was trained on",
        lambda n: f"{n.similarity:.2f}",
        lambda n: n.similarity,
        is_number=True,
        descending_first=True,
    ),
    Column(
        "Conditions",
        "Adduct and collision energy; below them the instrument",
        lambda n: " · ".join(text for text in (n.adduct, n.collision_energy) if text),
        lambda n: (n.adduct, n.collision_energy),
    ),
    Column(
        "Accession",
        "The record's own id: a citation",
        lambda n: n.accession,
        lambda n: n.accession,
    ),
)


class NeighboursTable(ValuesTable):
    """Nearest known spectra, most similar first."""

    def __init__(self, picture: Callable[[str], object], parent: Any = None) -> None:
        super().__init__(COLUMNS, picture, parent)

    def data(self, index: Index, role: int = 0) -> Any:
        if index.isValid() and index.column() == 0 and role == Role.DisplayRole:
            return str(self.place_of(index.row()) + 1)
        return super().data(index, role)

    def cell(self, value: Neighbour, column: str, role: int) -> Any:
        if column == "Structure" and role == PICTURE_ROLE:
            return self.picture(value.smiles)
        if column == "Name":
            if role == RUNS_ROLE:
                return neighbour_runs(value, bold=value.same_formula)
            if role == SECOND_LINE_ROLE:
                same = (Run("same formula", muted=True),) if value.same_formula else ()
                if value.is_predicted:
                    same = (Run("predicted  ", bold=True), *same)
                if not value.name:
                    return same
                gap = (Run("  "),) if same else ()
                return (*muted_runs(formula_runs(value.formula)), *gap, *same)
            if role == Role.ToolTipRole:
                return as_tip("\n".join(t for t in (value.name, value.smiles) if t))
        if column == "Accession" and role == Role.ToolTipRole:
            return as_tip(value.accession)
        if column == "Conditions":
            if role == RUNS_ROLE:
                energy = value.collision_energy
                more = (Run(f"  {energy}"),) if energy else ()
                return (*adduct_runs(value.adduct), *more)
            if role == SECOND_LINE_ROLE:
                return (Run(value.instrument, muted=True),) if value.instrument else ()
            if role == Role.ToolTipRole:
                return as_tip(value.instrument)
        return None
