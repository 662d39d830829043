"""What was read from each file, what was not, and why."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from msgui.errors import Problem
from msgui.gui.dialogs.plain import PlainDialog, palette_of, table_text, text_label
from msgui.gui.dialogs.problem import copy_with_thanks
from msgui.gui.loading import FileOutcome
from msgui.gui.spectra_table import visible

HEADER = ("File or place", "Found", "Loaded", "Skipped", "What happened")
# A file of a million bad records must not become a tree of a million lines.
SHOWN_PER_FILE = 500
DETAILS_ROLE = Qt.ItemDataRole.UserRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROW_PADDING = 8
WORDS = {
    "loaded": "read",
    "cancelled": "reading was stopped",
    "not read": "not read",
    "reading": "being read",
}


class ImportReport(PlainDialog):
    """All files of the session with their problems, the worst first; can be copied as a table."""

    def __init__(self, outcomes: Sequence[FileOutcome], parent: QWidget | None = None) -> None:
        found = sum(outcome.found for outcome in outcomes)
        loaded = sum(outcome.loaded for outcome in outcomes)
        super().__init__(
            f"{loaded:,} of {found:,} spectra were read".replace(",", " "),
            _of_files(outcomes),
            parent,
            window_title="Import report",
        )
        self._outcomes = tuple(outcomes)
        self.tree = self._make_tree()
        for outcome in sorted(outcomes, key=_trouble):
            self._add(outcome)
        self.details = text_label("", self)
        self.details.setAccessibleName("What happened, and what to do")
        self.details.setMinimumHeight(3 * self.details.fontMetrics().lineSpacing())
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.content.addWidget(self.tree, 1)
        self.content.addWidget(self.details)
        self.tree.currentItemChanged.connect(self._show_details)
        self.tree.setCurrentItem(self.tree.topLevelItem(0))
        copy = self.add_button("Copy Report", "Copy it as a table", role="action")
        copy_with_thanks(copy, lambda: report_text(self._outcomes))
        self.add_button("Close", main=True)
        self.resize(860, 520)

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setAccessibleName("Files and problems")
        tree.setToolTip("Each file, and below it what could not be read and why")
        tree.setHeaderLabels(HEADER)
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(False)
        header = tree.header()
        header.setStretchLastSection(True)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            tree.headerItem().setTextAlignment(column, RIGHT)
        tree.setColumnWidth(0, 240)
        return tree

    def _show_details(self, item: QTreeWidgetItem | None) -> None:
        self.details.setText(item.data(0, DETAILS_ROLE) if item is not None else "")

    def _add(self, outcome: FileOutcome) -> None:
        palette = palette_of(self)
        numbers = [str(outcome.found), str(outcome.loaded), str(outcome.skipped)]
        of_file = outcome.problems[0] if _says_all(outcome) else None
        words = WORDS[outcome.status]
        if outcome.status == "loaded" and outcome.skipped:
            words = "read but for what stands below"
        if of_file is not None:
            words += f": {of_file.cause}"
        item = QTreeWidgetItem([visible(outcome.name), *numbers, visible(words)])
        for column in (1, 2, 3):
            item.setTextAlignment(column, RIGHT)
        # All rows are as high as the first.
        item.setSizeHint(0, QSize(0, self.fontMetrics().height() + ROW_PADDING))
        item.setToolTip(0, visible(outcome.place))
        details = str(of_file) if of_file is not None else f"{outcome.place}: {words}"
        item.setData(0, DETAILS_ROLE, visible(details))
        if outcome.skipped or outcome.status != "loaded":
            item.setForeground(4, QColor(palette.warn))
            item.setForeground(3, QColor(palette.warn))
        self.tree.addTopLevelItem(item)
        if of_file is not None:
            return
        for problem in outcome.problems[:SHOWN_PER_FILE]:
            item.addChild(self._line_of(problem))
        if (more := len(outcome.problems) - SHOWN_PER_FILE) > 0:
            item.addChild(QTreeWidgetItem(["", "", "", "", f"and {more} more; copy the report"]))
        item.setExpanded(True)

    def _line_of(self, problem: Problem) -> QTreeWidgetItem:
        skipped = str(problem.skipped) if problem.skipped else ""
        place = visible(problem.where) or "file"
        line = QTreeWidgetItem([place, "", "", skipped, visible(problem.cause)])
        line.setTextAlignment(3, RIGHT)
        line.setToolTip(4, visible(str(problem)))
        line.setData(0, DETAILS_ROLE, visible(str(problem)))
        line.setForeground(0, QColor(palette_of(self).muted))
        return line


def _trouble(outcome: FileOutcome) -> int:
    """Return 0 for files that could not be read, and more the less there is to say of one."""
    if outcome.status == "not read":
        return 0
    if outcome.skipped or outcome.status != "loaded":
        return 1
    return 2 if outcome.problems else 3


def _says_all(outcome: FileOutcome) -> bool:
    """Return whether a file has but one problem, which is with the whole of it."""
    return len(outcome.problems) == 1 and not outcome.problems[0].where


def _of_files(outcomes: Sequence[FileOutcome]) -> str:
    if not outcomes:
        return "Nothing was opened yet."
    refused = sum(outcome.status == "not read" for outcome in outcomes)
    files = f"from {len(outcomes)} file{'s' if len(outcomes) != 1 else ''}"
    return f"{files}; {refused} of them could not be read" if refused else files


def report_text(outcomes: Sequence[FileOutcome]) -> str:
    """Return the report as tab-separated text."""
    rows: list[tuple[str, ...]] = [("file", "place", "found", "loaded", "skipped", "what happened")]
    for outcome in outcomes:
        numbers = (str(outcome.found), str(outcome.loaded), str(outcome.skipped))
        rows.append((outcome.path, "", *numbers, WORDS[outcome.status]))
        rows += [_problem_row(outcome.path, problem) for problem in outcome.problems]
    return table_text(rows)


def _problem_row(path: str, problem: Problem) -> tuple[str, ...]:
    words = f"{problem.kind}: {replace(problem, file='', where='')}".replace("\n", " ")
    return (path, problem.where, "", "", str(problem.skipped or ""), words)
