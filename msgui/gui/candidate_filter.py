"""The words of the filter over candidates: names, smarts:[NH2], element:Cl, source:PubChem.

Terms are joined with AND; a minus before a term turns it round; quotes keep blanks together.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msgui.structures.structure import Structure

if TYPE_CHECKING:
    from rdkit.Chem import Mol

_TERM = re.compile(r'(-?)(?:(smarts|element|source):)?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
HELP = "xanthine   smarts:[NH2]c   element:Cl   -element:S   source:yours"
MOLECULES_KEPT = 2000


@dataclass(frozen=True)
class Term:
    """One condition: ``key`` is "smarts", "element", "source", or empty for plain text."""

    key: str
    value: str
    inverted: bool = False

    def holds(self, structure: Structure) -> bool:
        """Return whether a structure fulfils the condition.

        A SMARTS that cannot be read hides nothing: it is still being typed.
        """
        if self.key == "smarts":
            pattern = _pattern(self.value)
            if pattern is None:
                return True
            molecule = _molecule(structure.smiles)
            found = molecule is not None and molecule.HasSubstructMatch(pattern)
        elif self.key == "element":
            found = self.value.casefold() in _elements(structure.formula)
        elif self.key == "source":
            found = self.value.casefold() in structure.source.casefold()
        else:
            words = (structure.name, structure.formula, structure.inchikey14, structure.identifier)
            found = any(self.value.casefold() in word.casefold() for word in words)
        return found != self.inverted


def parse(text: str) -> tuple[Term, ...]:
    """Return the terms of a filter text."""
    found = []
    for minus, key, quoted, word in _TERM.findall(text):
        value = quoted or word
        if not key and value.casefold() in ("smarts:", "element:", "source:"):
            continue  # it is still being typed
        if value:
            found.append(Term(key.casefold(), value, bool(minus)))
    return tuple(found)


def trouble(terms: tuple[Term, ...]) -> str:
    """Return what is wrong with a filter, empty when nothing is."""
    for term in terms:
        if term.key == "smarts" and _pattern(term.value) is None:
            return f"{term.value} is not a SMARTS that can be read"
    return ""


def places_of(terms: tuple[Term, ...], structures: tuple[Structure, ...]) -> frozenset[int]:
    """Return the places of the structures that fulfil all terms."""
    return frozenset(
        place
        for place, structure in enumerate(structures)
        if all(term.holds(structure) for term in terms)
    )


@lru_cache(maxsize=64)
def _pattern(smarts: str) -> "Mol | None":
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        pattern = Chem.MolFromSmarts(smarts)
    return pattern if pattern is not None and pattern.GetNumAtoms() else None


@lru_cache(maxsize=MOLECULES_KEPT)
def _molecule(smiles: str) -> "Mol | None":
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(smiles)


@lru_cache(maxsize=MOLECULES_KEPT)
def _elements(formula: str) -> frozenset[str]:
    return frozenset(symbol.casefold() for symbol in re.findall(r"[A-Z][a-z]?", formula))
