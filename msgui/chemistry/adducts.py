"""Adducts: how a neutral molecule becomes the ion that was isolated."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from msgui.chemistry.formula import ELECTRON_MASS, EMPTY, Formula
from msgui.errors import MsguiError

Polarity = Literal["positive", "negative"]


@dataclass(frozen=True)
class Adduct:
    """What is added to and taken from one or more molecules, and the charge of the ion.

    Parameters
    ----------
    name : str
        "[M+H]+".
    molecules : int
        Number of molecules in the ion: 2 for a dimer.
    gained, lost : Formula
        Atoms added and atoms taken away.
    charge : int
        Signed; never 0.

    Examples
    --------
    >>> from msgui.chemistry.formula import Formula
    >>> caffeine = Formula.parse("C8H10N4O2")
    >>> protonated = parse_adduct("M+H")
    >>> protonated.name, round(protonated.mz(caffeine.mass), 4)
    ('[M+H]+', 195.0877)
    >>> str(parse_adduct("[2M+ACN+Na]+").ion_formula(caffeine))
    'C18H23N9NaO4'
    """

    name: str
    molecules: int
    gained: Formula
    lost: Formula
    charge: int

    @property
    def polarity(self) -> Polarity:
        """Return "positive" or "negative"."""
        return "positive" if self.charge > 0 else "negative"

    @property
    def mass_shift(self) -> float:
        """Mass in Da of the ion minus that of its molecules; electrons counted."""
        return self.gained.mass - self.lost.mass - self.charge * ELECTRON_MASS

    def mz(self, neutral_mass: float) -> float:
        """Return the ion's m/z: (molecules x mass + gained - lost - charge x electron) / charge."""
        return (self.molecules * neutral_mass + self.mass_shift) / abs(self.charge)

    def neutral_mass(self, mz: float) -> float:
        """Return the mass in Da of one molecule when the ion stands at ``mz``."""
        return (mz * abs(self.charge) - self.mass_shift) / self.molecules

    def ion_formula(self, formula: Formula) -> Formula:
        """Return the atoms of the ion of a molecule.

        Raises
        ------
        MsguiError
            When the molecule does not have the atoms that the adduct takes away.
        """
        ion = formula * self.molecules + self.gained - self.lost
        if not ion.is_possible:
            raise MsguiError(
                f"{formula} cannot form {self.name}: it does not have {self.lost} to lose.",
                "Choose another adduct or formula.",
            )
        return ion

    @property
    def signature(self) -> tuple[int, Formula, int]:
        """What makes two adducts the same ion, however they are written."""
        return self.molecules, self.gained - self.lost, self.charge

    def __str__(self) -> str:
        return self.name


# What people write for solvents and counter-ions; everything else is read as a formula.
_PARTS: Final = {
    "ACN": "C2H3N",
    "MeCN": "C2H3N",
    "MeOH": "CH4O",
    "EtOH": "C2H6O",
    "IsoProp": "C3H8O",
    "iPrOH": "C3H8O",
    "IPA": "C3H8O",
    "DMSO": "C2H6OS",
    "FA": "CH2O2",
    "HFA": "CH2O2",
    "formate": "CHO2",
    "HAc": "C2H4O2",
    "Hac": "C2H4O2",
    "AcOH": "C2H4O2",
    "HOAc": "C2H4O2",
    "OAc": "C2H3O2",
    "AcO": "C2H3O2",
    "Ac": "C2H3O2",
    "acetate": "C2H3O2",
    "TFA": "C2HF3O2",
    "TEA": "C6H15N",
    "Hexose": "C6H10O5",
}
# Charge that a part brings when a text such as "M+Na" leaves the sign of the ion out.
_PART_CHARGES: Final = {
    "H": 1,
    "Na": 1,
    "K": 1,
    "Li": 1,
    "Cs": 1,
    "Rb": 1,
    "Ag": 1,
    "NH4": 1,
    "Cl": -1,
    "Br": -1,
    "I": -1,
    "F": -1,
    "HCOO": -1,
    "HCO2": -1,
    "CHO2": -1,
    "formate": -1,
    "CH3COO": -1,
    "CH3CO2": -1,
    "C2H3O2": -1,
    "OAc": -1,
    "AcO": -1,
    "Ac": -1,
    "acetate": -1,
    "CF3COO": -1,
    "CF3CO2": -1,
    "NO3": -1,
    "HSO4": -1,
    "e": -1,
}
_LONGEST_TEXT = 120
_MOST_MOLECULES, _HIGHEST_CHARGE = 9, 99
_BRACKETED = re.compile(r"^[\[({](.+)[\])}]([^\])}]*)$")
_BODY = re.compile(r"^(\d*)(?:M|Cat)(.*)$")
_PART = re.compile(r"([+-])(\d*)([A-Za-z][A-Za-z0-9()]*)")
_SIGN_FIRST = re.compile(r"^([+-])(\d+)$")
_SIGN_LAST = re.compile(r"^(\d*)([+-]+)$")
_RADICAL_MARKS = str.maketrans("", "", ".*·•^")
_DASHES = str.maketrans({"−": "-", "–": "-", "⁺": "+", "⁻": "-"})


