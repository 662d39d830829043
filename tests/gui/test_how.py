"""Every figure leads to the lines of the guide that say how it is computed."""

import re

import pytest
from caffeine import caffeine_annotation, caffeine_spectrum
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from msgui.gui.candidates_table import candidate_columns
from msgui.gui.dialogs.help import PICTURE_WIDTH, GuideDialog
from msgui.gui.formulas_table import COLUMNS as FORMULA_COLUMNS
from msgui.gui.how import TOPICS, topic_here
from msgui.gui.panes.peaks import PeaksPane
from msgui.gui.panes.spectrum import SpectrumPane
from msgui.gui.peaks_table import COLUMNS as PEAK_COLUMNS
from msgui.gui.peaks_table import PPM
from msgui.gui.session import Session
from msgui.gui.theme import apply
from msgui.paths import resources

pytestmark = pytest.mark.gui

IMAGE = QTextDocument.ResourceType.ImageResource.value


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_its_heading_in_the_guide(qtbot, topic):
    page, heading = TOPICS[topic]
    text = (resources() / "help" / f"{page}.md").read_text(encoding="utf-8")
    assert f"## {heading}" in text or f"**{heading}**" in text or not heading

    dialog = GuideDialog(None, page, heading)
    qtbot.addWidget(dialog)
    dialog.show()
    assert bool(dialog.text.extraSelections()) == bool(heading)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_pictures_of_the_guide_are_there_in_both_themes(qtbot, theme):
    apply(QApplication.instance(), theme)
    dialog = GuideDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    count = 0
    for row, page in enumerate(dialog.pages):
        dialog.list.setCurrentRow(row)
        for name in re.findall(r"]\((pictures/.*?)\)", page.read_text(encoding="utf-8")):
            image = dialog.text.loadResource(IMAGE, QUrl(name))
            assert 0 < image.width() <= PICTURE_WIDTH, name
            assert (image.pixelColor(2, 2).lightness() < 128) == (theme == "dark"), name
            count += 1
    assert count > 5


def test_every_number_column_says_how():
    for column in (*PEAK_COLUMNS, *candidate_columns(lambda _: "", lambda _: ""), *FORMULA_COLUMNS):
        numeric = getattr(column, "is_number", False) or getattr(column, "decimals", None)
        assert not numeric or column.how in TOPICS, column.title


@pytest.fixture
def pane(qtbot) -> SpectrumPane:
    session = Session()
    session.set_current(session.add([caffeine_spectrum()])[0].uid)
    session.set_annotation(session.current, caffeine_annotation())
    pane = SpectrumPane(session)
    qtbot.addWidget(pane)
    pane.resize(800, 400)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


def test_a_click_on_the_coverage_asks_how(qtbot, pane):
    heard = []
    pane._session.action_requested.connect(heard.append)
    qtbot.mouseClick(pane.coverage, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(pane.legend, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(pane.how_button, Qt.MouseButton.LeftButton)
    assert heard == ["how explained", "how states", "how explained"]


def test_f1_explains_the_column_or_pane_that_has_the_focus(qtbot, pane):
    # The mouse goes before the focus: it must be elsewhere.
    QCursor.setPos(QPoint(5000, 5000))
    pane.activateWindow()
    pane.plot.setFocus()
    qtbot.waitUntil(pane.plot.hasFocus)
    assert topic_here() == "explained"
    table = PeaksPane(pane._session)
    qtbot.addWidget(table)
    table.show()
    qtbot.waitExposed(table)
    table.table.setFocus()
    table.table.setCurrentIndex(table.model.index(0, PPM))
    qtbot.waitUntil(table.table.hasFocus)
    assert topic_here() == "ppm"


def test_the_three_states_are_counted_as_the_coverage_counts(pane):
    counts = {entry.words: entry.count for entry in pane.legend.entries()}
    assert counts == {"structure": 8, "formula only": 1, "unexplained": 4}
    assert sum(counts.values()) == 13


def test_the_chance_level_stands_beside_the_coverage(pane):
    from msgui.spectra.coverage import Chance

    pane._session.set_chance(pane._session.current, 0, Chance(0.02, 0.011))
    assert "by chance 1 %" in pane.coverage.text()
