"""The spectrum: sticks with their formulas, a mirror below, and how much of it is explained."""

from collections.abc import Collection

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from msgui.annotation import GUESSED, Annotation
from msgui.gui.change_words import change_words
from msgui.gui.copying import put
from msgui.gui.expected_words import expected_runs, expected_tip
from msgui.gui.how import REQUEST, How, set_topic
from msgui.gui.peak_walk import next_peak, walkable
from msgui.gui.peak_words import peaks_as_tsv
from msgui.gui.session import Entry, Session
from msgui.gui.spectrum_menu import SpectrumMenu, peak_menu
from msgui.gui.spectrum_plot import SpectrumPlot, plot_colors
from msgui.gui.spectrum_words import (
    compared_kinds,
    coverage_runs,
    legend_entries,
    listed_mirror_runs,
    mass_error_runs,
    mirror_runs,
    spectrum_notice,
    stick_kinds,
    title_runs,
)
from msgui.gui.widgets.empty_state import EmptyState, StateAction
from msgui.gui.widgets.energy_slider import EnergySlider
from msgui.gui.widgets.legend import Legend
from msgui.gui.widgets.notice import Notice
from msgui.gui.widgets.run_label import RunLabel
from msgui.gui.widgets.runs import Run, plain_text
from msgui.gui.widgets.thin_bar import ThinBar
from msgui.spectra.spectrum import Spectrum

LONGEST_TITLE = 48
COVERAGE_TIP = (
    "How much of the spectrum lies in peaks that have the mass of a piece of this structure.\n"
    "The precursor and isotope peaks do not count. By chance: what is explained when all peaks\n"
    "are shifted to wrong masses. Median of the isomers: what any structure of this formula\n"
    "explains. Only what goes beyond both speaks for this structure."
)
MASS_ERROR_TIP = (
    "What all peaks of this spectrum are off together, and the standard deviation of what is\n"
    "left, estimated from the peaks themselves. Formulas are judged with it taken off;\n"
    "the ppm in the table are as measured."
)
LEGEND_TIP = (
    "Structure: the chosen candidate has a piece of this mass. Formula only: a part of the\n"
    "formula has it, but no piece of the candidate. Unexplained: neither.\n"
    "The precursor and isotope peaks are not counted."
)
CHANGE_ACTIONS = (
    StateAction("undo", "Undo", "Take the last step back (Ctrl+Z)"),
    StateAction("dismiss", "OK", "Hide this line"),
)


