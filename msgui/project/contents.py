"""What stands in the rows of a project file: values to blocks, and blocks to values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgui.annotation import Annotation
from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.project.encoding import from_bytes, to_bytes
from msgui.project.file import Key, ProjectFile
from msgui.project.values import Kept, MadeWith
from msgui.spectra.spectrum import Spectrum

SPECTRA_A_STEP = 200


def spectrum_change(uid: int, spectrum: Spectrum) -> tuple[Key, Any]:
    """Return the change that keeps a spectrum."""
    return ("spectra", uid), spectrum


def annotation_change(
    uid: int, spectrum: Spectrum, annotation: Annotation | None, made_with: MadeWith | None
) -> tuple[Key, Any]:
    """Return the change that keeps, or forgets, what was found for a spectrum."""
    value = None if annotation is None else _Found(annotation, made_with, spectrum)
    return ("annotations", uid), value


def decisions_change(uid: int, decisions: Mapping[str, Any]) -> tuple[Key, Any]:
    """Return the change that keeps what the user decided on a spectrum."""
    return ("decisions", uid), dict(decisions)


def files_change(number: int, outcome: Mapping[str, Any] | None) -> tuple[Key, Any]:
    """Return the change that keeps what became of one imported file."""
    return ("files", number), None if outcome is None else dict(outcome)


def removal(uid: int) -> dict[Key, Any]:
    """Return the changes that forget a spectrum and all that belongs to it."""
    return {("spectra", uid): None, ("annotations", uid): None, ("decisions", uid): None}


@dataclass(frozen=True, eq=False)
class _Found:
    annotation: Annotation
    made_with: MadeWith | None
    spectrum: Spectrum


def block_of(value: Any) -> bytes | None:
    """Return the value of a change as a block; None for a removal."""
    if value is None:
        return None
    if isinstance(value, _Found):
        # The spectrum stands in its own row: an annotation only says that it is this one.
        found = {"annotation": value.annotation, "made_with": value.made_with}
        return to_bytes(found, {"spectrum": value.spectrum})
    return to_bytes(value)


def read_kept(
    file: ProjectFile, unknown: set[str] | None = None
) -> Iterator[Step | tuple[Kept, ...] | Problem]:
    """Yield the spectra of a project in batches, and what could not be understood.

    The file has been checked (:meth:`ProjectFile.damage`): what fails here was written by another
    version. Its rows stay in the file.
    """
    total = file.count("spectra")
    batch: list[Kept] = []
    for done, (uid, _digest, body) in enumerate(file.rows("spectra"), 1):
        kept, problem = _one(file, uid, body, unknown)
        if kept is not None:
            batch.append(kept)
        if problem is not None:
            yield problem
        if len(batch) >= SPECTRA_A_STEP:
            yield tuple(batch)
            yield Step(done, total, "reading the project")
            batch = []
    if batch:
        yield tuple(batch)
    yield Step(total, total, "reading the project")


def _one(
    file: ProjectFile, uid: int, body: bytes, unknown: set[str] | None
) -> tuple[Kept | None, Problem | None]:
    where = f"entry {uid}"
    try:
        spectrum = from_bytes(body, unknown=unknown)
        if not isinstance(spectrum, Spectrum):
            raise MsguiError("A part of the project is no spectrum.")
    except MsguiError as error:
        return None, Problem("error", error.cause, error.action, str(file.path), where, skipped=1)
    problem = None
    annotation: Annotation | None = None
    made_with: MadeWith | None = None
    decisions: Any = {}
    try:
        if (block := file.body(("decisions", uid))) is not None:
            decisions = from_bytes(block, unknown=unknown)
        if (block := file.body(("annotations", uid))) is not None:
            found = from_bytes(block, {"spectrum": spectrum}, unknown)
            annotation, made_with = found["annotation"], found["made_with"]
            _check_fit(annotation, spectrum)
    except (MsguiError, KeyError, TypeError) as error:
        annotation = None
        words = error.cause if isinstance(error, MsguiError) else "It has another form."
        problem = Problem(
            "warning",
            f"What was found for a spectrum cannot be read: {words}",
            "Annotate it again.",
            str(file.path),
            where,
        )
    if not isinstance(decisions, Mapping):
        decisions = {}
    return Kept(uid, spectrum, annotation, made_with, decisions), problem


def _check_fit(annotation: Any, spectrum: Spectrum) -> None:
    """Refuse what would lead the window to peaks that are not there."""
    if not isinstance(annotation, Annotation):
        raise MsguiError("it is no annotation.")
    if any(not 0 <= peak.index < len(spectrum) for peak in annotation.peaks):
        raise MsguiError("its peaks are not those of the spectrum.")


def read_files(file: ProjectFile) -> list[Mapping[str, Any]]:
    """Return what became of the imported files, in their order; unreadable ones are left out."""
    found = []
    for _number, _digest, body in file.rows("files"):
        try:
            outcome = from_bytes(body)
        except MsguiError:
            continue
        if isinstance(outcome, Mapping):
            found.append(outcome)
    return found
