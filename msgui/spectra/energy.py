"""Collision energies as people and instruments write them."""

import re
from functools import lru_cache

from msgui.spectra.spectrum import CollisionEnergy, EnergyUnit

_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+(?![\w.]))?"
_LIST = re.compile(
    rf"({_NUMBER})\s*(?:%|ev|v|nce)?((?:\s*(?:,|/|;|\bor\b|\band\b|\bto\b|-|–|→)\s*{_NUMBER}\s*(?:%|ev|v|nce)?)+)",
    re.IGNORECASE,
)
_SPREAD = re.compile(rf"({_NUMBER})\s*(?:e?v)?\s*(?:±|\+/-|\+-)\s*({_NUMBER})", re.IGNORECASE)
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*\(?\s*(e?v\b|nce\b|%|hcd\b|cid\b)", re.IGNORECASE)
_PLAIN = re.compile(_NUMBER)
_OTHER_UNIT = re.compile(r"\bkv\b|\bkev\b|scaled|\d\s*m/z", re.IGNORECASE)
_BETWEEN_BRACKETS = re.compile(r"\([^)]*m/z[^)]*\)")
# "22,5 eV" has a decimal comma, "15,30,45" has not: one comma, and one digit (or a zero) behind it.
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])(\d+),(\d|\d?0|\d{3,})(?![\d,]|\s*,)")
_NORMALISED = re.compile(r"\bnce\b|nominal|normali[sz]ed|\(nce\)|\d\s*nce", re.IGNORECASE)
_VOLTS = re.compile(r"(?<![a-z])e?v(?![a-z])|electron\s?volts?|\bvolts?\b", re.IGNORECASE)
# Instruments whose unitless numbers are normalised energies: they are set that way.
_SETS_NORMALISED = re.compile(
    r"orbitrap|exactive|exploris|\bqft\b|\bitft\b|-qft|-itft|fusion|lumos|eclipse|velos|\bid-x\b",
    re.IGNORECASE,
)
_NOTHING = {"", "n/a", "na", "nan", "none", "null", "unknown", "-", "n.a."}
# Above this no collision cell for small molecules goes; it is a voltage of something else.
_HIGHEST = 1000.0


def _unit(text: str, instrument: str) -> EnergyUnit:
    if _NORMALISED.search(text):
        return "NCE"
    if "%" in text:
        return "%"
    if _VOLTS.search(text):
        return "eV"
    if _SETS_NORMALISED.search(instrument):
        return "NCE"
    return "unknown"


def _values(text: str) -> tuple[float, ...]:
    """Return the numbers that are energies, in the order of the text."""
    spread = _SPREAD.search(text)
    if spread:
        middle, width = float(spread[1]), float(spread[2])
        return (middle - width, middle, middle + width)
    several = _LIST.search(text)
    if several:
        return tuple(float(number) for number in _PLAIN.findall(several[0]))
    single = _WITH_UNIT.search(text) or _PLAIN.search(text)
    if single is None:
        return ()
    return (float(single[1] if single.re is _WITH_UNIT else single[0]),)


@lru_cache(maxsize=4096)
def parse_energy(text: str, instrument: str = "") -> CollisionEnergy:
    """Return a collision energy as written and as understood.

    Parameters
    ----------
    text : str
        For example "30 eV", "35 (nominal)", "HCD 20/35/50 NCE", "Ramp 5-60 V", "15,30,45".
    instrument : str
        A number without a unit is a normalised energy on Orbitrap instruments; elsewhere the
        unit stays unknown.

    Returns
    -------
    CollisionEnergy
        ``text`` is verbatim. A range or list has its numbers in ``steps`` and their mean in
        ``value``; what is not understood has ``value`` None.
    """
    words = text.strip()
    if words.lower() in _NOTHING:
        return CollisionEnergy(words)
    if _OTHER_UNIT.search(_BETWEEN_BRACKETS.sub("", words)):
        return CollisionEnergy(words)
    plain = _DECIMAL_COMMA.sub(r"\1.\2", words)
    values = tuple(value for value in _values(plain) if 0 < value <= _HIGHEST)
    if not values:
        return CollisionEnergy(words)
    unit = _unit(plain, instrument)
    if len(values) == 1:
        return CollisionEnergy(words, values[0], unit)
    return CollisionEnergy(words, sum(values) / len(values), unit, values)
