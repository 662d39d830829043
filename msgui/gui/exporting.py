"""Figures, tables and reports of one spectrum, written where the user says."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgRenderer

from msgui.annotation import Annotation, MeasuredLoss, PeakAnnotation
from msgui.errors import MsguiError
from msgui.spectra.coverage import Chance

if TYPE_CHECKING:
    from msgui.gui.session import Entry
    from msgui.tools import Settings

DPI = 300
# Points to which an SVG pixel is set in a PDF: figures are laid out at 96 pixels an inch.
SVG_DPI = 96
LARGEST_SIDE = 12_000

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


def _renderer(svg: str) -> QSvgRenderer:
    renderer = QSvgRenderer(QByteArray(svg.encode("utf-8")))
    if not renderer.isValid():
        raise MsguiError("The figure could not be drawn.", "Save it as SVG instead.")
    return renderer


def _size(renderer: QSvgRenderer) -> QSizeF:
    size = QSizeF(renderer.defaultSize())
    return size if size.isValid() and not size.isEmpty() else QSizeF(800, 500)


def picture(svg: str, dpi: int = DPI) -> QImage:
    """Return a figure as picture on white."""
    renderer = _renderer(svg)
    size = _size(renderer)
    scale = min(dpi / SVG_DPI, LARGEST_SIDE / max(size.width(), size.height()))
    image = QImage(
        round(size.width() * scale), round(size.height() * scale), QImage.Format.Format_ARGB32
    )
    image.fill(Qt.GlobalColor.white)
    image.setDotsPerMeterX(round(dpi / 0.0254))
    image.setDotsPerMeterY(round(dpi / 0.0254))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    return image


def _into_bytes(write_to: Callable[[QBuffer], object]) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write_to(buffer)
    return bytes(buffer.data().data())


def png(svg: str, dpi: int = DPI) -> bytes:
    """Return a figure as PNG on white."""
    image = picture(svg, dpi)
    return _into_bytes(lambda buffer: image.save(buffer, "PNG"))  # type: ignore[call-overload]


def pdf(svg: str, title: str) -> bytes:
    """Return a figure as a PDF page of its own size; text stays text."""
    renderer = _renderer(svg)
    size = _size(renderer)

    def draw(buffer: QBuffer) -> None:
        writer = QPdfWriter(buffer)
        writer.setTitle(title)
        writer.setCreator("msgui")
        writer.setResolution(1200)
        points = QSizeF(size.width() * 72 / SVG_DPI, size.height() * 72 / SVG_DPI)
        page = QPageSize(
            points, QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch
        )
        writer.setPageLayout(
            QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
        )
        painter = QPainter(writer)
        renderer.render(painter, QRectF(0, 0, writer.width(), writer.height()))
        painter.end()

    return _into_bytes(draw)
