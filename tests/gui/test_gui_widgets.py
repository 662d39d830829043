"""Widgets that know nothing of spectra: runs, labels, axes, delegates, drawings."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication, QPushButton

from msgui.gui.widgets.delegates import NumberDelegate
from msgui.gui.widgets.depictions import Depictions, Drawing, DrawingKey
from msgui.gui.widgets.elided_button import ElidedButton
from msgui.gui.widgets.empty_state import EmptyState, StateAction
from msgui.gui.widgets.intensity_axis import nice_ticks, to_height, to_percent
from msgui.gui.widgets.molecule_view import MoleculeColors, MoleculeView
from msgui.gui.widgets.run_label import RunLabel, as_tip
from msgui.gui.widgets.runs import (
    Run,
    adduct_runs,
    elided,
    formula_runs,
    plain_text,
    runs_width,
)
from msgui.gui.widgets.stick_labels import Layout, sky_line
from msgui.gui.widgets.sticks import thin_out
from msgui.gui.widgets.thin_bar import ThinBar

pytestmark = pytest.mark.gui


class TestRuns:
    def test_formula_has_subscripts_and_a_superscript(self):
        runs = formula_runs("C8H11N4O2", 1)
        assert [(run.text, run.script) for run in runs] == [
            ("C", 0), ("8", -1), ("H", 0), ("11", -1), ("N", 0), ("4", -1), ("O", 0), ("2", -1),
            ("+", 1),
        ]  # fmt: skip
        assert plain_text(runs) == "C8H11N4O2+"

    def test_nucleons_of_an_isotope_are_raised(self):
        runs = formula_runs("C9[13C]H13O")
        assert [(run.text, run.script) for run in runs] == [
            ("C", 0), ("9", -1), ("[", 0), ("13", 1), ("C]H", 0), ("13", -1), ("O", 0),
        ]  # fmt: skip
        assert plain_text(runs) == "C9[13C]H13O"

    @pytest.mark.parametrize(("charge", "end"), [(-1, "-"), (2, "2+"), (-3, "3-"), (0, "")])
    def test_charges(self, charge, end):
        assert plain_text(formula_runs("CH2", charge)) == "CH2" + end

    def test_adduct_charge_is_raised(self):
        assert [(run.text, run.script) for run in adduct_runs("[M+2H]2+")] == [
            ("[M+2H]", 0),
            ("2+", 1),
        ]
        assert adduct_runs("unknown adduct") == (Run("unknown adduct"),)

    @pytest.mark.usefixtures("qtbot")
    def test_elided_runs_fit(self):
        font = QFont()
        runs = (Run("a long name of a compound", bold=True), *formula_runs("C8H10N4O2"))
        for width in (40, 80, 120):
            cut = elided(runs, font, width)
            assert runs_width(cut, font) <= width
            assert plain_text(cut).endswith("…")


class TestRunLabel:
    def test_text_that_does_not_fit_stands_in_the_tooltip(self, qtbot):
        label = RunLabel()
        qtbot.addWidget(label)
        label.set_text("a rather long sentence about a spectrum")
        label.resize(60, 20)
        label.show()
        assert label.is_elided()
        assert label.toolTip() == label.text()
        label.resize(600, 20)
        assert label.toolTip() == ""

    def test_markup_is_never_markup(self):
        assert as_tip("a < b <img src=x>") == "<qt>a &lt; b &lt;img src=x&gt;</qt>"
        assert as_tip("plain & simple") == "plain & simple"


class TestScales:
    @pytest.mark.parametrize("scale", ["linear", "sqrt", "log"])
    def test_there_and_back(self, scale):
        percent = np.array([0.05, 1.0, 25.0, 100.0])
        heights = to_height(percent, scale)
        assert heights[-1] == pytest.approx(1.0)
        assert (np.diff(heights) > 0).all()
        np.testing.assert_allclose(to_percent(heights, scale), percent)

    def test_sqrt_lifts_small_peaks(self):
        assert to_height(1.0, "sqrt") == pytest.approx(0.1)

    @pytest.mark.parametrize("scale", ["linear", "sqrt", "log"])
    def test_ticks_are_round_and_do_not_crowd(self, scale):
        ticks = nice_ticks(100.0, scale, 200.0)
        assert ticks[-1] == 100.0
        places = to_height(ticks, scale) * 200
        assert (np.diff(places) > 20).all()

    def test_deep_zoom_has_ticks_too(self):
        assert len(nice_ticks(0.4, "linear", 200.0 / 0.004)) >= 3


class TestSticksAndLabels:
    def test_one_stick_for_each_column_and_the_highest(self):
        columns = np.array([3, 3, 3, 4, 9, 9])
        heights = np.array([1.0, 5.0, 2.0, 7.0, 1.0, 0.5])
        kept, highest = thin_out(columns, heights)
        assert kept.tolist() == [3, 4, 9]
        assert highest.tolist() == [5.0, 7.0, 1.0]

    def layout(self, across, tops) -> Layout:
        sky = sky_line(300, np.array(across, float), np.array(tops, float), 200.0)
        return Layout(QRectF(0, 0, 300, 200), sky)

    def test_label_stands_in_the_middle_above_its_stick(self):
        box, raised = self.layout([150], [100]).place(150, 96, 40, 20, forced=False)
        assert box == QRectF(130, 76, 40, 20)
        assert not raised

    def test_label_moves_aside_for_a_higher_stick_and_stays_over_its_own(self):
        box, _ = self.layout([150, 160], [100, 20]).place(150, 96, 40, 20, forced=False)
        assert box.right() <= 160
        assert box.left() <= 150 <= box.right()

    def test_label_without_room_is_left_out_unless_pinned(self):
        layout = self.layout([140, 150, 160], [20, 100, 20])
        assert layout.place(150, 96, 60, 20, forced=False) is None
        box, raised = layout.place(150, 96, 60, 20, forced=True)
        assert box.width() == 60
        assert not raised

    def test_pinned_label_is_raised_over_another(self):
        layout = self.layout([150, 152], [100, 100])
        first, _ = layout.place(150, 96, 60, 20, forced=True)
        second, raised = layout.place(152, 96, 60, 20, forced=True)
        assert not first.intersects(second)
        assert raised or second.left() != first.left()

    def test_label_never_leaves_the_plot(self):
        layout = self.layout([2, 298], [100, 100])
        for x in (2, 298):
            box, _ = layout.place(x, 96, 50, 20, forced=False)
            assert box.left() >= 0
            assert box.right() <= 300


class TestNumbers:
    def ink(self, text: str, decimals: int, x: int) -> bool:
        image = QImage(120, 24, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        rect = QRectF(0, 0, 120, 24)
        NumberDelegate.draw_number(painter, rect, text, QColor("black"), decimals)
        painter.end()
        return any(QColor(image.pixel(x, y)).lightness() < 200 for y in range(24))

    def columns_of(self, text: str, decimals: int) -> list[int]:
        return [x for x in range(120) if self.ink(text, decimals, x)]

    @pytest.mark.usefixtures("qtbot")
    def test_decimal_points_stand_below_each_other(self):
        whole, broken = self.columns_of("100", 1), self.columns_of("99.5", 1)
        assert whole[-1] < broken[-1] - 4
        assert abs(self.columns_of("100.0", 1)[-1] - broken[-1]) <= 1


class TestEmptyState:
    def test_buttons_make_requests_and_are_replaced(self, qtbot):
        state = EmptyState()
        qtbot.addWidget(state)
        state.show_state("Nothing", "Because.", (StateAction("open", "Open…", "Open a file"),))
        state.show()
        with qtbot.waitSignal(state.requested) as asked:
            qtbot.mouseClick(state.buttons()[0], Qt.MouseButton.LeftButton)
        assert asked.args == ["open"]
        assert state.buttons()[0].accessibleName() == "Open…"
        state.show_state("Else")
        assert state.buttons() == []
        QApplication.sendPostedEvents(None, 52)  # DeferredDelete
        assert state.findChildren(QPushButton) == []


def test_elided_button_takes_the_longest_text_that_fits(qtbot):
    button = ElidedButton()
    qtbot.addWidget(button)
    button.set_texts(("12 with C8H10N4O2 from a list", "12 with C8H10N4O2", "12"))
    for width in (60, 160, 400):
        button.resize(width, 24)
        button.grab()
    assert button.text() == "12 with C8H10N4O2 from a list"


def test_thin_bar_is_not_shown_for_what_is_over_at_once(qtbot):
    bar = ThinBar()
    qtbot.addWidget(bar)
    bar.start(QColor("blue"), 0.5)
    bar.stop()
    qtbot.wait(200)
    assert not bar.is_busy()


class TestMolecule:
    def view(self, qtbot) -> MoleculeView:
        white, black = QColor("white"), QColor("black")
        view = MoleculeView(MoleculeColors(white, QColor("#A6D8F5"), QColor("red"), black, black))
        qtbot.addWidget(view)
        view.resize(200, 100)
        key = DrawingKey("CCO", 200, 100, False)
        svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 200 100'/>"
        places = np.array([[60.0, 50.0], [100.0, 50.0], [140.0, 50.0]])
        view.set_drawing(Drawing(key, svg, places, ((0, 1), (1, 2))))
        return view

    def color(self, view, x: int, y: int) -> str:
        return view.grab().toImage().pixelColor(x, y).name()

    def test_lit_atoms_get_halos_and_bonds_between_them(self, qtbot):
        view = self.view(qtbot)
        assert self.color(view, 100, 44) == "#ffffff"
        view.set_lit({0, 1})
        assert self.color(view, 100, 44) == "#a6d8f5"
        assert self.color(view, 80, 50) == "#a6d8f5"
        assert self.color(view, 140, 44) == "#ffffff"

    def test_cut_bond_is_dashed(self, qtbot):
        view = self.view(qtbot)
        view.set_lit({0, 1}, {1})
        row = {self.color(view, x, 50) for x in range(110, 131)}
        assert "#ffffff" in row
        assert len(row) > 1

    def test_hit_follows_zoom_and_shift(self, qtbot):
        view = self.view(qtbot)
        view.zoom_about(3.0, QPointF(140, 50))
        assert view.place_of(2).toPoint() == QPoint(140, 50)
        assert view.atom_at(view.to_drawing(QPointF(140, 52))) == 2
        assert view.atom_at(view.to_drawing(QPointF(140, 125))) is None

    def test_marks_outside_the_molecule_are_ignored(self, qtbot):
        view = self.view(qtbot)
        view.set_lit({0, 7, 99}, {5})
        view.set_selected({42})
        view.grab()


class TestDepictions:
    def test_drawings_are_made_once_and_told(self, qtbot):
        depictions = Depictions()
        assert depictions.drawing("CCO", 90, 60, dark=False) is None
        with qtbot.waitSignal(depictions.ready, timeout=10000):
            pass
        drawing = depictions.drawing("CCO", 90, 60, dark=False)
        assert drawing.positions.shape == (3, 2)
        assert drawing.bonds == ((0, 1), (1, 2))
        assert depictions.drawing("CCO", 90, 60, dark=False) is drawing
        picture = depictions.picture("CCO", 90, 60, dark=False, ratio=2.0)
        assert picture.width() == 180
        assert depictions.wait()

    @pytest.mark.usefixtures("qtbot")
    def test_only_the_newest_wishes_are_kept(self):
        depictions = Depictions()
        for n in range(1, 200):
            depictions.drawing("C" * n, 40, 40, dark=False)
        assert depictions.wait(20000)
        QApplication.processEvents()
        assert depictions.drawing("C" * 199, 40, 40, dark=False) is not None
