"""mzML: the run of an instrument as XML, with binary arrays; plain, indexed or gzip."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from msgui.errors import Problem
from msgui.spectra import limits
from msgui.spectra import mzml_terms as ms
from msgui.spectra.binary_arrays import ArrayError, decode
from msgui.spectra.fields import parse_level
from msgui.spectra.from_record import Dialect, spectrum_of
from msgui.spectra.mzml_fields import take_fields
from msgui.spectra.mzml_layout import Layouts, PlainTerms
from msgui.spectra.mzml_terms import Head, Terms
from msgui.spectra.peak_text import Columns, Peaks, tidied
from msgui.spectra.plain import plain_spectrum
from msgui.spectra.record import Record
from msgui.spectra.run import PRECURSOR_SPECTRUM
from msgui.spectra.source import Source
from msgui.spectra.spectrum import FloatArray, Spectrum, origin_of
from msgui.spectra.xml_scan import Element, Scanner, attributes, root_name

_START_TAG = re.compile(rb"<\w+((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)")
_SCAN_NUMBER = re.compile(r"\bscan=(\d+)")
_LIST_COUNT = re.compile(rb"<spectrumList\s[^>]*?count=[\"'](\d+)")
_RECONVERT = "Convert the file again with msConvert."


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
            layouts = Layouts(head)
        item = _read_element(element, found, head, layouts)
        if item is None:
            passed += 1
            continue
        found += 1
        yield item
    _note_end(scanner, found + passed, source)
    if not found:
        what = ", only chromatograms" if b"<chromatogram " in scanner.header else ""
        raise source.error(
            f"no spectra found in the mzML file{what}",
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


def _read_element(
    element: Element, number: int, head: Head, layouts: Layouts
) -> Spectrum | Problem | None:
    """Return what an element holds; None for a spectrum of something else than ions."""
    data = element.data
    split = data.find(b"<binaryDataArrayList")
    if element.is_whole and split >= 0:
        plain = layouts.read(data[:split])
        spectrum = _plain(plain, data[split:], number, head) if plain else None
        if spectrum is not None:
            return spectrum
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
    try:
        terms = take_fields(ms.double_quoted(data if split < 0 else data[:split]), record, head)
        if not ms.NOT_MASS_SPECTRA.isdisjoint(terms):
            cause = "spectra that are no mass spectra (absorption, emission) were passed over"
            head.notes.add(cause, "", record.where)
            return None
        declared = own.get("defaultArrayLength", "").strip()
        columns = _arrays(b"" if split < 0 else data[split:], declared, head, record.place)
    except ArrayError as error:
        return head.notes.skipped(str(error), _RECONVERT, record.where)
    if declared.isdecimal():
        record.know("peaks", "defaultArrayLength", declared)
    return _spectrum(record, terms, columns, head)


def _plain(plain: PlainTerms, arrays: bytes, number: int, head: Head) -> Spectrum | None:
    """Return a spectrum about which there is no doubt, or None for the careful way."""
    try:
        columns = tidied(*_arrays(arrays, plain.points, head, plain.native_id.__str__))
    except ArrayError:
        return None
    if isinstance(columns, Peaks):
        return None
    origin = origin_of(head.notes.file, number, plain.native_id)
    return plain_spectrum(plain.shape, plain.values, *columns, origin, remarks=plain.remarks)


def _arrays(data: bytes, declared: str, head: Head, place: Callable[[], str]) -> Columns:
    """Return m/z and intensity as they stand in the file; raises ArrayError.

    Parameters
    ----------
    data : bytes
        The list of arrays.
    declared : str
        What the spectrum says of their length.
    head : Head
    place : callable
        Tells where the spectrum is.
    """
    arrays: dict[str, FloatArray] = {}
    for part in data.split(b"<binaryDataArray")[2:]:
        start = part.find(b"<binary>")
        # The length differs from spectrum to spectrum, the terms behind the tag do not.
        tag, _, terms = ms.double_quoted(part[:start] if start >= 0 else part).partition(b">")
        array = head.array(terms, place)
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