@dataclass(frozen=True)
class _Reading:
    molecules: int
    gained: Formula
    lost: Formula
    implied_charge: int


def _read_part(text: str) -> Formula:
    if text == "e":
        return EMPTY
    return Formula.parse(_PARTS.get(text, text))


def _read_body(body: str) -> _Reading | None:
    match = _BODY.match(body)
    if match is None:
        return None
    molecules = int(match[1][:3]) if match[1] else 1
    rest = match[2]
    if rest and rest[0] not in "+-":
        rest = "+" + rest
    gained, lost, charge, position = EMPTY, EMPTY, 0, 0
    for part in _PART.finditer(rest):
        if part.start() != position or len(part[2]) > 3:
            return None
        position = part.end()
        number = int(part[2]) if part[2] else 1
        try:
            atoms = _read_part(part[3]) * number
        except MsguiError:
            return None
        sign = 1 if part[1] == "+" else -1
        charge += sign * number * _PART_CHARGES.get(part[3], 0)
        if sign > 0:
            gained = gained + atoms
        else:
            lost = lost + atoms
    if position != len(rest) or not 1 <= molecules <= _MOST_MOLECULES:
        return None
    return _Reading(molecules, gained, lost, charge)


def _read_charge(text: str) -> int | None:
    """Return the signed charge that "+", "2+", "+2" or "++" says; 0 for no text; None else."""
    if not text:
        return 0
    if match := _SIGN_FIRST.match(text):
        size = int(match[2][:3])
        return size if match[1] == "+" else -size
    match = _SIGN_LAST.match(text)
    if match is None or len(set(match[2])) != 1 or (match[1] and len(match[2]) > 1):
        return None
    size = int(match[1][:3]) if match[1] else len(match[2])
    return size if match[2][0] == "+" else -size


def _readings(text: str) -> Iterable[tuple[str, int]]:
    """Yield (body, charge) pairs that a text may mean, the likeliest first."""
    if bracketed := _BRACKETED.match(text):
        charge_text = bracketed[2].strip("()[]{}")
        charge = _read_charge(charge_text)
        if charge is not None:
            yield bracketed[1], charge
            inner = bracketed[1]
            # "[M+]" and "[M+H+]": the sign stands inside.
            if charge == 0 and inner[-1:] in "+-":
                yield inner[:-1], 1 if inner[-1] == "+" else -1
        return
    tail = re.search(r"(\d*)([+-]+)$", text)
    if tail is None:
        yield text, 0
        return
    marks = tail[2]
    if tail[1]:
        yield text[: tail.start()], _read_charge(tail[0]) or 0
    yield text[: tail.start(2)], len(marks) if marks[0] == "+" else -len(marks)


