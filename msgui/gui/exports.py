"""Exporting from the window: the figure of what is shown, and files of many spectra."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from msgui.annotation import Annotation, MeasuredLoss, PeakAnnotation
from msgui.errors import Problem
from msgui.export.batch import BatchChoice, Call, FigureKind, Item, export_batch
from msgui.export.figure_choice import FigureChoice
from msgui.export.files import refuse_inputs, replaced_file, safe_name, write_text
from msgui.gui.clipboard import copy_figure
from msgui.gui.command_line import command_for
from msgui.gui.dialogs.export_batch import ExportBatchDialog
from msgui.gui.dialogs.export_figure import ExportFigureDialog
from msgui.gui.dialogs.problem import ProblemDialog
from msgui.gui.rendering import pdf, png
from msgui.gui.session import Entry, Session
from msgui.paths import resources
from msgui.prediction.values import Neighbour
from msgui.progress import Step
from msgui.spectra.ids import ids_of
from msgui.spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from msgui.gui.window import MainWindow

FILTERS = {"svg": "Vector figure (*.svg)", "pdf": "PDF (*.pdf)", "png": "Picture (*.png)"}
WITHOUT_RESULT = "Not annotated."
PROBLEMS_SHOWN = 200


@dataclass(frozen=True, eq=False)
class Shown:
    """What is on screen at one moment, to be drawn elsewhere."""

    annotation: Annotation
    peaks: tuple[PeakAnnotation, ...]
    candidate: int
    pinned: frozenset[int]
    mirror: Neighbour | Spectrum | None
    losses: tuple[MeasuredLoss, ...]

    def draw(self, choice: FigureChoice) -> str:
        """Return it as a figure."""
        return choice.draw(
            self.annotation,
            self.peaks,
            candidate=max(0, self.candidate),
            selected=self.pinned,
            mirror=self.mirror,
            losses=self.losses,
        )


def shown(session: Session) -> Shown | None:
    """Return what is on screen, None when no spectrum is."""
    entry = session.current_entry
    if entry is None:
        return None
    annotation = entry.annotation or Annotation(entry.spectrum, message=WITHOUT_RESULT)
    return Shown(
        annotation,
        session.peaks,
        session.selected_candidate,
        session.pinned_peaks,
        session.mirror,
        entry.losses,
    )


class Exports(QObject):
    """The export commands of a window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.figure = FigureChoice()
        self._kind = "svg"
        self.batch = BatchChoice(tables=("tsv",), spectra=("mgf",), reports=True)

    def inputs(self) -> list[str]:
        """Return the files that the window works with: no export replaces one of them."""
        read = {entry.spectrum.origin.file for entry in self._session.spectra}
        files = read | set(map(self._window.loader.place_of, read))
        project = self._window.projects.keeper.path
        return sorted(files | ({project} if project else set()))

    def _folder(self) -> Path:
        """Return where exports go at first: never among the samples of msgui itself."""
        last = Path(self._window.last_folder)
        return Path.home() if last.is_relative_to(resources()) else last

    # One figure

    def show_figure_dialog(self) -> None:
        """Choose the look of the figure of what is shown."""
        subject = shown(self._session)
        if subject is None:
            return
        choice = replace(self.figure, square_root=self._session.scale == "sqrt")
        dialog = ExportFigureDialog(choice, self._kind, self._window)
        dialog.redraw_wanted.connect(lambda wanted: self._preview(dialog, subject, wanted))
        dialog.save_wanted.connect(lambda kind, wanted: self._save(dialog, subject, kind, wanted))
        dialog.copy_wanted.connect(lambda wanted: self._copy(subject, wanted))
        dialog.open()

    def _preview(self, dialog: ExportFigureDialog, subject: Shown, choice: FigureChoice) -> None:
        def work() -> Iterator[str]:
            yield subject.draw(choice)

        job = self._window.runner.start(
            "Drawing the figure",
            work,
            lane="preview",
            newest_only=True,
            visible=False,
            on_fail=self._window.show_problem,
        )
        show = dialog.show_figure  # a closed dialog lets go of its own slots
        job.produced.connect(lambda svg: show(svg, choice))
        dialog.finished.connect(lambda _code: job.cancel() if not job.is_over else None)

    def _save(
        self, dialog: ExportFigureDialog, subject: Shown, kind: str, choice: FigureChoice
    ) -> None:
        window = self._window
        spectrum = subject.annotation.spectrum
        stem = safe_name(spectrum.spectrum_id or spectrum.title)
        start = str(self._folder() / f"{stem}.{kind}")
        chosen, _ = QFileDialog.getSaveFileName(dialog, "Export Figure", start, FILTERS[kind])
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix.lower() != f".{kind}":
            path = path.with_name(f"{path.name}.{kind}")
        window.last_folder = str(path.parent)
        self.figure, self._kind = choice, kind
        dialog.accept()
        self.save_figure(subject, path, kind, choice)

    def save_figure(self, subject: Shown, path: Path, kind: str, choice: FigureChoice) -> None:
        """Write one figure in the background."""
        session, inputs = self._session, self.inputs()

        def work() -> Iterator[Path]:
            refuse_inputs(path, inputs)
            svg = subject.draw(choice)
            if kind == "svg":
                write_text(path, svg)
            else:
                title = subject.annotation.spectrum.title or path.stem
                content = png(svg, choice.dpi) if kind == "png" else pdf(svg, title)
                with replaced_file(path) as file:
                    file.write(content)
            yield path

        self._window.runner.start(
            f"Exporting {path.name}",
            work,
            lane="export",
            on_result=lambda done: session.say(f"Saved {done}"),
            on_fail=self._window.show_problem,
        )

    def _copy(self, subject: Shown, choice: FigureChoice) -> None:
        copy_figure(subject.draw(choice))
        self._session.say("Copied the figure as SVG and as picture")

    # Many spectra

    def show_batch_dialog(self) -> None:
        """Choose what is exported of many spectra."""
        window = self._window
        sets = self._sets()
        words = {
            "annotated": "All annotated spectra",
            "selected": "Selected spectra",
            "reviewed": "Reviewed spectra",
            "accepted": "Spectra with an accepted candidate",
            "all": "All spectra, annotated or not",
        }
        counts = {name: (words[name], len(sets[name])) for name in words}
        choice = replace(self.batch, figure=self.figure)
        folder = str(self._folder() / "msgui export")
        dialog = ExportBatchDialog(counts, choice, folder, window)
        dialog.export_wanted.connect(self.export_many)
        dialog.open()

    def _sets(self) -> dict[str, list[Entry]]:
        session = self._session
        fragments = [entry for entry in session.spectra if entry.spectrum.ms_level != 1]
        selected = set(self._window.workbench.spectra.selected_uids()) or {session.current}
        return {
            "annotated": [entry for entry in fragments if entry.annotation is not None],
            "selected": [entry for entry in fragments if entry.uid in selected],
            "reviewed": [entry for entry in fragments if entry.reviewed],
            "accepted": [entry for entry in fragments if entry.call == "accepted"],
            "all": fragments,
        }

    def export_many(self, which: str, choice: BatchChoice, folder: str) -> None:
        """Write what was chosen in the background; what failed is listed at the end."""
        window = self._window
        items = self._items(self._sets()[which])
        inputs, target = self.inputs(), Path(folder).expanduser().absolute()
        window.last_folder = str(target.parent)
        self.batch = choice
        problems: list[Problem] = []
        draw: dict[FigureKind, Callable[[str, str], bytes]] = {
            "png": lambda svg, _title: png(svg, choice.figure.dpi),
            "pdf": pdf,
        }

        def work() -> Iterator[Step | Problem]:
            for event in export_batch(items, target, choice, draw=draw, inputs=inputs):
                if isinstance(event, Step | Problem):
                    yield event

        job = window.runner.start(
            f"Exporting {len(items)} spectra",
            work,
            lane="export",
            on_result=problems.append,
            on_fail=window.show_problem,
        )
        job.finished.connect(lambda: self._exported(len(items), problems, target))
        job.cancelled.connect(
            lambda: self._session.say("Stopped; finished files are there, no half one is")
        )

    def _items(self, entries: list[Entry]) -> list[Item]:
        # Named among all spectra, as msgui annotate names those of the same files.
        fragments = [e for e in self._session.spectra if e.spectrum.ms_level != 1]
        ids = ids_of(entry.spectrum for entry in fragments)
        named = {entry.uid: name for entry, name in zip(fragments, ids, strict=True)}
        settings = self._session.settings
        parameters = settings.as_dict() if settings is not None else {}
        return [
            Item(
                named[entry.uid],
                entry.annotation or Annotation(entry.spectrum, message=WITHOUT_RESULT),
                calls_of(entry),
                entry.note,
                entry.reviewed,
                {**parameters, "given_formula": entry.given_formula},
            )
            for entry in entries
        ]

    def _exported(self, count: int, problems: list[Problem], folder: Path) -> None:
        whole = count - len({problem.where for problem in problems})
        self._session.say(f"Exported {whole} spectra into {folder}")
        if not problems:
            return
        details = "\n".join(str(problem) for problem in problems[:PROBLEMS_SHOWN])
        ProblemDialog(
            f"{whole} of {count} spectra were exported without trouble.",
            "The details say which files are missing, and why. All others are there.",
            details,
            self._window,
            kind="warn",
        ).open()

    # As a command

    def copy_command(self) -> None:
        """Put the command line that gives the same tables on the clipboard."""
        window = self._window
        settings = self._session.settings
        if settings is None:
            return
        command, remark = command_for(
            self._session.spectra, settings, window.preferences, window.loader.place_of
        )
        if command:
            QGuiApplication.clipboard().setText(command)
        self._session.say(remark or "Copied the command that gives the same tables")


def calls_of(entry: Entry) -> tuple[Call, ...]:
    """Return what the user said about structures of an entry."""
    return tuple(
        Call(key, state, entry.level_of(key)) for key, state in sorted(entry.calls.items())
    )
