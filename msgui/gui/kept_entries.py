"""Entries of the session and what a project keeps of them."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

import msgui
from msgui.gui.loading import FileOutcome
from msgui.gui.session import Entry
from msgui.project.values import MadeWith

if TYPE_CHECKING:
    from msgui.tools import Tools

# What an entry holds besides what the user decided.
NOT_DECIDED = frozenset(("uid", "spectrum", "annotation", "stale"))


def decisions_of(entry: Entry) -> dict[str, Any]:
    """Return what was decided on an entry, by field; what is usual is left out."""
    found = {}
    for field in fields(entry):
        if field.name in NOT_DECIDED:
            continue
        value = getattr(entry, field.name)
        usual = field.default_factory() if field.default_factory is not MISSING else field.default
        if value != usual:
            found[field.name] = dict(value) if isinstance(value, dict) else value
    return found


def decide(entry: Entry, decisions: Mapping[str, Any]) -> dict[str, Any]:
    """Give an entry what was decided; return what this version has no place for."""
    kinds = {field.name: field.default_factory for field in fields(entry)}
    strange = {}
    for name, value in decisions.items():
        if name in NOT_DECIDED or name not in kinds:
            strange[name] = value
            continue
        make = kinds[name]
        # Sequences come back as tuples; sets and lists are made of them again.
        setattr(entry, name, make(value) if make in (list, set, dict) else value)
    return strange


def fits_choice(entry: Entry) -> bool:
    """Say whether a result was made with what is chosen now: formula, and words on peaks."""
    annotation = entry.annotation
    if annotation is None:
        return True
    if annotation.overrides.evidence != entry.overrides.evidence:
        return False
    if entry.given_formula is None:
        return annotation.formula_source != "given"
    return annotation.formula == entry.given_formula


def outcome_of(said: Mapping[str, Any], offset: int) -> FileOutcome:
    """Return what became of a file as it was kept; ``offset`` turns its uids into the session's."""
    known = {field.name for field in fields(FileOutcome)}
    values = {name: value for name, value in said.items() if name in known}
    values["uids"] = [uid + offset for uid in values.get("uids", ())]
    values["problems"] = list(values.get("problems", ()))
    return FileOutcome(**values)


def made_with(tools: "Tools") -> MadeWith:
    """Return what a run with these tools is made with."""
    model, structures, library = tools.model, tools.structures, tools.library
    return MadeWith(
        msgui=msgui.__version__,
        model=model.name if model is not None else "",
        model_sha256=model.sha256 if model is not None else "",
        structures=structures.name if structures is not None else "",
        structures_sha256=structures.info().sha256 if structures is not None else "",
        library=library.name if library is not None else "",
        library_sha256=library.info().sha256 if library is not None else "",
        parameters=tools.settings.as_dict(),
    )
