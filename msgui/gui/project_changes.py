"""What changed in the session since it was last written down."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal

from msgui.annotation import Annotation
from msgui.gui.kept_entries import decide, decisions_of, fits_choice, made_with
from msgui.gui.loading import Loader
from msgui.gui.session import Entry, Session
from msgui.project.contents import (
    annotation_change,
    decisions_change,
    files_change,
    removal,
    spectrum_change,
)
from msgui.project.file import Key
from msgui.project.values import Kept, MadeWith

if TYPE_CHECKING:
    from msgui.tools import Tools


class Changes(QObject):
    """Listens to the session and notes which of its entries must be written.

    Uids of the session are never used twice, those of a file begin at 1 in each: ``offset`` is the
    difference. ``results`` counts what was computed since the project was opened.
    """

    happened = Signal()

    def __init__(self, session: Session, loader: Loader, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._loader = session, loader
        self.offset = 0
        self.results = 0
        self._spectra: set[int] = set()
        self._annotations: set[int] = set()
        self._decisions: set[int] = set()
        self._removed: set[int] = set()
        self._files = False
        self._is_arriving = False
        self._strange: dict[int, Mapping[str, Any]] = {}
        self._made: WeakKeyDictionary[Annotation, MadeWith] = WeakKeyDictionary()
        session.spectra_added.connect(self._added)
        session.spectra_removed.connect(self._note_removed)
        session.spectra_changed.connect(lambda uids: self._note(self._spectra, uids))
        session.annotation_changed.connect(self._annotated)
        session.entry_changed.connect(lambda uid: self._note(self._decisions, [uid]))
        session.tools_changed.connect(self.compare_with_tools)
        loader.outcome.connect(self._note_file)

    @property
    def has_decisions(self) -> bool:
        """Is there anything that stands nowhere else."""
        return bool(self._decisions)

    @property
    def are_waiting(self) -> bool:
        """Is there anything to be written."""
        return bool(self._spectra or self._annotations or self._decisions or self._removed)

    def note_everything(self) -> None:
        """Write all that is in the session."""
        for entry in self._session.spectra:
            self._spectra.add(entry.uid)
            if entry.annotation is not None:
                self._annotations.add(entry.uid)
        self._files = bool(self._loader.outcomes)
        if self._spectra:
            self.happened.emit()

    def forget(self) -> None:
        """Write nothing of what was noted: it stands on disk."""
        for kind in (self._spectra, self._annotations, self._decisions, self._removed):
            kind.clear()
        self._files = False

    def _note(self, kind: set[int], uids: list[int]) -> None:
        if not self._is_arriving:
            kind.update(uids)
            self.happened.emit()

    def _added(self, entries: list[Entry]) -> None:
        if self._is_arriving:
            return
        uids = [entry.uid for entry in entries]
        self._removed.difference_update(uids)
        # What comes back by undo brings its results with it.
        self._annotations.update(e.uid for e in entries if e.annotation is not None)
        self._note(self._spectra, uids)

    def _note_removed(self, uids: list[int]) -> None:
        for kind in (self._spectra, self._annotations, self._decisions):
            kind.difference_update(uids)
        self._note(self._removed, uids)

    def _annotated(self, uid: int) -> None:
        entry, tools = self._session.entry(uid), self._session.tools
        found = entry.annotation if entry is not None else None
        # One that comes back by undo keeps what it was made with.
        if found is not None and tools is not None and found not in self._made:
            self._made[found] = made_with(tools)
            self.results += 1
        self._note(self._annotations, [uid])

    def _note_file(self, _outcome: object) -> None:
        self._files = True
        self.happened.emit()

    def take(self, most: int | None = None) -> dict[Key, Any]:
        """Return what must be written, as values that nothing changes later.

        Parameters
        ----------
        most : int, optional
            Of so many spectra only; the others stay noted. Decisions come first.
        """
        changes: dict[Key, Any] = {}
        for uid in self._removed:
            changes.update(removal(uid - self.offset))
        self._removed.clear()
        noted = chain(self._decisions, self._annotations, self._spectra)
        for uid in set(islice(noted, most)):
            if (entry := self._session.entry(uid)) is not None:
                changes.update(self._changes_of(entry))
            for kind in (self._spectra, self._annotations, self._decisions):
                kind.discard(uid)
        if self._files and not self.are_waiting:
            changes.update(self._file_changes())
            self._files = False
        return changes

    def _changes_of(self, entry: Entry) -> Iterator[tuple[Key, Any]]:
        uid, number = entry.uid, entry.uid - self.offset
        decisions = {**self._strange.get(uid, {}), **decisions_of(entry)}
        if decisions or uid in self._decisions:
            yield decisions_change(number, decisions)
        if uid in self._spectra:
            yield spectrum_change(number, entry.spectrum)
        found = entry.annotation
        if uid in self._annotations or (uid in self._spectra and found is None):
            how = None if found is None else self._made.get(found)
            yield annotation_change(number, entry.spectrum, found, how)

    def _file_changes(self) -> Iterator[tuple[Key, Any]]:
        for number, outcome in enumerate(self._loader.outcomes, 1):
            said = {field.name: getattr(outcome, field.name) for field in fields(outcome)}
            said["uids"] = tuple(uid - self.offset for uid in outcome.uids)
            said["identity"] = self._loader.identity_of(outcome.path)
            yield files_change(number, said)

    # What arrives

    def begin(self) -> None:
        """Another project begins: its uids follow those of the session."""
        self.forget()
        self.results = 0
        self._strange.clear()
        self.offset = self._session.next_uid - 1

    def add(self, batch: tuple[Kept, ...]) -> None:
        """Put spectra of the project into the session; they are written already."""
        self._is_arriving = True
        try:
            self._session.restore([self._entry_of(kept) for kept in batch])
        finally:
            self._is_arriving = False

    def _entry_of(self, kept: Kept) -> Entry:
        entry = Entry(kept.uid + self.offset, kept.spectrum, kept.annotation)
        strange = decide(entry, kept.decisions)
        if strange:
            # Words of a newer version stay in the project.
            self._strange[entry.uid] = strange
        if kept.annotation is not None and kept.made_with is not None:
            self._made[kept.annotation] = kept.made_with
        return entry

    # How results were made

    def compare_with_tools(self, tools: "Tools | None") -> None:
        """Mark results that were made with another model, other structures or other settings."""
        if tools is None:
            return
        present = made_with(tools)
        for entry in self._session.spectra:
            if entry.annotation is None or (how := self._made.get(entry.annotation)) is None:
                continue
            entry.stale = bool(how.differences(present)) or not fits_choice(entry)

    def why_stale(self, entry: Entry) -> str:
        """Return what was other when the result of an entry was made; empty for a fresh one."""
        tools = self._session.tools
        if not entry.stale or entry.annotation is None or tools is None:
            return ""
        how = self._made.get(entry.annotation)
        differences = how.differences(made_with(tools)) if how is not None else ()
        return ", ".join(differences) or "other settings"
