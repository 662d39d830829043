"""Steps that can be undone: each knows the state before and after, and its name in the menu."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from msgui.annotation import Annotation, MeasuredLoss
    from msgui.gui.session import Entry, Session
    from msgui.overrides import Overrides
    from msgui.spectra.spectrum import Spectrum
    from msgui.tools import Settings, Tools

CALL_WORDS = {
    "accepted": "Accept {}",
    "tentative": "Call {} tentative",
    "rejected": "Reject {}",
    "": "Take back the call on {}",
}


class ChangeCalls(QUndoCommand):
    """The user's decisions on the candidates of one spectrum, with their levels.

    A level goes with the call: where a structure is rejected, or not called any more, none stays.
    """

    def __init__(
        self,
        session: "Session",
        entry: "Entry",
        calls: Mapping[str, str],
        levels: Mapping[str, str],
        text: str,
    ) -> None:
        super().__init__(text)
        self._session, self._entry = session, entry
        self._before = (dict(entry.calls), dict(entry.levels))
        kept = {k: v for k, v in levels.items() if calls.get(k, "rejected") != "rejected"}
        self._after = (dict(calls), kept)

    def redo(self) -> None:
        self._set(*self._after)

    def undo(self) -> None:
        self._set(*self._before)

    def _set(self, calls: Mapping[str, str], levels: Mapping[str, str]) -> None:
        values = {"calls": dict(calls), "levels": dict(levels)}
        self._session.set_entry(self._entry, "call_changed", **values)


class ChangeMethod(QUndoCommand):
    """Something that a spectrum is annotated with; each state remembers what was found with it."""

    def __init__(
        self, session: "Session", entry: "Entry", text: str, field: str, signal: str, after: Any
    ) -> None:
        super().__init__(text)
        self._session, self._entry = session, entry
        self._field, self._signal = field, signal
        self._values = (getattr(entry, field), after)
        # What was found with each of them, and with which tools: it need not be computed twice.
        self._found: list[tuple[Annotation, Tools | None] | None] = [None, None]

    def redo(self) -> None:
        self._switch(1)

    def undo(self) -> None:
        self._switch(0)

    def _switch(self, to: int) -> None:
        session, entry = self._session, self._entry
        if entry.annotation is not None and not entry.stale:
            self._found[1 - to] = (entry.annotation, session.tools)
        annotation, tools = self._found[to] or (None, None)
        entry.stale = entry.annotation is not None
        if annotation is not None and tools is session.tools:
            entry.stale = False
            session.set_annotation(entry.uid, annotation)
        session.set_entry(entry, self._signal, **{self._field: self._values[to]})


class ChangeFormula(ChangeMethod):
    """The formula that one spectrum is annotated with: one that the user chose, or computed."""

    def __init__(self, session: "Session", entry: "Entry", after: str | None) -> None:
        text = f"Choose {after}" if after else "Go back to the computed formula"
        super().__init__(session, entry, text, "given_formula", "formula_changed", after)


class ChangeOverrides(ChangeMethod):
    """What the user said about the peaks of one spectrum."""

    def __init__(self, session: "Session", entry: "Entry", after: "Overrides", text: str) -> None:
        super().__init__(session, entry, text, "overrides", "overrides_changed", after)
        self._changes_method = entry.overrides.evidence != after.evidence

    def _switch(self, to: int) -> None:
        if self._changes_method:
            super()._switch(to)
            return
        # Only a note was written: nothing is computed again.
        from msgui.peaks import renoted

        session, entry, said = self._session, self._entry, self._values[to]
        if entry.annotation is not None:
            session.set_annotation(entry.uid, renoted(entry.annotation, said))
        session.set_entry(entry, "overrides_changed", overrides=said)


class ChangeLosses(QUndoCommand):
    """The distances between peaks that are kept with one spectrum."""

    def __init__(
        self, session: "Session", entry: "Entry", after: "tuple[MeasuredLoss, ...]", text: str
    ) -> None:
        super().__init__(text)
        self._session, self._entry = session, entry
        self._before, self._after = entry.losses, after

    def redo(self) -> None:
        self._session.set_entry(self._entry, "losses_changed", losses=self._after)

    def undo(self) -> None:
        self._session.set_entry(self._entry, "losses_changed", losses=self._before)


class ChangeNote(QUndoCommand):
    """The note on one spectrum."""

    def __init__(self, session: "Session", entry: "Entry", after: str) -> None:
        super().__init__(f"Write a note on {entry.title}")
        self._session, self._entry = session, entry
        self._before, self._after = entry.note, after

    def redo(self) -> None:
        self._session.set_entry(self._entry, "note_changed", note=self._after)

    def undo(self) -> None:
        self._session.set_entry(self._entry, "note_changed", note=self._before)


class ChangeReviewed(QUndoCommand):
    """Whether spectra were looked at."""

    def __init__(self, session: "Session", entries: Sequence["Entry"], after: bool) -> None:
        what = entries[0].title if len(entries) == 1 else f"{len(entries)} spectra"
        super().__init__(f"Mark {what} as {'reviewed' if after else 'not reviewed'}")
        self._session, self._entries, self._after = session, tuple(entries), after

    def redo(self) -> None:
        for entry in self._entries:
            self._session.set_entry(entry, "reviewed_changed", reviewed=self._after)

    def undo(self) -> None:
        for entry in self._entries:
            self._session.set_entry(entry, "reviewed_changed", reviewed=not self._after)


class RemoveSpectra(QUndoCommand):
    """Spectra taken out of the list."""

    def __init__(self, session: "Session", uids: Sequence[int]) -> None:
        first = session.entry(uids[0])
        what = first.title if len(uids) == 1 and first else f"{len(uids)} spectra"
        super().__init__(f"Remove {what}")
        self._session, self._uids = session, tuple(uids)
        self._entries: list[Entry] = []
        self._positions: list[int] = []

    def redo(self) -> None:
        self._entries, self._positions = self._session.take(self._uids)

    def undo(self) -> None:
        self._session.insert(self._entries, self._positions)


class AddSpectra(QUndoCommand):
    """Spectra that were put into the list by an import or a paste that is already over."""

    def __init__(self, session: "Session", uids: Sequence[int], text: str) -> None:
        super().__init__(text)
        self._session, self._uids = session, tuple(uids)
        self._taken: tuple[list[Entry], list[int]] | None = None

    def redo(self) -> None:
        # The first redo happens on push, when the spectra already stand in the list.
        if self._taken is not None:
            self._session.insert(*self._taken)

    def undo(self) -> None:
        self._taken = self._session.take(self._uids)


class ReplaceSpectra(QUndoCommand):
    """Fields of spectra that the user gave (adduct, polarity, precursor)."""

    def __init__(
        self,
        session: "Session",
        after: Mapping[int, "Spectrum"],
        adduct_source: str,
        text: str,
    ) -> None:
        super().__init__(text)
        self._session, self._after, self._source = session, dict(after), adduct_source
        entries = [entry for uid in after if (entry := session.entry(uid)) is not None]
        self._before = {
            entry.uid: (
                entry.spectrum,
                entry.annotation,
                entry.adduct_source,
                {
                    "given_formula": entry.given_formula,
                    "overrides": entry.overrides,
                    "losses": entry.losses,
                },
            )
            for entry in entries
        }

    def redo(self) -> None:
        self._session.replace_spectra(self._after, self._source)

    def undo(self) -> None:
        for uid, (spectrum, annotation, source, chosen) in self._before.items():
            self._session.replace_spectra({uid: spectrum}, source)
            if (entry := self._session.entry(uid)) is not None:
                for name, value in chosen.items():
                    setattr(entry, name, value)
            self._session.set_annotation(uid, annotation)


class ChangeSettings(QUndoCommand):
    """How spectra are annotated from now on."""

    def __init__(
        self, take: "Callable[[Settings], object]", before: "Settings", after: "Settings"
    ) -> None:
        names = [f.name for f in fields(after) if getattr(before, f.name) != getattr(after, f.name)]
        what = names[0].replace("_", " ") if len(names) == 1 else "settings"
        value = getattr(after, names[0]) if len(names) == 1 else None
        super().__init__(f"Change {what}" + ("" if value is None else f" to {value}"))
        self._take, self._before, self._after = take, before, after

    def redo(self) -> None:
        self._take(self._after)

    def undo(self) -> None:
        self._take(self._before)