@lru_cache(maxsize=4096)
def _parse(text: str, polarity: Polarity | None) -> Adduct:
    shown = text if len(text) <= 40 else text[:37] + "..."
    if len(text) > _LONGEST_TEXT:
        raise _unknown(shown)
    cleaned = "".join(text.split()).translate(_DASHES)
    is_radical = bool(re.search(r"[.*·•]", cleaned))
    cleaned = cleaned.translate(_RADICAL_MARKS)
    for body, charge in _readings(cleaned):
        reading = _read_body(body)
        if reading is None:
            continue
        signed = charge or reading.implied_charge
        if signed == 0 and polarity is not None:
            signed = 1 if polarity == "positive" else -1
        if signed == 0:
            raise MsguiError(
                f"The adduct {shown!r} does not say its charge.",
                "Write it with brackets and sign, like [M+H]+.",
            )
        if abs(signed) > _HIGHEST_CHARGE:
            continue
        return _named(body, reading, signed, is_radical)
    raise _unknown(shown)


def _unknown(shown: str) -> MsguiError:
    return MsguiError(
        f"The adduct {shown!r} is not understood.",
        "Write it with brackets and sign, like [M+H]+ or [2M+ACN+Na]+.",
    )


def _named(body: str, reading: _Reading, charge: int, is_radical: bool) -> Adduct:
    size = "" if abs(charge) == 1 else str(abs(charge))
    body = body.replace("Cat", "M")
    head = re.match(r"^\d*M", body)
    after = body[head.end() :] if head else ""
    if after and after[0] not in "+-":
        body = body[: len(body) - len(after)] + "+" + after
    name = f"[{body}]{size}{'+' if charge > 0 else '-'}"
    if is_radical and body == "M":
        name += "."
    return Adduct(name, reading.molecules, reading.gained, reading.lost, charge)


# The ions that electrospray, APCI and EI make of small molecules; the multiples and solvent
# adducts are those of Huang et al., Anal. Chem. 71, 31A (1999), the list most tools carry.
_NAMES: Final = (
    "[M+H]+",
    "[M-H]-",
    "[M+Na]+",
    "[M+NH4]+",
    "[M+K]+",
    "[M]+",
    "[M]+.",
    "[M-H2O+H]+",
    "[M-2H2O+H]+",
    "[M-3H2O+H]+",
    "[M-NH3+H]+",
    "[M-CO2+H]+",
    "[M-H]+",
    "[M+Li]+",
    "[M+Ag]+",
    "[M+Cs]+",
    "[M+MeOH+H]+",
    "[M+ACN+H]+",
    "[M+2ACN+H]+",
    "[M+ACN+Na]+",
    "[M+ACN+NH4]+",
    "[M+IsoProp+H]+",
    "[M+DMSO+H]+",
    "[M+2Na-H]+",
    "[M+2K-H]+",
    "[M+Na+K-H]+",
    "[M-H2O+Na]+",
    "[M-H2O+NH4]+",
    "[M+2H]2+",
    "[M]2+",
    "[M+H+NH4]2+",
    "[M+H+Na]2+",
    "[M+H+K]2+",
    "[M+2Na]2+",
    "[M+ACN+2H]2+",
    "[M+2ACN+2H]2+",
    "[M+3ACN+2H]2+",
    "[M+Ca]2+",
    "[M+3H]3+",
    "[M+2H+Na]3+",
    "[M+H+2Na]3+",
    "[M+3Na]3+",
    "[M+4H]4+",
    "[2M+H]+",
    "[2M+NH4]+",
    "[2M+Na]+",
    "[2M+K]+",
    "[2M+ACN+H]+",
    "[2M+ACN+Na]+",
    "[2M+3H2O+2H]2+",
    "[3M+H]+",
    "[3M+Na]+",
    "[M]-",
    "[M]-.",
    "[M-H2O-H]-",
    "[M-CO2-H]-",
    "[M-CH3]-",
    "[M-2H]-",
    "[M+F]-",
    "[M+Cl]-",
    "[M+Br]-",
    "[M+I]-",
    "[M+FA-H]-",
    "[M+HAc-H]-",
    "[M+TFA-H]-",
    "[M+NO3]-",
    "[M+HSO4]-",
    "[M+Na-2H]-",
    "[M+K-2H]-",
    "[M+OH]-",
    "[M+O2]-",
    "[M-2H]2-",
    "[M-3H]3-",
    "[2M-H]-",
    "[2M+Cl]-",
    "[2M+FA-H]-",
    "[2M+HAc-H]-",
    "[2M+Na-2H]-",
    "[3M-H]-",
)
ADDUCTS: Final[tuple[Adduct, ...]] = tuple(_parse(name, None) for name in _NAMES)

