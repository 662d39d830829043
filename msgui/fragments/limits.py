"""How far a molecule is broken, and the sentences about those that are not broken fully.

The limits count atoms, places and pieces, never seconds: the same molecule gives the same pieces
on every machine. They are set so that no molecule takes five seconds or half a gigabyte
(``benchmarks/fragmenter.py`` prints what the hardest ones take).
"""

from collections.abc import Sequence

from msgui.fragments.graph import MAX_HEAVY_ATOMS, MAX_SMILES_LENGTH, MolecularGraph

MOST_BONDS = 3
# Beyond it three cuts give hundreds of thousands of pieces: seconds and gigabytes for one molecule.
MOST_ATOMS_FOR_THREE_BONDS = 100
# Rearranged pieces of one molecule: what a large natural product has, under a second.
MOST_REARRANGED = 100_000
MOST_ATOMS_FOR_REARRANGEMENTS = 150


def bonds_within_reason(graph: MolecularGraph, max_bonds: int) -> int:
    """Return how many bonds of a molecule are broken: three only up to 100 heavy atoms."""
    return min(max_bonds, 2) if graph.mass.size > MOST_ATOMS_FOR_THREE_BONDS else max_bonds


def rearranged_within_reason(graph: MolecularGraph, max_bonds: int) -> int:
    """Return how many rearrangements and bonds are combined: none below three, fewer if large."""
    if max_bonds < MOST_BONDS:
        return 0
    if graph.mass.size > MOST_ATOMS_FOR_REARRANGEMENTS:
        return 1
    return bonds_within_reason(graph, max_bonds)


def limit_notes(
    count: int, failed: Sequence[int], limited: Sequence[int], first_is_crowded: bool
) -> list[str]:
    """Return the sentences about candidates that were not broken, or not fully.

    Parameters
    ----------
    count : int
        Candidates in all.
    failed, limited : sequence of int
        Those that could not be broken, and those broken at fewer bonds than asked for.
    first_is_crowded : bool
        In the structure in first place rearrangements are possible at more places than are tried.
    """
    notes = []
    if failed:
        notes.append(
            f"{len(failed)} of {count} candidates could not be broken and explain nothing: their"
            f" SMILES cannot be read, or they have more than {MAX_HEAVY_ATOMS} heavy atoms or"
            f" {MAX_SMILES_LENGTH} characters."
        )
    if limited:
        notes.append(
            f"{len(limited)} of {count} candidates have more than {MOST_ATOMS_FOR_THREE_BONDS}"
            " heavy atoms: they are broken at two bonds, not three, so more peaks stay unexplained."
        )
    if first_is_crowded:
        notes.append(
            "The first structure has more places for rearrangements than are tried: peaks that"
            " need the others stay unexplained."
        )
    return notes
