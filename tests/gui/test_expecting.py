"""The predicted mirror: chosen in the menu, with an energy that can be moved, and marked."""

import numpy as np
import pytest
from caffeine import caffeine_annotation, caffeine_spectrum
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from msgui.expectation import Expectation
from msgui.gui.expected_words import expected_of_peak, expected_runs, expected_tip
from msgui.gui.expecting import Expecter
from msgui.gui.jobs import JobRunner
from msgui.gui.panes.peaks import PeaksPane
from msgui.gui.panes.spectrum import SpectrumPane
from msgui.gui.peak_words import signed
from msgui.gui.peaks_table import PREDICTED
from msgui.gui.session import Session
from msgui.gui.widgets.runs import plain_text
from msgui.tools import Tools
from tests.tiny_forward import forward_model

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    session.set_tools(Tools(forward=forward_model()))
    entry = session.add([caffeine_spectrum()])[0]
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    yield session
    session.deleteLater()


@pytest.fixture
def pane(qtbot, session) -> SpectrumPane:
    pane = SpectrumPane(session)
    qtbot.addWidget(pane)
    pane.resize(800, 460)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


@pytest.fixture
def expecter(qtbot, session) -> Expecter:
    runner = JobRunner()
    yield Expecter(session, runner, session)
    assert runner.stop()
    runner.deleteLater()


def choose(qtbot, session) -> Expectation:
    with qtbot.waitSignal(session.expectation_changed, timeout=300_000):
        session.set_mirror_mode("predicted")
    assert session.expectation is not None
    return session.expectation


def test_the_mirror_shows_what_is_expected_and_says_so(qtbot, session, pane, expecter) -> None:
    expected = choose(qtbot, session)
    assert pane.plot.mirror.x.tolist() == expected.mz.tolist()
    assert "predicted, not measured" in pane.mirror_line.text()
    assert pane.energy.isVisible()
    assert pane.plot.sticks.tall.tolist() == expected.is_tall.tolist()
    session.set_mirror_mode("off")
    assert session.expectation is None
    assert pane.plot.mirror.x.size == 0
    assert pane.plot.sticks.tall is None
    assert not pane.energy.isVisible()


def test_the_slider_predicts_at_other_energies_and_goes_back(
    qtbot, session, pane, expecter
) -> None:
    first = choose(qtbot, session)
    pane.energy.slider.setFocus()
    with qtbot.waitSignal(session.expectation_changed, timeout=300_000):
        qtbot.keyClick(pane.energy.slider, Qt.Key.Key_PageUp)
    assert session.expectation.energy_ev == pane.energy.slider.value()
    assert "(chosen)" in pane.mirror_line.text()
    assert pane.energy.back.isVisible()
    QApplication.processEvents()
    with qtbot.waitSignal(session.expectation_changed, timeout=300_000):
        qtbot.mouseClick(pane.energy.back, Qt.MouseButton.LeftButton)
    assert session.expectation.energy_ev == first.energy_ev
    assert not pane.energy.back.isVisible()


def test_another_candidate_gets_its_own(qtbot, session, pane, expecter) -> None:
    first = choose(qtbot, session)
    session.select_candidate(1)
    assert session.expectation is None
    qtbot.waitUntil(lambda: session.expectation is not None, timeout=300_000)
    assert session.expectation.candidate == 1
    assert not np.array_equal(session.expectation.intensity, first.intensity)


def test_the_table_of_peaks_has_heights_and_differences(qtbot, session, expecter) -> None:
    peaks = PeaksPane(session)
    qtbot.addWidget(peaks)
    peaks.show()
    assert peaks.table.isColumnHidden(PREDICTED)
    expected = choose(qtbot, session)
    assert not peaks.table.isColumnHidden(PREDICTED)
    for peak in range(len(session.peaks)):
        text = peaks.model.index(peaks.model.row_of(peak), PREDICTED).data()
        if np.isnan(expected.at_peak[peak]):
            assert text == ""
        else:
            difference = 100 * (expected.at_peak[peak] - expected.measured[peak])
            assert text.endswith(f"({signed(difference, 0)})")
    header, first, *_ = peaks.model.as_tsv([0]).splitlines()
    assert header.endswith("predicted minus measured (% of highest fragment)")
    assert header.count("\t") == first.count("\t")
    peaks.table.sortByColumn(PREDICTED, Qt.SortOrder.DescendingOrder)
    session.set_mirror_mode("off")
    assert peaks.table.isColumnHidden(PREDICTED)
    assert "predicted" not in peaks.model.as_tsv([0])


def expectation() -> Expectation:
    return Expectation(
        candidate=0,
        energy_ev=30.0,
        is_measured_energy=True,
        model="tiny 1",
        mz=np.array([110.0713, 120.0]),
        intensity=np.array([0.2, 1.0]),
        is_met=np.array([True, False]),
        is_missing=np.array([False, True]),
        words=("A+: <cut>", "B+: cut at C–N"),
        at_peak=np.array([0.2, 0.0, np.nan]),
        measured=np.array([0.5, 1.0, np.nan]),
        cosine=0.5,
    )


def test_words() -> None:
    spectrum = caffeine_spectrum().with_(
        mz=np.array([110.0713, 138.0662, 195.0877]), intensity=np.array([50.0, 100.0, 80.0])
    )
    line = plain_text(expected_runs(expectation(), "caffeine"))
    assert "30 eV" in line
    assert "1 missing" in line
    assert "1 unexpected" in line
    tip = expected_tip(expectation(), spectrum)
    assert "120.0000  100 %  B+: cut at C–N" in tip
    assert "138.0662  100 % measured" in tip
    first = expected_of_peak(expectation(), spectrum, 0)
    assert first == [
        "predicted 20 %, measured 50 % of the highest fragment (-30)",
        "A+: &lt;cut&gt;",
    ]
    assert expected_of_peak(expectation(), spectrum, 2) == []
