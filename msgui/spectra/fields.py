"""Field names and values of text formats: what each dialect calls a thing, and how it writes it."""

import math
import re
from functools import lru_cache

from msgui.spectra import limits
from msgui.spectra.spectrum import Polarity

# What msgui understands, and every spelling met in the wild, in lower case without punctuation.
_SPELLINGS = {
    "precursor": "pepmass precursormz precursor precursorion selectedionmz precursormzvalue",
    "charge": "charge precursorcharge chargestate",
    "adduct": "adduct precursortype adductionname adducttype adductname ion iontype ionization",
    "polarity": "ionmode polarity ionpolarity ionizationpolarity ionmodepolarity",
    "energy": "collisionenergy ce collisionenergyev collisionenergyinev normalizedcollisionenergy",
    "instrument": "instrument instrumentname sourceinstrument msinstrument instrumentmodel msmodel",
    "instrument_type": "instrumenttype msinstrumenttype msmassanalyzer",
    "level": "mslevel spectrumtype mstype mslevels",
    "seconds": "rtinseconds rtseconds retentiontimeinseconds retentiontimesec rtsec",
    "minutes": "rtinminutes rtmin rtminutes retentiontimeinminutes retentiontimemin",
    "retention": "retentiontime rt",
    "feature_id": "featureid",
    "scans": "scans scan scannumber scanno scanid",
    "title": "title spectrumtitle",
    "accession": "spectrumid accession libraryid dbaccession identifier",
    "db_number": "db db# nist# id",
    "name": "name compoundname compound recordtitle chname names",
    "formula": "formula molecularformula sumformula chemicalformula molformula formulasmiles",
    "smiles": "smiles canonicalsmiles",
    "inchikey": "inchikey inchikeysmiles",
    "inchi": "inchi",
    "peaks": "numpeaks numpeak peakscount",
    "comments": "comment comments",
    "profile": "datatype spectrumdatatype",
}
SLOTS = {spelling: slot for slot, spellings in _SPELLINGS.items() for spelling in spellings.split()}
# What Spectrum has no field for stays in its metadata although it is understood.
KEPT = frozenset(
    {"feature_id", "scans", "accession", "db_number", "name", "comments", "profile", "inchi"}
)
_PUNCTUATION = re.compile(r"[^a-z0-9#]")
_NOTHING = frozenset({"", "n/a", "na", "nan", "none", "null", "unknown", "-", "no data", "n.a."})


def is_nothing(text: str) -> bool:
    """Return True for the words that stand for a value that is not known."""
    return len(text) < 10 and text.strip().strip('"').lower() in _NOTHING


@lru_cache(maxsize=4096)
def slot_of(key: str) -> str:
    """Return what msgui calls the field, or an empty text for a field it only keeps."""
    # Turkish locales fold I to dotless i; casefold of ASCII text never does.
    return SLOTS.get(_PUNCTUATION.sub("", key.casefold()), "")


_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"([+-]?\d+),(\d+(?:[eE][+-]?\d+)?)")


def parse_number(text: str) -> tuple[float | None, bool]:
    """Return the first number of a text (None for none), and whether it had a decimal comma."""
    words = text.split(None, 1)
    if not words:
        return None, False
    word = words[0].strip("\"'")
    comma = _COMMA_NUMBER.fullmatch(word)
    if comma:
        return float(f"{comma[1]}.{comma[2]}"), True
    match = _NUMBER.match(word)
    if match is None or (match.end() < len(word) and word[match.end()] not in ",;/()"):
        return None, False
    number = float(match[0])
    return (number if math.isfinite(number) else None), False


_CHARGE = re.compile(r"^\(?([+-]?)(\d+)(?:\.0*)?([+-]?)\)?$")


@lru_cache(maxsize=1024)
def parse_charge(text: str) -> tuple[int | None, bool, str]:
    """Return a charge, whether its sign is stated, and what is wrong with the text (or nothing).

    ``0`` and an empty text are an unknown charge; a bare sign is a single charge.
    """
    words = text.strip().replace(" ", "")
    if words != "-" and is_nothing(words):
        return None, False, f"charge '{words}' is read as unknown" if words else ""
    if words and set(words) in ({"+"}, {"-"}):
        return (len(words) if words[0] == "+" else -len(words)), True, ""
    match = _CHARGE.match(words)
    if match is None:
        return None, False, f"charge '{text.strip()[:40]}' is read as unknown"
    number, sign = int(match[2][:6]), match[1] or match[3]
    is_decimal = "." in words
    if number == 0:
        return None, bool(sign), "charge 0 is read as unknown"
    if number > limits.CHARGE:
        return None, bool(sign), f"charge {words[:40]} is read as unknown"
    complaint = f"charge {words[:40]} is read as {number}" if is_decimal else ""
    return (-number if sign == "-" else number), bool(sign), complaint


@lru_cache(maxsize=256)
def parse_polarity(text: str) -> Polarity | None:
    """Return the polarity that a word such as ``P``, ``Negative`` or ``+`` means, or None."""
    word = text.strip().casefold()
    positive, negative = "pos" in word, "neg" in word
    if positive and not negative:
        return "positive"
    if negative and not positive:
        return "negative"
    if word in {"p", "+", "1", "1+"}:
        return "positive"
    return "negative" if word in {"n", "-", "-1", "1-"} else None


_LEVEL = re.compile(r"(?:ms)?\s*\^?(\d)", re.IGNORECASE)


@lru_cache(maxsize=256)
def parse_level(text: str) -> int | None:
    """Return the MS level of ``2``, ``MS2``, ``MS/MS`` or ``MSn``, or None."""
    word = text.strip().casefold()
    if word in {"ms/ms", "msms", "msn"}:
        return 2
    match = _LEVEL.match(word)
    if match:
        return int(match[1]) or None
    return 1 if word == "ms" else None


INFINITY = math.inf
SECONDS = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"^([0-9.eE+-]+)\s*\(?\s*([a-z]*)", re.IGNORECASE)
_ISO = re.compile(r"^P(?:T)(?:([0-9.]+)H)?(?:([0-9.]+)M)?(?:([0-9.]+)S)?$", re.IGNORECASE)


def parse_time(text: str, unit: str = "") -> tuple[float | None, bool]:
    """Return a retention time in seconds (None when unreadable), and whether a unit is known.

    Parameters
    ----------
    text : str
        For example "5.2 min", "312 s", "PT348.1S", "0:05:12", "300-310", "5,2".
    unit : "s", "min" or ""
        The unit that the field's name or the format implies.
    """
    words = text.strip()
    if unit and words.replace(".", "", 1).isdecimal():
        return float(words) * SECONDS[unit], True
    iso = _ISO.match(words)
    if iso and any(iso.groups()):
        hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return hours * 3600 + minutes * 60 + seconds, True
    if words.count(":") in (1, 2) and re.fullmatch(r"[\d:.]+", words):
        seconds = 0.0
        for part in words.split(":"):
            seconds = seconds * 60 + float(part or 0)
        return seconds, True
    number, _ = parse_number(re.sub(r"^([0-9.,]+)\s*([a-zA-Z-])", r"\1 \2", words))
    if number is None or number < 0:
        return None, True
    match = re.search(r"[a-zA-Z]+", words.split("E", 1)[0] if "E+" in words else words)
    written = match[0].casefold() if match else ""
    for name in ("min", "s", "h"):
        if written == name or (len(written) > 2 and written.startswith(name)):
            return number * SECONDS[name], True
    return number * SECONDS[unit], bool(unit)
