"""A restless user: random clicks, keys, drops, resizes and themes on the real window.

``python -m tests.gui.soak --minutes 10 --seed 1`` prints how much memory grew, and fails where an
exception was not caught, or a window, thread or timer was left behind.
"""

import argparse
import gc
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget
from shiboken6 import isValid

from msgui.gui.actions import ACTIONS
from msgui.gui.app import application
from msgui.gui.window import MainWindow
from tests.gui.windows import MGF, settings_in, write_mgf

# What ends the window, or asks the system's own dialogs or other programs.
LEFT_OUT = frozenset(("quit", "close_project", "choose_structures", "add_model", "choose_model"))
SIZES = ((1366, 768), (1024, 640), (1920, 1080), (800, 500))
KEYS = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Tab,
    Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_A,
    Qt.Key.Key_M, Qt.Key.Key_S, Qt.Key.Key_L, Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_9,
)  # fmt: skip
POPUP_MS = 150
LONGEST_LIST = 60  # so that memory is a matter of leaks, not of spectra
WARM_UP = 0.4  # of the time: kernels are compiled and caches filled


@dataclass
class Soak:
    """One run and what it met.

    Parameters
    ----------
    window : MainWindow
    files : list of Path
        What is dropped.
    seed : int
    """

    window: MainWindow
    files: list[Path]
    seed: int
    errors: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def run(self, seconds: float) -> float:
        """Do random things for a time; return the growth of memory in MB a minute."""
        chance = random.Random(self.seed)
        doings = self._doings(chance)
        names, weights = zip(*((name, weight) for name, weight, _ in doings), strict=True)
        does = {name: what for name, _, what in doings}
        # A button with a menu waits in a loop of its own until the menu is closed.
        closer = QTimer()
        closer.timeout.connect(close_popups)
        closer.start(POPUP_MS)
        start = time.monotonic()
        warm: tuple[float, float] | None = None
        while (now := time.monotonic()) - start < seconds:
            if warm is None and now - start > WARM_UP * seconds:
                warm = (now, megabytes())
            name = chance.choices(names, weights)[0]
            self.done.append(name)
            does[name]()
            QTest.qWait(chance.choice((0, 0, 5, 30)))
            self._close_dialogs(chance)
            if len(self.window.session.spectra) > LONGEST_LIST:
                self.window.projects.keeper.changes.forget()
                self.window.session.clear()
        self._close_dialogs(chance)
        warm = warm or (start, megabytes())
        gc.collect()
        return (megabytes() - warm[1]) / max((time.monotonic() - warm[0]) / 60, 0.01)

    def _doings(self, chance: random.Random) -> list[tuple[str, int, Callable[[], object]]]:
        window = self.window
        actions = [spec.name for spec in ACTIONS if spec.name not in LEFT_OUT]
        return [
            ("action", 30, lambda: window.do(chance.choice(actions))),
            ("key", 30, lambda: QTest.keyClick(self._focus(), chance.choice(KEYS))),
            ("click", 30, lambda: self._click(chance)),
            ("drop", 3, lambda: self._drop(chance)),
            ("resize", 4, lambda: window.resize(*chance.choice(SIZES))),
            ("theme", 2, lambda: window.do(chance.choice(("theme_light", "theme_dark")))),
            ("undo", 8, lambda: window.do(chance.choice(("undo", "redo")))),
            ("cancel", 3, lambda: window.do("stop")),
        ]

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or self.window

    def _click(self, chance: random.Random) -> None:
        widgets = [w for w in self.window.findChildren(QWidget) if w.isVisible() and w.isEnabled()]
        widget = chance.choice(widgets)
        if widget.width() < 1 or widget.height() < 1 or widget is self.window.menuBar():
            return
        place = QPoint(chance.randrange(widget.width()), chance.randrange(widget.height()))
        button = chance.choice((Qt.MouseButton.LeftButton,) * 4 + (Qt.MouseButton.RightButton,))
        QTest.mouseMove(widget, place)
        if not isValid(widget):
            return  # what the mouse came over has been written anew
        QTest.mouseClick(widget, button, Qt.KeyboardModifier.NoModifier, place)

    def _drop(self, chance: random.Random) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(chance.choice(self.files)))])
        event = QDropEvent(
            QPointF(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.window, event)

    def _close_dialogs(self, chance: random.Random) -> None:
        close_popups()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible() and chance.random() < 0.5:
                widget.reject()

    def catch(self, kind, error, trace) -> None:
        """Keep what nobody caught (``sys.excepthook``)."""
        self.errors.append("".join(traceback.format_exception(kind, error, trace)))


def close_popups() -> None:
    """Close the menus and lists that are open."""
    for _ in range(10):
        if (popup := QApplication.activePopupWidget()) is None:
            break
        popup.close()


def megabytes() -> float:
    """Return the memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def soak(folder: Path, seconds: float, seed: int) -> tuple[Soak, float]:
    """Open a window in a folder of its own, let the restless user in, and close it."""
    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        setattr(QFileDialog, name, staticmethod(lambda *_args, **_more: ("", "")))
    QFileDialog.getExistingDirectory = staticmethod(lambda *_args, **_more: "")  # type: ignore[method-assign]
    files = [
        write_mgf(folder, f"{n}.mgf", MGF.replace("138.0662", f"138.06{n}2")) for n in range(4)
    ]
    (bad := folder / "bad.mgf").write_bytes(b"BEGIN IONS\nPEPMASS=\n\xff\xfe 1\n")
    window = MainWindow(settings_in(folder))
    running = Soak(window, [*files, bad], seed)
    font = QApplication.font()
    before, sys.excepthook = sys.excepthook, running.catch
    try:
        window.open_paths([files[0]])
        window.start()
        growth = running.run(seconds)
    finally:
        window.projects.asks = False
        window.runner.stop(10)
        window.close()
        QTest.qWait(200)
        # Text may have been made larger: the application outlives the window.
        QApplication.setFont(font)
        sys.excepthook = before
    return running, growth


def leftovers() -> list[str]:
    """Return the windows and threads that a closed window has left."""
    found = [repr(w) for w in QApplication.topLevelWidgets() if w.isVisible()]
    return found + [t.name for t in threading.enumerate() if t.name.startswith("msgui ")]


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    application()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MSGUI_DATA"] = folder
        running, growth = soak(Path(folder), 60 * options.minutes, options.seed)
    left = leftovers()
    print(
        f"{len(running.done)} events in {options.minutes:g} minutes, seed {options.seed}: ", end=""
    )
    print(f"{len(running.errors)} exceptions, {len(left)} left over, {growth:+.2f} MB a minute")
    for text in dict.fromkeys([*running.errors, *left]):
        print(text)
    sys.stdout.flush()
    os._exit(1 if running.errors or left or growth > 1 else 0)


if __name__ == "__main__":
    main()
