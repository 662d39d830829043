"""What was read from each file, what was not, and why."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from msgui.errors import Problem
from msgui.gui.dialogs.plain import PlainDialog, palette_of, table_text
from msgui.gui.dialogs.problem import copy_with_thanks
from msgui.gui.loading import FileOutcome
from msgui.gui.spectra_table import visible

HEADER = ("File or place", "Found", "Loaded", "Skipped", "What happened")
# A file of a million bad records must not become a tree of a million lines.
SHOWN_PER_FILE = 500
WORDS = {
    "loaded": "read",
    "cancelled": "reading was stopped",
    "not read": "not read",
    "reading": "being read",
}


class ImportReport(PlainDialog):
    """All files of the session with their problems; can be copied as a table."""

    def __init__(self, outcomes: Sequence[FileOutcome], parent: QWidget | None = None) -> None:
        found = sum(outcome.found for outcome in outcomes)
        loaded = sum(outcome.loaded for outcome in outcomes)
        super().__init__(
            f"{loaded:,} of {found:,} spectra were read".replace(",", " "),
            f"from {len(outcomes)} file{'s' if len(outcomes) != 1 else ''}"
            if outcomes
            else "Nothing was opened yet.",
            parent,
            window_title="Import report",
        )
        self._outcomes = tuple(outcomes)
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName("Files and problems")
        self.tree.setToolTip("Each file, and below it what could not be read and why")
        self.tree.setHeaderLabels(HEADER)
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(False)
        header = self.tree.header()
        header.setStretchLastSection(True)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            self.tree.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        self.tree.setColumnWidth(0, 240)
        for outcome in outcomes:
            self._add(outcome)
        self.content.addWidget(self.tree, 1)
        copy = self.add_button("Copy Report", "Copy it as a table", role="action")
        copy_with_thanks(copy, lambda: report_text(self._outcomes))
        self.add_button("Close", main=True)
        self.resize(780, 460)

    def _add(self, outcome: FileOutcome) -> None:
        palette = palette_of(self)
        numbers = [str(outcome.found), str(outcome.loaded), str(outcome.skipped)]
        item = QTreeWidgetItem([visible(outcome.name), *numbers, WORDS[outcome.status]])
        for column in (1, 2, 3):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        item.setToolTip(0, visible(outcome.place))
        if outcome.skipped or outcome.status != "loaded":
            item.setForeground(4, QColor(palette.warn))
            item.setForeground(3, QColor(palette.warn))
        self.tree.addTopLevelItem(item)
        for problem in outcome.problems[:SHOWN_PER_FILE]:
            skipped = str(problem.skipped) if problem.skipped else ""
            text = visible(f"{problem.cause} {problem.action}".strip())
            child = QTreeWidgetItem([visible(problem.where) or "file", "", "", skipped, text])
            child.setTextAlignment(3, Qt.AlignmentFlag.AlignRight)
            child.setToolTip(4, text)
            child.setForeground(0, QColor(palette.muted))
            item.addChild(child)
        if (more := len(outcome.problems) - SHOWN_PER_FILE) > 0:
            item.addChild(QTreeWidgetItem(["", "", "", "", f"and {more} more; copy the report"]))
        item.setExpanded(True)


def report_text(outcomes: Sequence[FileOutcome]) -> str:
    """Return the report as tab-separated text."""
    rows: list[tuple[str, ...]] = [("file", "place", "found", "loaded", "skipped", "what happened")]
    for outcome in outcomes:
        numbers = (str(outcome.found), str(outcome.loaded), str(outcome.skipped))
        rows.append((outcome.path, "", *numbers, WORDS[outcome.status]))
        rows += [_problem_row(outcome.path, problem) for problem in outcome.problems]
    return table_text(rows)


def _problem_row(path: str, problem: Problem) -> tuple[str, ...]:
    words = f"{problem.kind}: {problem.cause} {problem.action}".strip().replace("\n", " ")
    return (path, problem.where, "", "", str(problem.skipped or ""), words)
