"""Rearrangements that chemists know, read from a file and applied to a molecule."""

import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from msgui.errors import MsguiError
from msgui.paths import resources

RULES_FILE = Path("fragmentation") / "rules.toml"
MOST_LOST, MOST_BONDS, MOST_STARTS = 6, 3, 4
# More places than this add hours to a polysaccharide and no new masses.
MOST_PLACES = 40
MOST_PLACES_A_RULE = 12
MOST_MATCHES = 96
NONE = -1

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rule:
    """One rearrangement.

    Parameters
    ----------
    name : str
    reaction : str
        Reaction SMARTS; see the head of the rules file for how it is read.
    hydrogens : int
        Hydrogens that the ion usually has beyond those of its atoms and of its charge.
    comment : str
    pattern : rdkit.Chem.Mol
        The left side.
    needs : frozenset of int
        Atomic numbers without which the pattern cannot be found.
    lost, kept : tuple of int
        Atoms of the pattern that leave, and mapped atoms that stay.
    broken, made : tuple of pairs of int
        Bonds between atoms of the pattern that stay.
    """

    name: str
    reaction: str
    hydrogens: int
    comment: str
    pattern: Chem.Mol
    needs: frozenset[int]
    lost: tuple[int, ...]
    kept: tuple[int, ...]
    broken: tuple[tuple[int, int], ...]
    made: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Places:
    """Where rules apply in one molecule: n places; unused entries are -1.

    Parameters
    ----------
    rule : int64 array, shape (n,)
        Index into the rules.
    lost : int64 array, shape (n, 6)
        Atoms that leave.
    broken : int64 array, shape (n, 3)
        Bonds that break between atoms that stay.
    made : int64 array, shape (n, 3, 2)
        Pairs of atoms that are joined.
    kept : int64 array, shape (n, 4)
        Atoms beside the place: every product has one of them.
    left_out : bool
        There are more places than are tried.
    """

    rule: Index
    lost: Index
    broken: Index
    made: Index
    kept: Index
    left_out: bool = False

    def __len__(self) -> int:
        return int(self.rule.size)


def _nothing(*shape: int) -> Index:
    return np.full((0, *shape), NONE, dtype=np.int64)


NO_PLACES = Places(
    _nothing(),
    _nothing(MOST_LOST),
    _nothing(MOST_BONDS),
    _nothing(MOST_BONDS, 2),
    _nothing(MOST_STARTS),
)


def rule_from(record: Mapping[str, Any], file: str = "") -> Rule:
    """Return the rule that one block of the file describes.

    Raises
    ------
    MsguiError
        When a key is missing or the reaction cannot be read.
    """
    name = str(record.get("name", ""))

    def refuse(cause: str) -> MsguiError:
        return MsguiError(cause, "Compare with the other rules of the file.", file, name)

    if not name or "reaction" not in record:
        raise refuse("A fragmentation rule needs a name and a reaction.")
    reaction = str(record["reaction"])
    sides = reaction.split(">>")
    molecules = [Chem.MolFromSmarts(side) for side in sides]
    if len(sides) != 2 or any(molecule is None for molecule in molecules):
        raise refuse(f"The reaction {reaction!r} cannot be read as SMARTS >> SMARTS.")
    left, right = molecules
    place = {a.GetAtomMapNum(): a.GetIdx() for a in left.GetAtoms() if a.GetAtomMapNum()}
    after = {a.GetAtomMapNum() for a in right.GetAtoms()}
    if 0 in after or not after <= set(place):
        raise refuse(f"Every atom on the right of {reaction!r} needs a number of the left.")
    before_bonds = {pair for pair in _mapped_bonds(left) if set(pair) <= after}
    after_bonds = _mapped_bonds(right)
    lost = tuple(place[number] for number in sorted(set(place) - after))
    broken = tuple((place[a], place[b]) for a, b in sorted(before_bonds - after_bonds))
    made = tuple((place[a], place[b]) for a, b in sorted(after_bonds - before_bonds))
    kept = tuple(place[number] for number in sorted(after))
    if len(lost) > MOST_LOST or max(len(broken), len(made)) > MOST_BONDS:
        raise refuse(f"A rule loses at most {MOST_LOST} atoms and changes {MOST_BONDS} bonds.")
    return Rule(
        name=name,
        reaction=reaction,
        hydrogens=int(record.get("hydrogens", 0)),
        comment=str(record.get("comment", "")),
        pattern=left,
        needs=frozenset(a.GetAtomicNum() for a in left.GetAtoms()) - {0},
        lost=lost,
        kept=kept,
        broken=broken,
        made=made,
    )


