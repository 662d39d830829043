"""The short way through the terms of mzML spectra that only differ in their values.

A run repeats one layout thousands of times. The first spectrum of a layout is read the careful way
with a mark in place of each value; where the marks come out is where the values of all others go.
"""

import copy
import html
import re
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from msgui.spectra import mzml_terms as ms
from msgui.spectra.mzml_fields import declared_energy, take_fields
from msgui.spectra.mzml_terms import Head
from msgui.spectra.notes import Notes
from msgui.spectra.plain import SLOTS, Shape, picker
from msgui.spectra.record import Record
from msgui.spectra.xml_scan import attributes

_VALUE = re.compile(r'(?<= )(value|id|index|spectrumRef|defaultArrayLength)="([^"]+)"')
_SCAN_NUMBER = re.compile(r"\bscan=(\d+)")
_MARK = "\x01"
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")
_DECLARED_ENERGY = re.compile(f"{_MARK}(\\d+){_MARK} eV")
# A file with more layouts than this has too many for any to come again.
_LAYOUTS = 30
# More bytes than this before the arrays are no usual spectrum, and not worth an expression.
_LARGEST = 65_536
# One of these terms twice in a spectrum may contradict itself.
_SINGLE = (
    *ms.KEPT,
    *(ms.MS_LEVEL, ms.START_TIME, ms.SELECTED_MZ, ms.CHARGE),
    *(ms.ENERGY, ms.NORMALISED_ENERGY, ms.RAMP_START, ms.RAMP_END),
)


class PlainTerms(NamedTuple):
    """Terms of one spectrum, for :func:`msgui.spectra.plain.plain_spectrum`.

    ``points`` is the declared number of peaks.
    """

    shape: Shape
    values: tuple[str, ...]
    native_id: str
    points: str
    remarks: tuple[str, ...]


class _Layout(NamedTuple):
    """Where the values of a layout go.

    The places in ``shape`` count the values of its pattern, the constants, title, energy, and an
    empty text. ``energy`` has the marks of its values; ``declared`` is the place of an energy that
    is declared as electronvolts, -1 for none.
    """

    shape: Shape
    constants: tuple[str, ...]
    native_id: int
    points: int
    energy: str
    declared: int
    filter_line: int


class Layouts:
    """The layouts of a file, learnt while it is read.

    Parameters
    ----------
    head : Head
    """

    def __init__(self, head: Head) -> None:
        # What is doubtful is noted when it is read the careful way.
        self._head = copy.copy(head)
        self._head.notes = Notes(head.notes.file)
        self._known: list[_Layout] = []
        self._learnt = 0

    def read(self, fields: bytes) -> PlainTerms | None:
        """Return the terms of a spectrum without doubts, or None for the careful way.

        Parameters
        ----------
        fields : bytes
            The spectrum from its start tag to its arrays.
        """
        try:
            words = fields.decode("utf-8")
        except UnicodeDecodeError:
            return None
        for place, layout in enumerate(self._known):
            match = layout.shape.pattern.match(words)
            if match is not None:
                if place:
                    self._known.insert(0, self._known.pop(place))
                return _filled(layout, match.groups(), has_escapes="&" in words)
        if self._learnt < _LAYOUTS and len(fields) <= _LARGEST:
            self._learnt += 1
            new = self._learn(words)
            if new is not None:
                self._known.insert(0, new)
        return None

    def _learn(self, words: str) -> _Layout | None:
        """Return the layout of a spectrum, or None where its values decide how it is read."""
        pieces = _VALUE.split(words)
        names, count = pieces[1::3], len(pieces) // 3
        marked = "".join(
            f'{before}{name}="{_MARK}{number}{_MARK}"'
            for number, (before, name) in enumerate(zip(pieces[0::3], names, strict=False))
        )
        marked += pieces[-1]
        data = marked.encode()
        if "'" in marked or any(data.count(b'"' + term + b'"') > 1 for term in _SINGLE):
            return None
        record = Record(0, 0)
        terms = take_fields(data, record, self._head)
        is_doubtful = any(self._head.notes.problems()) or bool(record.remarks)
        if is_doubtful or ms.PROFILE in terms or not ms.NOT_MASS_SPECTRA.isdisjoint(terms):
            return None
        own = attributes(data[: data.find(b">")])
        record.know("level", "ms level", terms.value(ms.MS_LEVEL))
        record.know("peaks", "defaultArrayLength", own.get("defaultArrayLength", ""))
        record.know("native_id", "id", own.get("id", ""))
        pattern = "".join(
            f'{re.escape(before)}{name}="([^"]*+)"'
            for before, name in zip(pieces[0::3], names, strict=False)
        )
        return _layout(record, re.compile(pattern + re.escape(pieces[-1]) + r"\Z"), count)


def _layout(record: Record, pattern: re.Pattern[str], count: int) -> _Layout | None:
    """Return the layout of a record that was read with marks; ``count`` values are marked."""
    constants: list[str] = []

    def place_of(words: str) -> int:
        marked = _MARKED.fullmatch(words)
        if marked:
            return int(marked[1])
        constants.append(words)
        return count + len(constants) - 1

    known = dict(record.known)
    energy = known.pop("energy", "")
    native_id, points = known.pop("native_id"), known["peaks"]
    slots = {slot: place_of(words) for slot, words in known.items() if words}
    slots["feature_id"] = place_of(native_id)
    metadata = [place_of(words) for words in record.metadata.values()]
    if any(_MARK in words for words in constants) or not _MARKED.fullmatch(points):
        return None
    slots["title"], slots["energy"] = -3, -2
    declared = _DECLARED_ENERGY.fullmatch(energy)
    keys = tuple(record.metadata)
    filter_line = metadata[keys.index("filter string")] if "filter string" in keys else -1
    shape = Shape(
        pattern,
        itemgetter(*(slots.get(slot, -1) for slot in SLOTS)),
        picker(metadata),
        keys,
        record.keys.get("energy", ""),
        (),
    )
    return _Layout(
        shape,
        tuple(constants),
        slots["feature_id"],
        slots["peaks"],
        energy,
        int(declared[1]) if declared else -1,
        filter_line,
    )


def _filled(layout: _Layout, values: Sequence[str], *, has_escapes: bool) -> PlainTerms:
    if has_escapes:
        values = [html.unescape(words) if "&" in words else words for words in values]
    values = (*values, *layout.constants)
    native_id = values[layout.native_id]
    scan = _SCAN_NUMBER.search(native_id)
    remarks: tuple[str, ...] = ()
    energy = layout.energy
    if layout.declared >= 0:
        filter_line = values[layout.filter_line] if layout.filter_line >= 0 else ""
        energy, remarks = declared_energy(values[layout.declared], filter_line)
    elif energy:
        energy = _MARKED.sub(lambda mark: values[int(mark[1])], energy)
    title = f"scan {scan[1]}" if scan else native_id
    return PlainTerms(
        layout.shape, (*values, title, energy, ""), native_id, values[layout.points], remarks
    )
