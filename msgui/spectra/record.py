"""From the fields and peaks of one text record to a Spectrum, with every doubt noted."""

import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from msgui.spectra import fields
from msgui.spectra.adduct_text import adduct_at_end, charge_of, tidy_adduct
from msgui.spectra.cleaning import looks_like_profile
from msgui.spectra.energy import parse_energy
from msgui.spectra.fields import NOTHING
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import Peaks
from msgui.spectra.spectrum import (
    CollisionEnergy,
    FloatArray,
    Origin,
    Polarity,
    Spectrum,
    checked_spectrum,
)

# Only then is a closer look at the spacing of the points worth its time.
_PROFILE_POINTS = 100
# What Spectrum has no field for stays in its metadata although it is understood.
_KEPT = frozenset({"feature_id", "scans", "accession", "db_number", "name", "comments", "profile"})
# Spelled as most files do; anything else goes through slot_of.
_SLOTS = {key: fields.slot_of(key) for key in fields.COMMON}
_ASK = "Look at the record; it can be edited in the window."


@dataclass(slots=True)
class Record:
    """Fields of one record: those that msgui understands, and all others.

    Parameters
    ----------
    index : int
        Number of the record in the file, from 0.
    line : int
        Number of its first line, from 1; 0 where lines mean nothing.
    known : dict
        Value of each understood field by its name in :mod:`msgui.spectra.fields`.
    metadata : dict
        Value of every other field by its name in the file.
    remarks : list
        What was changed or left unknown.
    """

    index: int
    line: int
    known: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The place as a person finds it: number, id and line."""
        known = self.known
        name = spectrum_id(known) or known.get("name", "")
        parts = [f"spectrum {self.index + 1}"]
        if name:
            parts[0] += f" '{name[:60]}'"
        if self.line:
            parts.append(f"line {self.line}")
        return ", ".join(parts)

    def add(self, key: str, value: str, notes: Notes) -> None:
        """Take in one field; of two values for one field the first wins."""
        slot = _SLOTS.get(key)
        if slot is None:
            slot = fields.slot_of(key)
        store, name = (self.known, slot) if slot else (self.metadata, key)
        if name not in store:
            store[name] = value
            if slot:
                self.keys[slot] = key
        elif store[name] != value:
            self._second(slot, key, value, notes)

    def _second(self, slot: str, key: str, value: str, notes: Notes) -> None:
        if slot and self.keys[slot] != key:
            # Two names for one thing (NAME and COMPOUND_NAME): the other one is kept as it is.
            self.metadata.setdefault(key, value)
            if self.known[slot].strip().lower() in NOTHING:
                self.known[slot] = value
        elif slot and slot not in ("name", "comments"):
            self.doubt(notes, f"{key} stands twice with different values; the first is used")
        else:
            earlier = self.metadata.get(key)
            self.metadata[key] = f"{earlier}; {value}" if earlier else value

    def add_default(self, key: str, value: str) -> None:
        """Take in a field of the whole file where the record has none of its own."""
        slot = fields.slot_of(key)
        if slot and slot not in self.known:
            self.known[slot] = value
            self.keys[slot] = key
        elif not slot:
            self.metadata.setdefault(key, value)

    def doubt(self, notes: Notes, cause: str, action: str = _ASK) -> None:
        """Note a warning for the file and a remark for the spectrum."""
        self.remarks.append(cause)
        notes.add(cause, action, self.where)


def spectrum_id(known: dict[str, str]) -> str:
    """Return the record's own id: feature, scan, title, accession; empty if it has none."""
    for slot in ("feature_id", "scans", "title", "accession", "db_number"):
        value = known.get(slot, "").strip()
        if value and value.lower() not in NOTHING and not (slot == "scans" and value == "-1"):
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
            record.metadata[record.keys["precursor"]] = text
    if number is not None and 0 < number < float("inf"):
        return number
    if level > 1:
        if not text.strip():
            cause = "no precursor m/z"
        else:
            cause = f"precursor m/z '{text[:40]}' is not usable"
            record.metadata[record.keys["precursor"]] = text
        record.doubt(notes, cause, "Type the precursor m/z in the window to predict and search.")
    return None


def _ion(record: Record, notes: Notes) -> tuple[str | None, int | None, Polarity | None]:
    """Return adduct, charge and polarity as far as the record is at one about them."""
    known = record.known
    mode = known.get("polarity", "")
    polarity = fields.parse_polarity(mode) if mode else None
    if mode and polarity is None:
        record.metadata[record.keys["polarity"]] = mode
        if mode.strip().lower() not in NOTHING:
            record.doubt(notes, f"polarity '{mode[:40]}' is read as unknown")
    charge, signed, complaint = fields.parse_charge(known.get("charge", ""))
    if complaint:
        record.metadata[record.keys["charge"]] = known["charge"]
        record.doubt(notes, complaint)
    contradicts = False
    if charge is not None and polarity is not None:
        if not signed:
            charge = charge if polarity == "positive" else -charge
        elif (charge > 0) != (polarity == "positive"):
            contradicts = True
            record.metadata[record.keys["charge"]] = known["charge"]
            record.doubt(notes, f"charge {known['charge'].strip()} contradicts {polarity} mode")
            charge = None
    text = known.get("adduct", "")
    if not text and "name" in known:
        text = adduct_at_end(known["name"]) or ""
        if text:
            record.remarks.append(f"adduct {text} taken from the compound's name")
    if not text:
        adduct, stated = None, None
    else:
        adduct = tidy_adduct(text, polarity, charge if signed or polarity else None)
        stated = charge_of(adduct) if adduct else None
    if stated is not None:
        sign_differs = polarity is not None and (stated > 0) != (polarity == "positive")
        if sign_differs:
            record.doubt(notes, f"adduct {adduct} contradicts {polarity} mode")
        elif charge is None:
            charge = None if contradicts else stated
        elif abs(charge) != abs(stated) or (signed and charge != stated):
            record.doubt(notes, f"adduct {adduct} contradicts charge {charge:+d}")
        else:
            charge = stated
        polarity = polarity or ("positive" if stated > 0 else "negative")
    if polarity is None and charge is not None and signed:
        polarity = "positive" if charge > 0 else "negative"
    return adduct, charge, polarity


