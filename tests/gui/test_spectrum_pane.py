"""The spectrum pane with real mouse and key events."""

import itertools

import numpy as np
import pytest
from caffeine import caffeine_annotation, caffeine_spectrum, neighbours
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

from msgui.gui.panes.spectrum import SpectrumPane
from msgui.gui.session import Session
from msgui.gui.widgets.sticks import Marker, StickKind
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum

pytestmark = pytest.mark.gui

BASE_PEAK, PRECURSOR, UNSEEN = 9, 13, 6


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    entry = session.add([caffeine_spectrum()])[0]
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    yield session
    session.deleteLater()


@pytest.fixture
def pane(qtbot, session) -> SpectrumPane:
    pane = SpectrumPane(session)
    qtbot.addWidget(pane)
    pane.resize(800, 420)
    pane.show()
    qtbot.waitExposed(pane)
    QApplication.processEvents()
    return pane


def move(qtbot, pane, place: QPoint) -> None:
    qtbot.mouseMove(pane.plot.viewport(), place)
    QApplication.processEvents()


def hover(qtbot, pane, index: int, shift: int = 0) -> None:
    move(qtbot, pane, pane.plot.place_of(index) + QPoint(shift, 0))


def click(qtbot, pane, index: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = pane.plot.place_of(index)
    qtbot.mouseMove(pane.plot.viewport(), place)
    qtbot.mouseClick(pane.plot.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def wheel(pane, place: QPoint, delta: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    viewport = pane.plot.viewport()
    event = QWheelEvent(
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def drag(qtbot, pane, start: QPoint, end: QPoint, button) -> None:
    viewport = pane.plot.viewport()
    qtbot.mousePress(viewport, button, pos=start)
    for share in (0.3, 0.6, 1.0):
        step = start + (end - start) * share
        qtbot.mouseMove(viewport, step)
        # QTest moves carry no button; pyqtgraph needs to know that one is held.
        move_with(viewport, step, button)
    qtbot.mouseRelease(viewport, button, pos=end)


def move_with(viewport, place: QPoint, button) -> None:
    from PySide6.QtGui import QMouseEvent

    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, event)


class TestHover:
    def test_hover_lights_the_peak_once(self, qtbot, session, pane):
        heard = []
        session.peak_hovered.connect(heard.append)
        hover(qtbot, pane, BASE_PEAK)
        assert heard == [BASE_PEAK]
        assert pane.plot.sticks.hovered == BASE_PEAK

    def test_hover_reaches_six_pixels_and_no_further(self, qtbot, session, pane):
        hover(qtbot, pane, BASE_PEAK, shift=5)
        assert session.hovered_peak == BASE_PEAK
        hover(qtbot, pane, BASE_PEAK, shift=12)
        assert session.hovered_peak is None

    def test_leaving_the_plot_lets_go(self, qtbot, session, pane):
        hover(qtbot, pane, BASE_PEAK)
        QApplication.sendEvent(pane.plot, QEvent(QEvent.Type.Leave))
        assert session.hovered_peak is None

    def test_of_two_near_peaks_the_higher_wins_a_tie(self, qtbot):
        session = Session()
        spectrum = Spectrum(np.array([100.0, 150.0, 150.02, 200.0]), np.array([10, 30, 90, 100.0]))
        session.set_current(session.add([spectrum])[0].uid)
        pane = SpectrumPane(session)
        qtbot.addWidget(pane)
        pane.resize(600, 300)
        pane.show()
        qtbot.waitExposed(pane)
        hover(qtbot, pane, 1)
        assert session.hovered_peak == 2

    def test_tooltip_says_what_the_peak_is(self, pane):
        tip = pane.plot.tip_of(BASE_PEAK)
        for part in ("138.0662", "100", "1.2e+06", "C<sub>6</sub>H<sub>8</sub>", "+0.3", "loss"):
            assert part in tip
        assert "met&nbsp;in&nbsp;training" in tip
        assert "2&nbsp;other&nbsp;formulas" in tip
        assert "never" in pane.plot.tip_of(UNSEEN)
        assert "no&nbsp;formula&nbsp;fits" in pane.plot.tip_of(1)

    def test_tooltip_shows_untransformed_values_on_every_scale(self, session, pane):
        before = pane.plot.tip_of(3)
        session.set_scale("log")
        assert pane.plot.tip_of(3) == before
        assert "28" in before


class TestPins:
    def test_click_pins_and_hovering_others_does_not_lose_the_pin(self, qtbot, session, pane):
        click(qtbot, pane, BASE_PEAK)
        assert session.pinned_peaks == {BASE_PEAK}
        hover(qtbot, pane, 7)
        assert session.pinned_peaks == {BASE_PEAK}
        assert session.hovered_peak == 7

    def test_control_click_pins_several_and_escape_clears(self, qtbot, session, pane):
        click(qtbot, pane, BASE_PEAK)
        click(qtbot, pane, 7, Qt.KeyboardModifier.ControlModifier)
        assert session.pinned_peaks == {7, BASE_PEAK}
        qtbot.keyClick(pane.plot, Qt.Key.Key_Escape)
        assert session.pinned_peaks == frozenset()

    def test_pinned_peak_is_labelled_even_without_formula(self, session, pane):
        assert 4 not in {placed.index for placed in pane.plot.labels.placed()}
        session.pin_peaks({4})
        assert 4 in {placed.index for placed in pane.plot.labels.placed()}

    def test_pins_are_drawn_for_pins_made_elsewhere(self, session, pane):
        session.pin_peaks({3})
        assert pane.plot.sticks.pinned == {3}


class TestKeys:
    def test_arrows_walk_annotated_peaks_and_shift_walks_all(self, qtbot, session, pane):
        qtbot.keyClick(pane.plot, Qt.Key.Key_Right)
        assert session.pinned_peaks == {0}
        qtbot.keyClick(pane.plot, Qt.Key.Key_Right)
        assert session.pinned_peaks == {2}
        qtbot.keyClick(pane.plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        assert session.pinned_peaks == {1}

    def test_home_and_end(self, qtbot, session, pane):
        qtbot.keyClick(pane.plot, Qt.Key.Key_End)
        assert session.pinned_peaks == {PRECURSOR}
        qtbot.keyClick(pane.plot, Qt.Key.Key_Right)
        assert session.pinned_peaks == {PRECURSOR}
        qtbot.keyClick(pane.plot, Qt.Key.Key_Home)
        assert session.pinned_peaks == {0}

    def test_plus_minus_and_zero_zoom(self, qtbot, pane):
        full = pane.plot.shown_range()
        qtbot.keyClick(pane.plot, Qt.Key.Key_Plus)
        left, right = pane.plot.shown_range()
        assert right - left < full[1] - full[0]
        qtbot.keyClick(pane.plot, Qt.Key.Key_0)
        assert pane.plot.shown_range() == full
        qtbot.keyClick(pane.plot, Qt.Key.Key_Minus)
        assert pane.plot.shown_range() == pytest.approx(full)

    def test_walking_keeps_the_peak_on_screen(self, session, pane):
        pane.plot.show_range(40, 60)
        session.pin_peaks({BASE_PEAK})
        left, right = pane.plot.shown_range()
        assert left < 138.07 < right


class TestMouse:
    def test_wheel_zooms_about_the_cursor(self, pane):
        place = pane.plot.place_of(BASE_PEAK)
        wheel(pane, place, 240)
        left, right = pane.plot.shown_range()
        assert right - left < 140
        assert abs(pane.plot.place_of(BASE_PEAK).x() - place.x()) <= 2

    def test_control_wheel_zooms_intensity_only(self, pane):
        before = pane.plot.shown_range()
        place = pane.plot.place_of(BASE_PEAK)
        wheel(pane, place, 240, Qt.KeyboardModifier.ControlModifier)
        assert pane.plot.shown_range() == before
        assert pane.plot.shown_top() < 0.8

    def test_drag_pans(self, qtbot, pane):
        pane.plot.show_range(100, 150)
        middle = pane.plot.viewport().rect().center()
        drag(qtbot, pane, middle, middle + QPoint(80, 0), Qt.MouseButton.LeftButton)
        left, right = pane.plot.shown_range()
        assert left < 99
        assert right - left == pytest.approx(50)

    def test_right_drag_zooms_to_the_box(self, qtbot, pane):
        start = pane.plot.place_of(7) + QPoint(-30, -40)
        end = pane.plot.place_of(BASE_PEAK) + QPoint(30, 20)
        drag(qtbot, pane, start, end, Qt.MouseButton.RightButton)
        left, right = pane.plot.shown_range()
        assert 95 < left < 110.0713
        assert 138.0662 < right < 160

    def test_double_click_resets(self, qtbot, pane):
        full = pane.plot.shown_range()
        pane.plot.show_range(100, 150)
        middle = pane.plot.viewport().rect().center()
        viewport = pane.plot.viewport()
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=middle)
        qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=middle)
        qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle)
        qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle)
        assert pane.plot.shown_range() == full

    def test_zoom_is_kept_when_results_arrive(self, session, pane):
        pane.plot.show_range(100, 150)
        session.set_annotation(session.current, caffeine_annotation())
        assert pane.plot.shown_range() == (100, 150)

    def test_context_menu_event_opens_nothing_modal(self, pane):
        place = pane.plot.place_of(7)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, place)
        QApplication.sendEvent(pane.plot.viewport(), event)


