"""Compiled enumeration of connected pieces and their matching to peaks.

A piece is a connected set of heavy atoms that at most ``max_bonds`` bonds join to the rest. Which
sets of bonds separate a molecule follows from its cycle space: walk the graph once, give each bond
the set of ring-closing bonds whose ring it belongs to, and a set of bonds is a cut if and only if
these sets cancel (symmetric difference) to nothing. A chain bond has the empty set and cuts alone;
two bonds of one ring cancel each other; three bonds of a fused ring system may cancel together.
The atoms on the far side are the symmetric difference of the subtrees below the bonds of the cut.

Importing this module loads numba: import it inside functions. All kernels stand in this one file
because numba renews its cache when the file of the called function changes, not when that of a
function it calls does.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import ELEMENT_INDEX, MASSES

HYDROGEN = float(MASSES[ELEMENT_INDEX["H"]])
MAX_SHIFT = 5
NO_BOND = -1
NEW_BOND = -2

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint64]


def compiled(function: Callable[..., Any]) -> Any:
    """Return ``function`` compiled, cached on disk where any folder can be written."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


@compiled
def _neighbours(n_atoms: int, bond_from: Int, bond_to: Int) -> tuple[Int, Int, Int]:
    """Adjacency as (offset, neighbour, bond)."""
    n_bonds = bond_from.size
    # One block for all: hundreds of edited molecules are walked through for one candidate.
    block = np.zeros(2 * n_atoms + 1 + 4 * n_bonds, np.int64)
    offset, place = block[: n_atoms + 1], block[n_atoms + 1 : 2 * n_atoms + 1]
    neighbour = block[2 * n_atoms + 1 : 2 * n_atoms + 1 + 2 * n_bonds]
    through = block[2 * n_atoms + 1 + 2 * n_bonds :]
    for bond in range(n_bonds):
        offset[bond_from[bond] + 1] += 1
        offset[bond_to[bond] + 1] += 1
    for atom in range(n_atoms):
        offset[atom + 1] += offset[atom]
        place[atom] = offset[atom]
    for bond in range(n_bonds):
        a, b = bond_from[bond], bond_to[bond]
        neighbour[place[a]], through[place[a]] = b, bond
        place[a] += 1
        neighbour[place[b]], through[place[b]] = a, bond
        place[b] += 1
    return offset, neighbour, through


@compiled
def _walk(n_atoms: int, bond_from: Int, bond_to: Int, start: int) -> tuple[Int, Int, Int, Int]:
    """Depth-first walk: order of the atoms, parent atom, parent bond, depth (-1: not reached)."""
    offset, neighbour, through = _neighbours(n_atoms, bond_from, bond_to)
    block = np.full((6, n_atoms), -1, np.int64)
    parent, parent_bond, depth, order, stack, place = block
    for atom in range(n_atoms):
        place[atom] = offset[atom]
    reached = 1
    order[0] = start
    depth[start] = 0
    stack[0] = start
    top = 0
    while top >= 0:
        atom = stack[top]
        if place[atom] == offset[atom + 1]:
            top -= 1
            continue
        other, bond = neighbour[place[atom]], through[place[atom]]
        place[atom] += 1
        if depth[other] < 0:
            parent[other] = atom
            parent_bond[other] = bond
            depth[other] = depth[atom] + 1
            order[reached] = other
            reached += 1
            top += 1
            stack[top] = other
    return order[:reached], parent, parent_bond, depth


