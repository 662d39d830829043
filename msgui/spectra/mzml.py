"""mzML: the run of an instrument as XML, with binary arrays; plain, indexed or gzip."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from msgui.errors import Problem
from msgui.spectra import limits
from msgui.spectra import mzml_terms as ms
from msgui.spectra.binary_arrays import ArrayError, decode
from msgui.spectra.fields import parse_level
from msgui.spectra.from_record import Dialect, spectrum_of
from msgui.spectra.mzml_terms import Head, Terms
from msgui.spectra.peak_text import Columns, Peaks, tidied
from msgui.spectra.record import Record
from msgui.spectra.run import PRECURSOR_SPECTRUM
from msgui.spectra.source import Source
from msgui.spectra.spectrum import FloatArray, Spectrum
from msgui.spectra.xml_scan import Element, Scanner, attributes, root_name, text

_START_TAG = re.compile(rb"<\w+((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)")
_SCAN_NUMBER = re.compile(r"\bscan=(\d+)")
_THERMO_ENERGY = re.compile(r"@(?:hcd|cid)(\d+(?:\.\d+)?)")
_LIST_COUNT = re.compile(rb"<spectrumList\s[^>]*?count=[\"'](\d+)")
_INSTRUMENT = re.compile(rb"<scan\s[^>]*?instrumentConfigurationRef=\"([^\"]*)\"")
_REFERENCE = re.compile(rb"<precursor\s[^>]*?spectrumRef=\"([^\"]*)\"")
_RECONVERT = "Convert the file again with msConvert."
# A precursor is known only when the isolation window lets few other ions in.
_WIDE_WINDOW_DA = 5.0


def sniff_mzml(head: bytes) -> float:
    """Return how sure the head of a file is mzML, from 0 to 1."""
    if re.search(rb"<(?:\w+:)?(?:indexedmzML|mzML)\b", head):
        return 1.0
    if b"<spectrumList" in head:
        return 0.6
    # A long comment may hide what the file is; only reading on can tell.
    return 0.3 if head.lstrip().startswith(b"<?xml") and not root_name(head) else 0.0


def read_mzml(source: Source) -> Iterator[Spectrum | Problem]:
    """Yield the mass spectra of an mzML file in the order of the file."""
    scanner = Scanner(source, b"spectrum", b"</spectrum>")
    head: Head | None = None
    found = passed = 0
    for element in scanner.elements():
        if head is None:
            head = Head(scanner.header, source.notes)
        item = _read_element(element, found, head)
        if item is None:
            passed += 1
            continue
        found += 1
        yield item
    _note_end(scanner, found + passed, source)
    if not found:
        raise source.error(
            "no spectra found in the mzML file" + (", only chromatograms" if head is None else ""),
            "Convert it again without filters, or open another run.",
        )
    yield from source.notes.problems()


def _note_end(scanner: Scanner, found: int, source: Source) -> None:
    counted = _LIST_COUNT.search(scanner.header)
    if not counted or int(counted[1]) == found:
        return
    announced = f"{int(counted[1]):,} spectra and holds {found:,}"
    if b"</mzML>" in scanner.trailer or b"</indexedmzML>" in scanner.trailer:
        source.notes.add(f"the file announces {announced}", "", "spectrumList")
    else:
        source.notes.add(
            f"the file ends early: it announces {announced}",
            "Convert or download it again; all complete spectra were read.",
            f"after spectrum {found}",
        )


def _read_element(element: Element, number: int, head: Head) -> Spectrum | Problem | None:
    """Return what an element holds; None for a spectrum of something else than ions."""
    data = element.data
    tag = _START_TAG.match(data)
    own = attributes(tag[1]) if tag else {}
    record = Record(number, 0)
    record.know("native_id", "id", own.get("id", ""))
    if not element.is_whole:
        return Problem(
            "warning",
            f"the file ends inside spectrum {number + 1}, or the spectrum has no end tag",
            "Convert or download it again; all complete spectra were read.",
            head.notes.file,
            record.where,
            skipped=1,
        )
    split = data.find(b"<binaryDataArrayList")
    try:
        fields = ms.double_quoted(data if split < 0 else data[:split])
        terms = _take_fields(fields, record, head)
        if not ms.NOT_MASS_SPECTRA.isdisjoint(terms):
            cause = "spectra that are no mass spectra (absorption, emission) were passed over"
            head.notes.add(cause, "", record.where)
            return None
        columns = _arrays(b"" if split < 0 else data[split:], own, record, head)
    except ArrayError as error:
        return head.notes.skipped(str(error), _RECONVERT, record.where)
    return _spectrum(record, terms, columns, head)


def _take_fields(fields: bytes, record: Record, head: Head) -> Terms:
    """Take what the spectrum, its scan and its precursor say; return the spectrum's own terms."""
    scan_at, precursor_at = fields.find(b"<scanList"), fields.find(b"<precursorList")
    own_end = min((at for at in (scan_at, precursor_at) if at >= 0), default=len(fields))
    scan_end = precursor_at if precursor_at > scan_at else len(fields)
    terms = Terms(head.with_groups(fields[:own_end], record.place))
    polarity = [name for name in (ms.POSITIVE, ms.NEGATIVE) if name in terms]
    if len(polarity) == 1:
        record.know("polarity", "", "positive" if polarity[0] == ms.POSITIVE else "negative")
    elif polarity:
        record.doubt(head.notes, "polarity stands twice with different values, read as unknown")
    _keep(terms, record)
    if scan_at >= 0:
        _take_scan(fields[scan_at:scan_end], record, head)
    if precursor_at >= 0:
        _take_precursor(fields[precursor_at:], record, head)
    for name, value in ms.user_fields(fields).items():
        record.metadata.setdefault(name, value)
    return terms


