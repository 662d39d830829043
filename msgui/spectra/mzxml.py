"""mzXML: scans that may stand inside each other, with m/z and intensity in one array."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from msgui.errors import Problem
from msgui.spectra import limits
from msgui.spectra.binary_arrays import ArrayError, Encoding, decode
from msgui.spectra.fields import parse_level
from msgui.spectra.from_record import Dialect, spectrum_of
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import Columns, Peaks, tidied
from msgui.spectra.record import Record
from msgui.spectra.run import PRECURSOR_SPECTRUM
from msgui.spectra.source import Source
from msgui.spectra.spectrum import Spectrum
from msgui.spectra.xml_scan import Element, Scanner, attributes, text

_START_TAG = re.compile(rb"<\w+((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>")
_PRECURSOR = re.compile(rb"<precursorMz\b([^>]*)>\s*([^<]*)")
_PEAKS = re.compile(rb"<peaks\b([^>]*)>([^<]*)</peaks>")
_NAME_VALUE = re.compile(rb"<nameValue\b([^>]*)>")
_SCAN_COUNT = re.compile(rb"<msRun\b[^>]*?scanCount=[\"'](\d+)")
_MODEL = re.compile(rb"<ms(?:Model|Instrument|MassAnalyzer)\b([^>]*)>")
_CENTROIDED = re.compile(rb"<dataProcessing\b[^>]*?\bcentroided=[\"'](\w+)")
_RECONVERT = "Convert the file again with msConvert."
# What a scan says about itself and Spectrum has a field for.
_UNDERSTOOD = {"num", "msLevel", "peaksCount", "polarity", "retentionTime", "collisionEnergy"}


def sniff_mzxml(head: bytes) -> float:
    """Return how sure the head of a file is mzXML, from 0 to 1."""
    if re.search(rb"<(?:\w+:)?mzXML\b", head):
        return 1.0
    return 0.8 if re.search(rb"<(?:\w+:)?msRun\b", head) else 0.0


def read_mzxml(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the scans of an mzXML file in the order of the file."""
    scanner = Scanner(source, b"scan", b"</peaks>")
    run: _Run | None = None
    found = 0
    for element in scanner.elements():
        if run is None:
            run = _Run(scanner.header, source.notes)
        yield _read_scan(element, found, run)
        found += 1
    counted = _SCAN_COUNT.search(scanner.header)
    if b"</mzXML>" not in scanner.trailer and b"</msRun>" not in scanner.trailer:
        source.notes.add(
            "the file ends early, without the end of its run",
            "Convert or download it again; all complete spectra were read.",
            f"after spectrum {found}",
        )
    elif counted and int(counted[1]) != found:
        announced = f"{int(counted[1]):,} scans and holds {found:,}"
        source.notes.add(f"the file announces {announced}", "", "msRun")
    yield from source.notes.problems()


class _Run:
    """What the head of the file says about all scans."""

    def __init__(self, header: bytes, notes: Notes) -> None:
        self.notes = notes
        words = [attributes(tag).get("value", "") for tag in _MODEL.findall(header)]
        self.instrument = ", ".join(dict.fromkeys(word for word in words if word))
        centroided = _CENTROIDED.search(header)
        self.is_profile = None if centroided is None else centroided[1] in (b"0", b"false")
        # Levels of the scans around the next one: who stands inside whom tells who is whose parent.
        self.last_of_level: dict[int, str] = {}


def _read_scan(element: Element, number: int, run: _Run) -> Spectrum | Problem:
    data = element.data
    tag = _START_TAG.match(data)
    own = attributes(tag[1]) if tag else {}
    record = Record(number, 0)
    record.know("native_id", "num", own.get("num", ""))
    try:
        has_peaks = b"<peaks" in data
        if has_peaks and not element.is_whole:
            return _cut_off(record, number, run)
        if not has_peaks and own.get("peaksCount", "0") not in ("0", ""):
            return _cut_off(record, number, run)
        columns = _columns(data, own)
    except ArrayError as error:
        return run.notes.skipped(str(error), _RECONVERT, record.where)
    return _spectrum(record, data, own, columns, run)


def _cut_off(record: Record, number: int, run: _Run) -> Problem:
    return Problem(
        "warning",
        f"the file ends inside spectrum {number + 1}, or its peaks are missing",
        "Convert or download it again; all complete spectra were read.",
        run.notes.file,
        record.where,
        skipped=1,
    )


