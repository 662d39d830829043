"""The report of what was read: the worst first, with the next step in view."""

import pytest

from msgui.errors import Problem
from msgui.gui.dialogs.import_report import ImportReport, report_text
from msgui.gui.loading import FileOutcome

pytestmark = pytest.mark.gui

FINE = FileOutcome("a.mgf", "loaded", uids=[1, 2])
ONE_BAD = FileOutcome(
    "b.mgf",
    "loaded",
    uids=[3],
    skipped=1,
    problems=[Problem("error", "'x' is not a peak", "Correct the line.", "b.mgf", "line 7", 1)],
)
PAGE = FileOutcome(
    "c.mgf",
    "not read",
    problems=[Problem("error", "this is a web page", "Download it again.", "c.mgf")],
)


def test_the_worst_stands_first_with_what_to_do(qtbot):
    report = ImportReport([FINE, ONE_BAD, PAGE])
    qtbot.addWidget(report)
    tree = report.tree
    assert [tree.topLevelItem(i).text(0) for i in range(3)] == ["c.mgf", "b.mgf", "a.mgf"]
    assert report.title.text() == "3 of 4 spectra were read"
    assert report.sentence.text() == "from 3 files; 1 of them could not be read"
    assert tree.topLevelItem(0).text(4) == "not read: this is a web page"
    assert report.details.text() == "c.mgf: this is a web page. Download it again."
    tree.setCurrentItem(tree.topLevelItem(1).child(0))
    assert report.details.text() == "b.mgf, line 7: 'x' is not a peak. Correct the line."


def test_a_copied_report_names_every_problem():
    text = report_text([ONE_BAD, PAGE])
    assert "b.mgf\tline 7\t\t\t1\terror: 'x' is not a peak. Correct the line." in text
    assert "c.mgf\t\t\t\t\terror: this is a web page. Download it again." in text
