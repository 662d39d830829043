"""Tolerances, adduct, candidates, model, look: each with one sentence that says what it does."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from msgui.gui.dialogs.plain import PlainDialog, enlarge, text_label
from msgui.gui.dialogs.questions import AdductBox, adduct_trouble
from msgui.gui.settings import RANGES, Preferences
from msgui.tools import Settings

PROVIDERS: tuple[tuple[str, str], ...] = (
    ("Fastest available", "auto"),
    ("CPU", "cpu"),
    ("CUDA (NVIDIA)", "cuda"),
    ("DirectML (Windows)", "directml"),
    ("CoreML (macOS)", "coreml"),
)
STRUCTURE_FILES = "Structures (*.csv *.tsv *.smi *.smiles *.sdf *.parquet *.gz);;All files (*)"
FROM_RECORD = "As the file says"
# Switches of Settings: name, what a peak may be, what that means.
PEAK_SWITCHES = (
    ("isotopes", "Heavy isotopes", "13C, 34S, 37Cl or 81Br of a fragment that has a peak"),
    ("radicals", "Radical ions", "Ions with an odd number of electrons"),
    ("further_charges", "More than one charge", "Up to the charge of the precursor"),
    ("adduct_kept", "Adduct kept", "Fragments of [M+Na]+ and the like with its atoms"),
    ("adduct_lost", "Adduct lost", "Fragments of [M+Na]+ and the like without its atoms"),
    ("water_adducts", "Water picked up", "Fragments with H2O from the collision cell"),
    ("nitrogen_adducts", "Nitrogen picked up", "Fragments with N2 from the collision cell"),
)


class SettingsDialog(PlainDialog):
    """Everything that can be set; nothing changes before Apply."""

    chosen = Signal(object, object)  # Preferences, Settings

    def __init__(
        self, preferences: Preferences, method: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__("Settings", "", parent, window_title="Settings")
        self._preferences, self._method = preferences, method
        self._rows: list[tuple[str, list[QWidget]]] = []
        self._titles: list[tuple[QLabel, range]] = []
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find a setting")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find a setting")
        self.search.setToolTip("Shows only the settings that hold these words")
        self.search.textChanged.connect(self._narrow)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(14, 10, 14, 14)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._add_method()
        self._add_sources()
        self._add_look()
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setObjectName("page")
        self.area.setWidget(inside)
        self.area.setAccessibleName("Settings")
        self.content.addWidget(self.search)
        self.content.addWidget(self.area, 1)
        defaults = self.add_button("Defaults", "Put everything back", role="action")
        defaults.clicked.connect(lambda: self.show_values(Preferences(), Settings()))
        self.add_button("Cancel", "Change nothing", role="reject")
        self.apply = self.add_button("Apply", "Use these settings", main=True)
        self.accepted.connect(lambda: self.chosen.emit(*self.values()))
        self.show_values(preferences, method)
        self.resize(640, 600)
        self.search.setFocus()

    # Rows

    def _add_method(self) -> None:
        self.ppm = self._ppm()
        self.fragment_ppm = self._ppm()
        self.adduct = AdductBox(self)
        self.formula = self._choice(("Compute it", "auto"), ("Trust the file", "record"))
        self.by = self._choice(("Same formula", "formula"), ("Same mass", "mass"))
        self.bonds = QSpinBox(self)
        self.top = QSpinBox(self)
        for box, name in ((self.bonds, "max_bonds"), (self.top, "top")):
            low, high = RANGES[name]
            box.setRange(int(low), int(high))
        with self._section("Annotation"):
            self._row("Precursor tolerance", "Difference allowed for the precursor", self.ppm)
            self._row("Fragment tolerance", "Difference allowed for peaks", self.fragment_ppm)
            self._row(
                "Adduct",
                "Used for every spectrum instead of what the file says",
                self.adduct,
            )
            self._row(
                "Precursor formula",
                "Trusting the file uses the formula that a record states",
                self.formula,
            )
            self._row(
                "Bonds cut at most",
                "3 explains more peaks, takes longer, and explains more by chance",
                self.bonds,
            )

        self.switches = {name: QCheckBox("Allowed", self) for name, _, _ in PEAK_SWITCHES}
        with self._section("What peaks may be"):
            for name, title, tip in PEAK_SWITCHES:
                self._row(title, tip, self.switches[name])

    def _add_sources(self) -> None:
        self.structures = QLineEdit(self)
        self.structures.setPlaceholderText("Bundled structures")
        self.library = QLineEdit(self)
        self.library.setPlaceholderText("None: the model's own memory is used")
        self.model = QComboBox(self)
        self.provider = self._choice(*PROVIDERS)
        self.auto = QCheckBox("Annotate a spectrum as soon as it is shown", self)
        self.model.addItem("Recommended model", "auto")
        self.model.addItem("No model", "none")
        for name, title in known_models():
            self.model.addItem(title, name)
        with self._section("Candidates and model"):
            self._row("Fetch candidates by", "Which structures are compared", self.by)
            self._row("Candidates kept", "Length of the list", self.top)
            self._row(
                "Structures",
                "A store or a file: CSV, TSV, SMILES, SDF, Parquet; empty: the bundled list",
                self._with_browse(self.structures, STRUCTURE_FILES),
                self.structures,
            )
            self._row(
                "Reference spectra",
                "A library made with msgui library build, for the baseline and the mirror",
                self._with_browse(self.library, "All files (*)"),
                self.library,
            )
            self._row("Model", "What predicts the fingerprint of the molecule", self.model)
            self._row("Runs on", "Where the model is computed", self.provider)
            self._row("While walking", "Off: only on Ctrl+Enter", self.auto)

    def _add_look(self) -> None:
        self.theme = self._choice(("Follow system", "system"), ("Light", "light"), ("Dark", "dark"))
        self.text_size = QSpinBox(self)
        low, high = RANGES["text_size"]
        self.text_size.setRange(int(low), int(high))
        self.text_size.setSingleStep(10)
        self.text_size.setSuffix(" %")
        with self._section("Look"):
            self._row("Theme", "Colors of the window", self.theme)
            self._row("Text size", "Of all text, relative to the system's", self.text_size)

    def _ppm(self) -> QDoubleSpinBox:
        box = QDoubleSpinBox(self)
        low, high = RANGES["ppm"]
        box.setRange(low, high)
        box.setDecimals(1)
        box.setSuffix(" ppm")
        return box

    def _choice(self, *items: tuple[str, str]) -> QComboBox:
        box = QComboBox(self)
        for text, value in items:
            box.addItem(text, value)
        return box

    def _with_browse(self, line: QLineEdit, kinds: str) -> QWidget:
        both = QWidget(self)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(line, 1)
        browse = QPushButton("Choose…", both)
        browse.setAccessibleName("Choose a file")
        browse.setToolTip("Choose a file")
        browse.clicked.connect(lambda: self._browse(line, kinds))
        row.addWidget(browse)
        return both

    def _browse(self, line: QLineEdit, kinds: str) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose", line.text(), kinds)
        if path:
            line.setText(path)

    def _section(self, title: str) -> "_Section":
        label = QLabel(title, self)
        enlarge(label, 1.08)
        label.setContentsMargins(0, 10 if self._rows else 0, 0, 2)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 2)
        return _Section(self, label)

    def _row(self, title: str, tip: str, widget: QWidget, control: QWidget | None = None) -> None:
        control = control or widget
        control.setAccessibleName(title)
        control.setToolTip(tip)
        row = self._grid.rowCount()
        label = QLabel(title, self)
        label.setBuddy(control)
        hint = text_label(tip, self, muted=True)
        hint.setContentsMargins(0, 0, 0, 6)
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(widget, row, 1)
        self._grid.addWidget(hint, row + 1, 1)
        self._rows.append((f"{title} {tip}".casefold(), [label, widget, hint]))

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        for content, widgets in self._rows:
            fits = all(word in content for word in words)
            for widget in widgets:
                widget.setVisible(fits)
        for label, rows in self._titles:
            label.setVisible(any(all(w in self._rows[i][0] for w in words) for i in rows))

    # Values

    def show_values(self, preferences: Preferences, method: Settings) -> None:
        """Put values into all boxes."""
        self.ppm.setValue(method.ppm)
        self.fragment_ppm.setValue(method.fragment_ppm)
        self.adduct.set_polarity(None)
        self.adduct.insertItem(0, FROM_RECORD)
        self.adduct.setEditText(method.adduct or FROM_RECORD)
        self.bonds.setValue(method.max_bonds)
        self.top.setValue(method.top)
        for name, switch in self.switches.items():
            switch.setChecked(getattr(method, name))
        self.structures.setText("" if preferences.structures == "auto" else preferences.structures)
        self.library.setText(preferences.library)
        self.auto.setChecked(preferences.auto_annotate)
        self.text_size.setValue(preferences.text_size)
        for box, value in (
            (self.formula, method.formula),
            (self.by, method.by),
            (self.provider, method.provider),
            (self.model, preferences.model),
            (self.theme, preferences.theme),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.adduct.editTextChanged.connect(self._check)

    def _check(self, text: str) -> None:
        self.apply.setEnabled(text in ("", FROM_RECORD) or not adduct_trouble(text, None))

    def values(self) -> tuple[Preferences, Settings]:
        """Return what the boxes say."""
        adduct = self.adduct.currentText().strip()
        method = replace(
            self._method,
            ppm=self.ppm.value(),
            fragment_ppm=self.fragment_ppm.value(),
            adduct=None if adduct in ("", FROM_RECORD) else adduct,
            formula=self.formula.currentData(),
            by=self.by.currentData(),
            max_bonds=self.bonds.value(),
            top=self.top.value(),
            provider=self.provider.currentData(),
            **{name: switch.isChecked() for name, switch in self.switches.items()},
        )
        preferences = replace(
            self._preferences,
            theme=self.theme.currentData(),
            text_size=self.text_size.value(),
            model=self.model.currentData(),
            structures=self.structures.text().strip() or "auto",
            library=self.library.text().strip(),
            auto_annotate=self.auto.isChecked(),
        )
        return preferences, method


class _Section:
    """Notes which rows stand below a title, so that the search can hide it with them."""

    def __init__(self, dialog: SettingsDialog, label: QLabel) -> None:
        self._dialog, self._label = dialog, label

    def __enter__(self) -> None:
        self._start = len(self._dialog._rows)

    def __exit__(self, *_error: object) -> None:
        rows = range(self._start, len(self._dialog._rows))
        self._dialog._titles.append((self._label, rows))


def known_models() -> list[tuple[str, str]]:
    """Return name and title of every model that can be chosen."""
    from msgui.prediction.models import list_models

    found = []
    for model in list_models():
        if model.card is not None:
            own = "" if model.source == "bundled" else "  (your own)"
            found.append((model.name, f"{model.card.name} {model.card.version}{own}"))
    return found