def _columns(data: bytes, own: Mapping[str, str]) -> Columns:
    """Return m/z and intensity as they stand in the file; raises ArrayError."""
    words = own.get("peaksCount", "").strip()
    if words and (not words.isdecimal() or len(words) > 12):
        raise ArrayError(f"it declares '{words[:40]}' peaks, which is no number of peaks")
    declared = int(words or 0)
    if declared > limits.POINTS:
        raise ArrayError(f"it declares {declared:,} peaks, at most {limits.POINTS:,} are read")
    match = _PEAKS.search(data)
    if match is None:
        if b"<peaks" in data and declared:
            raise ArrayError("its peaks cannot be read")
        return np.zeros(0), np.zeros(0)
    how = attributes(match[1])
    kind = how.get("contentType") or how.get("pairOrder") or "m/z-int"
    if kind != "m/z-int":
        raise ArrayError(f"its peaks are written as '{kind[:40]}', which is not supported")
    compression = how.get("compressionType", "none") or "none"
    if compression not in ("none", "zlib"):
        raise ArrayError(f"its compression '{compression[:40]}' is not supported")
    precision = how.get("precision", "32")
    if precision not in ("32", "64"):
        raise ArrayError(f"its precision '{precision[:40]}' is not supported")
    if not declared:
        return np.zeros(0), np.zeros(0)
    encoding = Encoding(">f4" if precision == "32" else ">f8", compression == "zlib")
    # An array holds both numbers of each peak, so it is twice as long as the limit for one.
    pairs = decode(match[2].strip(), encoding, 2 * declared)
    if pairs.size % 2:
        raise ArrayError(f"{pairs.size} numbers are no pairs of m/z and intensity")
    return pairs[0::2].copy(), pairs[1::2].copy()


def _spectrum(
    record: Record, data: bytes, own: Mapping[str, str], columns: Columns, run: _Run
) -> Spectrum:
    level = parse_level(own.get("msLevel", ""))
    if level is None:
        level = 2 if b"<precursorMz" in data else 1
        record.doubt(run.notes, f"no MS level stated, read as MS{level}")
    number = own.get("num", "")
    record.know("title", "", f"scan {number}" if number else f"spectrum {record.number + 1}")
    record.know("instrument", "", run.instrument)
    for slot, name in (
        ("peaks", "peaksCount"),
        ("polarity", "polarity"),
        ("seconds", "retentionTime"),
    ):
        if own.get(name):
            record.know(slot, name, own[name])
    if own.get("collisionEnergy", "0").strip("0.") != "":
        record.know("energy", "collisionEnergy", _energy(own))
    for name, value in own.items():
        if name not in _UNDERSTOOD:
            record.metadata.setdefault(name, value)
    parent = _take_precursor(data, level, record, run)
    for tag in _NAME_VALUE.findall(data):
        words = attributes(tag)
        record.metadata.setdefault(words.get("name", ""), words.get("value", ""))
    run.last_of_level[level] = number
    centroided = own.get("centroided")
    is_profile = run.is_profile if centroided is None else centroided in ("0", "false")
    peaks = tidied(*columns, keep=limits.POINTS if is_profile else 0)
    if is_profile and isinstance(peaks, Peaks):
        peaks = replace(peaks, silent=0)
    return spectrum_of(record, peaks, run.notes, Dialect("", level, is_profile, parent))


def _energy(own: Mapping[str, str]) -> str:
    """Return the energy with its unit where Thermo's filter line shows that it is normalised."""
    energy = own["collisionEnergy"]
    settings = re.findall(r"@(?:hcd|cid)(\d+(?:\.\d+)?)", own.get("filterLine", ""))
    try:
        is_normalised = any(float(setting) == float(energy) for setting in settings)
    except ValueError:
        is_normalised = False
    return f"{energy} NCE" if is_normalised else energy


def _take_precursor(data: bytes, level: int, record: Record, run: _Run) -> str:
    """Take the precursor's fields; return the id of the spectrum that an MSn scan was made from."""
    match = _PRECURSOR.search(data)
    if match is None:
        return ""
    own = attributes(match[1])
    record.know("precursor", "precursorMz", text(match[2]).strip())
    if own.get("precursorCharge"):
        record.know("charge", "precursorCharge", own["precursorCharge"])
    for name in ("precursorIntensity", "activationMethod", "windowWideness"):
        if own.get(name):
            record.metadata[name] = own[name]
    spectrum = own.get("precursorScanNum") or run.last_of_level.get(level - 1, "")
    if spectrum:
        record.metadata[PRECURSOR_SPECTRUM] = spectrum
    return spectrum if level > 2 else ""
