"""Spectra as JSON objects: GNPS libraries, MoNA, matchms, PROXI, and lists of the like."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from msgui.errors import Problem
from msgui.spectra.from_record import spectrum_of
from msgui.spectra.json_stream import Found, objects
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import usable
from msgui.spectra.record import Record
from msgui.spectra.source import Source
from msgui.spectra.spectrum import FloatArray, Spectrum

_PAIRS = ("peaks_json", "peaks", "spectrum", "ms2_peaks", "peak_list", "spectra")
_MZ = ("mz", "mzs", "m/z array", "mz_array", "masses")
_INTENSITY = ("intensities", "intensity", "intensity array", "intensity_array")
_IDS = ("spectrum_id", "SpectrumID", "spectrumid", "accession", "id", "usi")
_LISTS = ("spectra", "data", "results", "records", "items")
_NUMBER = r"[+-]?[\d.]+(?:[eE][+-]?\d+)?"
_COLON_PEAKS = re.compile(rf"\s*({_NUMBER}|nan|inf)\s*:\s*({_NUMBER}|nan|inf)\s*[;,]?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KEY_OF_SPECTRA = re.compile(
    rb"\"(?:peaks_json|peaks|spectrum|mzs?|m/z array|intensities|precursor_?mz|Precursor_MZ"
    rb"|metaData|spectruminfo)\"\s*:"
)


class _NoSpectrumError(ValueError):
    """An object has no peaks that can be read; the text says why."""


def sniff_json(head: bytes) -> float:
    """Return how sure the head of a file is JSON with spectra, from 0 to 1."""
    start = head.lstrip()[:1]
    if start not in (b"{", b"["):
        return 0.0
    if _KEY_OF_SPECTRA.search(head):
        return 1.0
    # Hundreds of brackets and nothing else are JSON too, which is refused for its depth.
    return 0.4 if re.match(rb"[\[{\s]*(\"|\]|\})|[\[{\s]{100}", head.lstrip()) else 0.0


def read_json(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the spectra of a JSON file, and a problem for each object that is none."""
    found = 0
    for item in objects(source):
        if item.error:
            yield _unreadable(item, found, source.notes)
            found += 1
            continue
        for value in _members(item.value):
            yield _read_object(value, found, item, source.notes)
            found += 1
    yield from source.notes.problems()


def _unreadable(item: Found, number: int, notes: Notes) -> Problem:
    place = f"line {item.line}, column {item.column}"
    cause = "the file ends inside a record" if item.is_cut_off else "the record is not valid JSON"
    return Problem(
        "error",
        f"{cause} at {place}: {item.error.removesuffix(' at')}",
        "Export or download it again; all complete spectra were read.",
        notes.file,
        f"spectrum {number + 1}, {place}",
        skipped=1,
    )


def _members(value: Any) -> Iterator[Any]:
    """Yield the spectra in an object: itself, or those of the list it wraps."""
    if isinstance(value, list) and all(isinstance(member, dict) for member in value):
        yield from value
        return
    if isinstance(value, dict) and not _has_peaks(value):
        for name in _LISTS:
            members = value.get(name)
            if isinstance(members, list) and members and isinstance(members[0], dict):
                yield from members
                return
    yield value


def _has_peaks(value: Mapping[str, Any]) -> bool:
    if any(name in value for name in (*_MZ, "spectruminfo")):
        return True
    return any(
        isinstance(value.get(name), str)
        or (isinstance(value.get(name), list) and not _is_list_of_records(value[name]))
        for name in _PAIRS
    )


def _is_list_of_records(value: Sequence[Any]) -> bool:
    return bool(value) and isinstance(value[0], dict) and not {"mz", "intensity"} <= value[0].keys()


def _read_object(value: Any, number: int, item: Found, notes: Notes) -> Spectrum | Problem:
    record = Record(number, item.line)
    try:
        if not isinstance(value, dict):
            raise _NoSpectrumError("the entry is no object with peaks")
        own, used = _flat(value)
        mz, intensity = _peaks(own, used)
    except (_NoSpectrumError, RecursionError) as error:
        if isinstance(value, dict):
            _take_id(value, record)
        return notes.skipped(str(error), "Correct or remove the record.", record.where)
    _take_id(own, record)
    for key, words in own.items():
        if key not in used:
            _take(key, words, record, notes)
    peaks = usable(mz, intensity)
    return spectrum_of(record, peaks, notes)


