"""The guide from resources/help, and what this program is."""

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QImage, QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QTextBrowser, QTextEdit, QWidget

import msgui
from msgui.gui.dialogs.plain import PlainDialog, palette_of, text_label
from msgui.paths import config_folder, data_folder, models, resources

FIRST_PAGE = "getting-started"
SECOND_PAGE = "deciding"
ABOVE_HEADING = 8
PICTURE_WIDTH = 480


class Page(QTextBrowser):
    """A page whose pictures have the theme of the window and the width of the page."""

    def loadResource(self, kind: int, name: QUrl) -> object:
        path = resources() / "help" / name.path()
        if kind != QTextDocument.ResourceType.ImageResource.value or not path.is_file():
            return super().loadResource(kind, name)
        if palette_of(self).name == "dark":
            path = path.with_name(path.name.replace("-light", "-dark"))
        image = QImage(str(path))
        if image.width() > PICTURE_WIDTH:
            image = image.scaledToWidth(PICTURE_WIDTH, Qt.TransformationMode.SmoothTransformation)
        return image


class GuideDialog(PlainDialog):
    """Short pages on the left, the chosen one on the right."""

    def __init__(
        self, parent: QWidget | None = None, page: str = FIRST_PAGE, heading: str = ""
    ) -> None:
        super().__init__("Guide", "", parent, window_title="Guide")
        self.title.hide()
        self.pages = sorted(
            (resources() / "help").glob("*.md"),
            key=lambda path: (path.stem != FIRST_PAGE, path.stem != SECOND_PAGE, path.stem),
        )
        self.list = QListWidget(self)
        self.list.setAccessibleName("Pages")
        self.list.setToolTip("Pages of the guide")
        self.list.setFixedWidth(200)
        self.list.setWordWrap(True)
        self.text = Page(self)
        self.text.setOpenLinks(False)
        self.text.setAccessibleName("Page")
        self.text.document().setDocumentMargin(16)
        both = QHBoxLayout()
        both.addWidget(self.list)
        both.addWidget(self.text, 1)
        self.content.addLayout(both, 1)
        for path in self.pages:
            first = path.read_text(encoding="utf-8").lstrip().splitlines()[0]
            self.list.addItem(first.lstrip("# "))
        self.list.currentRowChanged.connect(self._show)
        self.add_button("Close", main=True)
        names = [path.stem for path in self.pages]
        self.list.setCurrentRow(names.index(page) if page in names else 0)
        self.resize(820, 580)
        if heading:
            self.show_heading(heading)

    def show_heading(self, heading: str) -> None:
        """Scroll to a heading of the page and mark it; headings may stand in bold at a line."""
        document = self.text.document()
        block = document.begin()
        while block.isValid() and not block.text().startswith(heading):
            block = block.next()
        if not block.isValid():
            return
        cursor = QTextCursor(block)
        self.text.setTextCursor(cursor)
        # The heading stands at the top, not somewhere on the page.
        bar = self.text.verticalScrollBar()
        top = document.documentLayout().blockBoundingRect(block).top()
        QTimer.singleShot(0, self, lambda: bar.setValue(round(top) - ABOVE_HEADING))
        mark = QTextEdit.ExtraSelection()
        mark.cursor = cursor
        mark.format.setBackground(QColor(palette_of(self).selection))
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self.text.setExtraSelections([mark])

    def _show(self, row: int) -> None:
        if 0 <= row < len(self.pages):
            self.text.setMarkdown(self.pages[row].read_text(encoding="utf-8"))


class AboutDialog(PlainDialog):
    """Version, license, folders, how to update."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            f"msgui {msgui.__version__}",
            "A workbench for MS/MS spectra: formulas, fragments, structures from a model on this "
            "computer, and an honest check of all three.",
            parent,
            sign=("msgui", "text"),
            window_title="About msgui",
        )
        facts = (
            "License: BSD 3-Clause. Fonts: DejaVu, under its own license.\n"
            "Update: pip install --upgrade msgui, or pipx upgrade msgui.\n"
            "msgui opens no network connection and sends nothing."
        )
        self.content.addWidget(text_label(facts))
        folders = (
            f"Settings: {config_folder()}\nYour models and structures: {data_folder()}\n"
            f"Bundled models: {models()}"
        )
        label = text_label(folders, muted=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.content.addWidget(label)
        self.add_button("Close", main=True)
