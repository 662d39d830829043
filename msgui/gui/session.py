"""The one state that every pane listens to: what is loaded, chosen, hovered and decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from msgui.annotation import Annotation, Candidate, MeasuredLoss, PeakAnnotation
from msgui.fragments.comparison import Comparison, compare
from msgui.fragments.fragment import FragmentMatch
from msgui.gui.theme import PALETTES, Palette
from msgui.gui.undo import (
    CALL_WORDS,
    ChangeCalls,
    ChangeFormula,
    ChangeLosses,
    ChangeNote,
    ChangeOverrides,
    ChangeReviewed,
    RemoveSpectra,
)
from msgui.overrides import NO_OVERRIDES, Overrides, PeakOverride
from msgui.prediction.values import Neighbour
from msgui.progress import Step
from msgui.spectra.coverage import Chance, counting_peaks
from msgui.spectra.run import Run
from msgui.spectra.spectrum import Spectrum
from msgui.structures.structure import Structure

if TYPE_CHECKING:
    from msgui.chemistry.difference import Difference
    from msgui.expectation import Expectation
    from msgui.tools import Settings, Tools
    from msgui.trust.occlusion import Occlusion

CallState = Literal["accepted", "tentative", "rejected"]
Scale = Literal["linear", "sqrt", "log"]
Labels = Literal["formula", "mz", "loss", "none"]
MirrorMode = Literal["nearest", "listed", "predicted", "off"]

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
    levels : dict of str to str
        Identification level (Schymanski) of structures called accepted or tentative, by first
        InChIKey block; only where the user chose one.
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
    overrides : Overrides
        What the user said about single peaks.
    losses : tuple of MeasuredLoss
        Distances between peaks that the user measured and kept.
    """

    uid: int
    spectrum: Spectrum
    annotation: Annotation | None = None
    calls: dict[str, CallState] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    note: str = ""
    reviewed: bool = False
    partial: bool = False
    adduct_source: str = "record"
    stale: bool = False
    given_formula: str | None = None
    overrides: Overrides = NO_OVERRIDES
    losses: tuple[MeasuredLoss, ...] = ()

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

    def level_of(self, inchikey14: str) -> str:
        """Return the identification level of one structure, empty when none was chosen."""
        return self.levels.get(inchikey14, "")

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
    # Annotations before and after a decision on the shown spectrum, and the structure looked at.
    annotation_replaced = Signal(object, object, str)
    annotating_changed = Signal(int, object)  # uid, Step while it is computed, None when it ended
    candidate_selected = Signal(int)  # -1: none
    explaining_changed = Signal(bool)  # the peaks of the selected candidate are being computed
    explanation_changed = Signal()  # session.peaks
    chance_changed = Signal()  # session.chance
    compared_changed = Signal(int)  # candidate that is compared with the selected one; -1: none
    comparison_changed = Signal()  # session.compared_peaks
    difference_changed = Signal()  # session.difference
    peak_hovered = Signal(object)  # int | None
    peaks_pinned = Signal(object)  # frozenset[int]
    fragment_turned = Signal(int)  # which of a peak's fragments is shown, from 0
    atom_hovered = Signal(object)  # int | None
    atoms_selected = Signal(object)  # frozenset[int]
    bonds_selected = Signal(object)  # frozenset[int]
    mirror_changed = Signal(object)  # Neighbour | Spectrum | None
    expectation_wanted = Signal()  # another mirror mode or energy was chosen
    expectation_changed = Signal()  # session.expectation
    occlusion_changed = Signal()  # session.occlusion
    entry_changed = Signal(int)  # uid: anything that the user decided on it
    call_changed = Signal(int)  # uid
    formula_changed = Signal(int)  # uid: another formula was chosen, or none any more
    overrides_changed = Signal(int)  # uid: something else is said about its peaks
    losses_changed = Signal(int)  # uid: other distances between its peaks are kept
    note_changed = Signal(int)  # uid
    reviewed_changed = Signal(int)  # uid
    tools_changed = Signal(object)  # Tools | None
    settings_changed = Signal(object)  # Settings
    message = Signal(str)
    theme_changed = Signal(str)  # "light" | "dark"
    error_rate_changed = Signal(int)  # per cent of wrong first places that are put up with; 0: any
    scale_changed = Signal(str)  # "linear" | "sqrt" | "log"
    labels_changed = Signal(str)  # "formula" | "mz" | "loss" | "none"
    action_requested = Signal(str)  # name in actions.ACTIONS: a pane's button asks the window

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spectra: list[Entry] = []
        self.current: int | None = None
        self.selected_candidate = -1
        self.peaks: tuple[PeakAnnotation, ...] = ()
        self.chance: Chance | None = None
        self.compared = -1
        self.compared_peaks: tuple[PeakAnnotation, ...] = ()
        self._comparison: Comparison | None = None
        self.difference: Difference | None = None
        self._counts: tuple[Spectrum, Overrides, npt.NDArray[np.bool_]] | None = None
        self.hovered_peak: int | None = None
        self.pinned_peaks: frozenset[int] = frozenset()
        self.fragment_turn = 0
        self.hovered_atom: int | None = None
        self.selected_atoms: frozenset[int] = frozenset()
        self.selected_bonds: frozenset[int] = frozenset()
        self.mirror: Neighbour | Spectrum | None = None
        self.listed_mirror: int | None = None  # what is mirrored in the mode "listed"
        self.mirror_mode: MirrorMode = "nearest"
        self.expectation: Expectation | None = None
        self.occlusion: Occlusion | None = None
        self.expected_energy_ev: float | None = None
        self.tools: Tools | None = None
        self.settings: Settings | None = None
        self.theme: Literal["light", "dark"] = "light"
        self.error_percent = 0
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
        if self.mirror_mode == "listed" and self.listed_mirror in wanted:
            self._refresh_mirror()
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
            entry.overrides, entry.losses = NO_OVERRIDES, ()
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
        self.compare_with(-1)
        self.selected_candidate, self.peaks, self.mirror = -1, (), None
        self.chance = None
        self.current_changed.emit(self.current_entry)
        self._show_annotation()

    def set_annotation(self, uid: int, annotation: Annotation | None) -> None:
        """Keep what was found for a spectrum; show it when that spectrum is shown.

        What is pinned and which structure is selected stays where the same spectrum was annotated
        again.
        """
        entry = self._by_uid.get(uid)
        if entry is None or entry.annotation is annotation:
            return
        before, entry.annotation = entry.annotation, annotation
        if uid != self.current:
            self.annotation_changed.emit(uid)
            return
        again = before is not None and annotation is not None
        again = again and before.spectrum is annotation.spectrum
        key = self.candidate_key(before) if again else ""
        if before is not None and annotation is not None:
            # What the user has just added is what they want to see.
            known = before.overrides.structures
            fresh = [s for s in annotation.overrides.structures if again and s not in known]
            key = fresh[-1].inchikey14 if fresh else key
        self.compare_with(-1)
        self._clear_marks(keep_peaks=again)
        self.selected_candidate = -1
        self.annotation_changed.emit(uid)
        self._show_annotation(_place_of(annotation, key))
        if again:
            self.annotation_replaced.emit(before, annotation, key)

    def candidate_key(self, annotation: Annotation | None) -> str:
        """Return the first InChIKey block of the selected candidate, empty without one."""
        candidates = annotation.candidates if annotation else ()
        index = self.selected_candidate
        return candidates[index].structure.inchikey14 if 0 <= index < len(candidates) else ""

    def _show_annotation(self, candidate: int = 0) -> None:
        entry = self.current_entry
        annotation = entry.annotation if entry else None
        self._set_explaining(False)
        if candidate == 0 or annotation is None:
            self._set_peaks(annotation.peaks if annotation else ())
        self.select_candidate(candidate if annotation and annotation.candidates else -1)
        if annotation is not None and not annotation.candidates:
            self._set_chance(annotation.formula_chance)
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
        # Atoms are counted in the order of one structure.
        self.select_atoms(())
        self.select_bonds(())
        self._set_chance(None)
        self.compare_with(-1)
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

    def set_chance(self, uid: int, candidate: int, chance: Chance | None) -> None:
        """Say what the selected candidate explains by chance; of another it is ignored."""
        if uid == self.current and candidate == self.selected_candidate:
            self._set_chance(chance)

    def _set_chance(self, chance: Chance | None) -> None:
        if chance != self.chance:
            self.chance = chance
            self.chance_changed.emit()

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
            self.peaks, self._comparison = peaks, None
            self.explanation_changed.emit()

    # Two candidates side by side

    def compare_with(self, candidate: int) -> None:
        """Compare the selected candidate with another one; -1: none.

        The other one's peaks arrive a moment later with ``comparison_changed``.
        """
        entry = self.current_entry
        count = len(entry.annotation.candidates) if entry and entry.annotation else 0
        if not 0 <= candidate < count or candidate == self.selected_candidate:
            candidate = -1
        if candidate == self.compared:
            return
        self.compared, self.compared_peaks, self._comparison = candidate, (), None
        self.difference = None
        self.compared_changed.emit(candidate)
        self.comparison_changed.emit()

    @property
    def compared_candidate(self) -> Candidate | None:
        """The candidate that the selected one is compared with, or None."""
        entry = self.current_entry
        if self.compared < 0 or entry is None or entry.annotation is None:
            return None
        return entry.annotation.candidates[self.compared]

    @property
    def comparison(self) -> Comparison | None:
        """Which peaks decide between the selected and the compared candidate, when known."""
        entry = self.current_entry
        if entry is None or not self.compared_peaks or not self.peaks:
            return None
        if self._comparison is None:
            one, other = (
                np.array([peak.fragment is not None for peak in peaks])
                for peaks in (self.peaks, self.compared_peaks)
            )
            self._comparison = compare(one, other, entry.spectrum.intensity, self.counts)
        return self._comparison

    @property
    def counts(self) -> npt.NDArray[np.bool_]:
        """Which peaks of the current spectrum count towards coverage, shape (n_peaks,)."""
        entry = self.current_entry
        if entry is None:
            return np.zeros(0, bool)
        key = (entry.spectrum, entry.overrides)
        if self._counts is None or self._counts[0] is not key[0] or self._counts[1] != key[1]:
            self._counts = (*key, counting(entry))
        return self._counts[2]

    def set_comparison(self, uid: int, candidate: int, peaks: Sequence[PeakAnnotation]) -> None:
        """Show the peaks of the compared candidate; those of another are ignored."""
        if uid == self.current and candidate == self.compared:
            self.compared_peaks, self._comparison = tuple(peaks), None
            self.comparison_changed.emit()

    def set_difference(self, uid: int, candidate: int, difference: "Difference") -> None:
        """Say where the compared candidate differs from the selected one."""
        if uid == self.current and candidate == self.compared:
            self.difference = difference
            self.difference_changed.emit()

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

    def select_bonds(self, bonds: Iterable[int]) -> None:
        """Keep bonds selected: only peaks whose fragments hold them uncut stay lit."""
        selected = frozenset(bonds)
        if selected != self.selected_bonds:
            self.selected_bonds = selected
            self.bonds_selected.emit(selected)

    def clear_picks(self) -> None:
        """Let go of selected atoms and bonds."""
        self.select_atoms(())
        self.select_bonds(())

    def _clear_marks(self, *, keep_peaks: bool = False) -> None:
        if not keep_peaks:
            self.hover_peak(None)
            self.pin_peaks(())
        self.hover_atom(None)
        self.clear_picks()

    @property
    def lit_peak(self) -> int | None:
        """The hovered peak, else the only pinned one, else None."""
        if self.hovered_peak is not None:
            return self.hovered_peak
        return next(iter(self.pinned_peaks)) if len(self.pinned_peaks) == 1 else None

    @property
    def meant_peaks(self) -> tuple[int, ...]:
        """Peaks that a decision is about: the pinned ones, else the hovered one."""
        if self.pinned_peaks:
            return tuple(sorted(self.pinned_peaks))
        return () if self.hovered_peak is None else (self.hovered_peak,)

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
    def picks(self) -> bool:
        """Is any atom or bond hovered or selected."""
        picked = bool(self.selected_atoms or self.selected_bonds)
        return picked or self.hovered_atom is not None

    def holds_picks(self, fragment: FragmentMatch) -> bool:
        """Return whether a fragment has all picked atoms, and all picked bonds uncut."""
        wanted = set(self.selected_atoms)
        if self.hovered_atom is not None:
            wanted.add(self.hovered_atom)
        if not wanted.issubset(fragment.atoms) or self.selected_bonds & set(fragment.bonds_cut):
            return False
        pairs = self._bond_pairs()
        ends = (pairs[bond] for bond in self.selected_bonds if bond < len(pairs))
        return all(set(pair).issubset(fragment.atoms) for pair in ends)

    def _bond_pairs(self) -> list[list[int]]:
        from msgui.chemistry.depict import bond_pairs

        candidate = self.candidate
        if candidate is None or not self.selected_bonds:
            return []
        return bond_pairs(candidate.structure.smiles).tolist()

    @property
    def lit_peaks(self) -> frozenset[int]:
        """Peaks whose best fragment holds the hovered and selected atoms and bonds."""
        if not self.picks:
            return frozenset()
        return frozenset(
            peak.index
            for peak in self.peaks
            if peak.fragment is not None and self.holds_picks(peak.fragment)
        )

    @property
    def needing_peaks(self) -> frozenset[int]:
        """Peaks of which every fragment holds them: without them the peak is not explained."""
        return frozenset(
            index
            for index in self.lit_peaks
            if all(map(self.holds_picks, self.fragments_of_peak(index)))
        )

    # How it is shown

    def set_mirror(self, mirror: Neighbour | Spectrum | None) -> None:
        """Draw a neighbour or a spectrum of the list below the axis; None: nothing."""
        if mirror is not self.mirror:
            self.mirror = mirror
            self.mirror_changed.emit(mirror)

    @property
    def can_predict(self) -> bool:
        """Whether there is a candidate, and a forward model to predict its spectrum."""
        tools = self.tools
        return tools is not None and tools.forward is not None and self.candidate is not None

    def set_mirror_mode(self, mode: MirrorMode) -> None:
        """Choose what is mirrored when a spectrum is shown."""
        self.mirror_mode = mode
        self._refresh_mirror()
        self.expectation_wanted.emit()

    def keep_below(self, uid: int) -> None:
        """Draw a spectrum of the list below the others while they are walked through."""
        self.listed_mirror = uid
        self.set_mirror_mode("listed")

    @property
    def shown_mirror(self) -> MirrorMode:
        """What is below the axis, or would be if there was one."""
        if self.mirror_mode in ("predicted", "listed"):
            return self.mirror_mode
        return "off" if self.mirror is None else "nearest"

    def expect_at(self, energy_ev: float | None) -> None:
        """Choose the collision energy of the expected spectrum; None: that of the record."""
        if energy_ev != self.expected_energy_ev:
            self.expected_energy_ev = energy_ev
            self.expectation_wanted.emit()

    def set_occlusion(self, occlusion: "Occlusion | None") -> None:
        """Keep what the model predicts for the current spectrum without each peak."""
        if occlusion is not self.occlusion:
            self.occlusion = occlusion
            self.occlusion_changed.emit()

    @property
    def carried(self) -> npt.NDArray[np.float64] | None:
        """What the selected candidate's likelihood loses without each peak, in nats; or None."""
        from msgui.prediction.agreement import bits_of

        occlusion, candidate, entry = self.occlusion, self.candidate, self.current_entry
        if occlusion is None or candidate is None or entry is None:
            return None
        bits = bits_of([candidate.structure.smiles])[0]
        return occlusion.at_peak(occlusion.carried(bits), len(entry.spectrum))

    def set_expectation(self, expectation: "Expectation | None") -> None:
        """Draw what the selected candidate is expected to give below the axis; None: nothing."""
        if expectation is not self.expectation:
            self.expectation = expectation
            self.expectation_changed.emit()

    def mirror_choices(self) -> tuple[Neighbour, ...]:
        """Neighbours of the current spectrum whose peaks are at hand, most similar first."""
        entry = self.current_entry
        neighbours = entry.annotation.neighbours if entry and entry.annotation else ()
        return tuple(neighbour for neighbour in neighbours if neighbour.mz is not None)

    def _refresh_mirror(self) -> None:
        if self.mirror_mode == "listed":
            shown = self.listed_mirror is None or self.listed_mirror == self.current
            kept = None if shown else self._by_uid.get(self.listed_mirror)
            self.set_mirror(kept.spectrum if kept is not None else None)
            return
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

    def set_error_percent(self, percent: int) -> None:
        """Accept answers at this rate of wrong first places from now on; 0 accepts none or all."""
        if percent != self.error_percent:
            self.error_percent = percent
            self.error_rate_changed.emit(percent)

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
        entry, structure = self.current_entry, self._structure_at(candidate)
        if entry is None or structure is None:
            return
        if entry.call_of(structure.inchikey14) == state:
            state = ""
        calls = _calls_with(entry.calls, structure.inchikey14, state)
        if calls != entry.calls:
            words = CALL_WORDS[state].format(structure.name or structure.formula)
            self.undo_stack.push(ChangeCalls(self, entry, calls, entry.levels, words))

    def choose_level(self, level: str, candidate: int | None = None) -> None:
        """Say how sure the identification of a candidate is; "" takes the level back.

        A candidate that was not called anything, or rejected, becomes accepted with the levels 1
        and 2, and tentative with the others.
        """
        entry, structure = self.current_entry, self._structure_at(candidate)
        if entry is None or structure is None:
            return
        key, calls = structure.inchikey14, entry.calls
        if level and calls.get(key, "rejected") == "rejected":
            calls = _calls_with(calls, key, "accepted" if level[0] in "12" else "tentative")
        levels = {k: v for k, v in entry.levels.items() if k != key}
        if level:
            levels[key] = level
        if (calls, levels) != (entry.calls, entry.levels):
            name = structure.name or structure.formula
            words = f"Level {level} for {name}" if level else f"Take back the level of {name}"
            self.undo_stack.push(ChangeCalls(self, entry, calls, levels, words))

    def _structure_at(self, candidate: int | None) -> Structure | None:
        """Return the structure of a candidate, of the selected one without a place."""
        entry = self.current_entry
        index = self.selected_candidate if candidate is None else candidate
        if entry is None or entry.annotation is None:
            return None
        candidates = entry.annotation.candidates
        return candidates[index].structure if 0 <= index < len(candidates) else None

    def give_formula(self, uid: int, formula: str | None) -> None:
        """Choose the formula that a spectrum is annotated with; None: the computed one."""
        entry = self._by_uid.get(uid)
        if entry is not None and formula != entry.given_formula:
            self.undo_stack.push(ChangeFormula(self, entry, formula))

    def say_about_peaks(self, said: Mapping[int, PeakOverride], words: str) -> None:
        """Say something about peaks of the current spectrum; ``words`` name the step."""
        entry = self.current_entry
        if entry is None:
            return
        after = entry.overrides
        for peak, about in said.items():
            if 0 <= peak < len(entry.spectrum):
                after = after.with_peak(peak, about)
        if after != entry.overrides:
            self.undo_stack.push(ChangeOverrides(self, entry, after, words))

    def add_candidate(self, structure: Structure) -> None:
        """Rank a structure of the user's own among the candidates of the current spectrum."""
        entry = self.current_entry
        if entry is None:
            return
        after = entry.overrides.with_structure(structure)
        if after != entry.overrides:
            name = structure.name or structure.formula
            self.undo_stack.push(ChangeOverrides(self, entry, after, f"Add Candidate {name}"))

    def remove_candidate(self, inchikey14: str) -> None:
        """Take a structure of the user's own out of the candidates again."""
        entry = self.current_entry
        own = entry.overrides.structures if entry is not None else ()
        gone = next((one for one in own if one.inchikey14 == inchikey14), None)
        if entry is not None and gone is not None:
            after = entry.overrides.without_structure(inchikey14)
            name = gone.name or gone.formula
            self.undo_stack.push(ChangeOverrides(self, entry, after, f"Remove Candidate {name}"))

    def is_own(self, inchikey14: str) -> bool:
        """Say whether the user added this structure to the current spectrum."""
        own = self.current_entry.overrides.structures if self.current_entry else ()
        return any(one.inchikey14 == inchikey14 for one in own)

    def keep_losses(self, losses: Sequence[MeasuredLoss], words: str) -> None:
        """Keep these distances between peaks of the current spectrum."""
        entry = self.current_entry
        if entry is not None and tuple(losses) != entry.losses:
            self.undo_stack.push(ChangeLosses(self, entry, tuple(losses), words))

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


def _place_of(annotation: Annotation | None, key: str) -> int:
    """Return where a structure stands among the candidates, 0 when it is not there."""
    candidates = annotation.candidates if annotation else ()
    return next((i for i, c in enumerate(candidates) if c.structure.inchikey14 == key), 0)


def _calls_with(
    calls: Mapping[str, CallState], key: str, state: CallState | Literal[""]
) -> dict[str, CallState]:
    """Return calls with another one on a structure; one alone is accepted."""
    after = {k: v for k, v in calls.items() if k != key}
    if state == "accepted":
        after = {k: v for k, v in after.items() if v != "accepted"}
    return {**after, key: state} if state else after


def counting(entry: Entry) -> npt.NDArray[np.bool_]:
    """Return which peaks of an entry count towards coverage, shape (n_peaks,)."""
    spectrum = entry.spectrum
    counts = np.zeros(len(spectrum), bool)
    kept = entry.overrides.kept(len(spectrum))
    mz, intensity = spectrum.mz[kept], spectrum.intensity[kept]
    counts[kept] = counting_peaks(mz, intensity, spectrum.precursor_mz, spectrum.charge or 1)
    return counts
