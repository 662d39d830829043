"""Makes every picture of README and guide from the real window: light, dark, small files.

    python packaging/pictures.py [NAME ...]

Each picture is the window, or a part of it, in a pose; run it again after a change that shows.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QWidget

from msgui.gui.picture import take_picture
from msgui.gui.window import MainWindow
from msgui.paths import resources

SAMPLES = resources() / "samples" / "textbook.mgf"
FOLDER = resources() / "help" / "pictures"
WHOLE, PARTS = (1366, 768), (1024, 640)
CAFFEINE, CAFFEINE_LOW, SULFAMETHOXAZOLE = 1, 2, 5


def _whole(window: MainWindow) -> QWidget:
    return window


def _dialog(window: MainWindow) -> QWidget:
    return next(dialog for dialog in window.findChildren(QDialog) if dialog.isVisible())


def _as_it_is(_window: MainWindow) -> None:
    """Change nothing."""


def _pin_base_peak(window: MainWindow) -> None:
    entry = window.session.current_entry
    if entry is not None:
        window.session.pin_peaks({int(entry.spectrum.intensity.argmax())})


def _other_below(window: MainWindow) -> None:
    window.do("mirror_listed")
    window.session.set_current(window.session.spectra[CAFFEINE_LOW - 1].uid)


@dataclass(frozen=True)
class Picture:
    """A pose of the window and the part of it that is shown."""

    name: str
    spectrum: int
    pose: Callable[[MainWindow], object] = _as_it_is
    part: Callable[[MainWindow], QWidget] = _whole
    size: tuple[int, int] = PARTS


PICTURES = (
    Picture("window", CAFFEINE, size=WHOLE),
    Picture("peak", SULFAMETHOXAZOLE, _pin_base_peak, lambda w: w.workbench.spectrum),
    Picture("fragment", SULFAMETHOXAZOLE, _pin_base_peak, lambda w: w.workbench.structure, WHOLE),
    Picture("candidates", SULFAMETHOXAZOLE, part=lambda w: w.workbench.candidates, size=WHOLE),
    Picture(
        "compare",
        SULFAMETHOXAZOLE,
        lambda w: w.session.compare_with(2),
        lambda w: w.workbench.comparison,
        WHOLE,
    ),
    Picture(
        "trust", CAFFEINE, lambda w: w.do("show_structure"), lambda w: w.workbench.trust, WHOLE
    ),
    Picture("mirror", CAFFEINE, _other_below, lambda w: w.workbench.spectrum),
    Picture("export", CAFFEINE, lambda w: w.do("export_figure"), _dialog),
)


def small(path: Path) -> None:
    """Write a picture again with 256 colors: a third of the size, and nobody sees it."""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32)
    colors, counts = np.unique(pixels, return_counts=True)
    table = colors[np.argsort(-counts, kind="stable")[:256]].tolist()
    indexed = image.convertToFormat(
        QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.ThresholdDither
    )
    indexed.save(str(path), "PNG", 0)  # type: ignore[call-overload]


def main() -> None:
    """Make all pictures, or those that are named."""
    wanted = set(sys.argv[1:])
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MSGUI_CONFIG"] = folder
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            for theme in ("light", "dark"):
                out = FOLDER / f"{picture.name}-{theme}.png"
                take_picture(
                    str(SAMPLES),
                    out,
                    size=picture.size,
                    theme=theme,
                    spectrum=picture.spectrum,
                    pose=picture.pose,
                    part=picture.part,
                )
                small(out)
                print(f"{out.name:<24}{out.stat().st_size / 1000:6.0f} kB")


if __name__ == "__main__":
    main()