class SpectrumPane(QWidget):
    """Shows the current spectrum of the session."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("spectrum_pane")
        self.setAccessibleName("Spectrum")
        set_topic(self, "explained")
        self._session = session
        self.title = RunLabel(self)
        self.annotate_button = QPushButton("Annotate", self)
        self.menu_button = QToolButton(self)
        self.bar = ThinBar(self)
        self.notice = Notice(self)
        self.change = Notice(self)
        self.plot = SpectrumPlot(session, self)
        self.empty = EmptyState(self)
        self.coverage = RunLabel(self)
        self.how_button = QToolButton(self)
        self.legend = Legend(plot_colors(session), self)
        self.mass_error = RunLabel(self, align_right=True)
        self.mirror_line = RunLabel(self)
        self.energy = EnergySlider(self)
        self.energy.hide()
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
        self.how_button.setText("how?")
        self.how_button.setAutoRaise(True)
        self.how_button.setAccessibleName("How is the explained share computed?")
        self.how_button.setToolTip("How is this computed? (F1)")
        self.how_button.clicked.connect(lambda: self._session.request(f"{REQUEST}explained"))
        for widget, topic in (
            (self.coverage, "explained"),
            (self.legend, "states"),
            (self.mass_error, "ppm"),
            (self.mirror_line, "baseline"),
        ):
            How(widget, topic, self._session)
        self.plot.setAccessibleName("Spectrum plot")
        self.plot.setToolTip("")
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
        explained = QHBoxLayout()
        explained.addWidget(self.coverage, 1)
        explained.addWidget(self.how_button)
        foot.addLayout(explained)
        meanings = QHBoxLayout()
        meanings.addWidget(self.legend, 1)
        meanings.addWidget(self.mass_error)
        foot.addLayout(meanings)
        foot.addWidget(self.mirror_line)
        foot.addWidget(self.energy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.notice)
        layout.addWidget(self.change)
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        session, plot = self._session, self.plot
        session.current_changed.connect(self._show_entry)
        session.spectra_changed.connect(self._maybe_show_entry)
        session.annotation_changed.connect(lambda uid: self._maybe_show_state([uid]))
        session.explanation_changed.connect(self._show_state)
        session.candidate_selected.connect(lambda _: self._show_state())
        session.explaining_changed.connect(lambda _: self._show_progress())
        session.annotating_changed.connect(lambda *_: self._show_state())
        session.mirror_changed.connect(lambda _: self._show_mirror_line())
        session.expectation_changed.connect(self._show_mirror_line)
        session.expectation_wanted.connect(self._show_mirror_line)
        self.energy.chosen.connect(session.expect_at)
        session.chance_changed.connect(self._show_coverage)
        session.comparison_changed.connect(self._show_coverage)
        session.annotation_replaced.connect(self._show_change)
        session.current_changed.connect(lambda _: self._hide_change())
        session.theme_changed.connect(lambda _: self._show_theme())
        plot.walked.connect(self.walk)
        plot.walked_to.connect(self.walk_to)
        plot.escaped.connect(self.clear_pins)
        plot.menu_wanted.connect(self._show_peak_menu)
        self.annotate_button.clicked.connect(lambda: session.request("annotate"))
        self.empty.requested.connect(session.request)
        self.notice.requested.connect(session.request)
        self.change.requested.connect(self._answer_change)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.plot.set_text_font(self.font())

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
        self.plot.show_spectrum()
        self._show_title()
        self._show_state()
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
        assumed = source in GUESSED
        adduct = annotation.adduct if annotation else ""
        tip = plain_text(title_runs(entry.spectrum, entry.title, adduct, assumed))
        # A long name would push the conditions out of the line.
        name = entry.title
        short = name if len(name) <= LONGEST_TITLE else f"{name[:LONGEST_TITLE].rstrip()}…"
        runs = title_runs(entry.spectrum, short, adduct, assumed)
        if assumed:
            tip += "\nThe record names no adduct: this one is a guess."
        if entry.spectrum.remarks:
            tip += "\n" + "\n".join(entry.spectrum.remarks)
        self.title.set_runs(runs, tip)

    def _show_mirror_line(self) -> None:
        session, spectrum = self._session, self._spectrum
        expected, candidate = session.expectation, session.candidate
        mirror, tip = session.mirror, ""
        if isinstance(mirror, Spectrum):
            runs = listed_mirror_runs(mirror, spectrum) if spectrum is not None else ()
        else:
            runs = mirror_runs(mirror, self._annotation, session.mirror_mode)
        if session.mirror_mode == "predicted":
            runs = () if session.can_predict else (Run("No spectrum can be predicted here"),)
            if expected is not None and candidate is not None and spectrum is not None:
                structure = candidate.structure
                runs = expected_runs(expected, structure.name or structure.formula)
                tip = expected_tip(expected, spectrum)
                self.energy.show_energy(expected.energy_ev, is_measured=expected.is_measured_energy)
        self.energy.setVisible(session.mirror_mode == "predicted" and session.can_predict)
        self.mirror_line.set_tones({"mirror": QColor(session.palette.mirror)})
        self.mirror_line.set_runs(runs, tip)
        self.mirror_line.setVisible(bool(runs))

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
        self._show_coverage()
        self._show_mirror_line()
        self._show_notice()

    def _show_theme(self) -> None:
        self.legend.set_colors(plot_colors(self._session))
        self._show_state()

    def _show_coverage(self) -> None:
        session, annotation = self._session, self._annotation
        selected, chance = session.selected_candidate, session.chance
        runs = coverage_runs(annotation, selected, chance)
        self.coverage.set_runs(
            runs,
            tip=COVERAGE_TIP if annotation else "",
            shorter=coverage_runs(annotation, selected, chance, short=True),
        )
        self.how_button.setVisible(bool(runs))
        self.mass_error.set_runs(mass_error_runs(annotation), MASS_ERROR_TIP)
        spectrum = self._spectrum
        if spectrum is None or len(session.peaks) != len(spectrum) or not runs:
            self.legend.set_entries(())
            return
        comparison = session.comparison
        by_structure = session.candidate is not None
        kinds, _ = stick_kinds(spectrum, session.peaks, by_structure=by_structure)
        if comparison is not None:
            kinds = compared_kinds(comparison)
        counted = session.counts.copy()
        counted[list(session.current_entry.overrides.dropped)] = True
        entries = legend_entries(
            kinds[counted], by_structure=by_structure, compared=comparison is not None
        )
        self.legend.set_entries(entries, LEGEND_TIP)

    def _show_change(self, before: Annotation, after: Annotation, key: str) -> None:
        words = change_words(before, after, key)
        if words:
            self.change.show_notice(words, CHANGE_ACTIONS, QColor(self._session.palette.accent))

    def _hide_change(self) -> None:
        self.change.show_notice("", (), QColor())

    def _answer_change(self, request: str) -> None:
        self._hide_change()
        if request != "dismiss":
            self._session.request(request)

    def _show_notice(self) -> None:
        text, actions = spectrum_notice(self._session)
        self.notice.show_notice(text, actions, QColor(self._session.palette.warn))

    # What the user does

    def clear_pins(self) -> None:
        """Let go of all pinned peaks and selected atoms."""
        self._session.pin_peaks(())
        self._session.clear_picks()
        self._session.compare_with(-1)

    def walk(self, step: int, any_peak: bool = False) -> None:
        """Pin the next peak to the right (1) or left (-1): annotated ones, or all."""
        self._pin_next(step, any_peak, self._session.pinned_peaks)

    def walk_to(self, end: int, any_peak: bool = False) -> None:
        """Pin the first (-1) or last (1) annotated peak, or of all peaks."""
        self._pin_next(-end, any_peak, ())

    def _pin_next(self, step: int, any_peak: bool, pinned: Collection[int]) -> None:
        places = walkable(len(self._spectrum or ()), self._session.peaks, any_peak=any_peak)
        index = next_peak(places, pinned, step)
        if index is not None:
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
        return peaks_as_tsv(spectrum, self._session.peaks, pinned)

    def copy(self) -> None:
        """Put the pinned peaks, else all, on the clipboard."""
        put(self.copy_text())
        count = len(self._session.pinned_peaks) or len(self._spectrum or ())
        self._session.say(f"Copied {count} peak{'s' if count != 1 else ''}.")

    def _show_peak_menu(self, index: int | None, place: QPoint) -> None:
        peak_menu(self._session, self, index).popup(place)
