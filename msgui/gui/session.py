"""The one state that every pane listens to: what is loaded, chosen, hovered and decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from msgui.annotation import Annotation, Candidate, PeakAnnotation
from msgui.fragments.fragment import FragmentMatch
from msgui.gui.theme import PALETTES, Palette
from msgui.gui.undo import ChangeCalls, ChangeFormula, ChangeNote, ChangeReviewed, RemoveSpectra
from msgui.prediction.values import Neighbour
from msgui.progress import Step
from msgui.spectra.run import Run
from msgui.spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from msgui.tools import Settings, Tools

CallState = Literal["accepted", "tentative", "rejected"]
Scale = Literal["linear", "sqrt", "log"]
Labels = Literal["formula", "mz", "loss", "none"]
MirrorMode = Literal["nearest", "off"]

CALL_STATES: tuple[CallState, ...] = ("accepted", "tentative", "rejected")
SCALES: tuple[Scale, ...] = ("linear", "sqrt", "log")
LABELS: tuple[Labels, ...] = ("formula", "mz", "loss", "none")


@dataclass(eq=False)
class Entry:
    """One row of the spectra list.

    Parameters
    ----------
    uid : int
        Unique in the session, never used twice; the file's own ids need not be unique.
    spectrum : Spectrum
    annotation : Annotation or None
        None until it was annotated.
    calls : dict of str to "accepted", "tentative" or "rejected"
        The user's decisions, by first InChIKey block; at most one is accepted.
    note : str
    reviewed : bool
    partial : bool
        The reading of its file was cancelled, so that neighbours may be missing.
    adduct_source : "record", "given", "ranked" or "assumed"
        Where ``spectrum.adduct`` comes from; what is assumed is shown in italics.
    stale : bool
        The annotation was made with other settings or tools than the present ones.
    given_formula : str or None
        What the user chose for this spectrum, in Hill order; None: it is computed.
    """

    uid: int
    spectrum: Spectrum
    annotation: Annotation | None = None
    calls: dict[str, CallState] = field(default_factory=dict)
    note: str = ""
    reviewed: bool = False
    partial: bool = False
    adduct_source: str = "record"
    stale: bool = False
    given_formula: str | None = None

    @property
    def call(self) -> CallState | Literal[""]:
        """The weightiest decision made for this spectrum, empty when there is none."""
        if not self.calls:
            return ""
        states = set(self.calls.values())
        return next((state for state in CALL_STATES if state in states), "")

    def call_of(self, inchikey14: str) -> CallState | Literal[""]:
        """Return what the user said about one structure, empty when nothing."""
        return self.calls.get(inchikey14, "")

    @property
    def title(self) -> str:
        """What a person calls the spectrum; never empty."""
        spectrum = self.spectrum
        return spectrum.title or spectrum.spectrum_id or f"spectrum {spectrum.origin.index + 1}"


class Session(QObject):
    """Holds what is loaded and chosen, and emits one signal for each real change.

    Panes call its methods and listen to its signals; they never speak to each other. Numbers in
    signals are indices into the current annotation (peaks, candidates) or uids of entries.
    """

    spectra_added = Signal(list)  # list[Entry]
    spectra_removed = Signal(list)  # list[int]: uids
    spectra_changed = Signal(list)  # list[int]: uids whose spectrum was replaced (adduct given ...)
    current_changed = Signal(object)  # Entry | None
    annotation_changed = Signal(int)  # uid
    annotating_changed = Signal(int, object)  # uid, Step while it is computed, None when it ended
    candidate_selected = Signal(int)  # -1: none
    explaining_changed = Signal(bool)  # the peaks of the selected candidate are being computed
    explanation_changed = Signal()  # session.peaks
    peak_hovered = Signal(object)  # int | None
    peaks_pinned = Signal(object)  # frozenset[int]
    fragment_turned = Signal(int)  # which of a peak's fragments is shown, from 0
    atom_hovered = Signal(object)  # int | None
    atoms_selected = Signal(object)  # frozenset[int]
    mirror_changed = Signal(object)  # Neighbour | None
    entry_changed = Signal(int)  # uid: anything that the user decided on it
    call_changed = Signal(int)  # uid
    formula_changed = Signal(int)  # uid: another formula was chosen, or none any more
    note_changed = Signal(int)  # uid
    reviewed_changed = Signal(int)  # uid
    tools_changed = Signal(object)  # Tools | None
    settings_changed = Signal(object)  # Settings
    message = Signal(str)
    theme_changed = Signal(str)  # "light" | "dark"
    scale_changed = Signal(str)  # "linear" | "sqrt" | "log"
    labels_changed = Signal(str)  # "formula" | "mz" | "loss" | "none"
    action_requested = Signal(str)  # name in actions.ACTIONS: a pane's button asks the window

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spectra: list[Entry] = []
        self.current: int | None = None
        self.selected_candidate = -1
        self.peaks: tuple[PeakAnnotation, ...] = ()
        self.hovered_peak: int | None = None
        self.pinned_peaks: frozenset[int] = frozenset()
        self.fragment_turn = 0
        self.hovered_atom: int | None = None
        self.selected_atoms: frozenset[int] = frozenset()
        self.mirror: Neighbour | None = None
        self.mirror_mode: MirrorMode = "nearest"
        self.tools: Tools | None = None
        self.settings: Settings | None = None
        self.theme: Literal["light", "dark"] = "light"
        self.scale: Scale = "linear"
        self.labels: Labels = "formula"
        self.undo_stack = QUndoStack(self)
        self._by_uid: dict[int, Entry] = {}
        # Made when it is first asked for: reading files into a list should cost nothing more.
        self._run: Run | None = None
        self._annotating: dict[int, Step] = {}
        self._explaining = False
        self._next_uid = 1

    # What is loaded

    def entry(self, uid: int) -> Entry | None:
        """Return the entry with this uid, or None when it was removed."""
        return self._by_uid.get(uid)

    @property
    def current_entry(self) -> Entry | None:
        """The entry that is shown, or None."""
        return None if self.current is None else self._by_uid.get(self.current)

    @property
    def palette(self) -> Palette:
        """The colors of the present theme."""
        return PALETTES[self.theme]

    def add(self, spectra: Iterable[Spectrum]) -> list[Entry]:
        """Add spectra at the end of the list and return their entries."""
        entries = []
        for spectrum in spectra:
            entries.append(Entry(self._next_uid, spectrum))
            self._next_uid += 1
        self.insert(entries)
        return entries

    def insert(self, entries: Sequence[Entry], positions: Sequence[int] | None = None) -> None:
        """Put entries at the end, or back at the (ascending) positions they were taken from."""
        if not entries:
            return
        if positions is None:
            self.spectra.extend(entries)
        else:
            for entry, position in zip(entries, positions, strict=True):
                self.spectra.insert(position, entry)
        self._by_uid.update((entry.uid, entry) for entry in entries)
        if self._run is not None:
            self._run.add(entry.spectrum for entry in entries)
        self.spectra_added.emit(list(entries))

    @property
    def next_uid(self) -> int:
        """The uid that the next spectrum gets: higher than any before."""
        return self._next_uid

    def restore(self, entries: Sequence[Entry], highest: int = 0) -> None:
        """Put entries of a project at the end; uids up to ``highest`` are taken, too."""
        self._next_uid = max(self._next_uid, highest + 1, *(e.uid + 1 for e in entries), 1)
        self.insert(entries)

    def clear(self) -> None:
        """Let go of everything for good, steps to be undone included: another project comes."""
        self.take(list(self._by_uid))
        self.undo_stack.clear()

    def take(self, uids: Iterable[int]) -> tuple[list[Entry], list[int]]:
        """Take entries out of the list; return them with the positions they had."""
        wanted = set(uids) & self._by_uid.keys()
        taken = [(i, entry) for i, entry in enumerate(self.spectra) if entry.uid in wanted]
        if not taken:
            return [], []
        self.spectra = [entry for entry in self.spectra if entry.uid not in wanted]
        for uid in wanted:
            del self._by_uid[uid]
        self._run = None
        self.spectra_removed.emit([entry.uid for _, entry in taken])
        if self.current in wanted:
            place = min(taken[0][0], len(self.spectra) - 1)
            self.set_current(self.spectra[place].uid if place >= 0 else None)
        return [entry for _, entry in taken], [position for position, _ in taken]

    def ms1_for(self, spectrum: Spectrum) -> Spectrum | None:
        """Return the loaded MS1 scan in which the precursor of a spectrum was seen, if any."""
        if self._run is None:
            self._run = Run(entry.spectrum for entry in self.spectra)
        return self._run.ms1_for(spectrum)

    def replace_spectra(self, changes: Mapping[int, Spectrum], adduct_source: str = "") -> None:
        """Put changed spectra (adduct given, precursor typed) in place; annotations of them go."""
        uids = [uid for uid in changes if uid in self._by_uid]
        for uid in uids:
            entry = self._by_uid[uid]
            entry.spectrum, entry.annotation = changes[uid], None
            # Chosen for another ion: it would not fit this one.
            entry.given_formula = None
            if adduct_source:
                entry.adduct_source = adduct_source
        if not uids:
            return
        self.spectra_changed.emit(uids)
        if self.current in uids:
            self._show_annotation()
            self.current_changed.emit(self.current_entry)

    # What is shown

    def set_current(self, uid: int | None) -> None:
        """Show another spectrum; None shows nothing."""
        if uid == self.current or (uid is not None and uid not in self._by_uid):
            return
        self.current = uid
        self._clear_marks()
        self.selected_candidate, self.peaks, self.mirror = -1, (), None
        self.current_changed.emit(self.current_entry)
        self._show_annotation()

    def set_annotation(self, uid: int, annotation: Annotation | None) -> None:
        """Keep what was found for a spectrum; show it when that spectrum is shown."""
        entry = self._by_uid.get(uid)
        if entry is None or entry.annotation is annotation:
            return
        entry.annotation = annotation
        if uid == self.current:
            self._clear_marks()
            self.selected_candidate = -1
        self.annotation_changed.emit(uid)
        if uid == self.current:
            self._show_annotation()

    def _show_annotation(self) -> None:
        entry = self.current_entry
        annotation = entry.annotation if entry else None
        self._set_explaining(False)
        self.select_candidate(0 if annotation and annotation.candidates else -1)
        self._set_peaks(annotation.peaks if annotation else ())
        self._refresh_mirror()

    def set_annotating(self, uid: int, step: Step | None) -> None:
        """Say how far the annotation of a spectrum has come; None: it is over."""
        if step is None and self._annotating.pop(uid, None) is None:
            return
        if step is not None:
            self._annotating[uid] = step
        self.annotating_changed.emit(uid, step)

    def annotating(self, uid: int | None) -> Step | None:
        """Return how far the annotation of a spectrum has come, None when it is not running."""
        return None if uid is None else self._annotating.get(uid)

    @property
    def candidate(self) -> Candidate | None:
        """The selected candidate, or None."""
        entry = self.current_entry
        if entry is None or entry.annotation is None or self.selected_candidate < 0:
            return None
        candidates = entry.annotation.candidates
        index = self.selected_candidate
        return candidates[index] if index < len(candidates) else None

    def select_candidate(self, index: int) -> None:
        """Choose a candidate of the current spectrum by its place in the list; -1: none.

        The peaks of the first candidate are at hand; those of the others arrive a moment later
        with ``explanation_changed``.
        """
        entry = self.current_entry
        count = len(entry.annotation.candidates) if entry and entry.annotation else 0
        index = index if 0 <= index < count else -1
        if index == self.selected_candidate:
            return
        self.selected_candidate = index
        self.set_fragment_turn(0)
        self.candidate_selected.emit(index)

    def set_explanation(
        self, uid: int, candidate: int, peaks: Sequence[PeakAnnotation] | None
    ) -> None:
        """Show the peaks of a candidate; what is not (any more) selected is ignored.

        ``None`` says that they are being computed: the peaks on screen stay until then.
        """
        if uid != self.current or candidate != self.selected_candidate:
            return
        self._set_explaining(peaks is None)
        if peaks is not None:
            self._set_peaks(tuple(peaks))

    @property
    def explaining(self) -> bool:
        """True while the peaks of the selected candidate are being computed."""
        return self._explaining

    def _set_explaining(self, value: bool) -> None:
        if value != self._explaining:
            self._explaining = value
            self.explaining_changed.emit(value)

    def _set_peaks(self, peaks: tuple[PeakAnnotation, ...]) -> None:
        if peaks is not self.peaks:
            self.peaks = peaks
            self.explanation_changed.emit()

    # What lies under the mouse

    def hover_peak(self, index: int | None) -> None:
        """Light one peak (index into the spectrum's arrays) in every pane; None: no peak."""
        if index != self.hovered_peak:
            self.hovered_peak = index
            self.set_fragment_turn(0)
            self.peak_hovered.emit(index)

    def pin_peaks(self, indices: Iterable[int]) -> None:
        """Keep these peaks lit when the mouse goes away; empty: none."""
        pinned = frozenset(indices)
        if pinned != self.pinned_peaks:
            self.pinned_peaks = pinned
            self.set_fragment_turn(0)
            self.peaks_pinned.emit(pinned)

    def set_fragment_turn(self, turn: int) -> None:
        """Show the n-th of the fragments that explain the lit peak."""
        if turn != self.fragment_turn:
            self.fragment_turn = turn
            self.fragment_turned.emit(turn)

    def hover_atom(self, atom: int | None) -> None:
        """Light one heavy atom of the selected candidate; None: no atom."""
        if atom != self.hovered_atom:
            self.hovered_atom = atom
            self.atom_hovered.emit(atom)

    def select_atoms(self, atoms: Iterable[int]) -> None:
        """Keep atoms selected: only peaks whose fragments hold them stay lit; empty: all."""
        selected = frozenset(atoms)
        if selected != self.selected_atoms:
            self.selected_atoms = selected
            self.atoms_selected.emit(selected)

    def _clear_marks(self) -> None:
        self.hover_peak(None)
        self.pin_peaks(())
        self.hover_atom(None)
        self.select_atoms(())

    @property
    def lit_peak(self) -> int | None:
        """The hovered peak, else the only pinned one, else None."""
        if self.hovered_peak is not None:
            return self.hovered_peak
        return next(iter(self.pinned_peaks)) if len(self.pinned_peaks) == 1 else None

    def fragments_of_peak(self, index: int | None) -> tuple[FragmentMatch, ...]:
        """Return the fragments of the selected candidate that explain a peak, best first."""
        peak = self.peaks[index] if index is not None and 0 <= index < len(self.peaks) else None
        if peak is None or peak.fragment is None:
            return ()
        return (peak.fragment, *peak.other_fragments)

    @property
    def lit_fragment(self) -> FragmentMatch | None:
        """The fragment that the structure shows for the lit peak, or None."""
        fragments = self.fragments_of_peak(self.lit_peak)
        return fragments[self.fragment_turn % len(fragments)] if fragments else None

    @property
    def lit_atoms(self) -> frozenset[int]:
        """Atoms of the lit peak's fragment, or of all pinned peaks."""
        if (fragment := self.lit_fragment) is not None:
            return frozenset(fragment.atoms)
        if self.hovered_peak is not None:
            return frozenset()
        best = (self.fragments_of_peak(index)[:1] for index in self.pinned_peaks)
        return frozenset(atom for fragments in best for match in fragments for atom in match.atoms)

    @property
    def lit_peaks(self) -> frozenset[int]:
        """Peaks whose best fragment holds the hovered atom and all selected atoms."""
        wanted = set(self.selected_atoms)
        if self.hovered_atom is not None:
            wanted.add(self.hovered_atom)
        if not wanted:
            return frozenset()
        return frozenset(
            peak.index
            for peak in self.peaks
            if peak.fragment is not None and wanted.issubset(peak.fragment.atoms)
        )

    # How it is shown

    def set_mirror(self, neighbour: Neighbour | None) -> None:
        """Draw a neighbour below the axis; None: nothing."""
        if neighbour is not self.mirror:
            self.mirror = neighbour
            self.mirror_changed.emit(neighbour)

    def set_mirror_mode(self, mode: MirrorMode) -> None:
        """Choose what is mirrored when a spectrum is shown."""
        self.mirror_mode = mode
        self._refresh_mirror()

    def mirror_choices(self) -> tuple[Neighbour, ...]:
        """Neighbours of the current spectrum whose peaks are at hand, most similar first."""
        entry = self.current_entry
        neighbours = entry.annotation.neighbours if entry and entry.annotation else ()
        return tuple(neighbour for neighbour in neighbours if neighbour.mz is not None)

    def _refresh_mirror(self) -> None:
        choices = self.mirror_choices() if self.mirror_mode == "nearest" else ()
        self.set_mirror(choices[0] if choices else None)

    def set_scale(self, scale: Scale) -> None:
        """Choose how intensities are drawn."""
        if scale != self.scale:
            self.scale = scale
            self.scale_changed.emit(scale)

    def set_labels(self, labels: Labels) -> None:
        """Choose what stands above the sticks."""
        if labels != self.labels:
            self.labels = labels
            self.labels_changed.emit(labels)

    def set_theme(self, theme: Literal["light", "dark"]) -> None:
        """Tell every pane that the colors changed."""
        if theme != self.theme:
            self.theme = theme
            self.theme_changed.emit(theme)

    # What it works with

    def set_tools(self, tools: "Tools | None") -> None:
        """Keep the opened model and stores."""
        if tools is not self.tools:
            self.tools = tools
            self.tools_changed.emit(tools)

    def set_settings(self, settings: "Settings") -> None:
        """Keep the settings of the method."""
        if settings != self.settings:
            self.settings = settings
            self.settings_changed.emit(settings)

    def request(self, action: str) -> None:
        """Ask the window to do an action of the action table (a pane's button)."""
        self.action_requested.emit(action)

    def say(self, text: str) -> None:
        """Show a sentence in the status bar."""
        self.message.emit(text)

    # What the user decides (each can be undone)

    def decide(self, state: CallState | Literal[""], candidate: int | None = None) -> None:
        """Accept, call tentative or reject a candidate of the current spectrum; "" takes it back.

        Without ``candidate`` the selected one is meant. Accepting one takes back the acceptance
        of another. Deciding the same again takes it back.
        """
        entry = self.current_entry
        index = self.selected_candidate if candidate is None else candidate
        if entry is None or entry.annotation is None:
            return
        if not 0 <= index < len(entry.annotation.candidates):
            return
        structure = entry.annotation.candidates[index].structure
        after = dict(entry.calls)
        if state == "" or after.get(structure.inchikey14) == state:
            after.pop(structure.inchikey14, None)
            state = ""
        else:
            if state == "accepted":
                after = {key: call for key, call in after.items() if call != "accepted"}
            after[structure.inchikey14] = state
        if after != entry.calls:
            name = structure.name or structure.formula
            self.undo_stack.push(ChangeCalls(self, entry, after, state, name))

    def give_formula(self, uid: int, formula: str | None) -> None:
        """Choose the formula that a spectrum is annotated with; None: the computed one."""
        entry = self._by_uid.get(uid)
        if entry is not None and formula != entry.given_formula:
            self.undo_stack.push(ChangeFormula(self, entry, formula))

    def write_note(self, uid: int, note: str) -> None:
        """Keep a note on a spectrum."""
        entry = self._by_uid.get(uid)
        if entry is not None and note != entry.note:
            self.undo_stack.push(ChangeNote(self, entry, note))

    def mark_reviewed(self, uids: Sequence[int], reviewed: bool) -> None:
        """Mark spectra as looked at, or as not."""
        entries = [e for uid in uids if (e := self._by_uid.get(uid)) and e.reviewed != reviewed]
        if entries:
            self.undo_stack.push(ChangeReviewed(self, entries, reviewed))

    def remove(self, uids: Sequence[int]) -> None:
        """Take spectra out of the list; undo brings them back."""
        known = [uid for uid in uids if uid in self._by_uid]
        if known:
            self.undo_stack.push(RemoveSpectra(self, known))

    def set_entry(self, entry: Entry, signal: str, **values: Any) -> None:
        """Change fields of an entry and say so: the one door for undo commands."""
        for name, value in values.items():
            setattr(entry, name, value)
        getattr(self, signal).emit(entry.uid)
        self.entry_changed.emit(entry.uid)