_BY_NAME: Final = {adduct.name: adduct for adduct in ADDUCTS}
# Of two that are the same ion ([M]+ and [M]+.) the first name stands for both.
_BY_SIGNATURE: Final = {adduct.signature: adduct for adduct in reversed(ADDUCTS)}
_LIKELY: Final = {
    "positive": ("[M+H]+", "[M+Na]+", "[M+NH4]+", "[M+K]+", "[M-H2O+H]+", "[M]+"),
    "negative": ("[M-H]-", "[M+FA-H]-", "[M+HAc-H]-", "[M+Cl]-", "[M-H2O-H]-"),
}
# The first is what is assumed. Of higher charges (proteins) only the protonated ion is.
_LIKELY_OF_CHARGE: Final = {
    2: ("[M+2H]2+", "[M+H+Na]2+", "[M+H+NH4]2+"),
    -2: ("[M-2H]2-",),
    3: ("[M+3H]3+", "[M+2H+Na]3+"),
    -3: ("[M-3H]3-",),
}


def parse_adduct(text: str, polarity: Polarity | None = None) -> Adduct:
    """Return the adduct that a text means, under its usual name when it has one.

    Any well-formed bracket text is read ("[2M+ACN+Na]+", "[M-C6H10O5+H]+", "[M]+."), so are
    spellings without brackets or sign ("M+H", "(M-H)-", "[M+H]", "M+2H++") and the usual short
    names of solvents (ACN, MeOH, FA, HAc, TFA, DMSO, IsoProp).

    Parameters
    ----------
    text : str
    polarity : "positive", "negative" or None
        Used only where the text does not say its charge, such as "[M]".

    Raises
    ------
    MsguiError
        When the text cannot be read, or does not say its charge.

    Examples
    --------
    >>> parse_adduct("(M+HCOO)-").name, parse_adduct("[M+NH3+H]+").name
    ('[M+FA-H]-', '[M+NH4]+')
    """
    adduct = _parse(text.strip(), polarity)
    return _BY_NAME.get(adduct.name) or _BY_SIGNATURE.get(adduct.signature, adduct)


def default_adduct(polarity: Polarity | None, charge: int | None = None) -> Adduct:
    """Return [M+H]+, [M-H]-, or the like of a higher charge."""
    return likely_adducts(polarity, charge)[0]


def likely_adducts(polarity: Polarity | None, charge: int | None = None) -> tuple[Adduct, ...]:
    """Return the adducts worth trying when none is given, the most frequent first.

    Parameters
    ----------
    polarity : "positive", "negative" or None
        Where it is None, the sign of the charge says it, else positive.
    charge : int, optional
        As far as it is known; its sign counts only without a polarity, for many files leave it out.

    Examples
    --------
    >>> [adduct.name for adduct in likely_adducts("negative", 2)]
    ['[M-2H]2-']
    """
    size = min(abs(charge or 1), _HIGHEST_CHARGE)
    is_negative = polarity == "negative" or (polarity is None and (charge or 1) < 0)
    if size <= 1:
        names: tuple[str, ...] = _LIKELY["negative" if is_negative else "positive"]
    else:
        generic = f"[M-{size}H]{size}-" if is_negative else f"[M+{size}H]{size}+"
        names = _LIKELY_OF_CHARGE.get(-size if is_negative else size, (generic,))
    return tuple(parse_adduct(name) for name in names)


def with_user_adducts(texts: Iterable[str]) -> tuple[Adduct, ...]:
    """Return the known adducts and, after them, the user's own (each once).

    Raises
    ------
    MsguiError
        When a text cannot be read.
    """
    known = {adduct.signature for adduct in ADDUCTS}
    result = list(ADDUCTS)
    for text in texts:
        adduct = parse_adduct(text)
        if adduct.signature not in known:
            known.add(adduct.signature)
            result.append(adduct)
    return tuple(result)
