"""The same fragments by walking the molecule once for each set of cuts: slow and obvious."""

import itertools

from rdkit import Chem


def plain_pieces(smiles: str, max_bonds: int) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Return the bonds that were cut for each connected set of atoms."""
    molecule = Chem.MolFromSmiles(smiles)
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
    pieces: dict[tuple[int, ...], tuple[int, ...]] = {}
    for size in range(max_bonds + 1):
        for cuts in itertools.combinations(range(len(bonds)), size):
            for piece in components(molecule.GetNumAtoms(), bonds, set(cuts)):
                pieces[tuple(sorted(piece))] = tuple(
                    index for index, (a, b) in enumerate(bonds) if (a in piece) != (b in piece)
                )
    return pieces


def components(n_atoms: int, bonds: list[tuple[int, int]], cut: set[int]) -> list[set[int]]:
    """Return the connected parts that remain without the bonds in ``cut``."""
    near: dict[int, list[int]] = {atom: [] for atom in range(n_atoms)}
    for index, (a, b) in enumerate(bonds):
        if index not in cut:
            near[a].append(b)
            near[b].append(a)
    left, found = set(near), []
    while left:
        piece: set[int] = set()
        stack = [min(left)]
        while stack:
            atom = stack.pop()
            if atom not in piece:
                piece.add(atom)
                stack.extend(near[atom])
        left -= piece
        found.append(piece)
    return found
