"""What each action of the action table does."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from msgui.annotation import Annotation
from msgui.errors import MsguiError
from msgui.export.files import refuse_inputs
from msgui.gui import exporting
from msgui.gui.actions import SPECS
from msgui.gui.clipboard import copy_figure, pasted_text
from msgui.gui.how import TOPICS, topic_here
from msgui.gui.layouts import LAYOUTS
from msgui.gui.measuring import Measuring
from msgui.gui.peak_handlers import PeakHandlers
from msgui.gui.session import LABELS, SCALES, Entry, Labels, MirrorMode, Scale
from msgui.gui.undo import AddSpectra, ReplaceSpectra
from msgui.gui.workbench import PANES
from msgui.identification import LEVEL_CODES
from msgui.spectra.spectrum import Polarity, Spectrum
from msgui.tools import Settings

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow

SPECTRUM_FILES = (
    "Spectra and projects (*.msgui *.mgf *.msp *.mat *.mzML *.mzml *.mzXML *.mzxml *.json *.txt "
    "*.ms *.gz);;"
    "All files (*)"
)
STRUCTURE_FILES = "Structures (*.csv *.tsv *.smi *.smiles *.sdf *.parquet *.gz);;All files (*)"
LARGEST_TEXT, SMALLEST_TEXT, TEXT_STEP = 200, 80, 10


class Handlers(QObject):
    """One method for each action; :meth:`table` says which is whose."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session

    def table(self) -> dict[str, Callable[[], object]]:
        """Return what each action of the table does."""
        window, session, bench = self._window, self._session, self._window.workbench
        own = {name: getattr(self, name) for name in SPECS if hasattr(type(self), name)}
        plot = bench.spectrum
        more: dict[str, Callable[[], object]] = {
            "quit": window.close,
            "undo": session.undo_stack.undo,
            "redo": session.undo_stack.redo,
            "filter": bench.spectra.focus_filter,
            "filter_candidates": self._filter_candidates,
            "previous_spectrum": lambda: bench.spectra.move(-1),
            "next_spectrum": lambda: bench.spectra.move(1),
            "previous_peak": lambda: plot.walk(-1),
            "next_peak": lambda: plot.walk(1),
            "previous_any_peak": lambda: plot.walk(-1, True),
            "next_any_peak": lambda: plot.walk(1, True),
            "clear": plot.clear_pins,
            "zoom_in": plot.zoom_in,
            "zoom_out": plot.zoom_out,
            "reset_zoom": plot.reset_zoom,
            "reset_layout": window.reset_layout,
            "full_plot": lambda: bench.show_only_spectrum(window.actions_["full_plot"].isChecked()),
            "palette": window.show_palette,
            "annotate": window.annotator.annotate_current,
            "annotate_all": window.annotator.annotate_all,
            "welcome": window.show_welcome,
            "import_report": window.show_report,
        }
        for state, name in (("accepted", "accept"), ("tentative",) * 2, ("rejected", "reject")):
            more[name] = lambda state=state: session.decide(state)
        for code in LEVEL_CODES:
            more[f"level_{code}"] = lambda code=code: session.choose_level(code)
        more["level_none"] = lambda: session.choose_level("")
        for n in range(1, 10):
            more[f"candidate_{n}"] = lambda n=n: self._choose_candidate(n - 1)
        for scale in SCALES:
            more[f"scale_{scale}"] = lambda scale=scale: session.set_scale(scale)
        for labels in LABELS:
            more[f"labels_{labels}"] = lambda labels=labels: session.set_labels(labels)
        modes: tuple[MirrorMode, ...] = ("nearest", "predicted", "off")
        for mode in modes:
            more[f"mirror_{mode}"] = lambda mode=mode: session.set_mirror_mode(mode)
        for layout in LAYOUTS:
            more[f"layout_{layout}"] = lambda layout=layout: window.use_layout(layout)
        for pane in PANES:
            more[f"show_{pane}"] = lambda pane=pane: self._show_pane(pane)
        for theme in ("system", "light", "dark"):
            more[f"theme_{theme}"] = lambda theme=theme: window.set_preferences(theme=theme)
        for by in ("formula", "mass"):
            more[f"by_{by}"] = lambda by=by: self._fetch_by(by)
        for name in exporting.KINDS:
            more[name] = lambda name=name: self._export(name)
        others = (window.projects, PeakHandlers(window), Measuring(window))
        tables = [other.table() for other in others]
        return {**own, **more, **tables[0], **tables[1], **tables[2]}

    # Files

    def open(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self._window, "Open spectra", self._window.last_folder, SPECTRUM_FILES
        )
        if paths:
            self._window.open_paths(paths)

    def open_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self._window, "Open a folder of spectra", self._window.last_folder
        )
        if path:
            self._window.open_paths([path])

    def paste(self) -> None:
        text = pasted_text()
        self.paste_text(text if _looks_like_peaks(text) else "")

    def paste_text(self, text: str) -> None:
        """Ask what a pasted peak list is."""
        from msgui.gui.dialogs.paste import PasteDialog

        dialog = PasteDialog(text, self._window)
        dialog.made.connect(self._add_pasted)
        dialog.open()

    def _add_pasted(self, spectrum: Spectrum) -> None:
        [entry] = self._session.add([spectrum])
        entry.adduct_source = "given"
        self._session.undo_stack.push(
            AddSpectra(self._session, [entry.uid], f"Paste {spectrum.title}")
        )
        self._session.set_current(entry.uid)
        self._window.show_workbench()

    def export_figure(self) -> None:
        self._window.exports.show_figure_dialog()

    def export_batch(self) -> None:
        self._window.exports.show_batch_dialog()

    def copy_command(self) -> None:
        self._window.exports.copy_command()

    def _export(self, name: str) -> None:
        entry, session = self._session.current_entry, self._session
        if entry is None:
            return
        suffix, kinds = exporting.KINDS[name]
        start = str(Path(self._window.last_folder) / f"{_file_stem(entry)}.{suffix}")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Export", start, kinds)
        if not chosen:
            return
        path = Path(chosen)
        if not path.suffix:
            path = path.with_suffix(f".{suffix}")
        self._window.last_folder = str(path.parent)
        annotation, losses = self._shown(entry), entry.losses
        settings, title = session.settings, entry.spectrum.spectrum_id or entry.title
        if settings is not None:
            settings = replace(settings, given_formula=entry.given_formula)

        inputs = self._window.exports.inputs()

        def work() -> Any:
            refuse_inputs(path, inputs)
            exporting.write(suffix, path, annotation, title, settings, losses)
            yield path

        self._window.runner.start(
            f"Exporting {path.name}",
            work,
            lane="export",
            on_result=lambda done: session.say(f"Saved {done}"),
            on_fail=self._window.show_problem,
        )

    def _shown(self, entry: Entry) -> Annotation:
        session = self._session
        return exporting.shown_annotation(
            entry, session.selected_candidate, session.peaks, session.chance
        )

    # Edit

    def copy(self) -> None:
        widget: QWidget | None = QApplication.focusWidget()
        while widget is not None:
            if callable(copy := getattr(widget, "copy", None)):
                copy()
                return
            widget = widget.parentWidget()
        self._window.workbench.spectrum.copy()

    def copy_figure(self) -> None:
        entry, session = self._session.current_entry, self._session
        if entry is None:
            return
        annotation, losses = self._shown(entry), entry.losses

        def work() -> Any:
            yield exporting.figure(annotation, losses)

        def done(svg: str) -> None:
            copy_figure(svg)
            session.say("Copied the figure as SVG and as picture")

        self._window.runner.start(
            "Copying the figure",
            work,
            lane="export",
            on_result=done,
            on_fail=self._window.show_problem,
        )

    def note(self) -> None:
        from msgui.gui.dialogs.questions import NoteDialog

        entry = self._session.current_entry
        if entry is None:
            return
        dialog = NoteDialog(entry.title, entry.note, self._window)
        dialog.written.connect(lambda text: self._session.write_note(entry.uid, text))
        dialog.open()

    def _selected(self) -> list[int]:
        uids = self._window.workbench.spectra.selected_uids()
        current = self._session.current
        return uids or ([current] if current is not None else [])

    def reviewed(self) -> None:
        uids = self._selected()
        entries = [e for uid in uids if (e := self._session.entry(uid)) is not None]
        self._session.mark_reviewed(uids, not all(entry.reviewed for entry in entries))

    def remove(self) -> None:
        uids = self._selected()
        if uids:
            self._session.remove(uids)
            plural = "um" if len(uids) == 1 else "a"
            self._session.say(f"Removed {len(uids)} spectr{plural}; undo brings them back")

    def settings(self) -> None:
        from msgui.gui.dialogs.settings import SettingsDialog

        method = self._session.settings
        if method is None:
            return
        dialog = SettingsDialog(self._window.preferences, method, self._window)
        dialog.chosen.connect(self._window.apply_settings)
        dialog.open()

    # View

    def scale(self) -> None:
        after: Scale = SCALES[(SCALES.index(self._session.scale) + 1) % len(SCALES)]
        self._session.set_scale(after)

    def labels(self) -> None:
        after: Labels = LABELS[(LABELS.index(self._session.labels) + 1) % len(LABELS)]
        self._session.set_labels(after)

    def mirror(self) -> None:
        session = self._session
        choices = session.mirror_choices()
        places: list[int] = [i for i, n in enumerate(choices) if n is session.mirror]
        after = places[0] + 1 if places else 0
        if session.mirror_mode in ("predicted", "listed"):
            session.set_mirror_mode("off")
        elif places and after < len(choices):
            session.set_mirror(choices[after])
        elif not places and choices:
            session.set_mirror_mode("nearest")
        elif session.can_predict:
            session.set_mirror_mode("predicted")
        elif places:
            session.set_mirror_mode("off")
        else:
            session.say("There is no spectrum with peaks to mirror")

    def mirror_listed(self) -> None:
        session = self._session
        current = session.current
        if current is None:
            return
        others = [uid for uid in self._window.workbench.spectra.selected_uids() if uid != current]
        session.keep_below(others[0] if len(others) == 1 else current)
        if session.mirror is None:
            session.say("This spectrum stays below the axis: show another one beside it")

    def _show_pane(self, name: str) -> None:
        self._window.workbench.show_pane(name, self._window.actions_[f"show_{name}"].isChecked())

    def show_ms1(self) -> None:
        self._window.workbench.spectra.table.show_ms1(self._window.actions_["show_ms1"].isChecked())

    def larger_text(self) -> None:
        size = min(self._window.preferences.text_size + TEXT_STEP, LARGEST_TEXT)
        self._window.set_preferences(text_size=size)

    def smaller_text(self) -> None:
        size = max(self._window.preferences.text_size - TEXT_STEP, SMALLEST_TEXT)
        self._window.set_preferences(text_size=size)

    def _choose_candidate(self, index: int) -> None:
        entry = self._session.current_entry
        if entry and entry.annotation and index < len(entry.annotation.candidates):
            self._session.select_candidate(index)

    # Annotate

    def stop(self) -> None:
        jobs = self._window.runner.running()
        for job in jobs:
            job.cancel()
        self._session.say("Stopping; what is done stays" if jobs else "Nothing is running")

    def choose_adduct(self) -> None:
        uids = self._selected()
        first = self._session.entry(uids[0]) if uids else None
        if first is None:
            return
        what = first.title if len(uids) == 1 else f"{len(uids)} spectra"
        self.ask_adduct(uids, "Which ion is it?", f"for {what}", first.spectrum.polarity)

    def ask_adduct(
        self, uids: Sequence[int], title: str, sentence: str, polarity: Polarity | None
    ) -> None:
        """Ask for the adduct of some spectra."""
        from msgui.gui.dialogs.questions import AdductDialog

        entry = self._session.entry(uids[0])
        present = entry.spectrum.adduct if entry and entry.spectrum.adduct else ""
        dialog = AdductDialog(title, sentence, polarity, self._window, adduct=present)
        dialog.chosen.connect(lambda adduct, mode: self._give_adduct(uids, adduct, mode))
        dialog.open()

    def _give_adduct(self, uids: Sequence[int], name: str, polarity: Polarity) -> None:
        from msgui.chemistry.adducts import parse_adduct

        charge = parse_adduct(name, polarity).charge
        changes = {
            uid: entry.spectrum.with_(adduct=name, polarity=polarity, charge=charge)
            for uid in uids
            if (entry := self._session.entry(uid)) is not None
        }
        self._session.undo_stack.push(
            ReplaceSpectra(self._session, changes, "given", f"Choose {name}")
        )

    def choose_precursor(self) -> None:
        from msgui.gui.dialogs.questions import PrecursorDialog

        entry = self._session.current_entry
        if entry is None:
            return
        dialog = PrecursorDialog(entry.title, entry.spectrum.precursor_mz, self._window)
        dialog.chosen.connect(lambda mz: self._give_precursor(entry, mz))
        dialog.open()

    def _give_precursor(self, entry: Entry, mz: float) -> None:
        changes = {entry.uid: entry.spectrum.with_(precursor_mz=mz)}
        self._session.undo_stack.push(
            ReplaceSpectra(self._session, changes, entry.adduct_source, "Enter precursor m/z")
        )

    def choose_formula(self) -> None:
        window = self._window
        window.workbench.show_pane("candidates", True)
        window.actions_["show_candidates"].setChecked(True)
        window.workbench.candidates.show_formulas()

    def computed_formula(self) -> None:
        entry = self._session.current_entry
        if entry is not None:
            self._session.give_formula(entry.uid, None)

    def _fetch_by(self, by: str) -> None:
        settings = self._session.settings
        if settings is not None:
            self._window.change_method(replace(settings, by=by))

    def choose_structures(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Structures", self._window.last_folder, STRUCTURE_FILES
        )
        if path:
            self._window.use_structures(path)

    def _filter_candidates(self) -> None:
        window = self._window
        window.workbench.show_pane("candidates", True)
        window.actions_["show_candidates"].setChecked(True)
        window.workbench.candidates.start_filter()

    def add_candidate(self) -> None:
        from msgui.gui.dialogs.own_candidate import OwnCandidateDialog

        entry, settings = self._session.current_entry, self._session.settings
        if entry is None or entry.annotation is None:
            return
        ppm = settings.ppm if settings is not None else Settings().ppm
        dialog = OwnCandidateDialog(entry.annotation, ppm, self._window)
        dialog.chosen.connect(self._session.add_candidate)
        dialog.open()

    def remove_candidate(self) -> None:
        candidate = self._session.candidate
        if candidate is None or not self._session.is_own(candidate.structure.inchikey14):
            self._session.say("Only candidates of your own can be taken out of the list")
            return
        self._session.remove_candidate(candidate.structure.inchikey14)

    def bundled_structures(self) -> None:
        self._window.use_structures("auto")

    # Models

    def model_card(self) -> None:
        from msgui.gui.dialogs.model_card import ModelCard

        dialog = ModelCard(self._session, self._window)
        dialog.wanted.connect(self._session.request)
        dialog.show()

    def choose_model(self) -> None:
        from msgui.gui.dialogs.choose_model import ChooseModelDialog

        dialog = ChooseModelDialog(self._window.preferences.model, self._window)
        dialog.chosen.connect(self._window.use_model)
        dialog.open()

    def add_model(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self._window, "Folder with model.onnx and card.json", self._window.last_folder
        )
        if folder:
            self.add_model_from(folder)

    def add_model_from(self, path: str) -> None:
        """Look at a model, take it into the user's models and use it."""
        window, folder = self._window, Path(path)
        folder = folder.parent if folder.suffix.lower() == ".onnx" else folder

        def work() -> Any:
            from msgui.prediction.models import add

            yield from as_events(add(folder))

        window.runner.start(
            f"Adding the model {folder.name}",
            work,
            lane="add model",
            on_result=window.model_added,
            on_fail=window.show_problem,
        )

    # Help

    def shortcuts(self) -> None:
        from msgui.gui.dialogs.shortcuts import ShortcutsDialog

        ShortcutsDialog(self._window).show()

    def guide(self) -> None:
        """Open the guide: where the figure under the mouse is explained, else its first page."""
        self.explain(topic_here())

    def explain(self, topic: str) -> None:
        """Open the guide where a topic of :mod:`msgui.gui.how` is explained."""
        from msgui.gui.dialogs.help import FIRST_PAGE, GuideDialog

        page, heading = TOPICS.get(topic, (FIRST_PAGE, ""))
        GuideDialog(self._window, page, heading).show()

    def compare(self) -> None:
        """Compare the selected candidate with the best other one, or end the comparison."""
        session, entry = self._session, self._session.current_entry
        count = len(entry.annotation.candidates) if entry and entry.annotation else 0
        if session.compared >= 0:
            session.compare_with(-1)
        elif count < 2:
            session.say("There is no other candidate to compare with")
        else:
            session.compare_with(1 if session.selected_candidate == 0 else 0)

    def about(self) -> None:
        from msgui.gui.dialogs.help import AboutDialog

        AboutDialog(self._window).open()


def as_events(result: Any) -> Any:
    """Yield from a generator, or a plain value once."""
    if hasattr(result, "__next__"):
        yield from result
    else:
        yield result


def _looks_like_peaks(text: str) -> bool:
    """Say whether text may be a peak list: a first line of numbers within a few lines."""
    for line in text.strip().splitlines()[:5]:
        words = line.replace(",", " ").replace(";", " ").split()
        try:
            if len([float(word) for word in words[:2]]) == 2:
                return True
        except ValueError:
            continue
    return False


def _file_stem(entry: Entry) -> str:
    try:
        from msgui.export.files import safe_name

        return safe_name(entry.spectrum.spectrum_id or entry.title)
    except (ImportError, MsguiError):
        return "spectrum"