@compiled
def _sides_and_labels(
    n_atoms: int, bond_from: Int, bond_to: Int, start: int
) -> tuple[Bits, Bits, Bits]:
    """Per bond the atoms below it and the rings it belongs to, and the mask of all atoms."""
    n_bonds = bond_from.size
    order, parent, parent_bond, depth = _walk(n_atoms, bond_from, bond_to, start)
    words = (n_atoms + 63) // 64
    block = np.zeros((n_atoms + n_bonds + 1, words), np.uint64)
    below, side, everything = block[:n_atoms], block[n_atoms:-1], block[-1]
    one = np.uint64(1)
    for atom in order:
        bit = one << np.uint64(atom % 64)
        below[atom, atom // 64] |= bit
        everything[atom // 64] |= bit
    for place in range(order.size - 1, 0, -1):
        atom = order[place]
        for word in range(words):
            below[parent[atom], word] |= below[atom, word]
            side[parent_bond[atom], word] = below[atom, word]
    rings = max(1, n_bonds - order.size + 1)
    ring_words = (rings + 63) // 64
    label = np.zeros((n_bonds, ring_words), np.uint64)
    ring = 0
    for bond in range(n_bonds):
        a, b = bond_from[bond], bond_to[bond]
        if depth[a] < 0 or parent_bond[a] == bond or parent_bond[b] == bond:
            continue
        bit = one << np.uint64(ring % 64)
        label[bond, ring // 64] |= bit
        low, high = (a, b) if depth[a] > depth[b] else (b, a)
        while low != high:
            label[parent_bond[low], ring // 64] |= bit
            low = parent[low]
        ring += 1
    return side, label, everything


@compiled
def _has(mask: Bits, atom: int) -> bool:
    return bool((mask[atom // 64] >> np.uint64(atom % 64)) & np.uint64(1))


@compiled
def _cancel(label: Bits, i: int, j: int, k: int) -> bool:
    """Do the ring sets of two (k < 0) or three bonds cancel to nothing."""
    for word in range(label.shape[1]):
        third = label[k, word] if k >= 0 else np.uint64(0)
        if label[i, word] ^ label[j, word] ^ third:
            return False
    return True


@compiled
def _room(masks: Bits, cuts: Int, count: int) -> tuple[Bits, Int]:
    """Return arrays with room for two more pieces."""
    if count + 2 <= masks.shape[0]:
        return masks, cuts
    more_masks = np.empty((2 * masks.shape[0], masks.shape[1]), np.uint64)
    more_cuts = np.empty((2 * cuts.shape[0], cuts.shape[1]), np.int64)
    more_masks[:count] = masks[:count]
    more_cuts[:count] = cuts[:count]
    return more_masks, more_cuts


@compiled
def _add(
    masks: Bits, cuts: Int, count: int, side: Bits, everything: Bits, cut: Int, flip: bool
) -> int:
    """Write the side of a cut that the first atom is not on (the other one with ``flip``)."""
    for word in range(everything.size):
        value = everything[word] if flip else np.uint64(0)
        for bond in cut:
            if bond >= 0:
                value ^= side[bond, word]
        masks[count, word] = value
    for place in range(cut.size):
        cuts[count, place] = cut[place]
    return count + 1


@compiled
def _middle_is_flipped(side: Bits, bond_from: Int, a: int, b: int) -> bool:
    """Is the piece between two chain bonds the one with the first atom on it."""
    nested = _has(side[b], bond_from[a]) or _has(side[a], bond_from[b])
    return not nested


@compiled
def _is_star(side: Bits, bond_from: Int, cut: Int) -> bool:
    """Do three chain bonds leave one piece that all three end at (none stands between others)."""
    for place in range(3):
        bond, a, b = cut[place], cut[(place + 1) % 3], cut[(place + 2) % 3]
        if _has(side[bond], bond_from[a]) != _has(side[bond], bond_from[b]):
            return False
    return True


@compiled
def _holds(side: Bits, cut: Int, atom: int) -> bool:
    """Is ``atom`` on the side of a cut that the first atom is not on."""
    inside = False
    for bond in cut:
        if bond >= 0 and _has(side[bond], atom):
            inside = not inside
    return inside


@compiled
def _core_is_flipped(
    side: Bits, bond_from: Int, bond_to: Int, cut: Int, bond: int, other: int
) -> bool:
    """Of a cut of ``bond`` and more, is the piece that touches all bonds the flipped side.

    The end of the chain bond ``bond`` that looks towards ``other`` belongs to that piece.
    """
    inner = bond_from[bond] if _has(side[bond], bond_from[bond]) else bond_to[bond]
    outer = bond_to[bond] if inner == bond_from[bond] else bond_from[bond]
    end = inner if _has(side[bond], bond_from[other]) else outer
    return not _holds(side, cut, end)


@compiled
def pieces(
    n_atoms: int, bond_from: Int, bond_to: Int, start: int, max_bonds: int
) -> tuple[Bits, Int]:
    """Return every connected piece with at most ``max_bonds`` (0 to 3) bonds to the rest.

    Returns
    -------
    masks : uint64 array, shape (n_pieces, words)
        Atom i is bit i % 64 of word i // 64. The first piece is the whole molecule.
    cuts : int64 array, shape (n_pieces, 3)
        The bonds that join the piece to the rest; -1 where there are fewer than three.
    """
    side, label, everything = _sides_and_labels(n_atoms, bond_from, bond_to, start)
    chain, ring = np.empty((2, bond_from.size), np.int64)
    n_chain, n_ring = 0, 0
    for bond in range(bond_from.size):
        if not _has(everything, bond_from[bond]):
            continue
        if _cancel(label, bond, bond, bond):
            chain[n_chain] = bond
            n_chain += 1
        else:
            ring[n_ring] = bond
            n_ring += 1
    masks = np.empty((max(8, 8 * bond_from.size), everything.size), np.uint64)
    cuts = np.empty((masks.shape[0], 3), np.int64)
    cut = np.full(3, NO_BOND, np.int64)
    count = _add(masks, cuts, 0, side, everything, cut, True)
    if max_bonds < 1:
        return masks[:count], cuts[:count]
    for x in range(n_chain):
        cut[0] = chain[x]
        masks, cuts = _room(masks, cuts, count)
        count = _add(masks, cuts, count, side, everything, cut, False)
        count = _add(masks, cuts, count, side, everything, cut, True)
    if max_bonds < 2:
        return masks[:count], cuts[:count]
    for x in range(n_chain):
        for y in range(x + 1, n_chain):
            cut[0], cut[1], cut[2] = chain[x], chain[y], NO_BOND
            masks, cuts = _room(masks, cuts, count)
            flip = _middle_is_flipped(side, bond_from, cut[0], cut[1])
            count = _add(masks, cuts, count, side, everything, cut, flip)
            for z in range(y + 1, n_chain if max_bonds > 2 else 0):
                cut[2] = chain[z]
                if _is_star(side, bond_from, cut):
                    masks, cuts = _room(masks, cuts, count)
                    flip = _core_is_flipped(side, bond_from, bond_to, cut, cut[0], cut[1])
                    count = _add(masks, cuts, count, side, everything, cut, flip)
    for x in range(n_ring):
        for y in range(x + 1, n_ring):
            cut[0], cut[1], cut[2] = ring[x], ring[y], NO_BOND
            if _cancel(label, cut[0], cut[1], -1):
                masks, cuts = _room(masks, cuts, count)
                count = _add(masks, cuts, count, side, everything, cut, False)
                count = _add(masks, cuts, count, side, everything, cut, True)
                for z in range(n_chain if max_bonds > 2 else 0):
                    cut[2] = chain[z]
                    masks, cuts = _room(masks, cuts, count)
                    flip = _core_is_flipped(side, bond_from, bond_to, cut, cut[2], cut[0])
                    count = _add(masks, cuts, count, side, everything, cut, flip)
                continue
            for z in range(y + 1, n_ring if max_bonds > 2 else 0):
                cut[2] = ring[z]
                if _cancel(label, cut[0], cut[1], cut[2]):
                    masks, cuts = _room(masks, cuts, count)
                    count = _add(masks, cuts, count, side, everything, cut, False)
                    count = _add(masks, cuts, count, side, everything, cut, True)
    return masks[:count], cuts[:count]


@compiled
def _sort(values: Int) -> None:
    """Sort a few values in place: ascending, unused entries (-1) last."""
    for place in range(1, values.size):
        value = values[place]
        at = place
        while at > 0 and value >= 0 and (values[at - 1] < 0 or values[at - 1] > value):
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


@compiled
def places(
    rule: Int,
    atoms: Int,
    bonds: Int,
    size: Int,
    lost: Int,
    pairs: Int,
    kept: Int,
    most_a_rule: int,
    most: int,
) -> tuple[Int, Int, Int, Int, Int, bool]:
    """Return the different rearrangements that matches of patterns stand for.

    Parameters
    ----------
    rule : int64 array, shape (n_matches,)
        Ascending.
    atoms : int64 array
        Atoms of all matches, one after another.
    bonds : int64 array, shape (n_bonds, 2)
    size, lost, pairs, kept : int64 arrays
        What each rule does to the atoms of its pattern: pattern sizes, atoms lost, pairs broken
        and made, atoms kept; -1 where unused.

    Returns
    -------
    tuple of int64 arrays
        The columns of :class:`msgui.fragments.rules.Places`; then whether some were left out.
    """
    n_lost, n_pairs, n_kept = lost.shape[1], pairs.shape[2], kept.shape[1]
    columns = n_lost + n_pairs + 2 * n_pairs + n_kept
    rows = np.full((most, columns), -1, np.int64)
    which = np.empty(most, np.int64)
    count, first, begin, left_out = 0, 0, 0, False
    for match in range(rule.size):
        number = rule[match]
        if match > 0 and number != rule[match - 1]:
            first = count
        row = np.full(columns, -1, np.int64)
        for place in range(n_lost):
            if lost[number, place] >= 0:
                row[place] = atoms[begin + lost[number, place]]
        _sort(row[:n_lost])
        made = np.full(n_pairs, -1, np.int64)
        for place in range(n_pairs):
            if pairs[number, 0, place, 0] >= 0:
                a = atoms[begin + pairs[number, 0, place, 0]]
                b = atoms[begin + pairs[number, 0, place, 1]]
                for bond in range(bonds.shape[0]):
                    if (bonds[bond, 0] == a and bonds[bond, 1] == b) or (
                        bonds[bond, 0] == b and bonds[bond, 1] == a
                    ):
                        row[n_lost + place] = bond
            if pairs[number, 1, place, 0] >= 0:
                a = atoms[begin + pairs[number, 1, place, 0]]
                b = atoms[begin + pairs[number, 1, place, 1]]
                made[place] = min(a, b) * 100_000 + max(a, b)
        _sort(row[n_lost : n_lost + n_pairs])
        _sort(made)
        for place in range(n_pairs):
            if made[place] >= 0:
                row[n_lost + n_pairs + 2 * place] = made[place] // 100_000
                row[n_lost + n_pairs + 2 * place + 1] = made[place] % 100_000
        for place in range(n_kept):
            if kept[number, place] >= 0:
                row[columns - n_kept + place] = atoms[begin + kept[number, place]]
        _sort(row[columns - n_kept :])
        begin += size[number]
        known = False
        for other in range(count):
            if not known and np.all(rows[other] == row):
                known = True
        is_full = count == most or count - first >= most_a_rule
        left_out = left_out or (is_full and not known)
        if not known and not is_full:
            rows[count] = row
            which[count] = number
            count += 1
    found = rows[:count]
    joined = np.ascontiguousarray(found[:, n_lost + n_pairs : columns - n_kept])
    return (
        which[:count].copy(),
        found[:, :n_lost].copy(),
        found[:, n_lost : n_lost + n_pairs].copy(),
        joined.reshape(count, n_pairs, 2),
        found[:, columns - n_kept :].copy(),
        left_out,
    )


@compiled
def _changed(
    n_atoms: int, n_bonds: int, lost: Int, broken: Int, made: Int, both: Int
) -> tuple[Int, Int, Int]:
    """Atoms that the rearrangements ``both`` take away, bonds they break (1), and bonds they make.

    The made ones are pairs of atoms that stay.
    """
    gone = np.zeros(n_atoms, np.int64)
    ended = np.zeros(n_bonds, np.int64)
    new = np.empty((both.size * made.shape[1], 2), np.int64)
    for row in both:
        for place in range(lost.shape[1]):
            if lost[row, place] >= 0:
                gone[lost[row, place]] = 1
        for place in range(broken.shape[1]):
            if broken[row, place] >= 0:
                ended[broken[row, place]] = 1
    count = 0
    for row in both:
        for place in range(made.shape[1]):
            first, last = made[row, place, 0], made[row, place, 1]
            if first >= 0 and not gone[first] and not gone[last]:
                new[count, 0], new[count, 1] = first, last
                count += 1
    return gone, ended, new[:count]


@compiled
def _edited(bond_from: Int, bond_to: Int, gone: Int, ended: Int, new: Int) -> tuple[Int, Int, Int]:
    """Bonds of the changed molecule, and which they were before (NEW_BOND for made ones)."""
    size = bond_from.size + new.shape[0]
    new_from, new_to = np.empty(size, np.int64), np.empty(size, np.int64)
    index = np.empty(size, np.int64)
    count = 0
    for bond in range(bond_from.size):
        if not (ended[bond] or gone[bond_from[bond]] or gone[bond_to[bond]]):
            new_from[count], new_to[count], index[count] = bond_from[bond], bond_to[bond], bond
            count += 1
    for place in range(new.shape[0]):
        new_from[count], new_to[count], index[count] = new[place, 0], new[place, 1], NEW_BOND
        count += 1
    return new_from[:count], new_to[:count], index[:count]


@compiled
def _holds_one(mask: Bits, atoms: Int) -> bool:
    held = False
    for place in range(atoms.size):
        held = held or (atoms[place] >= 0 and _has(mask, atoms[place]))
    return held


@compiled
def _are_apart(lost: Int, kept: Int, first: int, second: int) -> bool:
    """Can two rearrangements happen one after the other: neither takes what the other needs."""
    for atom in lost[first]:
        if atom >= 0:
            for other in lost[second]:
                if atom == other:
                    return False
            for other in kept[second]:
                if atom == other:
                    return False
    for atom in lost[second]:
        if atom >= 0:
            for other in kept[first]:
                if atom == other:
                    return False
    return True


@compiled
def _pieces_cut_once(
    graph: tuple[Int, Int, Int],
    changed: tuple[Int, Int],
    made: Int,
    start: int,
    cuts: bool,
    room: tuple[Int, Bits, Bits],
    found: Bits,
    cut: Int,
) -> int:
    """Write what :func:`pieces` returns for an edited molecule and at most one bond; count it.

    Hundreds of pairs of rearrangements are tried in one candidate, so nothing is allocated here
    and the edited molecule is never written down. Only bonds that were there before are cut.

    Parameters
    ----------
    graph : tuple
        Adjacency of the molecule before, as from :func:`_neighbours`.
    changed : tuple of int64 arrays
        1 for the atoms that are gone, and for the bonds that are broken.
    made : int64 array, shape (n, 2)
        Bonds that were made.
    cuts : bool
        Cut a bond; else only the whole part around ``start`` is found.
    room : tuple
        Space for (4 rows over the atoms and one over the bonds), masks and rings of the atoms.
    found : uint64 array, shape (2 n_bonds + 1, words)
    cut : int64 array, shape (2 n_bonds + 1, 3)
        Only the first column is written.
    """
    offset, neighbour, through = graph
    gone, broken = changed
    numbers, below, rings = room
    n_atoms, words = below.shape
    parent, parent_bond, turn, order = numbers[0], numbers[1], numbers[2], numbers[3]
    child = numbers[4]
    one = np.uint64(1)
    for atom in range(n_atoms):
        turn[atom] = -1
    for bond in range(broken.size):
        child[bond] = -1
    turn[start], order[0], parent[start], parent_bond[start] = 0, start, -1, -1
    reached, at, ring = 1, 0, 0
    while at < reached:
        atom = order[at]
        at += 1
        for word in range(words):
            below[atom, word] = 0
        for word in range(rings.shape[1]):
            rings[atom, word] = 0
        below[atom, atom // 64] = one << np.uint64(atom % 64)
        first, last = offset[atom], offset[atom + 1]
        for step in range(first, last + made.shape[0]):
            if step < last:
                other, bond = neighbour[step], through[step]
                if gone[other] or broken[bond]:
                    continue
            else:
                new = step - last
                bond = broken.size + new
                if made[new, 0] == atom:
                    other = made[new, 1]
                elif made[new, 1] == atom:
                    other = made[new, 0]
                else:
                    continue
            if turn[other] < 0:
                turn[other], order[reached] = reached, other
                parent[other], parent_bond[other] = atom, bond
                reached += 1
            elif turn[other] < turn[atom] and bond != parent_bond[atom]:
                # Both ends carry the ring; below the bonds of the ring it stands once.
                bit = one << np.uint64(ring % 64)
                rings[atom, ring // 64] ^= bit
                rings[other, ring // 64] ^= bit
                ring += 1
    for place in range(reached - 1, 0, -1):
        atom = order[place]
        above, alone = parent[atom], True
        for word in range(words):
            below[above, word] |= below[atom, word]
        for word in range(rings.shape[1]):
            rings[above, word] ^= rings[atom, word]
            alone = alone and not rings[atom, word]
        if alone and parent_bond[atom] < broken.size:
            child[parent_bond[atom]] = atom
    for word in range(words):
        found[0, word] = below[start, word]
    cut[0, 0] = NO_BOND
    count = 1
    for bond in range(broken.size if cuts else 0):
        if child[bond] >= 0:
            for word in range(words):
                found[count, word] = below[child[bond], word]
                found[count + 1, word] = below[start, word] ^ below[child[bond], word]
            cut[count, 0] = cut[count + 1, 0] = bond
            count += 2
    return count


@compiled
def rearranged_pieces(
    n_atoms: int,
    bond_from: Int,
    bond_to: Int,
    lost: Int,
    broken: Int,
    made: Int,
    kept: Int,
    max_bonds: int,
    most: int,
) -> tuple[Bits, Int, Int]:
    """Return the pieces of a molecule after one rearrangement, or two.

    A rearrangement counts like a bond: after one of them ``max_bonds`` - 1 bonds are cut. With
    three bonds two of them are combined, and one bond is cut after them.

    Parameters
    ----------
    lost, broken, made, kept : int64 arrays
        As in :class:`msgui.fragments.rules.Places`.
    most : int
        Stop after about so many pieces.

    Returns
    -------
    masks : uint64 array, shape (n_pieces, words)
    cuts : int64 array, shape (n_pieces, 3)
        The bonds cut besides those of the rule.
    places : int64 array, shape (n_pieces, 2)
        The places that were rearranged; -1 where there was one only.
    """
    words, n_bonds = (n_atoms + 63) // 64, bond_from.size
    masks = np.empty((256, words), np.uint64)
    cuts = np.empty((256, 3), np.int64)
    places = np.empty((256, 2), np.int64)
    pair = np.empty(2, np.int64)
    seen = np.empty(words, np.uint64)
    graph = _neighbours(n_atoms, bond_from, bond_to)
    most_made = 2 * made.shape[1]
    room = (
        np.empty((5, max(n_atoms, n_bonds)), np.int64),
        np.empty((n_atoms, words), np.uint64),
        np.empty((n_atoms, (n_bonds + most_made) // 64 + 1), np.uint64),
    )
    one_found = np.empty((2 * n_bonds + 1, words), np.uint64)
    one_cut = np.full((2 * n_bonds + 1, 3), NO_BOND, np.int64)
    count = 0
    for first in range(lost.shape[0] if max_bonds > 0 else 0):
        for second in range(first, lost.shape[0] if max_bonds > 2 else first + 1):
            if count > most or (second > first and not _are_apart(lost, kept, first, second)):
                continue
            pair[0], pair[1] = first, second
            both = pair[:1] if second == first else pair
            left = max_bonds - both.size
            gone, ended, new = _changed(n_atoms, n_bonds, lost, broken, made, both)
            seen[:] = 0
            for number in range(both.size * kept.shape[1]):
                start = kept[both[number // kept.shape[1]], number % kept.shape[1]]
                if start < 0 or _has(seen, start):
                    continue
                if left < 2:
                    size = _pieces_cut_once(
                        graph, (gone, ended), new, start, left > 0, room, one_found, one_cut
                    )
                    found, cut = one_found[:size], one_cut[:size]
                else:
                    new_from, new_to, index = _edited(bond_from, bond_to, gone, ended, new)
                    found, cut = pieces(n_atoms, new_from, new_to, start, left)
                    for piece in range(cut.shape[0]):
                        for place in range(3):
                            if cut[piece, place] >= 0:
                                cut[piece, place] = index[cut[piece, place]]
                for word in range(words):
                    seen[word] |= found[0, word]
                while count + found.shape[0] > masks.shape[0]:
                    masks = np.concatenate((masks, np.empty_like(masks)))
                    cuts = np.concatenate((cuts, np.empty_like(cuts)))
                    places = np.concatenate((places, np.empty_like(places)))
                for piece in range(found.shape[0]):
                    if cut[piece, 0] == NEW_BOND or cut[piece, 1] == NEW_BOND:
                        continue
                    if cut[piece, 2] == NEW_BOND or not _holds_one(found[piece], kept[first]):
                        continue
                    if second > first and not _holds_one(found[piece], kept[second]):
                        continue
                    masks[count] = found[piece]
                    cuts[count] = cut[piece]
                    places[count, 0] = first
                    places[count, 1] = second if second > first else -1
                    count += 1
    return masks[:count], cuts[:count], places[:count]


@compiled
def piece_values(
    masks: Bits, cuts: Int, mass: Float, hydrogens: Int, capacity: Int, bond_weight: Float
) -> tuple[Float, Int, Int, Float]:
    """Per piece: mass with its own hydrogens, hydrogens, hydrogen capacity, weight of the cuts."""
    n_pieces, words = masks.shape
    total = np.empty(n_pieces, np.float64)
    own = np.empty(n_pieces, np.int64)
    most = np.empty(n_pieces, np.int64)
    weight = np.empty(n_pieces, np.float64)
    one = np.uint64(1)
    for piece in range(n_pieces):
        heavy, held, free, cut = 0.0, 0, 0, 0.0
        for word in range(words):
            left = masks[piece, word]
            atom = 64 * word
            while left:
                if left & one:
                    heavy += mass[atom]
                    held += hydrogens[atom]
                    free += capacity[atom]
                left >>= one
                atom += 1
        for place in range(cuts.shape[1]):
            if cuts[piece, place] >= 0:
                cut += bond_weight[cuts[piece, place]]
        total[piece] = heavy + held * HYDROGEN
        own[piece], most[piece], weight[piece] = held, free, cut
    return total, own, most, weight


@compiled
def best_sites(masks: Bits, site: Int) -> Int:
    """Per piece the highest ``site`` of its atoms: where the charge sits best."""
    n_sites = 0
    for value in site:
        n_sites = max(n_sites, value + 1)
    holders = np.zeros((n_sites, masks.shape[1]), np.uint64)
    for atom in range(site.size):
        holders[site[atom], atom // 64] |= np.uint64(1) << np.uint64(atom % 64)
    best = np.zeros(masks.shape[0], np.int64)
    for piece in range(masks.shape[0]):
        for value in range(n_sites - 1, 0, -1):
            found = False
            for word in range(masks.shape[1]):
                if masks[piece, word] & holders[value, word]:
                    found = True
            if found:
                best[piece] = value
                break
    return best


@compiled
def piece_costs(
    masks: Bits,
    cuts: Int,
    places: Int,
    weight: Float,
    place_cost: Float,
    place_hydrogens: Int,
    site: Int,
    site_cost: Float,
) -> tuple[Float, Int, Int]:
    """Penalty of each piece without its hydrogens, and what the hydrogens' penalty goes by.

    Parameters
    ----------
    weight : float64 array, shape (n_pieces,)
        Of the bonds cut.
    place_cost, place_hydrogens : arrays, shape (n_places,)
        Penalty of each rearrangement, and the hydrogens that it usually moves.
    site : int64 array, shape (n_atoms,)
    site_cost : float64 array, shape (4, 4)

    Returns
    -------
    cost : float64 array, shape (n_pieces,)
    way : int64 array, shape (n_pieces,)
        3 + bonds cut after one rearrangement, 6 + bonds cut after two (0 to 2): see
        ``penalties.WAYS``.
    expected : int64 array, shape (n_pieces,)
        Hydrogens that the rearrangements usually move.
    """
    best = best_sites(masks, site)
    whole = 0
    for value in site:
        whole = max(whole, value)
    cost = weight.copy()
    way = np.zeros(masks.shape[0], np.int64)
    expected = np.zeros(masks.shape[0], np.int64)
    for piece in range(masks.shape[0]):
        cost[piece] += site_cost[whole, best[piece]]
        for bond in cuts[piece]:
            way[piece] += bond >= 0
        for number in range(2):
            place = places[piece, number]
            if place >= 0:
                cost[piece] += place_cost[place]
                expected[piece] += place_hydrogens[place]
                way[piece] += 4 if number == 0 else 3
    return cost, way, expected


@compiled
def _match(
    least: Float,
    total: Float,
    mass: Float,
    own: Int,
    most: Int,
    cost: Float,
    way: Int,
    expected: Int,
    target: Float,
    tolerance: Float,
    partners: Int,
    natural: Int,
    room: Int,
    ceiling: Int,
    hydrogen_cost: Float,
    radical_cost: float,
    most_cost: float,
) -> None:
    """Lower ``least`` to the least penalty of a piece with a peak's mass, add up ``total``."""
    beyond = (hydrogen_cost.shape[1] - 1) // 2
    for form in range(partners.size):
        partner = partners[form] * mass[0]
        for peak in range(least.size):
            sought = target[form, peak] - partner
            allowed = tolerance[form, peak]
            for piece in range(mass.size):
                gap = sought - mass[piece]
                shift = np.rint(gap / HYDROGEN)
                if abs(gap - shift * HYDROGEN) > allowed or abs(shift) > MAX_SHIFT:
                    continue
                moved = np.int64(shift)
                held = own[piece] + moved
                if held < 0 or held > most[piece] + room[form] or held > own[0] + ceiling[form]:
                    continue
                off = moved - natural[form] - expected[piece]
                off = min(max(off, -beyond), beyond)
                price = cost[piece] + hydrogen_cost[way[piece], off + beyond]
                if (most[piece] + held + room[form]) % 2:
                    price += radical_cost
                if price <= most_cost:
                    least[peak] = min(least[peak], price)
                    total[peak] += np.exp(-price)


@compiled
def _expected_signal(
    mass: Float,
    own: Int,
    most: Int,
    cost: Float,
    way: Int,
    expected: Int,
    natural: int,
    room: int,
    ceiling: int,
    beside: float,
    lowest_mz: float,
    highest_mz: float,
    hydrogen_cost: Float,
    radical_cost: float,
) -> float:
    """Signal that all pieces should give together between two m/z, in the first form of ion."""
    beyond = (hydrogen_cost.shape[1] - 1) // 2
    share = np.exp(-hydrogen_cost)
    odd = np.exp(-radical_cost)
    signal = 0.0
    for piece in range(mass.size):
        part = 0.0
        for off in range(-4, 5):
            moved = natural + off
            held = own[piece] + moved
            mz = mass[piece] + moved * HYDROGEN + beside
            if (
                held < 0
                or held > most[piece] + room
                or held > own[0] + ceiling
                or mz < lowest_mz
                or mz > highest_mz
            ):
                continue
            place = min(max(off - expected[piece], -beyond), beyond) + beyond
            part += share[way[piece], place] * (odd if (most[piece] + held + room) % 2 else 1.0)
        signal += part * np.exp(-cost[piece])
    return signal


@compiled
def score_molecules(
    atom_offset: Int,
    bond_offset: Int,
    place_offset: Int,
    start: Int,
    mass: Float,
    hydrogens: Int,
    capacity: Int,
    site: Int,
    bond_from: Int,
    bond_to: Int,
    bond_weight: Float,
    place_cost: Float,
    place_hydrogens: Int,
    lost: Int,
    broken: Int,
    made: Int,
    kept: Int,
    target: Float,
    tolerance: Float,
    partners: Int,
    natural: Int,
    room: Int,
    ceiling: Int,
    beside: float,
    lowest_mz: float,
    highest_mz: float,
    hydrogen_cost: Float,
    radical_cost: float,
    site_cost: Float,
    most_cost: float,
    max_bonds: Int,
    max_rearranged: Int,
    most_pieces: int,
) -> tuple[Float, Float, Float]:
    """Return how well the pieces of many molecules fit the peaks of one spectrum.

    Parameters
    ----------
    atom_offset, bond_offset, place_offset : int64 arrays, shape (n_molecules + 1,)
        Where the molecules stand in the arrays of atoms, bonds and rearrangements that follow;
        atoms and bonds count within their molecule.
    target, tolerance : float64 arrays, shape (n_forms, n_peaks)
        Neutral mass of the piece in Da that each peak asks for in each form of ion.
    partners, natural, room, ceiling : int64 arrays, shape (n_forms,)
        As in :class:`msgui.fragments.ions.IonForm`.
    beside, lowest_mz, highest_mz : float
        Mass in Da that the first form has beside the piece, and where its ions can be seen.
    hydrogen_cost, radical_cost, site_cost : arrays
        One mode of :class:`msgui.fragments.penalties.Penalties`.
    most_cost : float
        What costs more explains nothing.
    max_bonds, max_rearranged : int64 arrays, shape (n_molecules,)
        Bonds to break, and rearrangements and bonds together.

    Returns
    -------
    least : float64 array, shape (n_molecules, n_peaks)
        Least penalty of a piece that fits; infinite where none does.
    total : float64 array, shape (n_molecules, n_peaks)
        Sum over all fitting pieces of exp(-penalty).
    signal : float64 array, shape (n_molecules,)
        The same sum over all that the molecule could give.
    """
    n_molecules = atom_offset.size - 1
    least = np.full((n_molecules, target.shape[1]), np.inf)
    total = np.zeros((n_molecules, target.shape[1]))
    signal = np.zeros(n_molecules)
    for molecule in range(n_molecules):
        atoms = slice(atom_offset[molecule], atom_offset[molecule + 1])
        bonds = slice(bond_offset[molecule], bond_offset[molecule + 1])
        rows = slice(place_offset[molecule], place_offset[molecule + 1])
        n_atoms = atom_offset[molecule + 1] - atom_offset[molecule]
        masks, cuts = pieces(
            n_atoms, bond_from[bonds], bond_to[bonds], start[molecule], max_bonds[molecule]
        )
        places = np.full((masks.shape[0], 2), -1, np.int64)
        if max_rearranged[molecule] > 0 and place_offset[molecule + 1] > place_offset[molecule]:
            more, more_cuts, more_places = rearranged_pieces(
                n_atoms,
                bond_from[bonds],
                bond_to[bonds],
                lost[rows],
                broken[rows],
                made[rows],
                kept[rows],
                max_rearranged[molecule],
                most_pieces,
            )
            masks = np.concatenate((masks, more))
            cuts = np.concatenate((cuts, more_cuts))
            places = np.concatenate((places, more_places))
        weights, own, most, weight = piece_values(
            masks, cuts, mass[atoms], hydrogens[atoms], capacity[atoms], bond_weight[bonds]
        )
        cost, way, expected = piece_costs(
            masks,
            cuts,
            places,
            weight,
            place_cost[rows],
            place_hydrogens[rows],
            site[atoms],
            site_cost,
        )
        _match(
            least[molecule],
            total[molecule],
            weights,
            own,
            most,
            cost,
            way,
            expected,
            target,
            tolerance,
            partners,
            natural,
            room,
            ceiling,
            hydrogen_cost,
            radical_cost,
            most_cost,
        )
        signal[molecule] = _expected_signal(
            weights,
            own,
            most,
            cost,
            way,
            expected,
            natural[0],
            room[0],
            ceiling[0],
            beside,
            lowest_mz,
            highest_mz,
            hydrogen_cost,
            radical_cost,
        )
    return least, total, signal
