"""From the fields and peaks of one text record to a Spectrum, with every doubt noted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgui.spectra import fields
from msgui.spectra.adduct_text import adduct_at_end
from msgui.spectra.cleaning import PROFILE_POINTS, looks_like_profile
from msgui.spectra.conditions import conditions_of
from msgui.spectra.fields import is_nothing
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import Columns, Peaks
from msgui.spectra.spectrum import (
    Origin,
    Spectrum,
    checked_spectrum,
)

# Fields that dialects write once for each of several values.
_REPEATED = ("synon", "comment", "link", "ch$", "ac$", "ms$", "sp$", "pk$")
_ASK = "Look at the record; it can be edited in the window."
# A compound that is charged by itself or a salt has another formula than its ion's neutral form.
_NEUTRAL_INCHI = re.compile(r"InChI=1S?/([A-Z][A-Za-z0-9]*)/(?!.*/[pq])")


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


def _precursor(record: Record, level: int, notes: Notes) -> float | None:
    text = record.known.get("precursor", "")
    try:
        number: float | None = float(text)
    except ValueError:
        number, comma = fields.parse_number(text)
        if comma:
            record.doubt(notes, "decimal comma in the precursor m/z read as a point", "")
        if len(text.split()) > 1:
            record.keep("precursor")
    if number is not None and 0 < number < float("inf"):
        return number
    if text:
        record.keep("precursor")
    if level > 1:
        nothing = not text or is_nothing(text)
        cause = "no precursor m/z" if nothing else f"precursor m/z '{text[:40]}' is not usable"
        record.doubt(notes, cause, "Type the precursor m/z in the window to predict and search.")
    return None


def _retention_time(record: Record, unit: str, notes: Notes) -> float | None:
    known = record.known
    for slot, implied in (("seconds", "s"), ("minutes", "min"), ("retention", unit)):
        text = known.get(slot, "")
        if is_nothing(text):
            continue
        seconds, has_unit = fields.parse_time(text, implied)
        if seconds is None:
            record.keep(slot)
            if text not in ("-1", "-1.0"):
                record.doubt(notes, f"retention time '{text[:40]}' is read as unknown")
            continue
        if not has_unit:
            record.keep(slot)
            record.doubt(
                notes,
                "retention time without a unit is read as seconds",
                "Write RTINSECONDS, or a unit behind the number, if it is in minutes.",
            )
        return seconds
    return None


def _formula(record: Record) -> str | None:
    formula = record.known.get("formula", "")
    if not is_nothing(formula):
        return formula
    match = _NEUTRAL_INCHI.match(record.known.get("inchi", "").strip('"'))
    if match is None:
        return None
    record.remarks.append("formula taken from the record's InChI")
    return match[1]


def _note_peaks(record: Record, peaks: Peaks, notes: Notes) -> None:
    for amount, cause in (
        (peaks.not_finite, "peaks with NaN or infinite m/z or intensity dropped"),
        (peaks.not_positive, "peaks with m/z not above zero or negative intensity dropped"),
        (peaks.silent, "peaks with zero intensity dropped"),
        (peaks.weakest, "weakest peaks dropped, a spectrum keeps 200,000"),
        (peaks.commas, "peaks with a decimal comma read as a point"),
    ):
        if amount:
            record.remarks.append(f"{amount} {cause}")
            notes.add(cause, "", record.where, amount)
    if peaks.comments:
        record.metadata["peak_comments"] = peaks.comments


def _note_declared(record: Record, listed: int, notes: Notes) -> None:
    text = record.known["peaks"]
    if text == str(listed):
        return
    record.remarks.append(f"{text[:20]} peaks declared, {listed} listed")
    cause = "the declared number of peaks differs from the number listed"
    notes.add(cause, "Check that the record is complete.", record.where)


def spectrum_of(
    record: Record,
    peaks: Columns | Peaks,
    notes: Notes,
    *,
    time_unit: str = "",
    level: int = 2,
    is_profile: bool | None = None,
    parent: str = "",
) -> Spectrum:
    """Return the spectrum that a record describes.

    Parameters
    ----------
    record : Record
    peaks : pair of float64 arrays of shape (n,), or Peaks
        m/z and intensity, read-only, ascending, finite and above zero; Peaks when some were left
        out.
    notes : Notes
        Takes the warnings.
    time_unit : "s", "min" or ""
        What the format implies for a retention time without a unit.
    level : int
        MS level when the record names none.
    is_profile : bool or None
        What the format declares; None when the spacing of the points has to tell.
    parent : str
        Id of the spectrum that an MSn spectrum was made from.
    """
    known = record.known
    if isinstance(peaks, Peaks):
        mz, intensity, listed = peaks.mz, peaks.intensity, peaks.listed
        _note_peaks(record, peaks, notes)
    else:
        mz, intensity = peaks
        listed = int(mz.size)
    if not mz.size:
        cause = "no signal: all intensities are zero" if listed else "no peaks"
        record.doubt(notes, cause, "It is shown but cannot be annotated.")
    if "peaks" in known:
        _note_declared(record, listed, notes)
    name, adduct = known.get("name", ""), known.get("adduct", "")
    if not adduct and name:
        adduct = adduct_at_end(name) or ""
        if adduct:
            record.remarks.append(f"adduct {adduct} taken from the compound's name")
    conditions = conditions_of(
        known.get("polarity", ""),
        known.get("charge", ""),
        adduct,
        known.get("instrument", ""),
        known.get("instrument_type", ""),
        known.get("energy", ""),
        record.keys.get("energy", ""),
        known.get("level", ""),
    )
    level = conditions.level or level
    precursor = _precursor(record, level, notes)
    for slot in conditions.kept:
        record.keep(slot)
    for cause in conditions.doubts:
        record.doubt(notes, cause)
    seconds = None
    if "seconds" in known or "retention" in known or "minutes" in known:
        seconds = _retention_time(record, time_unit, notes)
    own_id = spectrum_id(known)
    title = known.get("title") or name or own_id
    if not title:
        title = f"m/z {precursor:.4f}" if precursor else f"spectrum {record.number + 1}"
    if is_profile is None:
        is_profile = mz.size >= PROFILE_POINTS and (
            "profile" in known.get("profile", "").lower() or looks_like_profile(mz, intensity)
        )
    if is_profile and level > 1:
        record.doubt(notes, "profile data", "Centroid them before annotation.")
    smiles, inchikey = known.get("smiles", ""), known.get("inchikey", "")
    formula = _formula(record)
    return checked_spectrum(
        mz,
        intensity,
        precursor,
        conditions.adduct,
        conditions.charge,
        conditions.polarity,
        conditions.energy,
        conditions.instrument,
        level,
        seconds,
        title,
        own_id,
        formula,
        None if is_nothing(smiles) else smiles,
        None if is_nothing(inchikey) else inchikey,
        is_profile,
        parent,
        Origin(notes.file, record.number, f"line {record.line}" if record.line else own_id),
        record.metadata,
        tuple(record.remarks),
    )
