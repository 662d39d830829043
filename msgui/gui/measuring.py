"""Distances between peaks: measured with the mouse or two pins, named, kept as arrows, undone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu

from msgui.annotation import MeasuredLoss
from msgui.errors import MsguiError
from msgui.gui.formula_words import subscripted
from msgui.gui.peak_decisions import precursor_ion
from msgui.gui.peak_words import signed
from msgui.gui.session import Entry

if TYPE_CHECKING:
    from msgui.chemistry.formula import Formula
    from msgui.chemistry.losses import LossProposal
    from msgui.gui.window import MainWindow

# Without a formula of the precursor, larger distances have too many formulas to say anything.
LARGEST_FREE_DA = 400.0


class Measuring(QObject):
    """Measures distances on the shown spectrum and offers names for them."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        plot = window.workbench.spectrum.plot
        plot.measured.connect(self.measure)
        plot.arrow_menu_wanted.connect(self._open_menu)

    def table(self) -> dict[str, Callable[[], object]]:
        """Return what each action does."""
        return {"measure_loss": self.measure_pinned, "remove_losses": self.remove_all}

    def measure_pinned(self) -> None:
        """Measure the distance of the two pinned peaks."""
        pinned = sorted(self._session.pinned_peaks)
        if len(pinned) != 2:
            self._session.say("Pin two peaks (Ctrl+click the second), or drag with Alt held")
            return
        self.measure(pinned[0], pinned[1], QCursor.pos())

    def measure(self, one: int, other: int, place: QPoint) -> None:
        """Measure the distance of two peaks, name it, keep its arrow, and offer other names."""
        entry = self._session.current_entry
        if entry is None or one == other:
            return
        lighter, heavier = sorted((one, other))
        known = [
            loss for loss in entry.losses if (loss.heavier, loss.lighter) == (heavier, lighter)
        ]
        if known:
            self._open_menu(entry.losses.index(known[0]), place)
        else:
            self._propose(entry, MeasuredLoss(heavier, lighter), place)

    def _open_menu(self, arrow: int, place: QPoint) -> None:
        entry = self._session.current_entry
        if entry is not None and arrow < len(entry.losses):
            self._propose(entry, entry.losses[arrow], place)

    def _propose(self, entry: Entry, loss: MeasuredLoss, place: QPoint) -> None:
        session, spectrum = self._session, entry.spectrum
        mz = float(spectrum.mz[loss.heavier]), float(spectrum.mz[loss.lighter])
        ppm = session.settings.fragment_ppm if session.settings else 10.0
        charge = session.peaks[loss.heavier].charge if loss.heavier < len(session.peaks) else 1
        within = self._within(mz[0])

        def work() -> Iterator[Any]:
            from msgui.chemistry.losses import propose_losses

            if within is None and mz[0] - mz[1] > LARGEST_FREE_DA:
                yield ()
            else:
                yield propose_losses(mz[0], mz[1], ppm, within, charge or 1)

        def show(found: "tuple[LossProposal, ...]") -> None:
            if session.current == entry.uid:
                self._show(entry, loss, found, place)

        self._window.runner.start(
            "Naming a loss",
            work,
            lane="measure",
            newest_only=True,
            visible=False,
            on_result=show,
            on_fail=self._window.show_problem,
        )

    def _within(self, heavier_mz: float) -> "Formula | None":
        """Return the atoms that can be lost at most; None when the precursor does not tell."""
        entry = self._session.current_entry
        precursor = entry.spectrum.precursor_mz if entry else None
        try:
            ion, adduct = precursor_ion(self._session)
        except MsguiError:
            return None
        inside = precursor is None or heavier_mz <= precursor * abs(adduct.charge) + 1
        return ion if inside else None

    def _show(
        self,
        entry: Entry,
        loss: MeasuredLoss,
        found: "tuple[LossProposal, ...]",
        place: QPoint,
    ) -> None:
        distance = float(entry.spectrum.mz[loss.heavier] - entry.spectrum.mz[loss.lighter])
        if loss not in entry.losses:
            best = str(found[0].formula) if found else ""
            loss = replace(loss, formula=best)
            self._session.keep_losses((*entry.losses, loss), f"Measure {distance:.4f}")
        menu = self.menu(entry, loss, found)
        menu.popup(place)

    def menu(self, entry: Entry, loss: MeasuredLoss, found: "tuple[LossProposal, ...]") -> QMenu:
        """Return the menu of an arrow: names for it, none, or away with it."""
        distance = float(entry.spectrum.mz[loss.heavier] - entry.spectrum.mz[loss.lighter])
        menu = QMenu(self._window)
        menu.setObjectName("loss_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSection(f"Distance {distance:.4f}")
        for proposal in found:
            known = "   known loss" if proposal.is_known else ""
            error = f"{signed(1000 * proposal.error_da)} mDa"
            name = str(proposal.formula)
            self._add_choice(menu, f"{subscripted(name)}   {error}{known}", entry, loss, name)
        if not found:
            menu.addAction("No formula within the tolerance").setEnabled(False)
        self._add_choice(menu, "No formula", entry, loss, "")
        menu.addSeparator()
        menu.addAction("Remove arrow", lambda: self._remove(entry, loss))
        return menu

    def _add_choice(
        self, menu: QMenu, text: str, entry: Entry, loss: MeasuredLoss, formula: str
    ) -> None:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(loss.formula == formula)
        action.triggered.connect(lambda: self._name(entry, loss, formula))

    def _name(self, entry: Entry, loss: MeasuredLoss, formula: str) -> None:
        after = tuple(replace(x, formula=formula) if x == loss else x for x in entry.losses)
        words = f"Name Distance {formula}" if formula else "Take Name of Distance Away"
        self._session.keep_losses(after, words)

    def _remove(self, entry: Entry, loss: MeasuredLoss) -> None:
        after = tuple(other for other in entry.losses if other != loss)
        self._session.keep_losses(after, "Remove Measured Distance")

    def remove_all(self) -> None:
        """Take all arrows off the shown spectrum."""
        self._session.keep_losses((), "Remove Measured Distances")
