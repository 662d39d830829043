"""What the fields of a record say about the ion and how it was measured, without the peaks."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from msgui.spectra.adduct_text import charge_of, tidy_adduct
from msgui.spectra.energy import parse_energy
from msgui.spectra.fields import is_nothing, parse_charge, parse_level, parse_polarity
from msgui.spectra.spectrum import CollisionEnergy, Polarity


class Conditions(NamedTuple):
    """Ion and measurement as far as a record is at one about them.

    Parameters
    ----------
    adduct : str or None
    charge : int or None
        Signed.
    polarity : "positive", "negative" or None
    energy : CollisionEnergy or None
    instrument : str
    level : int
        MS level, 0 when the record names none.
    doubts : tuple of str
        What was not understood or contradicts itself.
    kept : tuple of str
        Fields ("polarity", "charge") whose words say more than was understood.
    is_doubtful : bool
        True when there are doubts, or fields to keep, or no MS level of 2.
    """

    adduct: str | None
    charge: int | None
    polarity: Polarity | None
    energy: CollisionEnergy | None
    instrument: str
    level: int
    doubts: tuple[str, ...]
    kept: tuple[str, ...]
    is_doubtful: bool


@lru_cache(maxsize=8192)
def conditions_of(
    polarity: str,
    charge: str,
    adduct: str,
    instrument: str = "",
    instrument_type: str = "",
    energy: str = "",
    energy_key: str = "",
    level: str = "",
) -> Conditions:
    """Return the conditions that these words describe; an empty text is a field that is missing."""
    doubts: list[str] = []
    kept: list[str] = []
    ion = _ion(polarity, charge, adduct, doubts, kept)
    model = _instrument(instrument, instrument_type)
    number = parse_level(level) or 0 if level else 2
    return Conditions(
        *ion,
        _energy(energy, energy_key, model),
        model,
        number if level else 0,
        tuple(doubts),
        tuple(kept),
        bool(doubts or kept or number != 2),
    )


def _ion(
    polarity_text: str, charge_text: str, adduct_text: str, doubts: list[str], kept: list[str]
) -> tuple[str | None, int | None, Polarity | None]:
    """Return adduct, charge and polarity; nothing that contradicts itself is corrected silently.

    A charge without a sign takes that of the polarity; a missing polarity is taken from the sign of
    the adduct or charge. Where charge and polarity contradict each other the charge is unknown.
    """
    polarity = parse_polarity(polarity_text)
    if polarity_text and polarity is None:
        kept.append("polarity")
        if not is_nothing(polarity_text):
            doubts.append(f"polarity '{polarity_text[:40]}' is read as unknown")
    charge, signed, complaint = parse_charge(charge_text)
    if complaint:
        kept.append("charge")
        doubts.append(complaint)
    contradicts = False
    if charge is not None and polarity is not None:
        if not signed:
            charge = charge if polarity == "positive" else -charge
        elif (charge > 0) != (polarity == "positive"):
            kept.append("charge")
            doubts.append(f"charge {charge_text} contradicts {polarity} mode")
            charge, contradicts = None, True
    adduct = tidy_adduct(adduct_text, polarity, charge if signed or polarity else None)
    stated = charge_of(adduct) if adduct else None
    if stated is not None:
        if polarity is not None and (stated > 0) != (polarity == "positive"):
            doubts.append(f"adduct {adduct} contradicts {polarity} mode")
        elif charge is None:
            charge = None if contradicts else stated
        elif abs(charge) != abs(stated) or (signed and charge != stated):
            doubts.append(f"adduct {adduct} contradicts charge {charge:+d}")
        else:
            charge = stated
        polarity = polarity or ("positive" if stated > 0 else "negative")
    elif adduct and charge is not None and tidy_adduct(adduct_text, polarity) != adduct:
        doubts.append(f"adduct {adduct} contradicts charge {charge:+d}")
    if polarity is None and charge is not None and signed:
        polarity = "positive" if charge > 0 else "negative"
    return adduct, charge, polarity


def _energy(text: str, key: str, instrument: str) -> CollisionEnergy | None:
    if is_nothing(text):
        return None
    energy = parse_energy(text, instrument)
    if energy.value is not None and energy.unit in ("unknown", "NCE"):
        if re.search(r"ev\b|_ev|volt", key.lower()):
            return replace(energy, unit="eV")
        if "normalized" in key.lower():
            return replace(energy, unit="NCE")
    return energy


def _instrument(model: str, kind: str) -> str:
    model, kind = ("" if is_nothing(text) else text.strip() for text in (model, kind))
    if not kind or kind in model:
        return model
    return f"{model}, {kind}" if model else kind
