"""Time one repaint of a spectrum of 50,000 peaks, beside pyqtgraph's own ways to draw it.

Run: QT_QPA_PLATFORM=offscreen python benchmarks/draw_spectrum.py
"""

import os
import statistics
import time
from collections.abc import Callable

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from msgui.gui.session import Session
from msgui.gui.spectrum_plot import SpectrumPlot
from msgui.spectra.spectrum import Spectrum

PEAKS = 50_000
REPEATS = 15
SIZE = (1100, 600)


def milliseconds(repaint: Callable[[], object]) -> float:
    """Return the median time of one call."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        repaint()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def shown(plot: pg.PlotWidget) -> pg.PlotWidget:
    """Return the plot after its first paint."""
    plot.resize(*SIZE)
    plot.show()
    QApplication.processEvents()
    return plot


def main() -> None:
    """Print the times and their ratios."""
    application = QApplication([])
    rng = np.random.default_rng(1)
    mz, intensity = np.sort(rng.uniform(50, 1500, PEAKS)), rng.lognormal(3, 1.5, PEAKS)
    session = Session()
    session.set_current(session.add([Spectrum(mz, intensity)])[0].uid)
    ours = shown(SpectrumPlot(session))
    ours.show_spectrum()
    pairs = shown(pg.PlotWidget())
    ends = np.column_stack([np.zeros(PEAKS), intensity]).ravel()
    pairs.plot(np.repeat(mz, 2), ends, connect="pairs")
    bars = shown(pg.PlotWidget())
    bars.addItem(pg.BarGraphItem(x=mz, height=intensity, width=0.01))
    application.processEvents()
    base = milliseconds(ours.viewport().repaint)
    print(f"{PEAKS} peaks, {SIZE[0]}x{SIZE[1]}, median of {REPEATS} repaints")
    print(f"msgui, sticks, axes and labels   {base:8.1f} ms")
    for name, peer in (("pyqtgraph lines (pairs)", pairs), ("pyqtgraph bars", bars)):
        other = milliseconds(peer.viewport().repaint)
        print(f"{name:32} {other:8.1f} ms   {other / base:6.1f} times as long")


if __name__ == "__main__":
    main()
