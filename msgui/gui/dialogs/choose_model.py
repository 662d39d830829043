"""Which model predicts, if any."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from msgui.gui.dialogs.plain import PlainDialog


class ChooseModelDialog(PlainDialog):
    """A list of all models; broken ones say why they cannot be chosen."""

    chosen = Signal(str)  # name, "auto" or "none"

    def __init__(self, present: str, parent: QWidget | None = None) -> None:
        from msgui.prediction.models import list_models

        super().__init__(
            "Choose a model",
            "It runs on this computer. Without one, candidates are ranked by the baseline and by "
            "the peaks that they explain.",
            parent,
            window_title="Choose model",
        )
        self.list = QListWidget(self)
        self.list.setAccessibleName("Models")
        self.list.setToolTip("Models that came with msgui, and your own")
        self.list.setSpacing(2)
        models = list_models()
        for model in models:
            if model.card is None:
                reason = model.problem.cause if model.problem else ""
                self._add(f"{model.name}\n{reason}", "", enabled=False)
                continue
            card = model.card
            kind = "bundled" if model.source == "bundled" else "your own"
            advice = ", recommended" if model.recommended else ""
            text = f"{card.name} {card.version}   ({kind}{advice})"
            about = card.title or card.description
            self._add(f"{text}\n{about}" if about else text, model.name)
        self._add("No model\nFormulas, fragments, candidates and baseline only", "none")
        self.content.addWidget(self.list, 1)
        wanted = present
        if present == "auto":
            wanted = next((m.name for m in models if m.recommended and m.card), "none")
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == wanted:
                self.list.setCurrentRow(row)
        self.add_button("Cancel", "Change nothing", role="reject")
        self.use = self.add_button("Use This Model", "Predict with it from now on", main=True)
        self.list.itemDoubleClicked.connect(lambda _item: self.accept())
        self.list.currentRowChanged.connect(lambda _row: self._check())
        self.accepted.connect(self._answer)
        self._check()
        self.list.setFocus()
        self.resize(520, 360)

    def _add(self, text: str, name: str, *, enabled: bool = True) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, name)
        if not enabled:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)

    def _name(self) -> str:
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def _check(self) -> None:
        self.use.setEnabled(bool(self._name()))

    def _answer(self) -> None:
        if name := self._name():
            self.chosen.emit(name)
