"""How long until the first window: msgui beside a bare PySide6, pyqtgraph and NumPy window.

Both start in fresh processes, in turn, and stop their clock when the window has been painted (the
first turn of the event loop after Qt asked for the paint). The
clock starts before the interpreter, so that imports count. Prints the ratio of the medians; at
most 1.5 is wanted.

    python benchmarks/start_window.py [--runs 7]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

WANTED_RATIO = 1.5

END = """
from PySide6.QtCore import QTimer
def painted():
    print(time.time() - start, flush=True)
    os._exit(0)
class Eye(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.UpdateRequest:
            QTimer.singleShot(0, painted)
        return False
eye = Eye()
window.installEventFilter(eye)
window.update()
app.exec()
"""

BARE = (
    """
import os, sys, time
start = float(sys.argv[1])
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
plot = pg.PlotWidget()
plot.plot(np.arange(100.0), np.random.rand(100))
window.setCentralWidget(plot)
window.resize(1366, 768)
window.show()
"""
    + END
)

OURS = (
    """
import os, sys, time
start = float(sys.argv[1])
from PySide6.QtCore import QEvent, QObject
from msgui.gui.app import build_window
app, window = build_window([])
"""
    + END
)


def seconds(code: str, environment: dict[str, str]) -> float:
    """Return the time from before the process to its first painted window."""
    done = subprocess.run(
        [sys.executable, "-c", code, repr(time.time())],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.strip():
        raise SystemExit(done.stderr)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure both in turn and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        # As installed: modules are compiled once, not at every start.
        environment["PYTHONPYCACHEPREFIX"] = os.path.join(home, "compiled")  # noqa: PTH118
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name in ("CONFIG", "DATA", "CACHE"):
            environment[f"MSGUI_{name}"] = os.path.join(home, name.lower())  # noqa: PTH118
        seconds(BARE, environment)
        seconds(OURS, environment)
        pairs = [
            (seconds(BARE, environment), seconds(OURS, environment)) for _ in range(options.runs)
        ]
    bare = statistics.median(pair[0] for pair in pairs)
    ours = statistics.median(pair[1] for pair in pairs)
    print(f"bare window   {bare:6.3f} s")
    print(f"msgui         {ours:6.3f} s")
    print(f"ratio         {ours / bare:6.2f}   (wanted: at most {WANTED_RATIO})")


if __name__ == "__main__":
    main()
