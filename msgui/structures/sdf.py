"""Structures of an SDF file, record by record."""

import re
from collections.abc import Iterator
from typing import Final

from msgui.errors import Problem
from msgui.progress import Step
from msgui.spectra.source import Source
from msgui.structures.rows import Row, number
from msgui.structures.tables import name_columns

END_OF_RECORD: Final = b"\n$$$$"
TAG: Final = re.compile(r"^>.*?<([^>]*)>")
LONGEST_MOLBLOCK: Final = 1_000_000


def read_sdf(source: Source) -> Iterator[Step | Row | Problem]:
    """Yield the records of an SDF file, problems, and steps in bytes.

    The name is the first line of a record, or a data item called like one; other data items that
    are known by name (id, source, formula, exact mass) are kept.
    """
    for block in source.text_blocks(_last_record):
        line = block.line
        for text in re.split(r"(?m)^\$\$\$\$.*\n?", block.text):
            yield Step(source.position, source.size, source.path.name)
            if text.strip():
                yield _record(text, source, line)
            line += text.count("\n") + 1
    yield from source.notes.problems()


def _last_record(data: bytes) -> int:
    end = data.rfind(END_OF_RECORD)
    if end < 0:
        return 0
    line_end = data.find(b"\n", end + len(END_OF_RECORD))
    return line_end + 1 if line_end >= 0 else 0


def _record(text: str, source: Source, line: int) -> Row | Problem:
    molblock, end, data = text.partition("M  END")
    where = f"line {line}"
    if not end:
        return source.notes.skipped(
            "The record has no end (M  END): the file is cut off, or this is no SDF record.",
            "Export the file again.",
            where,
        )
    if len(molblock) > LONGEST_MOLBLOCK:
        return source.notes.skipped("The structure is too large.", "Leave it out.", where)
    items = _items(data)
    known = {
        field: list(items.values())[column] for field, column in name_columns(list(items)).items()
    }
    title = molblock.split("\n", 1)[0].strip()
    return Row(
        smiles="",
        name=known.get("name") or title,
        source=known.get("source", ""),
        identifier=known.get("identifier", ""),
        file=source.name,
        where=where,
        formula=known.get("formula", ""),
        exact_mass=number(known.get("exact_mass", "")),
        molblock=f"{molblock}M  END\n",
    )


def _items(data: str) -> dict[str, str]:
    """Return the data items of a record: name to first line."""
    items: dict[str, str] = {}
    name = ""
    for text in data.split("\n"):
        tag = TAG.match(text)
        if tag:
            name = tag.group(1).strip()
        elif name and text.strip():
            items.setdefault(name, text.strip())
            name = ""
    return items
