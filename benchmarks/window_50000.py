"""A file of 50,000 spectra in the real window: first rows, all rows, filter, keys, cancel.

A made-up MGF of 50,000 spectra with 60 peaks each is opened in the window without a screen; then
one of 50,000 copies of the samples is read while the first is annotated, all are annotated for a
while, and that is cancelled. The longest pause is that of a timer of 10 ms in the window's thread;
that of an idle window says how much of it is the machine's.

    python benchmarks/window_50000.py [--spectra 50000]
"""

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from msgui.paths import data_folder

PEAKS = 60
ANNOTATE_S = 10.0
SAMPLES = Path(__file__).resolve().parents[1] / "resources" / "samples" / "textbook.mgf"


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


def write_copies(path: Path, count: int) -> None:
    """Write the samples again and again, each copy with a name of its own."""
    text = SAMPLES.read_text(encoding="utf-8")
    blocks = ["BEGIN IONS" + block for block in text.split("BEGIN IONS")[1:]]
    with path.open("w", encoding="utf-8") as file:
        for i, block in zip(range(count), itertools.cycle(blocks)):
            file.write(block.replace("TITLE=", f"TITLE={i} ", 1))


def main() -> None:
    """Open, filter, walk and cancel, and print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--spectra", type=int, default=50_000)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    structures = data_folder() / "structures"
    structures.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _own_folders(home / "first", structures)
        write_mgf(home / "many.mgf", options.spectra)
        measure(home / "many.mgf", home)
        _own_folders(home / "second", structures)
        write_copies(home / "copies.mgf", options.spectra)
        measure_annotating(home / "copies.mgf")


def _own_folders(home: Path, structures: Path) -> None:
    """Leave the user's settings and open work alone; the store of structures is built once."""
    for name in ("config", "cache", "data"):
        (home / name).mkdir(parents=True)
        os.environ[f"MSGUI_{name.upper()}"] = str(home / name)
    (home / "data" / "structures").symlink_to(structures, target_is_directory=True)


def until(is_over: Callable[[], bool], beats: list[float]) -> float:
    """Let the window work until something is so; return the seconds, keep the pauses."""
    from PySide6.QtCore import QEventLoop, QTimer

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


def measure_annotating(path: Path) -> None:
    """Print the longest pauses while a file is read, annotated and that is cancelled."""
    from msgui.gui.app import build_window

    _, window = build_window([])
    window.set_preferences(auto_annotate=True)
    session = window.session

    def stage(name: str, is_over: Callable[[], bool]) -> None:
        beats: list[float] = []
        seconds = until(is_over, beats)
        print(f"{name:<17}{max(beats):7.3f} s   (wanted: 0.1)  longest pause in {seconds:.1f} s")

    def idle() -> bool:
        return not window.runner.running(visible_only=False)

    def annotated() -> int:
        return sum(entry.annotation is not None for entry in session.spectra)

    until(idle, [])
    end = time.monotonic() + 3
    stage("idle", lambda: time.monotonic() > end)
    window.open_paths([path])
    stage("read, annotate 1", lambda: idle() and annotated() > 0)
    window.do("annotate_all")
    end = time.monotonic() + ANNOTATE_S
    stage("annotate all", lambda: time.monotonic() > end)
    window.do("stop")
    stage("cancel", idle)
    print(f"annotated        {annotated():7,} of {len(session.spectra):,}")
    window.close()


def measure(path: Path, home: Path) -> None:
    """Print the times of one visit."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from msgui.gui.app import build_window

    _, window = build_window([])
    window.set_preferences(auto_annotate=False)
    session, pane = window.session, window.workbench.spectra
    beats: list[float] = []

    def idle() -> bool:
        return not window.runner.running(visible_only=False)

    until(idle, beats)
    beats.clear()
    start = time.perf_counter()
    window.open_paths([path])
    until(lambda: len(session.spectra) > 0, beats)
    print(f"first rows       {time.perf_counter() - start:7.3f} s   (wanted: 1)")
    until(idle, beats)
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
    until(lambda: len(session.spectra) > before + 1000, beats)
    window.do("stop")
    print(f"cancel           {until(idle, beats):7.3f} s   (wanted: 0.5)")
    window.close()


if __name__ == "__main__":
    main()
