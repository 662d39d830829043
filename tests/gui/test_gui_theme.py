"""Colors: contrast to what they stand on, and how far apart they are for color-blind eyes."""

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel

from msgui.gui import theme
from msgui.gui.theme import DARK, LIGHT, contrast

pytestmark = pytest.mark.gui

BOTH = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])

# Machado, Oliveira & Fernandes 2009, severity 1.0, for linear RGB.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
     [-0.011820, 0.042940, 0.968881]]
)  # fmt: skip
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
     [-0.003882, -0.048116, 1.051998]]
)  # fmt: skip
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip


def linear(color: str) -> np.ndarray:
    value = QColor(color)
    rgb = np.array([value.redF(), value.greenF(), value.blueF()])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@BOTH
@pytest.mark.parametrize("name", ["explained", "unexplained", "selected", "mirror"])
def test_sticks_stand_out(palette, name):
    assert contrast(getattr(palette, name), palette.background) >= 3.0


@BOTH
@pytest.mark.parametrize("name", ["text", "muted", "problem", "fine", "accent"])
def test_text_can_be_read_on_every_ground(palette, name):
    for ground in ("background", "window", "raised", "alternate"):
        assert contrast(getattr(palette, name), getattr(palette, ground)) >= 4.5


@BOTH
def test_warnings_can_be_read_where_data_stand(palette):
    assert contrast(palette.warn, palette.background) >= 4.5


@BOTH
def test_text_on_a_selection_halo_or_tooltip_can_be_read(palette):
    assert contrast(palette.selection_text, palette.selection) >= 4.5
    assert contrast(palette.text, palette.halo) >= 4.5
    assert contrast(palette.text, palette.hover) >= 4.5
    assert contrast(palette.text, palette.tooltip) >= 4.5
    assert contrast(palette.accent_text, palette.accent) >= 4.5


@BOTH
@pytest.mark.parametrize("eye", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_sticks_are_told_apart_by_color_blind_eyes(palette, eye):
    # Grey and green are the one near pair; they never stand on the same side of the axis.
    names = ("explained", "unexplained", "selected", "mirror")
    seen = {name: lab(eye @ linear(getattr(palette, name))) for name in names}
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if {one, other} != {"unexplained", "mirror"}:
                assert np.linalg.norm(seen[one] - seen[other]) >= 30, (one, other)


def test_the_specified_colors_are_kept():
    assert (LIGHT.explained, LIGHT.selected, LIGHT.mirror) == ("#0072B2", "#D55E00", "#009E73")
    assert (DARK.explained, DARK.selected, DARK.halo) == ("#56B4E9", "#E69F00", "#0B5A8A")


def test_a_theme_is_switched_live(qtbot):
    label = QLabel("text")
    qtbot.addWidget(label)
    label.show()
    app = QApplication.instance()
    for name, palette in theme.PALETTES.items():
        theme.apply(app, name)
        assert label.palette().windowText().color() == QColor(palette.text)
        assert label.palette().window().color() == QColor(palette.window)
