"""The one table of what the window can do.

Menus, toolbar, shortcuts, command palette, context menus and the shortcut page are made from it.
Keys without Ctrl or Alt work only while no text field has the focus.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from msgui.gui.layouts import LAYOUTS
from msgui.gui.resources import icon
from msgui.gui.theme import ThemeName
from msgui.identification import LEVELS

Needs = Literal["", "spectra", "spectrum", "annotation", "candidate", "peak", "fragments"]


@dataclass(frozen=True)
class ActionSpec:
    """One thing that the window can do.

    Parameters
    ----------
    name : str
        What panes and tests call it.
    text : str
        A verb and its object, as menus show it; an ampersand marks the mnemonic.
    tip : str
        One sentence for the tooltip and the command palette.
    menu : str
        "File", "File/Export" ...; empty: only in the palette and on its keys.
    keys : tuple of str
        Portable key sequences; Ctrl is Cmd on macOS.
    icon : str
        File in ``resources/icons``.
    needs : str
        What must be there for it to be enabled.
    check : str
        Empty: not checkable; "on": a switch; anything else: one of a group of that name.
    separated : bool
        A line stands before it in the menu.
    words : str
        Further words that find it in the palette.
    scope : str
        Where its keys work: in the whole window, or only in the spectra list.
    """

    name: str
    text: str
    tip: str
    menu: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    needs: Needs = ""
    check: str = ""
    separated: bool = False
    words: str = ""
    scope: Literal["window", "list"] = "window"

    @property
    def plain_text(self) -> str:
        """The text without mnemonic and dots."""
        return self.text.replace("&", "").rstrip("…")


def _a(name: str, text: str, tip: str, menu: str = "", *keys: str, **more: object) -> ActionSpec:
    return ActionSpec(name, text, tip, menu, keys, **more)  # type: ignore[arg-type]


ACTIONS: tuple[ActionSpec, ...] = (
    _a("open", "&Open…", "Open files of spectra: MGF, MSP, mzML, mzXML, MassBank, JSON, .ms",
       "File", "Ctrl+O", icon="open", words="load import read"),
    _a("open_folder", "Open &Folder…", "Open all files of spectra in a folder",
       "File", "Ctrl+Shift+O", words="load import directory"),
    _a("paste", "&Paste Peak List…", "Make a spectrum of two columns of numbers: m/z, intensity",
       "File", "Ctrl+V", icon="paste", words="clipboard new spectrum"),
    _a("save_project", "&Save Project", "Save spectra, results and decisions as one file",
       "File", "Ctrl+S", icon="save", needs="spectra", separated=True, words="store write"),
    _a("save_project_as", "Save Project &As…", "Save everything under another name",
       "File", "Ctrl+Shift+S", needs="spectra", words="store write copy"),
    _a("close_project", "&Close Project", "Begin with nothing; unsaved work is asked about",
       "File", "Ctrl+W", needs="spectra", words="new empty"),
    _a("export_figure", "&Figure…", "See the figure as it will be on paper, and save or copy it",
       "File/Export", "Ctrl+E", icon="export", needs="spectrum",
       words="picture save svg pdf png acs journal slide"),
    _a("export_batch", "&Many Spectra…", "Figures, tables, annotated spectra and reports of all",
       "File/Export", "Ctrl+Shift+E", needs="spectra",
       words="batch save tsv csv xlsx excel sdf mgf msp mztab"),
    _a("export_svg", "Figure as &SVG…", "Save the annotated spectrum as vector figure",
       "File/Export", needs="spectrum", separated=True, words="picture save"),
    _a("export_png", "Figure as P&NG…", "Save the annotated spectrum as picture, 300 dpi",
       "File/Export", needs="spectrum", words="picture image save"),
    _a("export_pdf", "Figure as &PDF…", "Save the annotated spectrum as PDF page",
       "File/Export", needs="spectrum", words="picture save print"),
    _a("export_tsv", "Tables as &TSV…", "Save peaks and candidates of this spectrum as tables",
       "File/Export", needs="annotation", separated=True, words="table csv save"),
    _a("export_html", "&Report as HTML…", "Save one self-contained page about this spectrum",
       "File/Export", needs="annotation", words="report save"),
    _a("import_report", "Import &Report…", "What was read from each file, what was not, and why",
       "File", separated=True, words="problems skipped errors log"),
    _a("locate_sources", "Locate &Moved Files…", "Say where the files are now that were read",
       "File", needs="spectra", words="missing gone source path relink"),
    _a("quit", "&Quit", "Close msgui", "File", "Ctrl+Q", separated=True, words="exit close"),

    _a("undo", "&Undo", "Take the last step back", "Edit", "Ctrl+Z", icon="undo"),
    _a("redo", "&Redo", "Do the step again that was taken back", "Edit", "Ctrl+Shift+Z", "Ctrl+Y",
       icon="redo"),
    _a("copy", "&Copy", "Copy what is selected in the focused pane", "Edit", "Ctrl+C",
       icon="copy", needs="spectrum", separated=True),
    _a("copy_figure", "Copy &Figure", "Copy the annotated spectrum as SVG and picture", "Edit",
       "Ctrl+Shift+C", needs="spectrum", words="clipboard picture"),
    _a("copy_command", "Copy as Co&mmand", "The command line that gives the same tables", "Edit",
       needs="spectra", words="clipboard terminal shell headless"),
    _a("accept", "&Accept Candidate", "Call the selected candidate right; again takes it back",
       "Edit", "A", icon="accept", needs="candidate", separated=True, words="call decide"),
    _a("tentative", "Call &Tentative", "Call the selected candidate possible; again takes it back",
       "Edit", "T", icon="tentative", needs="candidate", words="decide maybe"),
    _a("reject", "R&eject Candidate", "Call the selected candidate wrong; again takes it back",
       "Edit", "R", icon="reject", needs="candidate", words="call decide"),
    *(
        _a(f"level_{level.code}", f"Level &{level.code}: {level.title}", level.needs,
           "Edit/Identification Level", needs="candidate", words="Schymanski confidence identify")
        for level in LEVELS
    ),
    _a("level_none", "&No Level", "Take the identification level of this candidate back",
       "Edit/Identification Level", needs="candidate", separated=True, words="Schymanski"),
    _a("note", "&Note…", "Write a note on this spectrum", "Edit", "N", icon="note",
       needs="spectrum", words="comment"),
    _a("peak_formula", "Set &Formula…", "Say which formula the pinned peak has; all that depends "
       "on it is computed again", "Edit/Peak", "P", needs="peak", words="override assign ion"),
    _a("peak_noise", "Mark as &Noise", "The pinned peaks count neither for nor against anything; "
       "again takes it back", "Edit/Peak", "X", needs="peak", words="ignore drop override"),
    _a("peak_contaminant", "Mark as &Contaminant", "The pinned peaks are of something else; again "
       "takes it back", "Edit/Peak", "Shift+X", needs="peak", words="ignore drop override"),
    _a("peak_note", "&Note on Peak…", "Write a note on the pinned peaks", "Edit/Peak", "Shift+N",
       needs="peak", words="comment"),
    _a("peak_computed", "As &Computed", "Take back formula and mark of the pinned peaks",
       "Edit/Peak", needs="peak", words="reset override automatic"),
    _a("measure_loss", "&Measure Distance", "Measure the distance of two pinned peaks and name the "
       "loss (or drag with Alt from peak to peak)", "Edit/Peak", "D", needs="peak",
       separated=True, words="loss delta difference arrow"),
    _a("remove_losses", "&Remove Measured Distances", "Take all arrows off this spectrum",
       "Edit/Peak", needs="spectrum", words="loss delta arrow delete"),
    _a("compare", "&Compare Candidates", "Compare the selected candidate with the best other one, "
       "or with the one chosen by Ctrl+click; again ends it", "View", "C", needs="candidate",
       words="difference versus two decide"),
    _a("reviewed", "Mark Re&viewed", "Mark the selected spectra as looked at, or as not",
       "Edit", "Space", needs="spectrum", words="done", scope="list"),
    _a("remove", "Re&move from List", "Take the selected spectra out of the list",
       "Edit", "Delete", icon="remove", needs="spectrum", words="delete", scope="list"),
    _a("filter", "&Filter Spectra", "Type what the list should show: text, mz:195.08, "
       "adduct:[M+H]+", "Edit", "Ctrl+F", needs="spectra", separated=True, words="find search"),
    _a("filter_candidates", "Filter Ca&ndidates", "Show only some candidates: a name, "
       "smarts:[NH2], element:Cl, source:yours", "Edit", "Ctrl+Alt+F", needs="annotation",
       words="find search substructure smarts element source"),
    _a("settings", "&Settings…", "Tolerances, adduct, structures, model, look", "Edit", "Ctrl+,",
       icon="settings", separated=True, words="preferences options ppm tolerance"),

    _a("previous_spectrum", "&Previous Spectrum", "Show the spectrum above in the list",
       "View", "Ctrl+Up", icon="previous", needs="spectra"),
    _a("next_spectrum", "&Next Spectrum", "Show the spectrum below in the list",
       "View", "Ctrl+Down", icon="next", needs="spectra"),
    _a("previous_peak", "Previous &Explained Peak", "Pin the next explained peak to the left",
       "View/Go to Peak", "Left", needs="spectrum"),
    _a("next_peak", "Next E&xplained Peak", "Pin the next explained peak to the right",
       "View/Go to Peak", "Right", needs="spectrum"),
    _a("previous_any_peak", "Previous Peak", "Pin the next peak to the left",
       "View/Go to Peak", "Shift+Left", needs="spectrum"),
    _a("next_any_peak", "Next Peak", "Pin the next peak to the right",
       "View/Go to Peak", "Shift+Right", needs="spectrum"),
    _a("next_fragment", "Next Fragment of This Peak", "Show the next fragment that explains it",
       "View/Go to Peak", "Tab", "F", needs="fragments", words="alternative turn cycle"),
    _a("previous_fragment", "Previous Fragment of This Peak", "Show the fragment before",
       "View/Go to Peak", "Shift+Tab", "Shift+F", needs="fragments", words="alternative turn"),
    _a("clear", "Clear Pins", "Let go of pinned peaks, picked atoms and the comparison",
       "View/Go to Peak", "Escape", words="unpin deselect"),
    _a("reset_zoom", "Reset &Zoom", "Show the whole spectrum", "View", "0", needs="spectrum",
       separated=True),
    _a("zoom_in", "Zoom &In", "Show half of the m/z range", "View", "+", "=", needs="spectrum"),
    _a("zoom_out", "Zoom &Out", "Show twice the m/z range", "View", "-", needs="spectrum"),
    _a("scale", "Next Intensity S&cale", "Linear, square root, logarithm in turn", "", "S",
       needs="spectrum", icon="scale"),
    _a("scale_linear", "&Linear", "Intensity as measured", "View/Intensity", check="scale"),
    _a("scale_sqrt", "Square &Root", "Square root: small peaks are seen", "View/Intensity",
       check="scale"),
    _a("scale_log", "Lo&garithm", "Logarithm: the smallest peaks are seen", "View/Intensity",
       check="scale"),
    _a("labels", "Next Peak La&bels", "Formula, m/z, loss, none in turn", "", "L",
       needs="spectrum", icon="labels"),
    _a("labels_formula", "&Formula", "Formula and m/z stand above peaks", "View/Peak Labels",
       check="labels"),
    _a("labels_mz", "&m/z", "Only m/z stands above peaks", "View/Peak Labels", check="labels"),
    _a("labels_loss", "Neutral &Loss", "The loss from the precursor stands above peaks",
       "View/Peak Labels", check="labels"),
    _a("labels_none", "&None", "Nothing stands above peaks", "View/Peak Labels", check="labels"),
    _a("mirror", "Next &Mirror", "Reference spectra in turn, the predicted one, none", "", "M",
       needs="spectrum", icon="mirror", words="neighbor library"),
    _a("mirror_nearest", "Nearest Reference &Spectrum", "Draw it below the axis", "View/Mirror",
       check="mirror"),
    _a("mirror_listed", "Spectrum of the &List", "Keep this spectrum below the axis while others "
       "are shown; with two selected the other one", "View/Mirror", "Shift+M", check="mirror",
       needs="spectrum", words="compare energies two own file below"),
    _a("mirror_predicted", "&Predicted for the Candidate",
       "Draw what the chosen candidate is expected to give below the axis", "View/Mirror",
       check="mirror", words="forward model expected energy intensities"),
    _a("mirror_off", "&Off", "Draw nothing below the axis", "View/Mirror", check="mirror"),
    *(
        _a(f"layout_{layout.name}", layout.title, layout.tip, "View/Layout", f"Ctrl+{number}",
           check="layout", words="panes arrange workspace")
        for number, layout in enumerate(LAYOUTS.values(), 1)
    ),
    _a("show_spectra", "&Spectra", "Show or hide the list of spectra", "View/Panes", "F2",
       check="on"),
    _a("show_peaks", "&Peaks", "Show or hide the table of peaks", "View/Panes", "F3", check="on"),
    _a("show_candidates", "&Candidates", "Show or hide the candidates", "View/Panes", "F4",
       check="on"),
    _a("show_trust", "&Trust", "Show or hide the trust checks", "View/Panes", "F5", check="on"),
    _a("show_structure", "S&tructure", "Show or hide the structure", "View/Panes", "F6",
       check="on"),
    _a("full_plot", "&Only the Spectrum", "Hide all other panes, or bring them back", "View/Panes",
       "F11", check="on", separated=True, words="full screen plot"),
    _a("show_ms1", "&MS1 Scans in the List", "Show scans of all ions among the MS/MS spectra",
       "View/Panes", check="on", separated=True, words="full scan survey"),
    _a("reset_layout", "&Reset Layout", "Give the panes of all layouts their first sizes",
       "View/Layout", separated=True),
    _a("theme_system", "&Follow System", "Light or dark as the desktop", "View/Theme",
       check="theme", words="colors"),
    _a("theme_light", "&Light", "Dark on white", "View/Theme", check="theme", words="colors"),
    _a("theme_dark", "&Dark", "Light on dark", "View/Theme", check="theme", words="colors"),
    _a("larger_text", "L&arger Text", "Make all text larger", "View", "Ctrl++", "Ctrl+=",
       separated=True, words="font size zoom"),
    _a("smaller_text", "Smaller Te&xt", "Make all text smaller", "View", "Ctrl+-",
       words="font size zoom"),
    _a("palette", "&Command Palette…", "Find any command by typing", "View", "Ctrl+Shift+P",
       icon="search", separated=True, words="search"),

    _a("annotate", "&Annotate This Spectrum", "Formulas, fragments, candidates, model",
       "Annotate", "Ctrl+Return", "Ctrl+Enter", icon="annotate", needs="spectrum",
       words="compute run identify"),
    _a("annotate_all", "Annotate A&ll", "Annotate every spectrum of the list", "Annotate",
       "Ctrl+Shift+Return", "Ctrl+Shift+Enter", icon="annotate-all", needs="spectra",
       words="compute run batch"),
    _a("stop", "&Stop Jobs", "Cancel what is running; what is done stays", "Annotate",
       "Ctrl+.", icon="cancel", words="cancel abort"),
    _a("choose_adduct", "Choose A&dduct…", "Say which ion the selected spectra are", "Annotate",
       needs="spectrum", separated=True, words="polarity charge"),
    _a("choose_precursor", "Enter Precursor m/&z…", "Type the precursor m/z of this spectrum",
       "Annotate", needs="spectrum"),
    _a("choose_formula", "Choose F&ormula…", "See the possible formulas of the precursor and "
       "annotate with another one", "Annotate", "Ctrl+Shift+F", needs="annotation",
       words="elemental composition molecular precursor"),
    _a("computed_formula", "&Computed Formula", "Let the formula be computed again where one was "
       "chosen", "Annotate", needs="annotation", words="automatic back"),
    _a("by_formula", "Candidates of the Same &Formula", "Fetch structures of the best formula",
       "Annotate", check="by", separated=True, words="structures"),
    _a("by_mass", "Candidates of the Same &Mass", "Fetch all structures within the tolerance",
       "Annotate", check="by", words="structures search"),
    _a("choose_structures", "Choose &Structures…", "Take candidates from a file: CSV, TSV, "
       "SMILES, SDF, Parquet", "Annotate", words="candidates database list"),
    _a("add_candidate", "Add Ca&ndidate…", "Rank a structure of your own among the candidates: "
       "SMILES or InChI", "Annotate", "Ctrl+Shift+A", needs="annotation",
       words="own structure smiles inchi type draw suspect hypothesis"),
    _a("remove_candidate", "Remove My Candidate", "Take the selected structure of your own out of "
       "the list again", "Annotate", needs="candidate", words="own structure delete"),
    _a("bundled_structures", "Use &Bundled Structures", "Take candidates from the list that "
       "comes with msgui", "Annotate", words="candidates database list default"),

    _a("model_card", "About the &Model", "What the model was trained on and how good it is",
       "Models", icon="model", words="card provider checksum"),
    _a("choose_model", "&Choose Model…", "Take another model, or none", "Models",
       words="onnx switch"),
    _a("add_model", "&Add Model…", "Add a folder with model.onnx and card.json", "Models",
       words="onnx import"),

    _a("shortcuts", "&Keyboard Shortcuts", "All keys on one page", "Help", "?",
       words="keys help"),
    _a("guide", "&Guide", "Two pages that say how msgui works", "Help", "F1", icon="help",
       words="manual documentation"),
    _a("welcome", "&Welcome Page", "Lessons and recent files", "Help",
       words="start samples tour tutorial learn"),
    _a("about", "&About msgui", "Version, license, how to update", "Help", icon="info",
       separated=True, words="version"),
    *(
        _a(f"candidate_{n}", f"Choose Candidate {n}", f"Select the candidate in row {n}", "",
           str(n), needs="annotation")
        for n in range(1, 10)
    ),
)  # fmt: skip

SPECS: dict[str, ActionSpec] = {spec.name: spec for spec in ACTIONS}
MENUS = ("File", "Edit", "View", "Annotate", "Models", "Help")


class Actions(QObject):
    """The QActions made from the table, each connected to its handler.

    Parameters
    ----------
    handlers : mapping of str to callable
        What each action does; a name without handler is an error.
    """

    def __init__(self, handlers: Mapping[str, Callable[[], object]], parent: QObject) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            self._actions[spec.name] = self._make(spec, handlers[spec.name])

    def _make(self, spec: ActionSpec, handler: Callable[[], object]) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        keys = ", ".join(key_text(key) for key in spec.keys[:1])
        action.setToolTip(f"{spec.tip} ({keys})" if keys else spec.tip)
        if spec.scope == "list":
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if spec.check:
            action.setCheckable(True)
            if spec.check != "on":
                group = self._groups.setdefault(spec.check, QActionGroup(self))
                group.addAction(action)
        action.triggered.connect(lambda _checked=False: handler())
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __contains__(self, name: str) -> bool:
        return name in self._actions

    def all(self) -> list[QAction]:
        """Return every action in the order of the table."""
        return list(self._actions.values())

    def enable(self, present: frozenset[str]) -> None:
        """Enable what the present state allows; ``present`` holds the fulfilled needs."""
        for spec in ACTIONS:
            if spec.needs:
                self._actions[spec.name].setEnabled(spec.needs in present)

    def enable_some(self, present: Mapping[str, bool]) -> None:
        """Enable or disable what needs any of these; all else stays as it is."""
        for spec in ACTIONS:
            if spec.needs in present:
                self._actions[spec.name].setEnabled(present[spec.needs])

    def draw_icons(self, theme: ThemeName) -> None:
        """Draw the icons in the colors of a theme."""
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.name].setIcon(icon(spec.icon, theme))


def key_text(key: str) -> str:
    """Return a key sequence as the platform writes it."""
    text = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return text.replace("Return", "Enter")
