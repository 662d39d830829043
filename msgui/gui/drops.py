"""What dragged things are, said before they are dropped, and drawn over the whole window."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

from msgui.gui.loading import SPECTRUM_SUFFIXES
from msgui.gui.theme import Palette
from msgui.project.file import SUFFIX

OfferKind = Literal["spectra", "project", "structures", "model", "text", "refused"]

STRUCTURE_SUFFIXES = frozenset({".csv", ".tsv", ".smi", ".smiles", ".sdf", ".parquet"})
# Raw data of instruments: each vendor's own, read by msConvert.
VENDOR_SUFFIXES = frozenset({".raw", ".wiff", ".wiff2", ".d", ".baf", ".lcd", ".tdf", ".yep"})
# Counting is done while the mouse moves: what is larger is not counted.
HEAD_BYTES = 4096
COUNTED_BYTES = 8 << 20
RECORD_SIGNS = {".mgf": b"begin ions", ".msp": b"num peaks", ".mzml": b"<spectrum "}


@dataclass(frozen=True)
class Offer:
    """What would happen with what is dragged.

    Parameters
    ----------
    kind : str
        "refused" says why in ``sentence``.
    title, sentence : str
        What the overlay says.
    paths : tuple of str
        Files and folders it is about.
    text : str
        Dropped text.
    """

    kind: OfferKind
    title: str
    sentence: str = ""
    paths: tuple[str, ...] = ()
    text: str = ""


def offer_of(mime: QMimeData) -> Offer:
    """Return what would happen when this is dropped."""
    if mime.hasUrls():
        paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
        if not paths:
            return Offer(
                "refused",
                "This is an address, not a file",
                "msgui never uses the network. Save the file, then drop it here.",
            )
        return offer_of_paths(paths)
    if mime.hasText() and mime.text().strip():
        return Offer("text", "Read as a peak list", "Two columns: m/z, intensity", (), mime.text())
    return Offer("refused", "This cannot be read", "Drop files, folders or a peak list as text.")


def offer_of_paths(paths: Sequence[str]) -> Offer:
    """Return what would happen when these files and folders are dropped."""
    suffixes = {_suffix(path) for path in paths}
    if any(_is_model(path) for path in paths):
        return Offer("model", "Add this model", "It is looked at before it is used.", tuple(paths))
    if SUFFIX in suffixes:
        project = next(path for path in paths if _suffix(path) == SUFFIX)
        return Offer(
            "project",
            f"Open the project {Path(project).name}",
            "It takes the place of what is open; unsaved work is asked about first.",
            tuple(paths),
        )
    if suffixes & VENDOR_SUFFIXES and not suffixes & SPECTRUM_SUFFIXES:
        names = ", ".join(sorted(suffixes & VENDOR_SUFFIXES))
        return Offer(
            "refused",
            f"{names} is raw data of an instrument",
            "Convert it to mzML first, for example with msConvert.",
        )
    if suffixes and suffixes <= STRUCTURE_SUFFIXES and not any(map(_holds_spectra, paths)):
        return Offer(
            "structures",
            "Take candidates from this list of structures",
            Path(paths[0]).name,
            tuple(paths),
        )
    folders = [path for path in paths if Path(path).is_dir()]
    if folders and len(folders) == len(paths):
        what = Path(folders[0]).name if len(folders) == 1 else f"{len(folders)} folders"
        return Offer("spectra", f"Add all spectra in {what}", "", tuple(paths))
    count = _count(paths)
    files = Path(paths[0]).name if len(paths) == 1 else f"{len(paths)} files"
    title = f"{files}: add {count:,} spectra".replace(",", " ") if count else f"Add {files}"
    if count == 1:
        title = f"{files}: add 1 spectrum"
    return Offer("spectra", title, "Hold Ctrl to replace what is loaded", tuple(paths))


def _suffix(path: str) -> str:
    suffixes = [suffix.lower() for suffix in Path(path).suffixes[-2:]]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _is_model(path: str) -> bool:
    folder = Path(path)
    return _suffix(path) == ".onnx" or (folder / "card.json").is_file()


def _holds_spectra(path: str) -> bool:
    """Say whether a table has a spectrum in each row; a list of structures has none."""
    from msgui.spectra.spectra_table import sniff_spectra_table

    if _suffix(path) != ".tsv":
        return False
    try:
        with Path(path).open("rb") as file:
            return sniff_spectra_table(file.read(HEAD_BYTES)) > 0
    except OSError:
        return False


def _count(paths: Sequence[str]) -> int:
    """Return the number of spectra where that is quickly known, else 0."""
    total, budget = 0, COUNTED_BYTES
    for path in paths:
        sign = RECORD_SIGNS.get(Path(path).suffix.lower())
        try:
            size = Path(path).stat().st_size
            if sign is None or size > budget:
                return 0
            budget -= size
            total += Path(path).read_bytes().lower().count(sign)
        except OSError:
            return 0
    return total


class DropOverlay(QWidget):
    """A frame over the window that says what a drop would do."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = palette
        self.offer: Offer | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What a drop would do")
        self.setToolTip("")
        self.hide()

    def show_offer(self, offer: Offer, palette: Palette) -> None:
        """Cover the window and say what would happen."""
        self.offer, self._palette = offer, palette
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event) -> None:
        if self.offer is None:
            return
        palette = self._palette
        refused = self.offer.kind == "refused"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(palette.window)
        veil.setAlphaF(0.86)
        painter.fillRect(self.rect(), veil)
        pen = QPen(QColor(palette.problem if refused else palette.accent), 2)
        pen.setDashPattern([6, 4])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(14, 14, -14, -14), 12, 12)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        font.setBold(True)
        plain, bold = QFontMetrics(self.font()), QFontMetrics(font)
        wide = max(bold.horizontalAdvance(self.offer.title), 320)
        wide = min(max(wide, plain.horizontalAdvance(self.offer.sentence)), self.width() - 120)
        card = QRectF(0, 0, wide + 64, bold.height() * 2 + plain.height() * 2 + 24)
        card.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QColor(palette.border))
        painter.setBrush(QColor(palette.background))
        painter.drawRoundedRect(card, 10, 10)
        inside = card.adjusted(24, 10, -24, -10)
        center = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.setFont(font)
        painter.setPen(QColor(palette.problem if refused else palette.text))
        upper = inside.adjusted(0, 0, 0, -inside.height() / 2 + bold.height() / 2)
        painter.drawText(upper, center | Qt.AlignmentFlag.AlignVCenter, self.offer.title)
        painter.setFont(self.font())
        painter.setPen(QColor(palette.muted))
        lower = inside.adjusted(0, inside.height() / 2 + bold.height() / 2, 0, 0)
        painter.drawText(lower, center | Qt.AlignmentFlag.AlignTop, self.offer.sentence)
        painter.end()
