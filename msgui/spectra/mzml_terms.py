"""Terms of the PSI-MS vocabulary that mzML is written in, and what the head of a file says."""

import re
from collections.abc import Callable
from typing import NamedTuple

from msgui.spectra.binary_arrays import ArrayError, Encoding, Packing
from msgui.spectra.notes import Notes
from msgui.spectra.xml_scan import attributes, text

# One term: accession, value, unit and name, in any order of attributes.
_TERM = re.compile(
    rb"<cvParam\s(?=[^>]*?accession=\"([^\"]*)\")(?=(?:[^>]*?\bvalue=\"([^\"]*)\")?)"
    rb"(?=(?:[^>]*?unitAccession=\"([^\"]*)\")?)(?=(?:[^>]*?\bname=\"([^\"]*)\")?)"
)
# The same in the orders and with the single blanks of msConvert and OpenMS, in a third of the time.
_USUAL_TERM = re.compile(
    rb"<cvParam cvRef=\"[^\"]*+\" accession=\"([^\"]*+)\" name=\"[^\"]*+\""
    rb"(?: value=\"([^\"]*+)\")?+(?:(?: unitCvRef=\"[^\"]*+\")?+"
    rb" unitAccession=\"([^\"]*+)\" unitName=\"[^\"]*+\"(?: unitCvRef=\"[^\"]*+\")?+)?+ ?+/>"
)
_USER = re.compile(rb"<userParam\s([^>]*)>")
_GROUP_REFERENCE = re.compile(rb"<referenceableParamGroupRef\s[^>]*?ref=\"([^\"]*)\"")
_GROUP = re.compile(
    rb"<referenceableParamGroup\s+id=\"([^\"]*)\"[^>]*>(.*?)</referenceableParamGroup>", re.DOTALL
)
_SINGLE_QUOTED = re.compile(rb"=\s*'([^'\"]*)'")

MINUTE = b"UO:0000031"
MS_LEVEL = b"MS:1000511"
MS1_SPECTRUM = b"MS:1000579"
NEGATIVE, POSITIVE = b"MS:1000129", b"MS:1000130"
CENTROID, PROFILE = b"MS:1000127", b"MS:1000128"
START_TIME = b"MS:1000016"
SELECTED_MZ, CHARGE = b"MS:1000744", b"MS:1000041"
TARGET_MZ = b"MS:1000827"
LOWER_OFFSET, UPPER_OFFSET = b"MS:1000828", b"MS:1000829"
ENERGY, NORMALISED_ENERGY = b"MS:1000045", b"MS:1000138"
RAMP_START, RAMP_END = b"MS:1002013", b"MS:1002014"
# Absorption and emission spectra of a photodiode array are no mass spectra.
NOT_MASS_SPECTRA = frozenset((b"MS:1000804", b"MS:1000805", b"MS:1000806", b"MS:1000620"))
DISSOCIATION = {
    b"MS:1000133": "CID",
    b"MS:1000422": "HCD",
    b"MS:1002481": "HCD",
    b"MS:1000598": "ETD",
    b"MS:1000250": "ECD",
    b"MS:1000435": "photodissociation",
    b"MS:1000599": "PQD",
    b"MS:1002472": "trap-type CID",
    b"MS:1003294": "EAD",
    b"MS:1003246": "UVPD",
}
# Kept in the metadata under these names.
KEPT = {
    b"MS:1000512": "filter string",
    b"MS:1000042": "precursor intensity",
    b"MS:1000827": "isolation window target m/z",
    b"MS:1000828": "isolation window lower offset",
    b"MS:1000829": "isolation window upper offset",
    b"MS:1000927": "ion injection time",
    b"MS:1002476": "ion mobility drift time",
    b"MS:1002815": "inverse reduced ion mobility",
    b"MS:1000285": "total ion current",
    b"MS:1000796": "spectrum title",
}
_MZ_ARRAY, _INTENSITY_ARRAY = b"MS:1000514", b"MS:1000515"
_EXTERNAL_DATA = b"IMS:1000101"
_DTYPES = {
    b"MS:1000521": "<f4",
    b"MS:1000523": "<f8",
    b"MS:1000519": "<i4",
    b"MS:1000522": "<i8",
    b"MS:1000520": "<f2",
}
_PACKINGS: dict[bytes, tuple[bool, Packing]] = {
    b"MS:1000576": (False, ""),
    b"MS:1000574": (True, ""),
    b"MS:1002312": (False, "linear"),
    b"MS:1002313": (False, "pic"),
    b"MS:1002314": (False, "slof"),
    b"MS:1002746": (True, "linear"),
    b"MS:1002747": (True, "pic"),
    b"MS:1002748": (True, "slof"),
}
# Heads of arrays are remembered; a hostile file could bring a new one with each spectrum.
_REMEMBERED = 1000


