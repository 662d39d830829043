"""Annotations, files and comparisons for tests of projects."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from msgui.project.contents import (
    annotation_change,
    block_of,
    decisions_change,
    files_change,
    spectrum_change,
)
from msgui.project.file import ProjectFile
from msgui.project.values import MadeWith
from tests.export.small_annotations import annotation, spectrum

MADE_WITH = MadeWith("0.1", "small 1.0", "a1", "list", "b2", "", "", {"ppm": 10.0, "adduct": None})


def same(one: Any, other: Any) -> bool:
    """Say whether two values are equal to the last bit, types included.

    A number of numpy comes back as the plain number of the same value.
    """
    one, other = (x.item() if isinstance(x, np.generic) else x for x in (one, other))
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)
        )
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and list(one) == list(other)
            and all(same(one[key], other[key]) for key in one)
        )
    if isinstance(one, tuple):
        return (
            isinstance(other, tuple)
            and len(one) == len(other)
            and all(same(a, b) for a, b in zip(one, other, strict=True))
        )
    if isinstance(one, float):
        return type(one) is type(other) and repr(one) == repr(other)
    return type(one) is type(other) and one == other


def changes_of(uid: int, **decisions: Any) -> dict[Any, Any]:
    """Return what keeps one annotated and decided spectrum."""
    measured = spectrum(title=f"Caffeine {uid}")
    found = annotation(spectrum=measured)
    return dict(
        (
            spectrum_change(uid, measured),
            annotation_change(uid, measured, found, MADE_WITH),
            decisions_change(
                uid, {"calls": {"RYYVLZVUVIJVGH": "accepted"}, "note": "", **decisions}
            ),
        )
    )


def blocks(changes: Mapping[Any, Any]) -> dict[Any, bytes | None]:
    """Return changes as they are written."""
    return {key: block_of(value) for key, value in changes.items()}


def write_project(path: Path, count: int = 3, **decisions: Any) -> Path:
    """Return a project of some annotated spectra."""
    with ProjectFile(path, create=True) as file:
        for uid in range(1, count + 1):
            file.write(blocks(changes_of(uid, **decisions)))
        outcome = files_change(1, {"path": "folder/some file.mgf", "status": "loaded"})
        file.write(blocks(dict([outcome])))
    return path


def notes_in(path: Path) -> dict[int, str]:
    """Return the notes that stand in a project; "lost" for a spectrum without decisions."""
    from msgui.project.contents import read_kept

    with ProjectFile(path) as file:
        batches = [batch for batch in read_kept(file) if isinstance(batch, tuple)]
    return {kept.uid: kept.decisions.get("note", "lost") for batch in batches for kept in batch}
