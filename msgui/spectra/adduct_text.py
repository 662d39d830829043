"""Adduct names as files write them, tidied only where nothing has to be guessed."""

import re
from functools import lru_cache

from msgui.spectra.spectrum import Polarity

_NOTHING = {"", "n/a", "na", "nan", "none", "null", "unknown", "-", "?"}
_CHARGED = re.compile(r"^\[([^\[\]]+)\](\d*)([+-]*)(\d*)([.*•]?)$")
# M, 2M, M+13C ... with signed parts behind: what can stand between the brackets.
_CORE = re.compile(r"^\d?M(?:[+-]\d*[A-Za-z][A-Za-z0-9]*)*$")
_TRAILING_SIGN = re.compile(r"^(.*[A-Za-z0-9])(\d*)([+-]+)$")
_PART = re.compile(r"([+-])(\d*)([A-Za-z][A-Za-z0-9]*)")
_CATIONS = frozenset({"H", "Na", "K", "Li", "NH4", "Ag", "Cs", "Rb"})
_ANIONS = frozenset({"Cl", "Br", "I", "F", "HCOO", "HCO2", "CH3COO", "CH3CO2", "C2H3O2", "NO3"})
_NEUTRAL = frozenset(
    {"H2O", "NH3", "ACN", "CH3CN", "MeOH", "CH3OH", "FA", "HCOOH", "CH2O2", "HAc", "CH3COOH"}
    | {"CO2", "CO", "DMSO", "IsoProp", "TFA", "C2H4O2", "HF", "HCl", "H3PO4", "SO3"}
)
# GNPS library names end in the adduct: "HYDROXYPHENYLLACTATE M-H".
_AT_END_OF_NAME = re.compile(r"\s(\[?\d?M(?:[+-]\d?[A-Z][A-Za-z0-9]*)+\]?\d?[+-]*)$")


@lru_cache(maxsize=4096)
def tidy_adduct(
    text: str, polarity: Polarity | None = None, charge: int | None = None
) -> str | None:
    """Return the adduct's name, ``[M+H]+`` for ``M+H`` when the sign is sure, or None for no name.

    Text that is not understood comes back as it is, without outer blanks.
    """
    words = text.strip()
    if words.lower() in _NOTHING:
        return None
    name = words.replace(" ", "")
    if name.startswith("(") and ")" in name:
        name = "[" + name[1:].replace(")", "]", 1)
    bracketed = _CHARGED.match(name)
    if bracketed:
        core, before, signs, after, radical = bracketed.groups()
        if signs:
            return _written(core, int(before or after or len(signs)), signs[0], radical)
    else:
        core, radical = name, ""
        signed = _TRAILING_SIGN.match(name)
        if signed and _CORE.match(signed[1]):
            return _written(signed[1], int(signed[2] or len(signed[3])), signed[3][0], "")
    sign = _sign(polarity, charge)
    if not sign or not _CORE.match(core):
        return words
    implied = _implied_charge(core)
    number = abs(implied or charge or 1)
    if implied and ((implied > 0) != (sign == "+") or (charge and abs(charge) != number)):
        return words
    return _written(core, number, sign, radical)


def _implied_charge(core: str) -> int | None:
    """Return the charge that the parts of a name add up to; None when one of them is not known."""
    total = 0
    for sign, number, part in _PART.findall(core):
        count = int(number or 1) * (1 if sign == "+" else -1)
        if part in _CATIONS:
            total += count
        elif part in _ANIONS:
            total -= count
        elif part not in _NEUTRAL:
            return None
    return total


def _sign(polarity: Polarity | None, charge: int | None) -> str:
    if polarity:
        return "+" if polarity == "positive" else "-"
    return "" if not charge else ("+" if charge > 0 else "-")


def _written(core: str, charge: int, sign: str, radical: str) -> str:
    dot = "." if radical in ("*", "•") else radical
    return f"[{core}]{charge if charge > 1 else ''}{sign}{dot}"


def charge_of(adduct: str) -> int | None:
    """Return the signed charge that a bracketed adduct states, or None when it states none."""
    match = _CHARGED.match(adduct.strip())
    if match is None or not match[3]:
        return None
    number = int(match[2] or match[4] or len(match[3]))
    return number if match[3][0] == "+" else -number


def adduct_at_end(name: str) -> str | None:
    """Return the adduct that ends a compound's name as in GNPS libraries, or None."""
    match = _AT_END_OF_NAME.search(name)
    return match[1] if match else None