class Terms(dict[bytes, tuple[bytes, ...]]):
    """Accession, value and unit of each term in a piece of XML, by accession.

    Of two with one accession the first stays; ``contradictions`` holds those that differ in value.
    """

    __slots__ = ("contradictions",)

    def __init__(self, part: bytes) -> None:
        found: list[tuple[bytes, ...]] = _USUAL_TERM.findall(part)
        if len(found) != part.count(b"<cvParam"):
            found = _TERM.findall(part)
        super().__init__({row[0]: row for row in found})
        self.contradictions: set[bytes] = set()
        if len(self) < len(found):
            self._keep_first(found)

    def _keep_first(self, found: list[tuple[bytes, ...]]) -> None:
        self.clear()
        for row in found:
            known = self.setdefault(row[0], row)
            if known[1] != row[1]:
                self.contradictions.add(row[0])

    def value(self, accession: bytes) -> str:
        """Return a term's value as text; empty when it is missing or contradicts itself."""
        found = self.get(accession)
        if found is None or accession in self.contradictions:
            return ""
        return text(found[1])

    def unit(self, accession: bytes) -> bytes:
        """Return the accession of a term's unit; empty when there is none."""
        return self[accession][2] if accession in self else b""


class ArrayHead(NamedTuple):
    """Kind of an array ("mz", "intensity" or empty) and how it is written."""

    kind: str
    encoding: Encoding


def double_quoted(data: bytes) -> bytes:
    """Return XML with its attributes in double quotes."""
    return _SINGLE_QUOTED.sub(rb'="\1"', data) if b"'" in data else data


def user_fields(part: bytes) -> dict[str, str]:
    """Return the fields that a vendor added, by name."""
    found: dict[str, str] = {}
    if b"<userParam" not in part:
        return found
    for tag in _USER.findall(part):
        own = attributes(tag)
        found[own.get("name", "")] = own.get("value", "")
    return found


class Head:
    """What stands before the first spectrum: parameter groups and instruments.

    Parameters
    ----------
    header : bytes
    notes : Notes
        Takes a warning for a group that is referred to and missing.
    """

    def __init__(self, header: bytes, notes: Notes) -> None:
        header = double_quoted(header)
        self.notes = notes
        self.groups: dict[bytes, bytes] = dict(_GROUP.findall(header))
        self.instruments = self._instruments(header)
        self.first_instrument = next(iter(self.instruments.values()), "")
        self._arrays: dict[bytes, ArrayHead | ArrayError] = {}

    def with_groups(self, part: bytes, where: Callable[[], str]) -> bytes:
        """Return XML with the groups it refers to behind it; ``where`` tells the place."""
        if b"<referenceableParamGroupRef" not in part:
            return part
        for name in _GROUP_REFERENCE.findall(part):
            if name in self.groups:
                part += self.groups[name]
            else:
                cause = f"parameter group '{text(name)[:60]}' is missing in the file"
                self.notes.add(cause, "What it says is read as unknown.", where())
        return part

    def _instruments(self, header: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in header.split(b"<instrumentConfiguration ")[1:]:
            tag, _, rest = part.split(b"</instrumentConfiguration>")[0].partition(b">")
            name = attributes(tag).get("id", "")
            own, _, components = rest.partition(b"<componentList")
            terms = _TERM.findall(self.with_groups(own, f"instrument {name}".__str__))
            # The model is a term without a value; serial numbers and the like have one.
            model = next((text(words) for _, value, _, words in terms if not value), "")
            analysers = [
                next((text(words) for _, value, _, words in _TERM.findall(piece) if not value), "")
                for piece in (
                    piece.split(b"</analyzer>")[0] for piece in components.split(b"<analyzer")[1:]
                )
            ]
            found[name] = ", ".join(
                word for word in (model, "/".join(filter(None, analysers))) if word
            )
        return found

    def array(self, head: bytes, where: Callable[[], str]) -> ArrayHead:
        """Return what the terms of a binaryDataArray say.

        Raises
        ------
        ArrayError
            When its encoding is unknown or contradicts itself.
        """
        # Files repeat the same few heads for every spectrum.
        known = self._arrays.get(head)
        if known is None:
            try:
                known = _array_head(self.with_groups(head, where))
            except ArrayError as error:
                known = error
            if len(self._arrays) < _REMEMBERED:
                self._arrays[head] = known
        if isinstance(known, ArrayError):
            raise known
        return known


def _array_head(head: bytes) -> ArrayHead:
    terms = {accession for accession, _, _, _ in _TERM.findall(head)}
    kind = "mz" if _MZ_ARRAY in terms else "intensity" if _INTENSITY_ARRAY in terms else ""
    if not kind:
        return ArrayHead("", Encoding())
    if _EXTERNAL_DATA in terms:
        raise ArrayError("its numbers stand in another file (imzML), which is not read")
    dtypes = [_DTYPES[term] for term in terms if term in _DTYPES]
    packings = [_PACKINGS[term] for term in terms if term in _PACKINGS]
    if len(dtypes) > 1 or len(packings) > 1:
        raise ArrayError("the encoding of an array contradicts itself")
    if not packings:
        raise ArrayError(
            "the compression of an array is not supported: reconvert with msConvert and zlib"
        )
    is_zlib, packing = packings[0]
    if not dtypes and not packing:
        raise ArrayError("the number type of an array is not stated")
    return ArrayHead(kind, Encoding(dtypes[0] if dtypes else "<f8", is_zlib, packing))
