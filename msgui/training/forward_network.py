"""The network of the forward model in torch: what ``prediction/forward_network.py`` evaluates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from msgui.prediction.forward_network import (
    ATOM_SCALE,
    CONDITIONS,
    HIGHEST_LOG,
    LOWEST_LOG,
    SHIFTS,
)
from msgui.prediction.piece_features import (
    ATOM_FEATURES,
    BOND_FEATURES,
    SCALARS,
    Pieces,
    StructureTables,
)


@dataclass(frozen=True)
class ForwardSize:
    """How large the network is.

    Parameters
    ----------
    atoms : int
        Numbers that describe an atom.
    pieces, hidden : int
        Width of the first and second layer that see a piece.
    rounds : int
        How often atoms exchange messages with their neighbors.
    dropout : float
    """

    atoms: int = 64
    pieces: int = 160
    hidden: int = 96
    rounds: int = 3
    dropout: float = 0.1


@dataclass(frozen=True, eq=False)
class TrainingPieces:
    """The pieces of one molecule, laid out for training.

    Parameters
    ----------
    tables : StructureTables
    held : bool array, shape (n_pieces, n_atoms)
    cuts : int32 array, shape (n_pieces, 3)
    scalars : float32 array, shape (n_pieces, len(SCALARS))
    inner, outer : int64 arrays, shape (2 x n_bonds,)
        Atoms at the two ends of each bond, seen from either.
    """

    tables: StructureTables
    held: npt.NDArray[np.bool_]
    cuts: npt.NDArray[np.int32]
    scalars: npt.NDArray[np.float32]
    inner: npt.NDArray[np.int64]
    outer: npt.NDArray[np.int64]

    @classmethod
    def of(cls, tables: StructureTables, pieces: Pieces) -> "TrainingPieces":
        """Return the layout of the pieces of a structure."""
        graph = tables.graph
        return cls(
            tables,
            pieces.atoms > 0,
            pieces.cuts.astype(np.int32),
            pieces.scalars,
            np.stack([graph.bond_from, graph.bond_to], axis=1).ravel(),
            np.stack([graph.bond_to, graph.bond_from], axis=1).ravel(),
        )


class TorchForwardNetwork(nn.Module):
    """From molecules with their pieces and conditions to the abundance of each piece and shift."""

    def __init__(self, size: ForwardSize = ForwardSize()) -> None:
        super().__init__()
        atoms, width, rounds = size.atoms, size.pieces, range(size.rounds)
        n_bond = len(BOND_FEATURES)
        self.input = nn.Linear(len(ATOM_FEATURES), atoms)
        self.own = nn.ModuleList(nn.Linear(atoms, atoms) for _ in rounds)
        self.neighbor = nn.ModuleList(nn.Linear(atoms, atoms, bias=False) for _ in rounds)
        self.bond = nn.ModuleList(nn.Linear(n_bond, atoms, bias=False) for _ in rounds)
        self.cut_inner = nn.Linear(atoms, atoms)
        self.cut_outer = nn.Linear(atoms, atoms, bias=False)
        self.cut_bond = nn.Linear(n_bond, atoms, bias=False)
        self.piece = nn.Linear(atoms, width, bias=False)
        self.rest = nn.Linear(atoms, width, bias=False)
        self.cut = nn.Linear(atoms, width, bias=False)
        self.scalars = nn.Linear(len(SCALARS), width)
        self.conditions = nn.Linear(len(CONDITIONS), width, bias=False)
        self.hidden = nn.Linear(width, size.hidden)
        self.output = nn.Linear(size.hidden, len(SHIFTS))
        self.dropout = nn.Dropout(size.dropout)

    def forward(self, molecules: Sequence[TrainingPieces], conditions: Tensor) -> Tensor:
        """Return abundances, shape (all pieces of all molecules, n_shifts).

        Parameters
        ----------
        molecules : sequence of TrainingPieces, length n
        conditions : float tensor, shape (n, len(CONDITIONS))
        """
        first_atom = np.cumsum([0, *(len(m.tables.atoms) for m in molecules)])
        first_end = np.cumsum([0, *(len(m.inner) for m in molecules)])
        atoms, ends = self._atoms_and_ends(molecules, first_atom)
        piece, rest = self.piece(atoms) * ATOM_SCALE, self.rest(atoms) * ATOM_SCALE
        measured = self.conditions(conditions)
        none = torch.zeros(1, ends.shape[1])
        parts = []
        for row, molecule in enumerate(molecules):
            own = slice(int(first_atom[row]), int(first_atom[row + 1]))
            cut = torch.cat([ends[int(first_end[row]) : int(first_end[row + 1])], none])
            held = torch.from_numpy(molecule.held).float()
            parts.append(
                held @ (piece[own] - rest[own])
                + (rest[own].sum(dim=0) + measured[row])
                + cut[torch.from_numpy(molecule.cuts).long()].sum(dim=1)
            )
        scalars = torch.from_numpy(np.concatenate([m.scalars for m in molecules]))
        seen = self.dropout(silu(torch.cat(parts) + self.scalars(scalars)))
        logarithm: Tensor = self.output(silu(self.hidden(seen)))
        return torch.exp(logarithm.clamp(LOWEST_LOG, HIGHEST_LOG))

    def _atoms_and_ends(
        self, molecules: Sequence[TrainingPieces], first_atom: npt.NDArray[np.int64]
    ) -> tuple[Tensor, Tensor]:
        """Return what describes each atom, and each end of each bond when it is cut."""
        pairs = list(zip(molecules, first_atom, strict=False))
        inner = torch.from_numpy(np.concatenate([m.inner + first for m, first in pairs]))
        outer = torch.from_numpy(np.concatenate([m.outer + first for m, first in pairs]))
        bonds = np.concatenate([np.repeat(m.tables.bonds, 2, axis=0) for m in molecules])
        bond = torch.from_numpy(bonds)
        atoms = silu(
            self.input(torch.from_numpy(np.concatenate([m.tables.atoms for m in molecules])))
        )
        for own, neighbor, kind in zip(self.own, self.neighbor, self.bond, strict=True):
            message = silu(neighbor(atoms)[outer] + kind(bond))
            arrived = torch.zeros_like(atoms).index_add(0, inner, message)
            atoms = atoms + silu(own(atoms) + arrived)
        cut = silu(
            self.cut_inner(atoms)[inner] + self.cut_outer(atoms)[outer] + self.cut_bond(bond)
        )
        return atoms, self.cut(cut)
