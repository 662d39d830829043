"""A file of 50,000 spectra in the real window: first rows, all rows, filter, keys, cancel.

A made-up MGF of 50,000 spectra with 60 peaks each is opened in the window without a screen. The
longest pause is that of a timer of 10 ms in the window's thread.

    python benchmarks/window_50000.py [--spectra 50000]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PEAKS = 60


def write_mgf(path: Path, count: int) -> None:
    """Write made-up spectra."""
    rng = np.random.default_rng(1)
    adducts = ("[M+H]+", "[M+Na]+", "[M+NH4]+")
    with path.open("w", encoding="utf-8") as file:
        for i in range(count):
            file.write(
                f"BEGIN IONS\nFEATURE_ID={i}\nTITLE=feature {i} compound {rng.integers(1000)}\n"
                f"PEPMASS={rng.uniform(80, 1200):.4f}\nCHARGE=1+\nADDUCT={adducts[i % 3]}\n"
            )
            mz = np.sort(rng.uniform(50, 1000, PEAKS))
            height = rng.uniform(1, 1e5, PEAKS)
            file.writelines(f"{m:.4f} {h:.1f}\n" for m, h in zip(mz, height, strict=True))
            file.write("END IONS\n\n")


def main() -> None:
    """Open, filter, walk and cancel, and print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--spectra", type=int, default=50_000)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "CACHE"):
            os.environ[f"MSGUI_{name}"] = str(Path(home) / name.lower())
        path = Path(home) / "many.mgf"
        write_mgf(path, options.spectra)
        measure(path, Path(home))


def measure(path: Path, home: Path) -> None:
    """Print the times of one visit."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer
    from PySide6.QtTest import QTest

    from msgui.gui.app import build_window

    _, window = build_window([])
    window.set_preferences(auto_annotate=False)
    session, pane = window.session, window.workbench.spectra
    beats: list[float] = []

    def until(is_over: Callable[[], bool]) -> float:
        start = time.perf_counter()
        loop, timer, last = QEventLoop(), QTimer(), [start]

        def beat() -> None:
            now = time.perf_counter()
            beats.append(now - last[0])
            last[0] = now
            if is_over():
                loop.quit()

        timer.timeout.connect(beat)
        timer.start(10)
        loop.exec()
        return time.perf_counter() - start

    def idle() -> bool:
        return not window.runner.running(visible_only=False)

    until(idle)
    beats.clear()
    start = time.perf_counter()
    window.open_paths([path])
    until(lambda: len(session.spectra) > 0)
    print(f"first rows       {time.perf_counter() - start:7.3f} s   (wanted: 1)")
    until(idle)
    print(f"all rows         {time.perf_counter() - start:7.3f} s   (wanted: 30)")
    print(f"longest pause    {max(beats):7.3f} s   (wanted: 0.1)")
    for text in ("compound 77", "mz:195", "adduct:[M+Na]+ -12", "feature 4999"):
        start = time.perf_counter()
        pane.table.set_filter(text)
        print(f"filter           {time.perf_counter() - start:7.3f} s   (wanted: 0.15)  {text}")
    pane.table.set_filter("")
    start = time.perf_counter()
    for _ in range(50):
        QTest.keyClick(pane.view, Qt.Key.Key_Down)
    print(f"a step down      {(time.perf_counter() - start) / 50:7.3f} s   (wanted: 0.1)")
    other = home / "other.mgf"
    other.write_bytes(path.read_bytes() + b"\n")
    before = len(session.spectra)
    window.open_paths([other])
    until(lambda: len(session.spectra) > before + 1000)
    window.do("stop")
    print(f"cancel           {until(idle):7.3f} s   (wanted: 0.5)")
    window.close()


if __name__ == "__main__":
    main()