def _keep(terms: Terms, record: Record) -> None:
    for accession in sorted(terms.keys() & ms.KEPT.keys()):
        record.metadata.setdefault(ms.KEPT[accession], terms.value(accession))


def _take_scan(part: bytes, record: Record, head: Head) -> None:
    terms = Terms(head.with_groups(part, record.place))
    _keep(terms, record)
    start = terms.value(ms.START_TIME)
    if start:
        unit = terms.unit(ms.START_TIME)
        # Without a unit the number is not known to be seconds, and is said to be so.
        slot = "minutes" if unit == ms.MINUTE else "seconds" if unit else "retention"
        record.know(slot, "scan start time", start)
    name = _INSTRUMENT.search(part)
    instrument = head.instruments.get(text(name[1])) if name else None
    record.know("instrument", "", instrument or head.first_instrument)


def _take_precursor(part: bytes, record: Record, head: Head) -> None:
    """Take the ion that was isolated; with several precursors (MSn) the first is the direct one."""
    part = part.split(b"</precursor>", 1)[0]
    reference = _REFERENCE.search(part)
    if reference and reference[1]:
        record.metadata[PRECURSOR_SPECTRUM] = text(reference[1])
    terms = Terms(head.with_groups(part, record.place))
    _keep(terms, record)
    several = part.count(b"</selectedIon>") > 1
    selected = Terms(part.split(b"</selectedIon>", 1)[0]) if several else terms
    mz = selected.value(ms.SELECTED_MZ) or terms.value(ms.SELECTED_MZ)
    if not mz and ms.TARGET_MZ in terms:
        width = _number(terms.value(ms.LOWER_OFFSET)) + _number(terms.value(ms.UPPER_OFFSET))
        if width <= _WIDE_WINDOW_DA:
            mz = terms.value(ms.TARGET_MZ)
            record.remarks.append("precursor m/z is the centre of the isolation window")
        else:
            record.remarks.append(f"isolation window {width:g} Da wide, precursor unknown")
    if mz:
        record.know("precursor", "selected ion m/z", mz)
    charge = selected.value(ms.CHARGE) or terms.value(ms.CHARGE)
    if charge:
        record.know("charge", "charge state", charge)
    _take_energy(terms, record)


def _number(words: str) -> float:
    try:
        return float(words)
    except ValueError:
        return 0.0


