"""Figures as pictures and PDF pages, exact in mm: one unit of a figure's SVG is one point."""

import re
import uuid
from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgRenderer

from msgui.errors import MsguiError

DPI = 300
POINTS_PER_INCH = 72
INCH_M = 0.0254
LARGEST_SIDE = 16_000
# Fine enough that no line of a figure is moved by more than a hundredth of a millimeter.
PDF_DPI = 1200


def _renderer(svg: str) -> QSvgRenderer:
    renderer = QSvgRenderer(QByteArray(svg.encode("utf-8")))
    if not renderer.isValid() or renderer.viewBoxF().isEmpty():
        raise MsguiError("The figure could not be drawn.", "Save it as SVG instead.")
    return renderer


def picture(svg: str, dpi: int = DPI) -> QImage:
    """Return a figure as picture on white."""
    renderer = _renderer(svg)
    size = renderer.viewBoxF().size()  # in points; Qt rounds the size in mm to pixels
    scale = min(dpi / POINTS_PER_INCH, LARGEST_SIDE / max(size.width(), size.height()))
    image = QImage(
        round(size.width() * scale), round(size.height() * scale), QImage.Format.Format_ARGB32
    )
    image.fill(Qt.GlobalColor.white)
    image.setDotsPerMeterX(round(dpi / INCH_M))
    image.setDotsPerMeterY(round(dpi / INCH_M))
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
    """Return a figure as a PDF page of its own size; text stays text.

    The same figure gives the same bytes: Qt's dates and random numbers are replaced.
    """
    renderer = _renderer(svg)
    size = QSizeF(renderer.viewBoxF().size())

    def draw(buffer: QBuffer) -> None:
        writer = QPdfWriter(buffer)
        writer.setTitle(title)
        writer.setCreator("msgui")
        writer.setResolution(PDF_DPI)
        page = QPageSize(size, QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch)
        writer.setPageLayout(
            QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
        )
        painter = QPainter(writer)
        scale = PDF_DPI / POINTS_PER_INCH
        # Qt's page has a whole number of points, and its origin is at its top.
        above = writer.pageLayout().fullRectPoints().height() - size.height()
        place = QRectF(0, above * scale, size.width() * scale, size.height() * scale)
        renderer.render(painter, place)
        painter.end()

    return _reproducible(_exact(_into_bytes(draw), size), svg)


def _exact(content: bytes, size: QSizeF) -> bytes:
    """Write the size of the page with decimals; Qt leaves room for them."""

    def box(match: re.Match[bytes]) -> bytes:
        exact = b"%s [0 0 %.6f %.6f]" % (match[1], size.width(), size.height())
        return exact if len(exact) == len(match[0]) else match[0]

    return re.sub(rb"(/(?:Media|Trim)Box) \[0 0 [\d.]+ [\d.]+\]", box, content)


def _reproducible(content: bytes, svg: str) -> bytes:
    """Replace dates and random numbers by others of the same length."""
    content = re.sub(rb"\(D:\d{14}", b"(D:20000101000000", content)
    date = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
    content = re.sub(date, b"2000-01-01T00:00:00", content)
    found = re.search(rb"uuid:([0-9a-f-]{36})", content)
    if found is not None:
        name = str(uuid.uuid5(uuid.NAMESPACE_OID, svg)).encode()
        content = content.replace(found[1], name)
        content = content.replace(found[1].hex().encode(), name.hex().encode())
    return content
