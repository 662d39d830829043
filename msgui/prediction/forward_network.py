"""A small network over the graph of a molecule and its pieces, evaluated with NumPy.

Atoms exchange messages along their bonds; a piece is described by the sum of its atoms, the sum of
the rest, the ends of the bonds that were cut, and a few numbers; how the spectrum was measured
comes in beside. What comes out is the logarithm of the abundance of each piece with each number of
hydrogens moved. Each candidate is computed alone, so that no batch can change a digit.

References
----------
Goldman et al., "Generating molecular fragmentation graphs with autoregressive neural networks"
(ICEBERG), Anal. Chem. 2024, and Nowatzky et al., "FIORA", Nat. Commun. 2025: the idea of predicting
the abundance of enumerated fragments from learned descriptions of atoms and broken bonds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from msgui.fragments.ions import IonForm
from msgui.prediction.expected_ions import FIRST_SHIFT
from msgui.prediction.inputs import HIGHEST_ENERGY_EV
from msgui.prediction.piece_features import Pieces, Single, StructureTables

# Hydrogens that a piece gains or loses on its way to the ion, the charge-carrying one included.
SHIFTS = tuple(range(FIRST_SHIFT, FIRST_SHIFT + 8))
CONDITIONS = (
    "positive",
    "hydrogen gained",
    "hydrogen lost",
    "hydrogens kept",
    "metal or solvent attached",
    "energy",
    "log energy",
    "energy per atom",
    "energy known",
    "orbitrap",
    "qtof",
    "precursor",
)
# What a piece is judged by, apart from the measurement.
PARTS = (
    "the bonds cut",
    "the atoms kept",
    "the atoms left behind",
    "its size and the number of cuts",
)
# Sums over many atoms are larger than what one cut adds.
ATOM_SCALE = 0.25
LOWEST_LOG, HIGHEST_LOG = -15.0, 8.0


@dataclass(frozen=True)
class Conditions:
    """How a spectrum is measured.

    Parameters
    ----------
    precursor_mz : float
    energy_ev : float or None
        None when it is not known.
    analyser : str
        One of ``msgui.prediction.inputs.ANALYSERS``.
    """

    precursor_mz: float
    energy_ev: float | None = None
    analyser: str = "other"


def condition_inputs(conditions: Conditions, form: IonForm, n_atoms: int) -> Single:
    """Return what the network is told about the measurement, shape (len(CONDITIONS),)."""
    energy = conditions.energy_ev
    known = energy is not None and 0 < energy <= HIGHEST_ENERGY_EV
    volts = float(energy) if energy is not None and known else 0.0
    return np.array(
        [
            form.charge > 0,
            form.natural == 1,
            form.natural == -1,
            form.natural == 0,
            bool(form.atoms),
            volts / 50,
            np.log1p(volts) / 4,
            volts / (2 * n_atoms),
            known,
            conditions.analyser == "orbitrap",
            conditions.analyser == "qtof",
            conditions.precursor_mz / 500,
        ],
        np.float32,
    )


@dataclass(frozen=True, eq=False)
class ForwardNetwork:
    """The trained weights, by name.

    Parameters
    ----------
    weights : mapping of str to float32 array
        As :class:`msgui.training.forward_network.TorchForwardNetwork` names them.
    """

    weights: Mapping[str, Single]

    @property
    def rounds(self) -> int:
        """How often messages are exchanged."""
        return sum(name.startswith("own.") and name.endswith(".weight") for name in self.weights)

    def described(self, tables: StructureTables, pieces: Pieces) -> Single:
        """Return pieces as the network sees them before it is told of the measurement.

        Returns
        -------
        float32 array, shape (n_pieces, width)
        """
        piece, rest, ends = self._terms(tables)
        described: Single = pieces.atoms @ (piece - rest)
        described += rest.sum(axis=0)
        for place in range(pieces.cuts.shape[1]):
            described += ends[pieces.cuts[:, place]]
        described += self._linear("scalars", pieces.scalars)
        return described

    def parts(self, tables: StructureTables, pieces: Pieces) -> tuple[Single, ...]:
        """Return what each of ``PARTS`` adds to the description, each (n_pieces, width)."""
        piece, rest, ends = self._terms(tables)
        cut = sum(ends[pieces.cuts[:, place]] for place in range(pieces.cuts.shape[1]))
        assert isinstance(cut, np.ndarray)
        kept, left = pieces.atoms @ piece, (1 - pieces.atoms) @ rest
        return cut, kept, left, self._linear("scalars", pieces.scalars)

    def _terms(self, tables: StructureTables) -> tuple[Single, Single, Single]:
        """Return what each atom adds to a piece and to the rest, and each end of a cut bond."""
        graph = tables.graph
        inner = np.stack([graph.bond_from, graph.bond_to], axis=1).ravel()
        outer = np.stack([graph.bond_to, graph.bond_from], axis=1).ravel()
        bonds = np.repeat(tables.bonds, 2, axis=0)
        arriving = np.zeros((tables.atoms.shape[0], inner.size), np.float32)
        arriving[inner, np.arange(inner.size)] = 1
        atoms = _silu(self._linear("input", tables.atoms))
        for number in range(self.rounds):
            sent = self._linear(f"neighbor.{number}", atoms)[outer]
            message = _silu(sent + self._linear(f"bond.{number}", bonds))
            atoms = atoms + _silu(self._linear(f"own.{number}", atoms) + arriving @ message)
        cut = _silu(
            self._linear("cut_inner", atoms)[inner]
            + self._linear("cut_outer", atoms)[outer]
            + self._linear("cut_bond", bonds)
        )
        ends = np.concatenate(
            [self._linear("cut", cut), np.zeros((1, len(self.weights["cut.weight"])), np.float32)]
        )
        piece = self._linear("piece", atoms) * np.float32(ATOM_SCALE)
        rest = self._linear("rest", atoms) * np.float32(ATOM_SCALE)
        return piece, rest, ends

    def abundance(self, described: Single, conditions: Single) -> Single:
        """Return the abundance of each piece with each shift, shape (n_pieces, len(SHIFTS)).

        Abundances are comparable within one molecule and measurement only.
        """
        hidden = _silu(described + self.weights["conditions.weight"] @ conditions)
        hidden = _silu(self._linear("hidden", hidden))
        result: Single = np.exp(np.clip(self._linear("output", hidden), LOWEST_LOG, HIGHEST_LOG))
        return result

    def _linear(self, name: str, values: Single) -> Single:
        result: Single = values @ self.weights[f"{name}.weight"].T
        bias = self.weights.get(f"{name}.bias")
        return result if bias is None else result + bias


def _silu(values: Single) -> Single:
    result: Single = values * (0.5 * np.tanh(0.5 * values) + 0.5)
    return result