def _take_energy(terms: Terms, record: Record) -> None:
    kinds = [ms.DISSOCIATION[name] for name in sorted(terms.keys() & ms.DISSOCIATION.keys())]
    if kinds:
        record.metadata["activation"] = ", ".join(dict.fromkeys(kinds))
    energy, normalised = terms.value(ms.ENERGY), terms.value(ms.NORMALISED_ENERGY)
    start = end = ""
    if ms.RAMP_START in terms:
        start, end = terms.value(ms.RAMP_START), terms.value(ms.RAMP_END)
    if normalised:
        record.know("energy", "normalized collision energy", f"{normalised} NCE")
    elif start and end:
        record.know("energy", "collision energy ramp", f"{start}-{end} eV")
    elif energy and _is_thermo_setting(energy, record):
        # Converters write Thermo's setting as electronvolts, but it is the normalised energy.
        record.know("energy", "collision energy", f"{energy} NCE")
        record.remarks.append(
            f"collision energy {energy} is declared as eV; Thermo's filter line shows that it is "
            "normalised"
        )
    elif energy:
        record.know("energy", "collision energy", f"{energy} eV")


def _is_thermo_setting(energy: str, record: Record) -> bool:
    settings = _THERMO_ENERGY.findall(record.metadata.get("filter string", ""))
    return any(float(setting) == _number(energy) for setting in settings)


def _arrays(data: bytes, own: Mapping[str, str], record: Record, head: Head) -> Columns:
    """Return m/z and intensity as they stand in the file; raises ArrayError."""
    declared = own.get("defaultArrayLength", "").strip()
    arrays: dict[str, FloatArray] = {}
    for part in data.split(b"<binaryDataArray")[2:]:
        start = part.find(b"<binary>")
        # The length differs from spectrum to spectrum, the terms behind the tag do not.
        tag, _, terms = ms.double_quoted(part[:start] if start >= 0 else part).partition(b">")
        array = head.array(terms, record.place)
        if not array.kind or array.kind in arrays:
            continue
        length = declared
        if b"arrayLength" in tag:
            length = attributes(tag).get("arrayLength", declared).strip()
        if not length.isdecimal() or len(length) > 12:
            raise ArrayError(f"it declares '{length[:40]}' points, which is no number of points")
        end = part.find(b"</binary>", start) if start >= 0 else -1
        packed = part[start + 8 : end] if end >= 0 else b""
        arrays[array.kind] = decode(packed, array.encoding, int(length))
    if not arrays and declared in ("0", ""):
        return np.zeros(0), np.zeros(0)
    if len(arrays) < 2:
        raise ArrayError("an array of m/z or intensity is missing")
    mz, intensity = arrays["mz"], arrays["intensity"]
    if mz.size != intensity.size:
        raise ArrayError(f"{mz.size} m/z and {intensity.size} intensities do not belong together")
    if declared.isdecimal():
        record.know("peaks", "defaultArrayLength", declared)
    return mz, intensity


def _spectrum(record: Record, terms: Terms, columns: Columns, head: Head) -> Spectrum:
    level = _level(record, terms, head)
    native_id = record.known["native_id"]
    scan = _SCAN_NUMBER.search(native_id)
    title = f"scan {scan[1]}" if scan else native_id or f"spectrum {record.number + 1}"
    record.know("title", "", title)
    is_profile = True if ms.PROFILE in terms else False if ms.CENTROID in terms else None
    peaks = tidied(*columns, keep=limits.POINTS if is_profile else 0)
    if is_profile and isinstance(peaks, Peaks):
        # Zeros between the peaks of profile data are padding, not lost peaks.
        peaks = replace(peaks, silent=0)
    parent = record.metadata.get(PRECURSOR_SPECTRUM, "") if level > 2 else ""
    return spectrum_of(record, peaks, head.notes, Dialect("", level, is_profile, parent))


def _level(record: Record, terms: Terms, head: Head) -> int:
    """Return the MS level; where none is stated, what the kind of spectrum or a precursor says."""
    level = parse_level(terms.value(ms.MS_LEVEL))
    if level is not None:
        return level
    has_precursor = "precursor" in record.known or PRECURSOR_SPECTRUM in record.metadata
    guess = 1 if ms.MS1_SPECTRUM in terms or not has_precursor else 2
    what = "two MS levels" if ms.MS_LEVEL in terms.contradictions else "no MS level"
    record.doubt(head.notes, f"{what} stated, read as MS{guess}")
    return guess
