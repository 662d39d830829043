"""The stick plot that shows the session's current spectrum, its annotation and its mirror."""

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from msgui.fragments.comparison import Explains
from msgui.gui.expected_words import expected_of_peak
from msgui.gui.peak_words import loss_runs, peak_formula_runs, peak_tip
from msgui.gui.session import Session
from msgui.gui.spectrum_words import compared_kinds, matches, stick_kinds
from msgui.gui.widgets.runs import MINUS, Run, Runs, formula_runs
from msgui.gui.widgets.stick_arrows import Arrow
from msgui.gui.widgets.stick_labels import Lines
from msgui.gui.widgets.stick_plot import StickPlot
from msgui.gui.widgets.sticks import StickColors
from msgui.prediction.values import Neighbour
from msgui.spectra.spectrum import Spectrum

DEFAULT_LABELS = 24
NO_PEAKS = np.empty(0)
# A precursor so many times beyond the last peak is a mistake in the record: its mark would leave
# the peaks no room.
FARTHEST_PRECURSOR = 10.0


def plot_colors(session: Session) -> StickColors:
    """Return the colors of the present theme."""
    palette = session.palette
    return StickColors(
        explained=QColor(palette.explained),
        formula=QColor(palette.formula),
        unexplained=QColor(palette.unexplained),
        selected=QColor(palette.selected),
        mirror=QColor(palette.mirror),
        text=QColor(palette.text),
        muted=QColor(palette.muted),
        background=QColor(palette.background),
        axis=QColor(palette.muted),
    )


