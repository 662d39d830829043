"""Opening a project: on a copy, checked in full; older forms migrated, damaged ones rescued."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.project.file import (
    FORMAT,
    PAGE_BYTES,
    TABLES,
    Key,
    ProjectFile,
    check_kind,
)

COPY_BYTES = 1 << 23
# How each older form becomes the next one; run on the working copy, never on the user's file.
MIGRATIONS: Mapping[int, Callable[[sqlite3.Connection], None]] = {}
# A damaged index may hide that there are more entries: so many further numbers are tried.
FURTHER_UIDS = 1000
UIDS_A_STEP = 500


class DamagedProjectError(MsguiError):
    """The file is not what was written; nothing of it has been read.

    Parameters
    ----------
    path : Path
    what : str
        What is wrong with it, in a few words.
    backups : tuple of Path
        Older states of it that are whole, newest first.
    """

    def __init__(self, path: Path, what: str, backups: tuple[Path, ...]) -> None:
        action = (
            f"Open the backup {backups[0].name}, or what can still be read of it."
            if backups
            else "There is no backup. What can still be read of it can be opened."
        )
        super().__init__(f"The project is damaged: {what}.", action, str(path))
        self.path = path
        self.backups = backups


@dataclass(frozen=True)
class Opened:
    """A working copy that is whole.

    Parameters
    ----------
    path : Path
        The working copy.
    read_only : str
        Why the original must not be written to; empty when it may.
    rescued, lost : int
        After a rescue: spectra that were read, and spectra that were not.
    bare : int
        Rescued spectra whose decisions were lost.
    """

    path: Path
    read_only: str = ""
    rescued: int = 0
    lost: int = 0
    bare: int = 0


def open_copy(path: Path, working: Path) -> Iterator[Step | Opened]:
    """Copy a project to ``working``, check it, and bring it to the present form.

    Raises
    ------
    DamagedProjectError
        When anything in it does not fit its checksums.
    MsguiError
        When it is no project, cannot be read, or was made by a newer version that says that this
        one cannot read it.
    """
    check_kind(path)
    yield from _copy(path, working)
    yield Step(0, 0, "checking the project")
    try:
        with ProjectFile(working) as file:
            if not file.is_about_whole:
                what = "its description does not fit its checksum"
                raise DamagedProjectError(path, what, good_backups(path))
            read_only = _check_version(file, path)
            if what := next(file.damage(), ""):
                raise DamagedProjectError(path, what, good_backups(path))
    except DamagedProjectError:
        raise
    except MsguiError as error:
        if isinstance(error.__cause__, sqlite3.Error | ValueError):
            raise DamagedProjectError(path, str(error.__cause__), good_backups(path)) from error
        raise
    yield Opened(working, read_only)


def _copy(path: Path, working: Path) -> Iterator[Step]:
    try:
        total, done = path.stat().st_size, 0
        with path.open("rb") as source, working.open("wb") as target:
            while block := source.read(COPY_BYTES):
                target.write(block)
                done += len(block)
                yield Step(done, total, path.name)
    except OSError as error:
        raise MsguiError(
            f"The project cannot be opened: {error.strerror or error}.",
            f"msgui works on a copy in {working.parent}; is there space left?",
            str(path),
        ) from error


def _check_version(file: ProjectFile, path: Path) -> str:
    """Migrate an older form; return why a newer one is read only."""
    about = file.about
    try:
        version, oldest = int(about["format"]), int(about["oldest_reader"])
    except (KeyError, ValueError) as error:
        raise MsguiError("The project does not say its version.") from error
    if version < FORMAT:
        file.migrate(range(version, FORMAT), MIGRATIONS)
    if oldest > FORMAT:
        made_by = about.get("msgui", "")
        raise MsguiError(
            f"The project was made by a newer msgui{f' ({made_by})' if made_by else ''}.",
            "Open it with that version; nothing in it was changed.",
            str(path),
        )
    return "It was made by a newer version of msgui." if version > FORMAT else ""


def backup_of(path: Path) -> Path:
    """Return where the state before the last save is kept."""
    return path.with_name(f"{path.name}.bak")


def good_backups(path: Path) -> tuple[Path, ...]:
    """Return the whole backups of a project, the latest state first (by their own counter)."""
    found: list[tuple[int, Path]] = []
    for backup in sorted(path.parent.glob(f"{_literal(path.name)}*.bak")):
        with suppress(MsguiError), ProjectFile(backup) as file:
            if next(file.damage(), "") == "":
                found.append((file.revision, backup))
    return tuple(backup for _revision, backup in sorted(found, reverse=True))


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def rescue(path: Path, working: Path) -> Iterator[Step | Opened]:
    """Copy every entry of a damaged project that fits its checksum into a new working copy.

    Raises
    ------
    MsguiError
        When nothing can be read.
    """
    scratch = working.with_name(f"{working.name}.damaged")
    try:
        yield from _copy(path, scratch)
        _mend_first_page(scratch, working.with_name(f"{working.name}.empty"))
        counts = {"spectra": 0, "decisions": 0}
        with ProjectFile(scratch) as source, ProjectFile(working, create=True) as target:
            highest = max(source.highest_uid(table) for table in TABLES)
            for first in range(1, highest + FURTHER_UIDS, UIDS_A_STEP):
                changes = _readable(source, range(first, first + UIDS_A_STEP))
                for table, _uid in changes:
                    counts[table] = counts.get(table, 0) + 1
                if changes:
                    target.write(changes)
                yield Step(min(first, highest), highest, "reading what is readable")
            rescued = counts["spectra"]
            lost = max(0, source.stated_count("spectra") - rescued)
            bare = rescued - counts["decisions"]
        if not rescued:
            raise MsguiError("Nothing in the project can be read any more.", "", str(path))
        yield Opened(working, "It is what could be read of a damaged file.", rescued, lost, bare)
    finally:
        for left in (scratch, working.with_name(f"{working.name}.empty")):
            with suppress(OSError):
                left.unlink()


def _readable(source: ProjectFile, uids: range) -> dict[Key, bytes | None]:
    """Return the whole rows of some spectra, and of files; what belongs to no spectrum is left."""
    found: dict[Key, bytes | None] = {}
    for table in TABLES:
        for uid in uids:
            if table not in ("spectra", "files") and ("spectra", uid) not in found:
                continue
            if (body := source.body((table, uid))) is not None:
                found[table, uid] = body
    return found


def _mend_first_page(scratch: Path, empty: Path) -> None:
    """Put the first page of an empty project in place of one that cannot be read.

    It holds nothing but the file's header and the places of the tables, which are the same in every
    project of msgui.
    """
    try:
        with ProjectFile(scratch) as file:
            if not file.has_own_tables:
                raise MsguiError("its tables are not those of a project")
        return
    except MsguiError:
        pass
    ProjectFile(empty, create=True).close()
    page = bytearray(empty.read_bytes()[:PAGE_BYTES])
    pages = -(-scratch.stat().st_size // PAGE_BYTES)
    page[28:32] = pages.to_bytes(4, "big")
    with scratch.open("r+b") as file_bytes:
        file_bytes.write(page)
        # SQLite passes over a last page that is cut; zeros make it whole.
        file_bytes.seek(0, os.SEEK_END)
        file_bytes.write(bytes(pages * PAGE_BYTES - file_bytes.tell()))
