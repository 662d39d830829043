"""The filter over candidates: its words, and the line they are typed in."""

import pytest
from PySide6.QtCore import Qt

from msgui.gui.candidate_filter import parse, places_of, trouble
from msgui.structures.structure import Structure

pytestmark = pytest.mark.gui

ANILINE = Structure("Nc1ccccc1", "PAYRUJLWNCNPSJ", "C6H7N", 93.0578, "aniline", "PubChem")
CHLORIDE = Structure(
    "ClCc1ccccc1", "KCXMKQUNVWSEMD", "C7H7Cl", 126.0236, "benzyl chloride", "yours"
)
BOTH = (ANILINE, CHLORIDE)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", {0, 1}),
        ("anil", {0}),
        ("-anil", {1}),
        ("C7H7Cl", {1}),
        ("smarts:[NH2]", {0}),
        ("-smarts:[NH2]c", {1}),
        ("element:Cl", {1}),
        ("element:c", {0, 1}),
        ("element:l", set()),
        ("source:yours", {1}),
        ('"benzyl chloride"', {1}),
        ("smarts:[NH2] element:Cl", set()),
        ("smarts:", {0, 1}),
        ("smarts:[NH2", {0, 1}),
        ("PAYRUJLWNCNPSJ", {0}),
    ],
)
def test_words_of_the_filter(text, places):
    assert places_of(parse(text), BOTH) == places


def test_a_smarts_that_cannot_be_read_is_said():
    assert "not a SMARTS" in trouble(parse("smarts:[NH2"))
    assert trouble(parse("smarts:[NH2] anything")) == ""


def test_the_line_opens_with_keys_filters_and_closes_with_escape(qtbot, window):
    pane = window.workbench.candidates
    table = pane.table.values
    total = table.rowCount()
    selected = window.session.selected_candidate
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(window, "F", control | alt)
    assert pane.filter.isVisible()
    assert pane.filter.hasFocus()
    qtbot.keyClicks(pane.filter, "ethyl")
    qtbot.waitUntil(lambda: table.rowCount() < total)
    assert [table.value(row).structure.name for row in range(table.rowCount())] == [
        "ethyl-methylxanthine"
    ]
    # What is hidden by the filter stays selected: nothing else changes.
    assert window.session.selected_candidate == selected
    qtbot.keyClicks(pane.filter, " nothing")
    qtbot.waitUntil(lambda: table.rowCount() == 0)
    assert pane.empty.title.text() == "No candidate fits the filter"
    qtbot.keyClick(pane.filter, Qt.Key.Key_Escape)
    assert table.rowCount() == total
    assert not pane.filter.isVisible()
