"""One record of a file while it is read: what it says, in its own words, and every doubt."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgui.spectra import fields
from msgui.spectra.fields import is_nothing
from msgui.spectra.notes import Notes

# Fields that dialects write once for each of several values.
_REPEATED = ("synon", "comment", "link", "ch$", "ac$", "ms$", "sp$", "pk$")
_KINDS_OF_DATA = {"centroid", "centroided", "profile"}
_ASK = "Look at the record; it can be edited in the window."


@dataclass(slots=True)
class Record:
    """Fields of one record: those that msgui understands, and all others.

    Parameters
    ----------
    number : int
        Place of the record in the file, from 0.
    line : int
        Number of its first line, from 1; 0 where lines mean nothing.
    known : dict
        Value of each understood field by its name in :mod:`msgui.spectra.fields`.
    keys : dict
        The file's own name of each understood field.
    metadata : dict
        Value of every other field by its name in the file.
    remarks : list
        What was changed or left unknown.
    """

    number: int
    line: int
    known: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The place as a person finds it: number, id and line."""
        name = spectrum_id(self.known) or self.known.get("name", "")
        place = f"spectrum {self.number + 1}"
        if name:
            place += f" '{name[:60]}'"
        return f"{place}, line {self.line}" if self.line else place

    def place(self) -> str:
        """Return ``where``; for those who may not need it."""
        return self.where

    def add(self, key: str, value: str, notes: Notes) -> None:
        """Take in one field; of two values for one field the first wins."""
        slot = fields.slot_of(key)
        if slot == "level" and value.casefold() in _KINDS_OF_DATA:
            # NIST names the MS level "spectrum type", MS-DIAL whether the data are centroids.
            slot = "profile"
        if not slot:
            earlier = self.metadata.get(key)
            if earlier is None:
                self.metadata[key] = value
            elif earlier != value:
                self.metadata[key] = f"{earlier}; {value}"
                if not key.lower().startswith(_REPEATED):
                    self.doubt(notes, f"{key} stands twice with different values; both are kept")
        elif slot not in self.known:
            self.know(slot, key, value)
        elif self.known[slot] != value:
            self._second(slot, key, value, notes)

    def know(self, slot: str, key: str, value: str) -> None:
        """Set an understood field; ``key`` is its name in the file."""
        self.known[slot] = value
        self.keys[slot] = key
        if slot in fields.KEPT:
            self.metadata[key] = value

    def _second(self, slot: str, key: str, value: str, notes: Notes) -> None:
        """Take in another value for an understood field: the first that says something stays."""
        if is_nothing(self.known[slot]):
            self.metadata.setdefault(self.keys[slot], self.known[slot])
            self.know(slot, key, value)
        elif self.keys[slot] != key:
            self.metadata.setdefault(key, value)
        elif slot in fields.KEPT:
            self.metadata[key] = f"{self.metadata[key]}; {value}"
        else:
            self.doubt(notes, f"{key} stands twice with different values; the first is used")

    def add_default(self, key: str, value: str) -> None:
        """Take in a field that stands elsewhere when the record has none of its own."""
        slot = fields.slot_of(key)
        if not slot:
            self.metadata.setdefault(key, value)
        elif slot not in self.known or is_nothing(self.known[slot]):
            self.know(slot, key, value)

    def keep(self, slot: str) -> None:
        """Keep the words of a field that was not understood, or not wholly."""
        self.metadata[self.keys[slot]] = self.known[slot]

    def doubt(self, notes: Notes, cause: str, action: str = _ASK) -> None:
        """Note a warning for the file and a remark for the spectrum."""
        self.remarks.append(cause)
        notes.add(cause, action, self.where)


def spectrum_id(known: Mapping[str, str]) -> str:
    """Return the record's own id: feature, scan, title, accession; empty for none.

    Where there is an accession the scan number is that of the file the record was taken from: it
    is not unique in a library and is passed over.
    """
    for slot in ("native_id", "feature_id", "scans", "title", "accession", "db_number"):
        value = known.get(slot)
        if not value or is_nothing(value):
            continue
        if slot == "scans" and (value == "-1" or "accession" in known):
            continue
        return value
    return ""
