"""Saving: a new file beside the old one, fsynced, renamed; the old one becomes the backup."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from msgui.errors import MsguiError
from msgui.project.file import FORMAT, Key, ProjectFile
from msgui.project.opening import backup_of

MEGABYTE = 1 << 20


def mark_of(path: Path) -> str:
    """Return what tells one state of a project file from another; empty when there is no file."""
    if not path.exists():
        return ""
    try:
        with ProjectFile(path) as file:
            about = file.about
            return f"{about.get('revision')} {about.get('check')}"
    except MsguiError:
        return "not readable"


def save(
    source: ProjectFile,
    target: Path,
    pending: Mapping[Key, bytes | None] | None = None,
    about: Mapping[str, str] | None = None,
    expected: str | None = None,
) -> str:
    """Write a state to ``target`` and return its mark.

    Parameters
    ----------
    source : ProjectFile
        The working copy.
    target : Path
        A link is followed: what it points to is replaced.
    pending : mapping, optional
        Changes that the working copy could not take (no space left there).
    about : mapping, optional
        Further words about the project.
    expected : str, optional
        The mark that ``target`` must still have; None: whatever is there is replaced.

    Raises
    ------
    MsguiError
        When it cannot be written; then ``target`` is as it was and nothing is left beside it.
    """
    target = target.resolve() if target.is_symlink() else target
    if expected is not None and mark_of(target) not in ("", expected):
        raise MsguiError(
            "The project was changed by another program since it was opened.",
            "Save it under another name.",
            str(target),
        )
    part = target.with_name(f".{target.name[:40]}.{uuid.uuid4().hex[:8]}.part")
    try:
        source.copy_to(part)
        with ProjectFile(part) as copy:
            copy.write(pending or {}, about)
            mark = copy.about
        _sync(part)
        if target.exists():
            part.chmod(target.stat().st_mode & 0o777)
            _keep_backup(target)
        else:
            part.chmod(0o666 & ~_umask())
        part.replace(target)
        _sync(target.parent)
    except MsguiError as error:
        raise MsguiError(*_with_space(error, source, target)) from error
    except OSError as error:
        cause = f"The project cannot be saved: {error.strerror or error}."
        raise MsguiError(cause, "Save it in another folder.", str(target)) from error
    finally:
        for left in (part, part.with_name(f"{part.name}-journal")):
            with contextlib.suppress(OSError):
                left.unlink()
    return f"{mark['revision']} {mark['check']}"


def _with_space(error: MsguiError, source: ProjectFile, target: Path) -> tuple[str, str, str]:
    if "space" not in error.cause:
        return error.cause, error.action, str(target)
    needed = source.size // MEGABYTE + 1
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(target.parent).free // MEGABYTE
        return (
            f"There is no space left for the project: it needs {needed} MB, {free} MB are free.",
            error.action,
            str(target),
        )
    return error.cause, error.action, str(target)


def _keep_backup(target: Path) -> None:
    """Keep the present file as backup; one of an older form gets a name of its own for good."""
    backup = backup_of(target)
    with contextlib.suppress(MsguiError, KeyError, ValueError), ProjectFile(target) as file:
        version = int(file.about["format"])
        if version != FORMAT:
            backup = target.with_name(f"{target.name}.format{version}.bak")
    aside = target.with_name(f".{target.name[:40]}.{uuid.uuid4().hex[:8]}.bak")
    try:
        try:
            os.link(target, aside)
        except OSError:
            shutil.copy2(target, aside)
            _sync(aside)
        aside.replace(backup)
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    flags = os.O_RDONLY
    try:
        descriptor = os.open(path, flags)
    except OSError:
        if path.is_dir():
            return  # Windows opens no folders
        raise
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
