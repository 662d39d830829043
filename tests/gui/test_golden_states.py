"""Twelve states of the window as pictures, each with the words that it must show.

The pictures are to be looked at: ``MSGUI_STATES=FOLDER pytest tests/gui/test_golden_states.py``
leaves them there.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QWidget
from windows import MGF, STRUCTURES, write_mgf

from msgui.gui.picture import take_picture
from msgui.gui.widgets.run_label import RunLabel
from msgui.gui.window import MainWindow
from msgui.progress import Step

pytestmark = pytest.mark.gui

LONG = "N-acetyl-" * 12 + "neuraminic acid, measured again on the second day of the third week"
HEBREW = "קפאין (caffeine) מדגם 12"
NOBODY = MGF.replace("195.0877", "411.3021")
BAD = MGF + "\nBEGIN IONS\nTITLE=broken\nPEPMASS=\n50 x\nEND IONS\n"


def as_it_is(_window: MainWindow) -> None:
    """Change nothing."""


def compute(window: MainWindow) -> None:
    window.session.set_annotating(window.session.current, Step(3, 10, "fragments"))


def break_something(window: MainWindow) -> None:
    # A picture has no person to close its dialogs, so that it puts them into the log.
    MainWindow.show_problem(window, ValueError("a number that is none"))


@dataclass(frozen=True)
class State:
    """A state: what is open, what is done, and what must then stand in the window."""

    name: str
    words: str
    text: str | None = MGF
    pose: Callable[[MainWindow], object] = as_it_is
    size: tuple[int, int] = (1366, 768)
    theme: str = "light"
    text_size: int = 100
    model: str = "none"


STATES = (
    State("welcome", "Drop spectra here", text=None),
    State("sample", "caffeine", model="auto"),
    State("computing", "Caffeine", pose=compute),
    State("no-model", "No model"),
    State("no-candidates", "No structure", NOBODY),
    State("bad-file", "not read", BAD),
    State("error", "went wrong", pose=break_something),
    State("dark", "Caffeine", theme="dark"),
    State("double-size", "Caffeine", text_size=200),
    State("small", "Caffeine", size=(1024, 640)),
    State("long-names", "35 eV", MGF.replace("TITLE=Caffeine", f"TITLE={LONG}")),
    State("right-to-left", "מדגם", MGF.replace("TITLE=Caffeine", f"TITLE={HEBREW}")),
)


def words_in(window: QWidget) -> str:
    """Return all text that is on show."""
    texts = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel | QAbstractButton | RunLabel):
            texts.append(widget.text())
        elif isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            columns = range(model.columnCount())
            texts += [str(model.index(0, column).data()) for column in columns]
    return "\n".join(texts)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_state_shows_its_words(state, tmp_path):
    structures = tmp_path / "structures.csv"
    structures.write_text(STRUCTURES, encoding="utf-8")
    file = None if state.text is None else str(write_mgf(tmp_path, text=state.text))
    out = Path(os.environ.get("MSGUI_STATES") or tmp_path) / f"{state.name}.png"
    shown: list[str] = []

    def look(window: MainWindow) -> QWidget:
        shown.append(words_in(window))
        return window

    take_picture(
        file,
        out,
        size=state.size,
        theme=state.theme,
        text_size=state.text_size,
        model=state.model,
        structures=str(structures),
        pose=state.pose,
        part=look,
    )
    assert state.words in shown[0]
    image = QImage(str(out))
    assert (image.width(), image.height()) == state.size