class SpectrumPlot(StickPlot):
    """Draws what the session holds and tells the session what the mouse is at."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(plot_colors(session), parent)
        self._session = session
        self.label_count = DEFAULT_LABELS
        self.tip_of = self._tip
        self.text_between = self._text_between
        self.set_text_font(self.font())
        self.hovered.connect(session.hover_peak)
        self.pressed.connect(self.press_peak)
        session.explanation_changed.connect(self.show_peaks)
        session.candidate_selected.connect(lambda _: self.show_peaks())
        session.comparison_changed.connect(self.show_peaks)
        session.peak_hovered.connect(lambda _: self._show_marks())
        session.peaks_pinned.connect(lambda _: self._show_pins())
        session.atom_hovered.connect(lambda _: self._show_lit())
        session.atoms_selected.connect(lambda _: self._show_lit())
        session.bonds_selected.connect(lambda _: self._show_lit())
        session.losses_changed.connect(lambda _: self.show_losses())
        session.mirror_changed.connect(self.show_mirror)
        session.expectation_changed.connect(lambda: self.show_mirror(session.mirror))
        session.scale_changed.connect(self.set_scale)
        session.labels_changed.connect(lambda _: self._show_labels())
        session.theme_changed.connect(lambda _: self.set_colors(plot_colors(session)))
        self.set_scale(session.scale)

    @property
    def _spectrum(self) -> Spectrum | None:
        entry = self._session.current_entry
        return entry.spectrum if entry else None

    @property
    def _chosen(self) -> bool:
        return self._session.candidate is not None

    def show_spectrum(self) -> None:
        """Show the current spectrum from its beginning to its end."""
        spectrum = self._spectrum
        if spectrum is not None and len(spectrum):
            self.set_limits(*_limits(spectrum))
            self.set_precursor(spectrum.precursor_mz)
        self.show_peaks()
        self.show_mirror(self._session.mirror)

    def show_peaks(self) -> None:
        """Show sticks and labels as the chosen candidate explains them."""
        spectrum = self._spectrum
        if spectrum is None:
            self.set_sticks(NO_PEAKS, NO_PEAKS, np.empty(0, np.uint8))
        else:
            kinds, markers = stick_kinds(spectrum, self._session.peaks, by_structure=self._chosen)
            comparison = self._session.comparison
            if comparison is not None:
                kinds = compared_kinds(comparison)
            relative = 100.0 * spectrum.relative_intensity
            self.set_sticks(spectrum.mz, relative, kinds, markers)
        self._show_labels()
        self._show_lit()
        self._show_marks()
        self.show_losses()

    def show_losses(self) -> None:
        """Draw the measured distances that are kept with the spectrum."""
        entry = self._session.current_entry
        losses = entry.losses if entry else ()
        self.arrows.set_arrows(
            tuple(
                Arrow(x.heavier, x.lighter, self._text_between(x.heavier, x.lighter, x.formula))
                for x in losses
            )
        )

    def _text_between(self, one: int, other: int, formula: str = "") -> Runs:
        spectrum = self._spectrum
        if spectrum is None or max(one, other) >= len(spectrum):
            return ()
        distance = abs(float(spectrum.mz[one] - spectrum.mz[other]))
        name = (Run("  "), *formula_runs(formula, bold=True)) if formula else ()
        return (Run(f"{MINUS}{distance:.4f}"), *name)

    def _show_labels(self) -> None:
        spectrum, mode = self._spectrum, self._session.labels
        if spectrum is None:
            self.set_labels(np.empty(0, np.int64), lambda _: (), 0)
            return
        peaks = self._session.peaks
        order = np.argsort(-spectrum.intensity, kind="stable")
        if peaks and mode in ("formula", "loss"):
            named = np.array([bool(peak.formula) for peak in peaks])
            order = order[named[order]]
        limit = 0 if mode == "none" else self.label_count
        self.set_labels(order, self._lines, limit)

    def _lines(self, index: int) -> Lines:
        spectrum, mode = self._spectrum, self._session.labels
        if spectrum is None or index >= len(spectrum):
            return ()
        mz: Runs = (Run(f"{spectrum.mz[index]:.4f}", muted=True),)
        peaks, comparison = self._session.peaks, self._session.comparison
        if comparison is not None:
            # Colors alone do not say whose a peak is.
            letter = {Explains.FIRST: "A  ", Explains.SECOND: "B  "}.get(comparison.explains[index])
            mz = (Run(letter, bold=True), *mz) if letter else mz
        peak = peaks[index] if index < len(peaks) else None
        if peak is None or not peak.formula or mode == "mz":
            return (mz,)
        if mode == "loss":
            loss = loss_runs(peak, bold=True) or (Run("precursor", bold=True),)
            return (mz, loss)
        return (mz, peak_formula_runs(peak, bold=peak.fragment is not None or not self._chosen))

    def _tip(self, index: int) -> str:
        spectrum, peaks = self._spectrum, self._session.peaks
        if spectrum is None or index >= len(spectrum):
            return ""
        candidate = self._session.candidate
        name = (candidate.structure.name or candidate.structure.formula) if candidate else ""
        expected = self._session.expectation
        more = expected_of_peak(expected, spectrum, index) if expected is not None else []
        peak = peaks[index] if index < len(peaks) else None
        return peak_tip(spectrum, index, peak, name, more)

    def _show_marks(self) -> None:
        self.set_marks(self._session.hovered_peak, self._session.pinned_peaks)

    def _show_pins(self) -> None:
        self._show_marks()
        if len(self._session.pinned_peaks) == 1:
            self.ensure_visible(next(iter(self._session.pinned_peaks)))

    def _show_lit(self) -> None:
        session, spectrum = self._session, self._spectrum
        if spectrum is None or not session.picks:
            self.set_lit(None)
            return
        lit = np.zeros(len(spectrum), bool)
        lit[[index for index in session.lit_peaks if index < len(spectrum)]] = True
        self.set_lit(lit)

    def show_mirror(self, below: Neighbour | Spectrum | None) -> None:
        """Show the expected spectrum or the peaks of another one downward; None: nothing."""
        self._draw_mirror(below)
        spectrum = self._spectrum
        if spectrum is not None and len(spectrum):
            self.change_limits(*_limits(spectrum, self.mirror.x))

    def _draw_mirror(self, below: Neighbour | Spectrum | None) -> None:
        spectrum, expected = self._spectrum, self._session.expectation
        tall = expected.is_tall if expected is not None and spectrum is not None else None
        self.set_tall(tall if tall is not None and tall.size == len(spectrum or ()) else None)
        if expected is not None and spectrum is not None:
            self.set_mirror(expected.mz, 100.0 * expected.intensity, expected.is_met)
            self.mirror.set_missing(expected.is_missing)
            return
        mz = below.mz if below is not None else None
        if spectrum is None or below is None or mz is None or not len(mz):
            self.set_mirror(NO_PEAKS, NO_PEAKS, np.empty(0, bool))
        else:
            order = np.argsort(mz, kind="stable")
            intensity = np.asarray(below.intensity, dtype=np.float64)[order]
            ascending = np.asarray(mz, dtype=np.float64)[order]
            matched = matches(ascending, spectrum.mz)
            self.set_mirror(ascending, 100.0 * intensity / max(intensity.max(), 1e-300), matched)

    def set_label_count(self, count: int) -> None:
        """Label at most this many peaks."""
        self.label_count = count
        self._show_labels()

    def press_peak(self, index: int | None, add: bool) -> None:
        """Pin a peak or let it go; with ``add`` beside those that are pinned."""
        pinned = self._session.pinned_peaks
        if index is None:
            if not add:
                self._session.pin_peaks(())
        elif add:
            self._session.pin_peaks(pinned ^ {index})
        else:
            self._session.pin_peaks(() if pinned == {index} else {index})


def _limits(spectrum: Spectrum, below: npt.NDArray[np.float64] = NO_PEAKS) -> tuple[float, float]:
    """Return the m/z range in which all peaks above and below the axis lie."""
    mz = np.concatenate((spectrum.mz, below))
    last, precursor_mz = float(mz.max()), spectrum.precursor_mz or 0.0
    return float(
        mz.min()
    ), precursor_mz if last < precursor_mz < FARTHEST_PRECURSOR * last else last
