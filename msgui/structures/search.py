"""What may a chemist mean by a text typed into a search field of a candidate store."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgui.errors import MsguiError
from msgui.structures.structure import Structure

if TYPE_CHECKING:
    from msgui.structures.store import StructureStore

INCHIKEY = re.compile(r"([A-Z]{14})(-[A-Z]{10}(-[A-Z])?)?")
NUMBER = re.compile(r"\d+([.,]\d+)?")
FORMULA = re.compile(r"([A-Z][a-z]?\d*)+")
SMILES = re.compile(r"[A-Za-z0-9@+\-\[\]()\\/%=#$.:*]+")


def search(
    store: "StructureStore", text: str, limit: int = 100, tolerance_ppm: float = 10.0
) -> list[Structure]:
    """Return the structures that the text may mean, best reading first, at most ``limit``.

    An InChIKey and a number (a neutral mass) have one meaning. Other texts are tried as
    formula, as SMILES or InChI, and as part of a name.
    """
    text = text.strip()
    key = INCHIKEY.fullmatch(text)
    if key:
        return store.by_inchikey14([key.group(1)])
    if NUMBER.fullmatch(text):
        return store.by_mass(float(text.replace(",", ".")), tolerance_ppm)[:limit]
    found = [*_as_formula(store, text), *_as_structure(store, text)]
    return _unique([*found, *store.by_name(text, limit)])[:limit]


def _as_formula(store: "StructureStore", text: str) -> list[Structure]:
    if not FORMULA.fullmatch(text):
        return []
    elements = re.findall(r"[A-Z][a-z]?", text)
    # "CCO" repeats an element: a SMILES. Formulas as people write them do not.
    if len(set(elements)) < len(elements):
        return []
    try:
        return store.by_formula(text)
    except MsguiError:
        return []


def _as_structure(store: "StructureStore", text: str) -> list[Structure]:
    from msgui.chemistry.molecule import standardize

    if text.startswith("InChI="):
        text = _smiles_of_inchi(text)
    if not text or not SMILES.fullmatch(text):
        return []
    try:
        return store.by_inchikey14([standardize(text).inchikey14])
    except MsguiError:
        return []


def _smiles_of_inchi(text: str) -> str:
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        molecule = Chem.MolFromInchi(text)  # type: ignore[no-untyped-call]
    return "" if molecule is None else str(Chem.MolToSmiles(molecule))


def _unique(structures: Iterable[Structure]) -> list[Structure]:
    return list({structure.inchikey14: structure for structure in structures}.values())
