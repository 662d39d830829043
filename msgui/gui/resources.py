"""What the window shows that is not code: icons in the colors of the theme, fonts, samples."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from msgui.gui.theme import PALETTES, ThemeName
from msgui.paths import resources

ICON_SIZES = (16, 20, 32, 40)


@lru_cache(maxsize=256)
def icon(name: str, theme: ThemeName = "light", color: str = "") -> QIcon:
    """Return an icon of ``resources/icons`` drawn in the theme's text color.

    Parameters
    ----------
    color : str
        Name of a field of :class:`msgui.gui.theme.Palette`; empty: the text color.
    """
    palette = PALETTES[theme]
    result = QIcon()
    for mode, tint in (
        (QIcon.Mode.Normal, getattr(palette, color or "text")),
        (QIcon.Mode.Disabled, palette.border),
    ):
        for size in ICON_SIZES:
            result.addPixmap(_pixmap(name, tint, size), mode)
    return result


@lru_cache(maxsize=256)
def pixmap(name: str, color: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Return an icon in a color "#rrggbb" at a size in logical pixels."""
    result = _pixmap(name, color, round(size * ratio))
    result.setDevicePixelRatio(ratio)
    return result


def _pixmap(name: str, color: str, size: int) -> QPixmap:
    text = _svg(name).replace("currentColor", color)
    result = QPixmap(size, size)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return result


@lru_cache(maxsize=64)
def _svg(name: str) -> str:
    return (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def window_icon() -> QIcon:
    """Return the icon of the application."""
    return QIcon(str(resources() / "icons" / "msgui.svg"))


@dataclass(frozen=True)
class LessonStep:
    """One thing that a lesson shows.

    Parameters
    ----------
    pane : str
        Where it is seen, a name of the workbench.
    text : str
    peak_mz : float or None
        The peak that is pinned meanwhile.
    """

    pane: str
    text: str
    peak_mz: float | None = None


@dataclass(frozen=True)
class Sample:
    """A bundled file that the welcome page offers.

    Parameters
    ----------
    title, sentence : str
        What the card says.
    file : Path
    spectrum : int
        Which of the file's spectra is shown first.
    steps : tuple of LessonStep
        What a lesson on it shows; empty: it is only a sample.
    """

    title: str
    sentence: str
    file: Path
    spectrum: int = 0
    steps: tuple[LessonStep, ...] = ()


def samples() -> tuple[Sample, ...]:
    """Return the samples in ``resources/samples``, in the order of its ``samples.json``.

    Spectrum files that the list does not name come after it, under the name of the file.
    """
    folder = resources() / "samples"
    if not folder.is_dir():
        return ()
    listed = []
    index = folder / "samples.json"
    if index.is_file():
        for record in json.loads(index.read_text(encoding="utf-8")):
            file = folder / record["file"]
            if file.is_file():
                place = int(record.get("spectrum", 0))
                steps = tuple(
                    LessonStep(step["pane"], step["text"], step.get("peak"))
                    for step in record.get("steps", ())
                )
                words = record["title"], record.get("sentence", "")
                listed.append(Sample(*words, file, place, steps))
    named = {sample.file for sample in listed}
    suffixes = {".mgf", ".msp", ".ms", ".mzml", ".mzxml", ".json", ".txt"}
    others = [
        Sample(file.stem.replace("_", " ").replace("-", " ").capitalize(), "", file)
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in suffixes and file not in named and file != index
    ]
    return (*listed, *others)