def _retention_time(record: Record, unit: str, notes: Notes) -> float | None:
    known = record.known
    for slot, implied in (("seconds", "s"), ("minutes", "min"), ("retention", unit)):
        text = known.get(slot, "").strip()
        if not text or text.lower() in NOTHING:
            continue
        seconds, has_unit = fields.parse_time(text, implied)
        if seconds is None:
            record.metadata[record.keys[slot]] = text
            record.doubt(notes, f"retention time '{text[:40]}' is read as unknown")
        elif not has_unit:
            record.metadata[record.keys[slot]] = text
            record.doubt(
                notes,
                "retention time without a unit is read as seconds",
                "Write RTINSECONDS, or a unit behind the number, if it is in minutes.",
            )
        if seconds is not None:
            return seconds
    return None


def _energy(record: Record, instrument: str) -> CollisionEnergy | None:
    text = record.known.get("energy", "").strip()
    if not text or text.lower() in NOTHING:
        return None
    energy = parse_energy(text, instrument)
    if energy.value is not None and energy.unit in ("unknown", "NCE"):
        key = record.keys["energy"].lower()
        if re.search(r"ev\b|_ev|volt", key):
            return replace(energy, unit="eV")
        if "normalized" in key:
            return replace(energy, unit="NCE")
    return energy


def _instrument(known: dict[str, str]) -> str:
    model = known.get("instrument", "").strip()
    kind = known.get("instrument_type", "").strip()
    model = "" if model.lower() in NOTHING else model
    if not kind or kind.lower() in NOTHING or kind in model:
        return model
    return f"{model}, {kind}" if model else kind


def _text(known: dict[str, str], slot: str) -> str | None:
    value = known.get(slot, "").strip().strip('"')
    return None if value.lower() in NOTHING else value


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
    if not peaks.mz.size:
        cause = "no signal: all intensities are zero" if peaks.silent else "no peaks"
        record.doubt(notes, cause, "It is shown but cannot be annotated.")
    _note_declared(record, peaks.listed, notes)


def _note_declared(record: Record, listed: int, notes: Notes) -> None:
    text = record.known.get("peaks")
    if text is not None and text.strip() != str(listed):
        cause = "the declared number of peaks differs from the number listed"
        record.remarks.append(f"{text.strip()[:20]} peaks declared, {listed} listed")
        notes.add(cause, "Check that the record is complete.", record.where)


def spectrum_of(
    record: Record,
    mz: FloatArray,
    intensity: FloatArray,
    notes: Notes,
    *,
    peaks: Peaks | None = None,
    time_unit: str = "",
    level: int = 2,
) -> Spectrum:
    """Return the spectrum that a record describes.

    Parameters
    ----------
    record : Record
    mz, intensity : float64 arrays, shape (n,)
        Read-only or owned by nobody else; ascending, finite, above zero.
    notes : Notes
        Takes the warnings.
    peaks : Peaks or None
        What was dropped, when the careful way was needed.
    time_unit : "s", "min" or ""
        What the format implies for a retention time without a unit.
    level : int
        MS level when the record names none.
    """
    known, metadata = record.known, record.metadata
    if "level" in known:
        level = fields.parse_level(known["level"]) or level
    if peaks is not None:
        _note_peaks(record, peaks, notes)
    elif "peaks" in known:
        _note_declared(record, int(mz.size), notes)
    precursor = _precursor(record, level, notes)
    adduct, charge, polarity = _ion(record, notes)
    instrument = _instrument(known)
    own_id = spectrum_id(known)
    title = known.get("title", "").strip() or known.get("name", "").strip() or own_id
    if not title:
        title = f"m/z {precursor:.4f}" if precursor else f"spectrum {record.index + 1}"
    profile = mz.size >= _PROFILE_POINTS and (
        "profile" in known.get("profile", "").lower() or looks_like_profile(mz, intensity)
    )
    if profile:
        record.doubt(notes, "profile data", "Centroid them before annotation.")
    seconds = _retention_time(record, time_unit, notes) if _has_time(known) else None
    for slot in _KEPT & known.keys():
        metadata[record.keys[slot]] = known[slot]
    mz.setflags(write=False)
    intensity.setflags(write=False)
    return checked_spectrum(
        mz,
        intensity,
        precursor,
        adduct,
        charge,
        polarity,
        _energy(record, instrument) if "energy" in known else None,
        instrument,
        level,
        seconds,
        title,
        own_id,
        _text(known, "formula"),
        _text(known, "smiles"),
        _text(known, "inchikey"),
        profile,
        "",
        Origin(notes.file, record.index, f"line {record.line}" if record.line else ""),
        MappingProxyType(metadata),
        tuple(record.remarks),
    )


def _has_time(known: dict[str, str]) -> bool:
    return "seconds" in known or "retention" in known or "minutes" in known