class TestColors:
    def test_kinds_and_markers(self, pane):
        sticks = pane.plot.sticks
        assert sticks.kinds[BASE_PEAK] == StickKind.EXPLAINED
        assert sticks.kinds[1] == StickKind.UNEXPLAINED
        assert sticks.kinds[11] == StickKind.FORMULA
        assert sticks.markers[PRECURSOR] == Marker.PRECURSOR
        assert sticks.markers[UNSEEN] == Marker.NEW

    def test_another_candidate_recolors(self, session, pane):
        session.select_candidate(1)
        bare = tuple(
            peak.__class__(peak.index, peak.mz, peak.intensity, peak.relative_intensity)
            for peak in session.peaks
        )
        session.set_explanation(session.current, 1, bare)
        assert set(pane.plot.sticks.kinds.tolist()) == {StickKind.UNEXPLAINED}

    def test_hovered_atom_lets_other_peaks_fade(self, session, pane):
        session.hover_atom(0)
        lit = pane.plot.sticks.lit
        assert lit is not None
        assert lit.tolist() == [i in session.lit_peaks for i in range(14)]
        assert lit[PRECURSOR]
        assert not lit[BASE_PEAK]
        session.hover_atom(None)
        assert pane.plot.sticks.lit is None


class TestLabels:
    def texts(self, pane) -> dict[int, str]:
        from msgui.gui.widgets.runs import plain_text

        return {
            placed.index: " ".join(plain_text(line) for line in placed.lines)
            for placed in pane.plot.labels.placed()
        }

    def test_formula_labels(self, pane):
        texts = self.texts(pane)
        assert texts[BASE_PEAK] == "138.0662 C6H8N3O+"
        assert texts[UNSEEN] == "96.0556 C5H6NO+ †"
        assert 1 not in texts

    def test_other_modes(self, session, pane):
        session.set_labels("loss")
        assert self.texts(pane)[BASE_PEAK] == "138.0662 -C2H3NO"
        assert self.texts(pane)[PRECURSOR] == "195.0877 precursor"
        session.set_labels("mz")
        assert self.texts(pane)[BASE_PEAK] == "138.0662"
        session.set_labels("none")
        assert self.texts(pane) == {}
        session.pin_peaks({BASE_PEAK})
        assert self.texts(pane) == {BASE_PEAK: "138.0662 C6H8N3O+"}

    @pytest.mark.parametrize("size", [(420, 260), (800, 420), (1500, 700)])
    def test_no_two_labels_overlap(self, qtbot, size):
        rng = np.random.default_rng(5)
        session = Session()
        pane = SpectrumPane(session)
        qtbot.addWidget(pane)
        pane.resize(*size)
        pane.show()
        for _ in range(10):
            spectrum = Spectrum(np.sort(rng.uniform(50, 600, 150)), rng.lognormal(3, 2, 150))
            session.set_current(session.add([spectrum])[0].uid)
            session.pin_peaks(rng.choice(150, 5).tolist())
            boxes = [placed.box for placed in pane.plot.labels.placed()]
            assert len(boxes) > 3
            for one, other in itertools.combinations(boxes, 2):
                assert not one.intersects(other)


