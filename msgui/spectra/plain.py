"""The short way from a clean text record to a Spectrum; anything odd is left to the careful way.

Files repeat the same keys and the same conditions thousands of times. Here the keys are understood
once per layout and the conditions once per combination.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from msgui.spectra import fields
from msgui.spectra.cleaning import PROFILE_POINTS, looks_like_profile
from msgui.spectra.conditions import conditions_of
from msgui.spectra.metadata import NOTHING, Metadata
from msgui.spectra.spectrum import FloatArray, Origin, Spectrum, checked_spectrum

SLOTS = (
    *("precursor", "charge", "adduct", "polarity", "energy", "instrument", "instrument_type"),
    *("level", "seconds", "minutes", "retention", "feature_id", "scans", "title", "accession"),
    *("db_number", "name", "formula", "smiles", "inchikey", "inchi", "peaks", "profile"),
)


class Shape(NamedTuple):
    """Headers with the same keys in the same order.

    Parameters
    ----------
    pattern : re.Pattern
        Matches such a header; its groups are the values and one empty text.
    pick : callable
        Given the groups, returns the values of ``SLOTS``; the empty text stands for missing ones.
    pick_metadata : callable
        Given the groups, returns the values of ``metadata_keys`` (and perhaps empty texts).
    metadata_keys : tuple of str
    energy_key : str
        The file's own name of the collision energy.
    keys : tuple of str
    """

    pattern: re.Pattern[str]
    pick: Callable[[tuple[str, ...]], tuple[str, ...]]
    pick_metadata: Callable[[tuple[str, ...]], tuple[str, ...]]
    metadata_keys: tuple[str, ...]
    energy_key: str
    keys: tuple[str, ...]


def picker(places: Sequence[int]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return what picks the values at these places, and empty texts where it is only one."""
    # Of a single place itemgetter returns no tuple.
    return itemgetter(*places) if len(places) > 1 else itemgetter(*places, -1, -1)


@lru_cache(maxsize=1 << 16)
def known_words(words: str) -> str | None:
    """Return a value as one object for all records that state it, None for no value."""
    return None if fields.is_nothing(words) else words


@lru_cache(maxsize=512)
def shape_of(
    keys: tuple[str, ...], separator: str, before: str = "", behind: str = ""
) -> Shape | None:
    """Return the shape of headers with these keys, or None when one thing stands twice.

    Parameters
    ----------
    keys : tuple of str
    separator : str
        What stands between key and value.
    before, behind : str
        Regular expressions of what stands before the first key and behind the last line end.
    """
    slots = [fields.slot_of(key) for key in keys]
    named = [slot for slot in slots if slot]
    if len(set(named)) < len(named) or len(set(keys)) < len(keys) or "comments" in named:
        return None
    lines = "".join(f"{re.escape(key + separator)}(.*)\n" for key in keys)
    metadata = [place for place, slot in enumerate(slots) if not slot or slot in fields.KEPT]
    return Shape(
        re.compile(f"{before}{lines}(){behind}"),
        itemgetter(*(slots.index(slot) if slot in slots else -1 for slot in SLOTS)),
        picker(metadata),
        tuple(keys[place] for place in metadata),
        keys[slots.index("energy")] if "energy" in slots else "",
        keys,
    )


def plain_spectrum(
    shape: Shape,
    values: tuple[str, ...],
    mz: FloatArray,
    intensity: FloatArray,
    origin: Origin,
    *,
    time_unit: str = "",
    remarks: tuple[str, ...] = (),
) -> Spectrum | None:
    """Return the spectrum of a record about which there is no doubt, or None for the careful way.

    Parameters
    ----------
    shape : Shape
    values : tuple of str
        What the shape's pattern found, without outer blanks.
    mz, intensity : float64 arrays, shape (n,)
        Read-only, ascending, finite, above zero.
    origin : Origin
    time_unit : "s", "min" or ""
        What the format implies for a retention time without a unit.
    remarks : tuple of str
    """
    (
        precursor, charge, adduct, polarity, energy, model, kind, level, in_seconds, in_minutes,
        retention, feature, scans, title, accession, db_number, name, formula, smiles, inchikey,
        inchi, peaks, profile,
    ) = shape.pick(values)  # fmt: skip
    understood, ion_charge, ion_polarity, ion_energy, instrument, ms_level, _, _, is_doubtful = (
        conditions_of(polarity, charge, adduct, model, kind, energy, shape.energy_key, level)
    )
    n_peaks = mz.size
    try:
        precursor_mz = float(precursor)
        seconds = float(in_seconds) if in_seconds else None
        if in_minutes and seconds is None:
            seconds = float(in_minutes) * fields.SECONDS["min"]
        if retention and seconds is None and time_unit:
            seconds = float(retention) * fields.SECONDS[time_unit]
    except ValueError:
        return None
    if (
        is_doubtful
        or not 0 < precursor_mz < fields.INFINITY
        or n_peaks == 0
        or (peaks and peaks != str(n_peaks))
        or (seconds is not None and not 0 <= seconds < fields.INFINITY)
        or (retention and seconds is None)
        or (name and understood is None)
        or (inchi and fields.is_nothing(formula))
        or profile
        or (n_peaks >= PROFILE_POINTS and looks_like_profile(mz, intensity))
    ):
        return None
    # As spectrum_id in record.py: a scan number is not unique in a library.
    own_id = feature or (scans if not accession else "") or title or accession or db_number
    if len(own_id) < 10 and (own_id == "-1" or fields.is_nothing(own_id)):
        return None
    names = shape.metadata_keys
    return checked_spectrum(
        mz,
        intensity,
        precursor_mz,
        understood,
        ion_charge,
        ion_polarity,
        ion_energy,
        instrument,
        ms_level or 2,  # a clean record states MS2 or nothing
        seconds,
        title or name or own_id,
        own_id,
        known_words(formula),
        known_words(smiles),
        known_words(inchikey),
        False,
        "",
        origin,
        Metadata(names, shape.pick_metadata(values)) if names else NOTHING,
        remarks,
    )