def _mapped_bonds(pattern: Chem.Mol) -> set[tuple[int, int]]:
    pairs = set()
    for bond in pattern.GetBonds():
        a, b = sorted((bond.GetBeginAtom().GetAtomMapNum(), bond.GetEndAtom().GetAtomMapNum()))
        if a:
            pairs.add((a, b))
    return pairs


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a file.

    Raises
    ------
    MsguiError
        When the file cannot be read, a rule is wrong, or two have one name.
    """
    try:
        records = tomllib.loads(path.read_text(encoding="utf-8")).get("rule", [])
    except (OSError, ValueError) as fault:
        raise MsguiError(
            f"The fragmentation rules cannot be read ({fault}).", "Mend the file.", str(path)
        ) from fault
    rules = tuple(rule_from(record, str(path)) for record in records)
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise MsguiError(
                "Two fragmentation rules have one name.", "Rename one.", str(path), name
            )
    return rules


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the rules that msgui ships (``resources/fragmentation/rules.toml``)."""
    return read_rules(resources() / RULES_FILE)


def places_of(
    molecule: Chem.Mol, elements: Set[int], bonds: Index, chosen: tuple[Rule, ...] | None = None
) -> Places:
    """Return where the rules apply in a molecule, in the order of the rules.

    At most 12 places a rule and 40 in all are kept; :attr:`Places.left_out` says if there are more.

    Parameters
    ----------
    molecule : rdkit.Chem.Mol
    elements : set of int
        Its atomic numbers.
    bonds : int64 array, shape (n_bonds, 2)
        Its bonds, in order.
    chosen : tuple of Rule, optional
        Instead of those that msgui ships.
    """
    from msgui.fragments import kernels

    known = rules() if chosen is None else chosen
    rule: list[int] = []
    atoms: list[int] = []
    are_all = True
    for number, one in enumerate(known):
        if one.needs <= elements:
            matches = molecule.GetSubstructMatches(
                one.pattern, uniquify=False, maxMatches=MOST_MATCHES
            )
            are_all &= len(matches) < MOST_MATCHES
            for match in matches:
                rule.append(number)
                atoms += match
    size, lost, pairs, kept = _tables(known)
    found = Places(
        *kernels.places(
            np.array(rule, dtype=np.int64),
            np.array(atoms, dtype=np.int64),
            bonds,
            size,
            lost,
            pairs,
            kept,
            MOST_PLACES_A_RULE,
            MOST_PLACES,
        )
    )
    return found if are_all else replace(found, left_out=True)


@lru_cache(maxsize=4)
def _tables(chosen: tuple[Rule, ...]) -> tuple[Index, Index, Index, Index]:
    """Return what each rule does to the atoms of its pattern, as arrays.

    Sizes of the patterns, atoms lost, pairs broken and made (two layers), atoms kept beside what
    changes; unused entries are -1.
    """
    size = np.array([rule.pattern.GetNumAtoms() for rule in chosen], dtype=np.int64)
    pairs = np.full((len(chosen), 2, MOST_BONDS, 2), NONE, dtype=np.int64)
    kept = np.full((len(chosen), MOST_STARTS), NONE, dtype=np.int64)
    lost = np.full((len(chosen), MOST_LOST), NONE, dtype=np.int64)
    for row, rule in enumerate(chosen):
        lost[row, : len(rule.lost)] = rule.lost
        for layer, changed in enumerate((rule.broken, rule.made)):
            for place, pair in enumerate(changed):
                pairs[row, layer, place] = pair
        touched = {atom for pair in (*rule.made, *rule.broken) for atom in pair}
        beside = [atom for atom in rule.kept if atom in touched or not touched][:MOST_STARTS]
        kept[row, : len(beside)] = beside
    return size, lost, pairs, kept
