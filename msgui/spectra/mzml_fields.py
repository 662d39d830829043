"""What the terms of an mzML spectrum say about it, its scan and its precursor."""

import re

from msgui.spectra import mzml_terms as ms
from msgui.spectra.mzml_terms import Head, Terms
from msgui.spectra.record import Record
from msgui.spectra.run import PRECURSOR_SPECTRUM
from msgui.spectra.xml_scan import text

_THERMO_ENERGY = re.compile(r"@(?:hcd|cid)(\d+(?:\.\d+)?)")
_INSTRUMENT = re.compile(rb"<scan\s[^>]*?instrumentConfigurationRef=\"([^\"]*)\"")
_REFERENCE = re.compile(rb"<precursor\s[^>]*?spectrumRef=\"([^\"]*)\"")
# A precursor is known only when the isolation window lets few other ions in.
_WIDE_WINDOW_DA = 5.0


def take_fields(fields: bytes, record: Record, head: Head) -> Terms:
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
    elif energy:
        words, remarks = declared_energy(energy, record.metadata.get("filter string", ""))
        record.know("energy", "collision energy", words)
        record.remarks.extend(remarks)


def declared_energy(energy: str, filter_line: str) -> tuple[str, tuple[str, ...]]:
    """Return a declared energy with its unit, and the remark for Thermo's normalised energies."""
    settings = _THERMO_ENERGY.findall(filter_line) if "@" in filter_line else ()
    if any(float(setting) == _number(energy) for setting in settings):
        # Converters write Thermo's setting as electronvolts, but it is the normalised energy.
        remark = (
            f"collision energy {energy} is declared as eV; Thermo's filter line shows that it is "
            "normalised"
        )
        return f"{energy} NCE", (remark,)
    return f"{energy} eV", ()
