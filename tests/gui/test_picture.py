"""The picture of the real window."""

import argparse

import pytest
from PySide6.QtGui import QColor, QImage
from windows import write_mgf

from msgui.commands import picture
from msgui.errors import MsguiError
from msgui.gui.theme import DARK

pytestmark = pytest.mark.gui


@pytest.fixture
def small(tmp_path) -> list[str]:
    """Words that ask for no model and a list of one structure."""
    structures = tmp_path / "s.csv"
    structures.write_text("smiles\nCn1c(=O)c2c(ncn2C)n(C)c1=O\n")
    return ["--model", "none", "--structures", str(structures)]


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    picture.add_parser(parser.add_subparsers())
    return parser.parse_args(["picture", *words])


def test_a_picture_has_the_size_and_colors_that_were_asked_for(tmp_path, small):
    out = tmp_path / "window.png"
    words = ["--out", str(out), "--size", "1000x600", "--theme", "dark", *small]
    assert picture.run(options(*words)) == 0
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1000, 600)
    assert image.pixelColor(990, 100) == QColor(DARK.window)


def test_the_wanted_spectrum_is_shown(tmp_path, small):
    # Two spectra of one file look different; the same one twice looks the same.
    path = write_mgf(tmp_path)
    pictures = []
    for n, number in enumerate(("1", "2", "2")):
        out = tmp_path / f"{n}.png"
        words = [str(path), "--out", str(out), "--spectrum", number, "--size", "900x600"]
        picture.run(options(*words, *small))
        pictures.append(QImage(str(out)))
    assert pictures[0] != pictures[1]
    assert pictures[1] == pictures[2]


@pytest.mark.parametrize("size", ["1366", "0x10", "1366x", "99999x10", "axb"])
def test_a_size_that_is_none_is_said(tmp_path, size):
    with pytest.raises(MsguiError, match="is not a size"):
        picture.run(options("--out", str(tmp_path / "x.png"), "--size", size))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(MsguiError, match="no such file"):
        picture.run(options(str(tmp_path / "gone.mgf"), "--out", str(tmp_path / "x.png")))


def test_a_file_without_spectra_is_said(tmp_path, small):
    path = tmp_path / "empty.mgf"
    path.write_bytes(b"")
    words = [str(path), "--out", str(tmp_path / "x.png"), *small]
    with pytest.raises(MsguiError, match="No spectrum"):
        picture.run(options(*words))
    assert not (tmp_path / "x.png").exists()