class TestMirrorAndCoverage:
    def test_nearest_reference_spectrum_stands_below(self, pane):
        assert pane.plot.mirror.x.size == 5
        assert "caffeine" in pane.mirror_line.text()
        assert "0.83" in pane.mirror_line.text()

    def test_memory_without_peaks_says_so(self, session, pane):
        session.set_annotation(
            session.current, caffeine_annotation(neighbours=neighbours(with_peaks=False))
        )
        assert pane.plot.mirror.x.size == 0
        assert "no peaks" in pane.mirror_line.text()

    def test_a_spectrum_of_the_list_stays_below_the_others(self, session, pane):
        first = session.current
        session.keep_below(first)
        assert session.mirror is None
        assert "kept below" in pane.mirror_line.text()
        other = session.add([Spectrum(np.array([138.0662, 240.0]), np.array([9.0, 1.0]))])[0]
        session.set_current(other.uid)
        below = session.entry(first).spectrum
        assert pane.plot.mirror.x.tolist() == below.mz.tolist()
        assert "1 shared peak" in pane.mirror_line.text()
        assert session.shown_mirror == "listed"
        # All peaks of both are on screen.
        left, right = pane.plot.shown_range()
        assert left < below.mz[0] < 240.0 < right

    def test_a_kept_spectrum_that_is_removed_is_below_no_more(self, session, pane):
        first = session.current
        session.keep_below(first)
        session.set_current(session.add([caffeine_spectrum()])[0].uid)
        session.remove([first])
        assert pane.plot.mirror.x.size == 0

    def test_what_is_zoomed_into_stays_when_the_mirror_changes(self, session, pane):
        pane.plot.show_range(130.0, 140.0)
        session.set_mirror_mode("off")
        assert pane.plot.shown_range() == (130.0, 140.0)

    def test_another_neighbour_can_be_mirrored(self, session, pane):
        session.set_mirror(session.mirror_choices()[2])
        assert "theophylline" in pane.mirror_line.text()
        session.set_mirror(None)
        assert pane.plot.mirror.x.size == 0

    def test_coverage_stands_beside_the_median_of_the_isomers(self, pane):
        text = pane.coverage.text()
        assert "94 % of intensity" in text
        assert "9 of 13 peaks" in text
        assert "median of 4 isomers: 74 %, 7 of 13" in text


