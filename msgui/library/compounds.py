"""Which compound a reference spectrum is of."""

import re
from typing import Final

from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError
from msgui.library.store import Molecule
from msgui.spectra.spectrum import Spectrum

NOTHING: Final = frozenset({"", "n/a", "na", "none", "null", "-", "nan"})
INCHIKEY: Final = re.compile(r"([A-Z]{14})(-[A-Z]{10}-[A-Z])?")
# GNPS writes the adduct after the name: "HYDROXYPHENYLLACTATE M-H".
ADDUCT_AT_END: Final = re.compile(r"\s+-?\s*\[?\d?M(?:[+-]\w+)+\]?[+-]?$")
NAME_FIELDS: Final = ("compound_name", "name", "ch$name", "compound")
INCHI_FIELDS: Final = ("inchi", "ch$iupac", "inchiaux")


class Compounds:
    """The compounds met so far: each gets a number, each SMILES is standardized once."""

    def __init__(self) -> None:
        self.molecules: list[Molecule] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._standard: dict[str, Molecule | None] = {}

    def number(self, spectrum: Spectrum) -> int | None:
        """Return the number of the spectrum's compound, or None when it does not say which.

        Structures count by first InChIKey block; without one, InChIKey or name and formula do.
        """
        molecule = self._identify(spectrum)
        if molecule is None:
            return None
        if molecule.inchikey14:
            identity = (molecule.inchikey14, "")
        else:
            identity = (molecule.name.lower(), molecule.formula)
        known = self._numbers.get(identity)
        if known is None:
            known = self._numbers[identity] = len(self.molecules)
            self.molecules.append(molecule)
        elif not self.molecules[known].smiles and molecule.smiles:
            self.molecules[known] = molecule
        return known

    def _identify(self, spectrum: Spectrum) -> Molecule | None:
        name = ADDUCT_AT_END.sub("", _field(spectrum, NAME_FIELDS))
        for text in (_known(spectrum.smiles), _field(spectrum, INCHI_FIELDS)):
            found = self._structure(text)
            if found is not None:
                return Molecule(found.smiles, found.inchikey14, found.formula, name)
        key = INCHIKEY.fullmatch(_known(spectrum.inchikey))
        if key is None and not name:
            return None
        return Molecule("", key.group(1) if key else "", _formula(spectrum.formula), name)

    def _structure(self, text: str) -> Molecule | None:
        if not text:
            return None
        if text not in self._standard:
            self._standard[text] = _standardize(text)
        return self._standard[text]


def _standardize(text: str) -> Molecule | None:
    from msgui.chemistry.molecule import parse_smiles, standardize

    if text.startswith("InChI="):
        from rdkit import Chem, rdBase

        with rdBase.BlockLogs():
            molecule = Chem.MolFromInchi(text)  # type: ignore[no-untyped-call]
        text = "" if molecule is None else Chem.MolToSmiles(molecule)
    try:
        standard = standardize(text)
        # Charges drawn in impossible places can give a text that no one can read again.
        parse_smiles(standard.smiles)
    except MsguiError:
        return None
    return Molecule(standard.smiles, standard.inchikey14, standard.formula, "")


def _known(text: str | None) -> str:
    text = (text or "").strip().strip('"')
    return "" if text.lower() in NOTHING or text.lower().startswith("unknown") else text


def _field(spectrum: Spectrum, names: tuple[str, ...]) -> str:
    fields = {key.lower(): value for key, value in spectrum.metadata.items()}
    return next((value for name in names if (value := _known(fields.get(name)))), "")


def _formula(text: str | None) -> str:
    try:
        return str(Formula.parse(_known(text))) if _known(text) else ""
    except MsguiError:
        return ""
