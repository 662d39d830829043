"""The spectrum: sticks with their formulas, a mirror below, and how much of it is explained."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from msgui.annotation import Annotation
from msgui.gui.peak_words import loss_runs, peak_formula_runs, peak_tip
from msgui.gui.session import Entry, Session
from msgui.gui.spectrum_menu import SpectrumMenu
from msgui.gui.spectrum_words import (
    coverage_runs,
    matches,
    mirror_runs,
    stick_kinds,
    title_runs,
)
from msgui.gui.widgets.empty_state import EmptyState, StateAction
from msgui.gui.widgets.notice import Notice
from msgui.gui.widgets.run_label import RunLabel
from msgui.gui.widgets.runs import Run, Runs, plain_text
from msgui.gui.widgets.stick_labels import Lines
from msgui.gui.widgets.stick_plot import StickPlot
from msgui.gui.widgets.sticks import StickColors
from msgui.gui.widgets.thin_bar import ThinBar
from msgui.prediction.values import Neighbour
from msgui.spectra.spectrum import Spectrum

DEFAULT_LABELS = 24
COVERAGE_TIP = (
    "How much of the spectrum lies in peaks that have the mass of a piece of this structure.\n"
    "The precursor and isotope peaks do not count. Large molecules explain much by chance:\n"
    "the median of the candidates with the same formula says how much."
)


class SpectrumPane(QWidget):
    """Shows the current spectrum of the session."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("spectrum_pane")
        self.setAccessibleName("Spectrum")
        self._session = session
        self.label_count = DEFAULT_LABELS
        self.title = RunLabel(self)
        self.annotate_button = QPushButton("Annotate", self)
        self.menu_button = QToolButton(self)
        self.bar = ThinBar(self)
        self.notice = Notice(self)
        self.plot = StickPlot(self._colors(), self)
        self.empty = EmptyState(self)
        self.coverage = RunLabel(self)
        self.mirror_line = RunLabel(self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self._connect()
        self._show_entry(session.current_entry)

    # Building

    def _lay_out(self) -> None:
        self.annotate_button.setAccessibleName("Annotate this spectrum")
        self.annotate_button.setToolTip(
            "Find formulas, fragments and candidates for this spectrum (Ctrl+Enter)"
        )
        self.menu_button.setText("⋯")
        self.menu_button.setAutoRaise(True)
        self.menu_button.setAccessibleName("Spectrum options")
        self.menu_button.setToolTip("What stands above the peaks, intensity scale, copy")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.menu_button.setMenu(SpectrumMenu(self._session, self.plot, self))
        self.plot.setAccessibleName("Spectrum plot")
        self.plot.setToolTip("")
        self.plot.set_text_font(self.font())
        self.plot.tip_of = self._tip
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.empty)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 4, 2)
        head.setSpacing(6)
        head.addWidget(self.title, 1)
        head.addWidget(self.annotate_button)
        head.addWidget(self.menu_button)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 2, 8, 4)
        foot.setSpacing(0)
        foot.addWidget(self.coverage)
        foot.addWidget(self.mirror_line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.notice)
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        session, plot = self._session, self.plot
        session.current_changed.connect(self._show_entry)
        session.spectra_changed.connect(self._maybe_show_entry)
        session.annotation_changed.connect(lambda uid: self._maybe_show_state([uid]))
        session.explanation_changed.connect(self._show_peaks)
        session.candidate_selected.connect(lambda _: self._show_state())
        session.explaining_changed.connect(lambda _: self._show_progress())
        session.annotating_changed.connect(lambda *_: self._show_state())
        session.peak_hovered.connect(lambda _: self._show_marks())
        session.peaks_pinned.connect(lambda _: self._show_pins())
        session.atom_hovered.connect(lambda _: self._show_lit())
        session.atoms_selected.connect(lambda _: self._show_lit())
        session.mirror_changed.connect(self._show_mirror)
        session.scale_changed.connect(plot.set_scale)
        session.labels_changed.connect(lambda _: self._show_labels())
        session.theme_changed.connect(lambda _: self._show_theme())
        plot.hovered.connect(session.hover_peak)
        plot.pressed.connect(self._press)
        plot.walked.connect(self.walk)
        plot.walked_to.connect(self.walk_to)
        plot.escaped.connect(self.clear_pins)
        plot.menu_wanted.connect(self._show_peak_menu)
        self.annotate_button.clicked.connect(lambda: session.request("annotate"))
        self.empty.requested.connect(session.request)
        self.notice.requested.connect(session.request)

    def _colors(self) -> StickColors:
        palette = self._session.palette
        return StickColors(
            explained=QColor(palette.explained),
            unexplained=QColor(palette.unexplained),
            selected=QColor(palette.selected),
            mirror=QColor(palette.mirror),
            text=QColor(palette.text),
            muted=QColor(palette.muted),
            background=QColor(palette.background),
            axis=QColor(palette.muted),
        )

    # What is shown

    @property
    def _spectrum(self) -> Spectrum | None:
        entry = self._session.current_entry
        return entry.spectrum if entry else None

    @property
    def _annotation(self) -> Annotation | None:
        entry = self._session.current_entry
        return entry.annotation if entry else None

    def _maybe_show_entry(self, uids: list[int]) -> None:
        if self._session.current in uids:
            self._show_entry(self._session.current_entry)

    def _maybe_show_state(self, uids: list[int]) -> None:
        if self._session.current in uids:
            self._show_state()
            self._show_title()

    def _show_entry(self, entry: Entry | None) -> None:
        spectrum = entry.spectrum if entry else None
        has_peaks = spectrum is not None and len(spectrum) > 0
        if has_peaks:
            highest = max(float(spectrum.mz[-1]), spectrum.precursor_mz or 0.0)
            self.plot.set_limits(float(spectrum.mz[0]), highest)
            self.plot.set_precursor(spectrum.precursor_mz)
        self._show_title()
        self._show_peaks()
        self._show_mirror(self._session.mirror)
        self._stack.setCurrentWidget(self.plot if has_peaks else self.empty)
        self.menu_button.setEnabled(has_peaks)
        if spectrum is None:
            self.empty.show_state(
                "No spectrum chosen",
                "Choose one in the list, or drop a file anywhere on the window.",
                (StateAction("open", "Open…", "Open files of spectra (Ctrl+O)"),),
            )
        elif not has_peaks:
            why = " ".join(spectrum.remarks)
            self.empty.show_state(
                "This spectrum has no peaks", why or "Its record holds an empty peak list."
            )

    def _show_title(self) -> None:
        entry = self._session.current_entry
        if entry is None:
            self.title.set_runs(())
            return
        annotation = entry.annotation
        source = annotation.adduct_source if annotation else entry.adduct_source
        assumed = source == "assumed"
        runs = title_runs(
            entry.spectrum, entry.title, annotation.adduct if annotation else "", assumed
        )
        tip = plain_text(runs)
        if assumed:
            tip += "\nThe record names no adduct: this one is assumed."
        if entry.spectrum.remarks:
            tip += "\n" + "\n".join(entry.spectrum.remarks)
        self.title.set_runs(runs, tip)

    def _show_peaks(self) -> None:
        spectrum = self._spectrum
        if spectrum is None:
            empty = np.empty(0)
            self.plot.set_sticks(empty, empty, np.empty(0, np.uint8))
        else:
            kinds, markers = stick_kinds(spectrum, self._session.peaks, by_structure=self._chosen)
            relative = 100.0 * spectrum.relative_intensity
            self.plot.set_sticks(spectrum.mz, relative, kinds, markers)
        self._show_labels()
        self._show_lit()
        self._show_marks()
        self._show_state()

    def _show_labels(self) -> None:
        spectrum, mode = self._spectrum, self._session.labels
        if spectrum is None:
            self.plot.set_labels(np.empty(0, np.int64), lambda _: (), 0)
            return
        peaks = self._session.peaks
        order = np.argsort(-spectrum.intensity, kind="stable")
        if peaks and mode in ("formula", "loss"):
            named = np.array([bool(peak.formula) for peak in peaks])
            order = order[named[order]]
        limit = 0 if mode == "none" else self.label_count
        self.plot.set_labels(order, self._lines, limit)

    def _lines(self, index: int) -> Lines:
        spectrum, mode = self._spectrum, self._session.labels
        if spectrum is None or index >= len(spectrum):
            return ()
        mz: Runs = (Run(f"{spectrum.mz[index]:.4f}", muted=True),)
        peaks = self._session.peaks
        peak = peaks[index] if index < len(peaks) else None
        if peak is None or not peak.formula or mode == "mz":
            return (mz,)
        if mode == "loss":
            loss = loss_runs(peak, bold=True) or (Run("precursor", bold=True),)
            return (mz, loss)
        return (mz, peak_formula_runs(peak, bold=peak.fragment is not None or not self._chosen))

    @property
    def _chosen(self) -> bool:
        return self._session.candidate is not None

    def _tip(self, index: int) -> str:
        spectrum, peaks = self._spectrum, self._session.peaks
        if spectrum is None or index >= len(spectrum):
            return ""
        candidate = self._session.candidate
        name = (candidate.structure.name or candidate.structure.formula) if candidate else ""
        return peak_tip(spectrum, index, peaks[index] if index < len(peaks) else None, name)

    def _show_marks(self) -> None:
        self.plot.set_marks(self._session.hovered_peak, self._session.pinned_peaks)

    def _show_pins(self) -> None:
        self._show_marks()
        if len(self._session.pinned_peaks) == 1:
            self.plot.ensure_visible(next(iter(self._session.pinned_peaks)))

    def _show_lit(self) -> None:
        session, spectrum = self._session, self._spectrum
        if spectrum is None or (session.hovered_atom is None and not session.selected_atoms):
            self.plot.set_lit(None)
            return
        lit = np.zeros(len(spectrum), bool)
        lit[[index for index in session.lit_peaks if index < len(spectrum)]] = True
        self.plot.set_lit(lit)

    def _show_mirror(self, neighbour: Neighbour | None) -> None:
        spectrum = self._spectrum
        mz = neighbour.mz if neighbour is not None else None
        if spectrum is None or neighbour is None or mz is None or not len(mz):
            empty = np.empty(0)
            self.plot.set_mirror(empty, empty, np.empty(0, bool))
        else:
            order = np.argsort(mz, kind="stable")
            intensity = np.asarray(neighbour.intensity, dtype=np.float64)[order]
            below = np.asarray(mz, dtype=np.float64)[order]
            matched = matches(below, spectrum.mz)
            self.plot.set_mirror(below, 100.0 * intensity / max(intensity.max(), 1e-300), matched)
        self._show_mirror_line()

    def _show_mirror_line(self) -> None:
        runs = mirror_runs(self._session.mirror, self._annotation, self._session.mirror_mode)
        self.mirror_line.set_tones({"mirror": QColor(self._session.palette.mirror)})
        self.mirror_line.set_runs(runs)
        self.mirror_line.setVisible(bool(runs))

    def _show_theme(self) -> None:
        self.plot.set_colors(self._colors())
        self._show_state()
        self._show_mirror_line()

    def _show_progress(self) -> None:
        session = self._session
        step = session.annotating(session.current)
        if step is not None:
            self.bar.start(QColor(session.palette.accent), step.fraction)
        elif session.explaining:
            self.bar.start(QColor(session.palette.accent), None)
        else:
            self.bar.stop()

    def _show_state(self) -> None:
        self._show_progress()
        spectrum, annotation = self._spectrum, self._annotation
        busy = self._session.annotating(self._session.current) is not None
        wanted = spectrum is not None and len(spectrum) > 0 and annotation is None
        self.annotate_button.setVisible(wanted)
        self.annotate_button.setEnabled(not busy)
        self.annotate_button.setText("Annotating…" if busy else "Annotate (Ctrl+Enter)")
        selected = self._session.selected_candidate
        self.coverage.set_runs(
            coverage_runs(annotation, selected),
            tip=COVERAGE_TIP if annotation else "",
            shorter=coverage_runs(annotation, selected, short=True),
        )
        self._show_mirror_line()
        self._show_notice(spectrum, annotation)

    def _show_notice(self, spectrum: Spectrum | None, annotation: Annotation | None) -> None:
        palette = self._session.palette
        if spectrum is None or annotation is None or not len(spectrum):
            self.notice.hide()
            return
        text = ""
        actions: tuple[StateAction, ...] = ()
        peaks = self._session.peaks
        if annotation.message and not annotation.formula:
            text = annotation.message
            if spectrum.precursor_mz is None:
                actions = (StateAction("choose_precursor", "Enter precursor m/z…"),)
            elif not annotation.adduct:
                actions = (StateAction("choose_adduct", "Choose adduct…"),)
        elif peaks and not any(peak.formula or peak.fragment for peak in peaks):
            settings = self._session.settings
            within = f" within {settings.fragment_ppm:g} ppm" if settings else ""
            what = "a fragment of this structure" if self._chosen else "a part of the formula"
            adduct = f" {annotation.adduct}" if annotation.adduct else ""
            text = (
                f"None of {len(peaks)} peaks fits {what}{within}. "
                f"Check the adduct{adduct} or the tolerance."
            )
            actions = (
                StateAction("choose_adduct", "Choose adduct…", "Say which ion this is"),
                StateAction("settings", "Change tolerance…", "Open the settings"),
            )
        self.notice.show_notice(text, actions, QColor(palette.warn))

    # What the user does

    def _press(self, index: int | None, add: bool) -> None:
        pinned = self._session.pinned_peaks
        if index is None:
            if not add:
                self._session.pin_peaks(())
        elif add:
            self._session.pin_peaks(pinned ^ {index})
        else:
            self._session.pin_peaks(() if pinned == {index} else {index})

    def clear_pins(self) -> None:
        """Let go of all pinned peaks and selected atoms."""
        self._session.pin_peaks(())
        self._session.select_atoms(())

    def walk(self, step: int, any_peak: bool = False) -> None:
        """Pin the next peak to the right (1) or left (-1): annotated ones, or all."""
        places = self._walkable(any_peak)
        if not places.size:
            return
        pinned = self._session.pinned_peaks
        if not pinned:
            self._pin(int(places[0] if step > 0 else places[-1]))
            return
        here = max(pinned) if step > 0 else min(pinned)
        beyond = places[places > here] if step > 0 else places[places < here]
        if beyond.size:
            self._pin(int(beyond[0] if step > 0 else beyond[-1]))

    def walk_to(self, end: int, any_peak: bool = False) -> None:
        """Pin the first (-1) or last (1) annotated peak, or of all peaks."""
        places = self._walkable(any_peak)
        if places.size:
            self._pin(int(places[-1] if end > 0 else places[0]))

    def _walkable(self, any_peak: bool) -> npt.NDArray[np.int64]:
        spectrum, peaks = self._spectrum, self._session.peaks
        if spectrum is None:
            return np.empty(0, np.int64)
        if any_peak or not any(peak.formula for peak in peaks):
            return np.arange(len(spectrum))
        return np.array([peak.index for peak in peaks if peak.formula], np.int64)

    def _pin(self, index: int) -> None:
        self._session.pin_peaks({index})

    def zoom_in(self) -> None:
        """Show half of the m/z range."""
        self.plot.zoom(0.5)

    def zoom_out(self) -> None:
        """Show twice the m/z range."""
        self.plot.zoom(2.0)

    def reset_zoom(self) -> None:
        """Show the whole spectrum."""
        self.plot.reset()

    def copy_text(self) -> str:
        """Return the pinned peaks, else all, as TSV with a header."""
        spectrum = self._spectrum
        if spectrum is None:
            return ""
        pinned = sorted(self._session.pinned_peaks) or range(len(spectrum))
        relative = 100.0 * spectrum.relative_intensity
        peaks = self._session.peaks
        lines = ["m/z\tintensity\trelative intensity (%)\tformula"]
        for index in pinned:
            formula = peaks[index].formula if index < len(peaks) else ""
            lines.append(
                f"{spectrum.mz[index]:.6f}\t{spectrum.intensity[index]:.6g}"
                f"\t{relative[index]:.4g}\t{formula}"
            )
        return "\n".join(lines) + "\n"

    def copy(self) -> None:
        """Put the pinned peaks, else all, on the clipboard."""
        put_on_clipboard(self.copy_text())
        count = len(self._session.pinned_peaks) or len(self._spectrum or ())
        self._session.say(f"Copied {count} peak{'s' if count != 1 else ''}.")

    def set_label_count(self, count: int) -> None:
        """Label at most this many peaks."""
        self.label_count = count
        self._show_labels()

    def _show_peak_menu(self, index: int | None, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        spectrum, peaks = self._spectrum, self._session.peaks
        if spectrum is not None and index is not None:
            mz = f"{spectrum.mz[index]:.4f}"
            menu.addAction(f"Copy m/z {mz}", lambda: put_on_clipboard(mz))
            formula = peaks[index].formula if index < len(peaks) else ""
            if formula:
                menu.addAction(f"Copy formula {formula}", lambda: put_on_clipboard(formula))
            pinned = index in self._session.pinned_peaks
            menu.addAction("Let go" if pinned else "Pin", lambda: self._press(index, True))
            menu.addSeparator()
        menu.addAction("Copy peaks", self.copy)
        menu.addAction("Show whole spectrum", self.reset_zoom)
        menu.popup(place)


def put_on_clipboard(text: str) -> None:
    """Put plain text on the clipboard."""
    QGuiApplication.clipboard().setText(text)