class TestStates:
    def test_not_annotated_has_a_button_that_asks_for_it(self, qtbot, session, pane):
        session.set_annotation(session.current, None)
        assert pane.annotate_button.isVisible()
        assert set(pane.plot.sticks.kinds.tolist()) == {StickKind.PLAIN}
        with qtbot.waitSignal(session.action_requested) as asked:
            qtbot.mouseClick(pane.annotate_button, Qt.MouseButton.LeftButton)
        assert asked.args == ["annotate"]

    def test_computing_shows_a_bar_and_leaves_the_sticks(self, session, pane):
        session.set_annotation(session.current, None)
        session.set_annotating(session.current, Step(1, 4, "Fragments"))
        assert pane.bar.is_busy()
        assert not pane.annotate_button.isEnabled()
        assert pane.plot.sticks.x.size == 14
        session.set_annotating(session.current, None)
        assert not pane.bar.is_busy()

    def test_nothing_explained_says_what_to_check(self, qtbot, session, pane):
        bare = tuple(
            peak.__class__(peak.index, peak.mz, peak.intensity, peak.relative_intensity)
            for peak in session.peaks
        )
        session.set_annotation(session.current, caffeine_annotation(peaks=bare))
        assert pane.notice.isVisible()
        assert "None of 14 peaks" in pane.notice.label.text()
        assert "[M+H]+" in pane.notice.label.text()
        button = pane.notice.buttons()[0]
        with qtbot.waitSignal(session.action_requested) as asked:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert asked.args == ["choose_adduct"]

    @pytest.mark.parametrize(
        ("stated", "words"),
        [
            ({"formula": "C9H13NO3"}, "formula was not used: C9H13NO3 as [M+H]+ has m/z 184.0968"),
            ({"formula": "C8H10Xx4O2"}, "Xx is not an element"),
            ({"charge": -2}, "states charge 2-; [M+H]+ has 1+"),
        ],
    )
    def test_a_record_that_contradicts_itself_is_said(self, session, pane, stated, words):
        odd = caffeine_spectrum().with_(**stated)
        session.set_annotation(session.current, caffeine_annotation(spectrum=odd))
        assert words in pane.notice.label.text()
        chosen = caffeine_annotation(spectrum=odd, adduct_source="given")
        session.set_annotation(session.current, chosen)
        assert not pane.notice.isVisible(), "the user has decided"

    @pytest.mark.parametrize(("precursor_mz", "right"), [(900.0, 900.0), (28056.0, 195.0877)])
    def test_a_precursor_far_beyond_all_peaks_leaves_them_room(
        self, session, pane, precursor_mz, right
    ):
        far = caffeine_spectrum().with_(precursor_mz=precursor_mz)
        session.set_current(session.add([far])[0].uid)
        assert pane.plot.shown_range()[1] == pytest.approx(right, rel=0.1)

    def test_no_peaks(self, session, pane):
        empty = caffeine_spectrum(mz=np.empty(0), intensity=np.empty(0))
        session.set_current(session.add([empty])[0].uid)
        assert pane.empty.isVisible()
        assert "no peaks" in pane.empty.title.text()

    def test_no_spectrum(self, session, pane):
        session.set_current(None)
        assert pane.empty.isVisible()
        assert pane.title.text() == ""

    def test_message_of_a_partial_annotation_is_shown_as_plain_text(self, session, pane):
        words = "No adduct fits <b>this</b>."
        session.set_annotation(
            session.current,
            caffeine_annotation(status="partly", message=words, adduct="", formula=""),
        )
        assert pane.notice.label.text() == words
        assert pane.notice.label.textFormat() == Qt.TextFormat.PlainText


def test_markup_in_names_stays_text(qtbot):
    evil = "<img src='file:///etc/passwd'><b>x</b>"
    session = Session()
    entry = session.add([caffeine_spectrum(title=evil, instrument=evil)])[0]
    session.set_current(entry.uid)
    pane = SpectrumPane(session)
    qtbot.addWidget(pane)
    assert evil in pane.title.text()
    assert "<img" not in pane.title.toolTip()
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in pane.findChildren(QLabel))


def test_theme_is_switched_live(session, pane):
    session.set_theme("dark")
    assert pane.plot.sticks.colors.background.name() == "#1e1e1e"


def test_copy_gives_a_table(session, pane):
    session.pin_peaks({BASE_PEAK})
    pane.copy()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].startswith("m/z\t")
    assert lines[1].split("\t") == ["138.066200", "1.2e+06", "100", "C6H8N3O"]


def test_controls_have_names_and_tips(pane):
    for control in (pane.annotate_button, pane.menu_button):
        assert control.accessibleName()
        assert control.toolTip()
    assert pane.plot.accessibleName()
