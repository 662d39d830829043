"""What the actions on peaks do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from msgui.errors import MsguiError
from msgui.gui.peak_decisions import (
    precursor_ion,
    set_formula,
    take_back,
    toggle_mark,
    turn_fragment,
    write_note,
)

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow


class PeakHandlers(QObject):
    """One method for each action on peaks; they are about the pinned peaks, else the hovered."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._session = window, window.session

    def table(self) -> dict[str, Callable[[], object]]:
        """Return what each action does."""
        return {
            "peak_formula": self.ask_formula,
            "peak_noise": lambda: toggle_mark(self._session, "noise"),
            "peak_contaminant": lambda: toggle_mark(self._session, "contaminant"),
            "peak_note": self.ask_note,
            "peak_computed": lambda: take_back(self._session),
            "next_fragment": lambda: turn_fragment(self._session, 1),
            "previous_fragment": lambda: turn_fragment(self._session, -1),
        }

    def ask_formula(self) -> None:
        """Ask which formula the peak has."""
        from msgui.gui.dialogs.peak_formula import PeakFormulaDialog

        session, entry = self._session, self._session.current_entry
        peaks = session.meant_peaks
        if entry is None or len(peaks) != 1 or peaks[0] >= len(session.peaks):
            session.say("Pin one peak first; its formula can then be set")
            return
        try:
            ion, adduct = precursor_ion(session)
        except MsguiError as error:
            session.say(f"{error.cause} {error.action}".strip())
            return
        from msgui.chemistry.peak_candidates import REACH

        peak = peaks[0]
        # As far as the method itself looks.
        ppm = REACH * (session.settings.fragment_ppm if session.settings else 10.0)
        dialog = PeakFormulaDialog(session.peaks[peak], ion, adduct, ppm, self._window)
        dialog.chosen.connect(lambda formula: set_formula(session, peak, formula))
        dialog.open()

    def ask_note(self) -> None:
        """Ask for a note on the peak."""
        from msgui.gui.dialogs.questions import NoteDialog

        session, entry = self._session, self._session.current_entry
        peaks = session.meant_peaks
        if entry is None or not peaks:
            return
        first = entry.overrides.of(peaks[0])
        names = ", ".join(f"{entry.spectrum.mz[peak]:.4f}" for peak in peaks[:3])
        name = names if len(peaks) <= 3 else f"{len(peaks)} peaks"
        dialog = NoteDialog(f"m/z {name}", first.note, self._window)
        dialog.written.connect(lambda text: write_note(session, peaks, text))
        dialog.open()