def _flat(value: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Return the fields of a record without the nesting of GNPS, MoNA and PROXI."""
    used: set[str] = set()
    own = dict(value)
    for name in ("spectruminfo", "metadata"):
        if isinstance(value.get(name), dict):
            own = {**own, **value[name]}
            used.add(name)
    notes = value.get("annotations")
    if "spectruminfo" in used and isinstance(notes, list) and notes and isinstance(notes[0], dict):
        own = {**notes[0], **own}
    for name in ("metaData", "attributes"):
        if isinstance(value.get(name), list):
            own = {**_named_values(value[name]), **own}
            used.add(name)
    compounds = value.get("compound")
    if isinstance(compounds, list) and compounds and isinstance(compounds[0], dict):
        own = {**_compound(compounds[0]), **own}
        used.add("compound")
    if "ionization mode" in own:
        own.setdefault("ionmode", own.pop("ionization mode"))
    return own, used


def _named_values(entries: Sequence[Any]) -> dict[str, str]:
    """Return fields that are written as a list of name, value and perhaps unit."""
    found: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, dict) and entry.get("name") and entry.get("value") is not None:
            unit = entry.get("unit")
            words = _words(entry["value"])
            found.setdefault(_words(entry["name"]), f"{words} {_words(unit)}" if unit else words)
    return found


def _compound(compound: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    names = compound.get("names")
    if isinstance(names, list) and names and isinstance(names[0], dict):
        found["name"] = names[0].get("name")
    for key in ("inchi", "inchiKey"):
        if compound.get(key):
            found[key] = compound[key]
    if isinstance(compound.get("metaData"), list):
        found = {**_named_values(compound["metaData"]), **found}
    return found


def _peaks(own: Mapping[str, Any], used: set[str]) -> tuple[FloatArray, FloatArray]:
    for name in _PAIRS:
        if name in own and own[name] is not None and not isinstance(own[name], int | float):
            used.add(name)
            return _pairs(own[name])
    masses = next((name for name in _MZ if isinstance(own.get(name), list)), "")
    strengths = next((name for name in _INTENSITY if isinstance(own.get(name), list)), "")
    if not masses or not strengths:
        raise _NoSpectrumError("the record has no peaks")
    used.update((masses, strengths))
    mz, intensity = _numbers(own[masses]), _numbers(own[strengths])
    if mz.size != intensity.size:
        raise _NoSpectrumError(
            f"{mz.size} m/z and {intensity.size} intensities do not belong together"
        )
    return mz, intensity


def _pairs(value: Any) -> tuple[FloatArray, FloatArray]:
    """Return the columns of peaks that are written as text, pairs or objects."""
    if isinstance(value, str):
        words = value.strip()
        if not words.startswith("["):
            return _colon_pairs(words)
        try:
            value = json.loads(words)
        except (ValueError, RecursionError):
            raise _NoSpectrumError("the list of peaks is damaged or cut off") from None
    if not isinstance(value, list):
        raise _NoSpectrumError("the peaks are no list")
    if value and isinstance(value[0], dict):
        value = [
            [peak.get("mz", peak.get("m/z")), peak.get("intensity")]
            for peak in value
            if isinstance(peak, dict)
        ]
    if not value:
        return np.zeros(0), np.zeros(0)
    if any(not isinstance(peak, list) or len(peak) < 2 for peak in value):
        raise _NoSpectrumError("a peak has no m/z and intensity")
    return _numbers([peak[0] for peak in value]), _numbers([peak[1] for peak in value])


def _colon_pairs(words: str) -> tuple[FloatArray, FloatArray]:
    """Return the peaks of MoNA's text, ``"57.07:12.3 58.1:100"``."""
    numbers: list[tuple[float, float]] = []
    place = 0
    while place < len(words):
        match = _COLON_PEAKS.match(words, place)
        if match is None:
            raise _NoSpectrumError(f"'{words[place : place + 40]}' is not a peak (m/z:intensity)")
        try:
            numbers.append((float(match[1]), float(match[2])))
        except ValueError:
            raise _NoSpectrumError(f"'{match[0][:40]}' is not a peak (m/z:intensity)") from None
        place = match.end()
    both = np.array(numbers, dtype=np.float64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def _numbers(values: Sequence[Any]) -> FloatArray:
    try:
        return np.array([np.nan if value is None else float(value) for value in values])
    except (TypeError, ValueError, OverflowError):
        raise _NoSpectrumError("an m/z or intensity is no number") from None


def _take_id(own: Mapping[str, Any], record: Record) -> None:
    for name in _IDS:
        words = own.get(name)
        if isinstance(words, str | int) and not isinstance(words, bool) and str(words).strip():
            record.know("native_id", "", _words(words))
            return


def _take(key: str, value: Any, record: Record, notes: Notes) -> None:
    if value is None or value == "":
        return
    record.add(_words(key).strip(), _words(value).strip(), notes)


def _words(value: Any) -> str:
    """Return a value as text; lists and objects as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else None
    if text is None:
        text = repr(value) if isinstance(value, int | float) else json.dumps(value)
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
