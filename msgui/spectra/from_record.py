"""From a record and its peaks to a Spectrum, with every doubt noted."""

import re
from dataclasses import dataclass

from msgui.spectra import fields
from msgui.spectra.adduct_text import adduct_at_end
from msgui.spectra.cleaning import PROFILE_POINTS, looks_like_profile
from msgui.spectra.conditions import Conditions, conditions_of
from msgui.spectra.fields import is_nothing
from msgui.spectra.metadata import Metadata, shared_words
from msgui.spectra.notes import Notes
from msgui.spectra.peak_text import Columns, Peaks
from msgui.spectra.record import Record, spectrum_id
from msgui.spectra.spectrum import FloatArray, Origin, Spectrum, checked_spectrum

# A compound that is charged by itself or a salt has another formula than its ion's neutral form.
_NEUTRAL_INCHI = re.compile(r"InChI=1S?/([A-Z][A-Za-z0-9]*)/(?!.*/[pq])")


@dataclass(frozen=True)
class Dialect:
    """What a format says about all its records.

    Parameters
    ----------
    time_unit : "s", "min" or ""
        What is meant by a retention time without a unit.
    level : int
        MS level of a record that names none.
    is_profile : bool or None
        None when the spacing of the points has to tell.
    parent : str
        Id of the spectrum that an MSn spectrum was made from.
    """

    time_unit: str = ""
    level: int = 2
    is_profile: bool | None = None
    parent: str = ""


PLAIN = Dialect()


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
    if not ("seconds" in known or "retention" in known or "minutes" in known):
        return None
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
    if peaks.comments:
        record.metadata["peak_comments"] = peaks.comments
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


def _note_declared(record: Record, listed: int, notes: Notes) -> None:
    text = record.known["peaks"]
    if text == str(listed) or is_nothing(text):
        return
    record.remarks.append(f"{text[:20]} peaks declared, {listed} listed")
    cause = "the declared number of peaks differs from the number listed"
    notes.add(cause, "Check that the record is complete.", record.where)


def _columns(record: Record, peaks: Columns | Peaks, notes: Notes) -> tuple[FloatArray, FloatArray]:
    """Return m/z and intensity; note what was dropped, and a count that does not fit."""
    if isinstance(peaks, Peaks):
        mz, intensity, listed = peaks.mz, peaks.intensity, peaks.listed
        is_silent = listed > 0 and peaks.silent == listed
        _note_peaks(record, peaks, notes)
    else:
        mz, intensity = peaks
        listed, is_silent = int(mz.size), False
    if not mz.size:
        cause = "no signal: all intensities are zero" if is_silent else "no peaks"
        record.doubt(notes, cause, "It is shown but cannot be annotated.")
    if "peaks" in record.known:
        _note_declared(record, listed, notes)
    return mz, intensity


def _conditions(record: Record, notes: Notes) -> Conditions:
    known = record.known
    name, adduct = known.get("name", ""), known.get("adduct", "")
    if name and is_nothing(adduct):
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
    for slot in conditions.kept:
        record.keep(slot)
    for cause in conditions.doubts:
        record.doubt(notes, cause)
    return conditions


def _is_profile(record: Record, mz: FloatArray, intensity: FloatArray, dialect: Dialect) -> bool:
    if dialect.is_profile is not None:
        return dialect.is_profile
    if "profile" in record.known.get("profile", "").lower():
        return True
    return mz.size >= PROFILE_POINTS and looks_like_profile(mz, intensity)


def spectrum_of(
    record: Record, peaks: Columns | Peaks, notes: Notes, dialect: Dialect = PLAIN
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
    dialect : Dialect
    """
    known = record.known
    mz, intensity = _columns(record, peaks, notes)
    conditions = _conditions(record, notes)
    level = conditions.level or dialect.level
    precursor = _precursor(record, level, notes)
    seconds = _retention_time(record, dialect.time_unit, notes)
    own_id = spectrum_id(known)
    title = known.get("title") or known.get("name") or own_id
    if not title:
        title = f"m/z {precursor:.4f}" if precursor else f"spectrum {record.number + 1}"
    is_profile = _is_profile(record, mz, intensity, dialect)
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
        shared_words(formula) if formula else None,
        None if is_nothing(smiles) else shared_words(smiles),
        None if is_nothing(inchikey) else shared_words(inchikey),
        is_profile,
        dialect.parent,
        Origin(notes.file, record.number, f"line {record.line}" if record.line else own_id),
        Metadata.of(record.metadata),
        tuple(record.remarks),
    )
