"""Figures, tables and reports of one spectrum, written where the user says."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgui.annotation import Annotation, MeasuredLoss, PeakAnnotation
from msgui.gui.rendering import pdf, png
from msgui.spectra.coverage import Chance

if TYPE_CHECKING:
    from msgui.gui.session import Entry
    from msgui.tools import Settings

KINDS: dict[str, tuple[str, str]] = {
    "export_svg": ("svg", "Vector figure (*.svg)"),
    "export_png": ("png", "Picture (*.png)"),
    "export_pdf": ("pdf", "PDF (*.pdf)"),
    "export_tsv": ("tsv", "Tables (*.tsv)"),
    "export_html": ("html", "Report (*.html)"),
}


def shown_annotation(
    entry: "Entry", candidate: int, peaks: tuple[PeakAnnotation, ...], chance: Chance | None = None
) -> Annotation:
    """Return what is on screen: the selected candidate first, its peaks, no candidate lost."""
    annotation = entry.annotation or Annotation(entry.spectrum)
    if candidate <= 0 or candidate >= len(annotation.candidates):
        return annotation
    others = [c for i, c in enumerate(annotation.candidates) if i != candidate]
    candidates = (annotation.candidates[candidate], *others)
    return replace(annotation, candidates=candidates, peaks=peaks, chance=chance)


def figure(annotation: Annotation, losses: Sequence[MeasuredLoss] = ()) -> str:
    """Return the annotated spectrum as SVG text, with the distances that were measured on it."""
    from msgui.export.figure import spectrum_svg

    return str(spectrum_svg(annotation, losses=losses))


def write(
    kind: str,
    path: Path,
    annotation: Annotation,
    name: str,
    settings: "Settings",
    losses: Sequence[MeasuredLoss] = (),
) -> None:
    """Write one file ("svg", "png", "pdf", "tsv" or "html"), all or nothing.

    ``tsv`` writes two files: ``path`` holds the peaks, ``<stem>_candidates.tsv`` the candidates.

    Raises
    ------
    MsguiError
        When a file cannot be written.
    """
    from msgui.export.files import replaced_file, write_text

    if kind == "svg":
        write_text(path, figure(annotation, losses))
    elif kind == "png":
        with replaced_file(path) as file:
            file.write(png(figure(annotation, losses)))
    elif kind == "pdf":
        with replaced_file(path) as file:
            file.write(pdf(figure(annotation, losses), name))
    elif kind == "tsv":
        from msgui.export.tables import CANDIDATES, PEAKS

        write_text(path, PEAKS.header() + PEAKS.text(name, annotation))
        others = path.with_name(f"{path.stem}_candidates{path.suffix}")
        write_text(others, CANDIDATES.header() + CANDIDATES.text(name, annotation))
    elif kind == "html":
        from msgui.export.report import spectrum_report

        write_text(path, spectrum_report(annotation, settings.as_dict()))
    else:
        raise ValueError(kind)
