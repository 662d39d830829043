"""What the model rests on stands beside the peaks, and the bits that decide beside each other."""

from dataclasses import replace

import numpy as np
import pytest
from caffeine import caffeine_annotation
from PySide6.QtCore import Qt

from msgui.gui.bits_table import BIT, LETTER, PEAK, bit_rows
from msgui.gui.jobs import JobRunner
from msgui.gui.occluding import Occluder
from msgui.gui.panes.comparison import ComparisonPane
from msgui.gui.panes.peaks import PeaksPane
from msgui.gui.peaks_table import CARRIED
from msgui.gui.session import Session
from msgui.gui.widgets.delegates import PICTURE_ROLE
from msgui.overrides import Overrides, PeakOverride
from msgui.prediction.values import Prediction
from msgui.tools import Settings, Tools

pytestmark = pytest.mark.gui


class HeaviestCounts:
    """A model whose bits are all likelier the heavier the heaviest peak is."""

    bit_facts = None

    def predict(self, spectra, *_given):
        return [self.answer(s.mz) for s in spectra]

    @staticmethod
    def answer(mz):
        probability = np.full(4096, mz.max() / 1000, np.float32)
        return Prediction(probability, np.zeros(0, np.float32), 0.3, "CPU")


@pytest.fixture
def session(qtbot):
    session = Session()
    runner = JobRunner()
    Occluder(session, runner, session)
    session.set_tools(Tools(Settings(), HeaviestCounts()))
    yield session
    assert runner.stop()
    runner.deleteLater()
    session.deleteLater()


def show(qtbot, session, **changes):
    annotation = caffeine_annotation()
    prediction = HeaviestCounts.answer(annotation.spectrum.mz)
    annotation = replace(annotation, prediction=prediction, **changes)
    [entry] = session.add([annotation.spectrum])
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, annotation)
    qtbot.waitUntil(lambda: session.occlusion is not None, timeout=30_000)
    return annotation


def test_the_table_of_peaks_says_what_each_carries(qtbot, session):
    pane = PeaksPane(session)
    qtbot.addWidget(pane)
    assert pane.table.isColumnHidden(CARRIED)
    annotation = show(qtbot, session)
    assert not pane.table.isColumnHidden(CARRIED)
    heaviest = int(annotation.spectrum.mz.argmax())
    carried = session.carried
    assert np.flatnonzero(np.abs(carried) > 1e-6).tolist() == [heaviest]
    pane.table.sortByColumn(CARRIED, Qt.SortOrder.DescendingOrder)
    sorted_first = pane.model.peak_of(0)
    assert carried[sorted_first] == np.nanmax(carried)
    header, row = pane.copy_text().splitlines()[:2]
    assert header.split("\t")[-1].startswith("carries")
    assert float(row.split("\t")[-1]) == pytest.approx(carried[sorted_first], rel=1e-3)


def test_marked_peaks_are_not_tried(qtbot, session):
    n = len(caffeine_annotation().spectrum)
    said = Overrides(((n - 1, PeakOverride(mark="noise")),))
    show(qtbot, session, overrides=said)
    assert session.occlusion.peaks.max() == n - 2


def test_bits_lead_to_substructures_and_peaks(qtbot, session):
    annotation = show(qtbot, session)
    pane = ComparisonPane(session)
    qtbot.addWidget(pane)
    pane.show()
    session.compare_with(3)
    pane.tabs.setCurrentIndex(1)
    rows = bit_rows(session)
    assert rows
    assert {row.letter for row in rows} <= {"A", "B"}
    assert all(row.atoms for row in rows)
    assert pane.bits.rowCount() == len(rows)
    assert not pane.bits.index(0, BIT).data(PICTURE_ROLE).isNull()
    heaviest = int(annotation.spectrum.mz.argmax())
    assert {row.peaks for row in rows} == {(heaviest,)}
    assert pane.bits.index(0, PEAK).data().startswith(f"{annotation.spectrum.mz[heaviest]:.4f}")
    pane.bit_table.select_rows([0])
    assert session.pinned_peaks == {heaviest}
    assert pane.bits.index(0, LETTER).data() in ("A", "B")
    assert len(pane.bits.copy_text().splitlines()) == len(rows) + 1
