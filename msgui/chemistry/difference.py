"""Where two structures differ: the atoms outside their largest common part."""

from dataclasses import dataclass
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdFMCS

from msgui.chemistry.molecule import parse_smiles

# The search is exponential in the worst case and cannot be interrupted from outside.
LONGEST_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """Atoms of two molecules that are not in their largest common part.

    Parameters
    ----------
    first, second : frozenset of int
        Atom indices in the order of each SMILES. Atoms that only are bonded differently count.
    is_complete : bool
        False when the search was cut short: a larger common part may exist.
    """

    first: frozenset[int]
    second: frozenset[int]
    is_complete: bool


def difference(first: str, second: str, seconds: int = LONGEST_SECONDS) -> Difference:
    """Return which atoms of two structures lie outside their maximum common substructure.

    Rings are matched to rings only and bond orders must agree.

    Parameters
    ----------
    first, second : str
        SMILES.
    seconds : int
        After this time the largest common part found so far is taken.

    Raises
    ------
    MsguiError
        When a SMILES cannot be read.

    Examples
    --------
    >>> found = difference("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CCn1cnc2c1c(=O)n(C)c(=O)n2C")
    >>> sorted(found.first), sorted(found.second)
    ([], [0])
    """
    molecules = [parse_smiles(first), parse_smiles(second)]
    with rdBase.BlockLogs():
        found = rdFMCS.FindMCS(
            molecules,
            timeout=seconds,
            ringMatchesRingOnly=True,
            bondCompare=rdFMCS.BondCompare.CompareOrderExact,
        )
    if not found.numAtoms:
        everything = [frozenset(range(m.GetNumAtoms())) for m in molecules]
        return Difference(everything[0], everything[1], not found.canceled)
    pattern = Chem.MolFromSmarts(found.smartsString)
    matches = [molecule.GetSubstructMatch(pattern) for molecule in molecules]
    outside = [
        frozenset(range(molecule.GetNumAtoms())) - set(match)
        for molecule, match in zip(molecules, matches, strict=True)
    ]
    turned = _bonded_differently(molecules, matches)
    return Difference(outside[0] | turned[0], outside[1] | turned[1], not found.canceled)


def _bonded_differently(
    molecules: list[Any], matches: list[tuple[int, ...]]
) -> tuple[frozenset[int], frozenset[int]]:
    """Return atoms of the common part whose bonds within it differ (a ring closed elsewhere)."""
    ends: tuple[set[int], set[int]] = (set(), set())
    for molecule, match, other, other_match, mine in (
        (molecules[0], matches[0], molecules[1], matches[1], ends[0]),
        (molecules[1], matches[1], molecules[0], matches[0], ends[1]),
    ):
        partner = dict(zip(match, other_match, strict=True))
        for bond in molecule.GetBonds():
            one, two = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            if one not in partner or two not in partner:
                continue
            if other.GetBondBetweenAtoms(partner[one], partner[two]) is None:
                mine.update((one, two))
    return frozenset(ends[0]), frozenset(ends[1])
