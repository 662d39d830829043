"""How readily ions break: penalties learned from measured spectra, read from a file.

A penalty is minus the natural logarithm of the signal that such a piece gives on average, peaks
counting with the square root of their relative intensity: 0 is a piece that is always a base peak,
each further unit makes it e times rarer.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.fragments.graph import MolecularGraph
from msgui.fragments.rules import rules
from msgui.paths import resources

PENALTIES_FILE = Path("fragmentation") / "penalties.toml"
MODES = ("positive", "negative")
# Hydrogens beyond those expected from the charge and the rule, from -6 to +6.
MOST_HYDROGENS = 6
# Kinds of pieces by rearrangements and by bonds cut.
WAYS = (
    "whole molecule",
    "1 bond",
    "2 bonds",
    "3 bonds",
    "1 rule",
    "1 rule, 1 bond",
    "1 rule, 2 bonds",
    "2 rules",
    "2 rules, 1 bond",
)
ONLY_RULES = (WAYS.index("1 rule"), WAYS.index("2 rules"))

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Penalties:
    """What is added up to the penalty of a fragment, positive mode first.

    Parameters
    ----------
    bond : float64 array, shape (2, n_bond_names)
        For each bond cut, by kind.
    end : float64 array, shape (2, n_end_names)
        For each end of a single bond cut.
    rule : float64 array, shape (2, n_rules)
    hydrogens : float64 array, shape (2, n_ways, 13)
        By kind of piece and by hydrogens beyond those expected, from -6 to +6.
    radical : float64 array, shape (2,)
        For an ion with an unpaired electron.
    site : float64 array, shape (2, 4, 4)
        By the best place for the charge in the molecule (first) and in the piece.
    most : float
        A fragment with a higher penalty explains nothing: peaks shifted at random have as many.
    """

    bond: Float
    end: Float
    rule: Float
    hydrogens: Float
    radical: Float
    site: Float
    most: float

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any], file: str = "") -> Self:
        """Return the penalties that a file holds, for the rules that msgui knows.

        What the file does not name (a rule that the user added) gets its ``other`` value.

        Raises
        ------
        MsguiError
            When a table is missing or holds something else than numbers.
        """
        from msgui.fragments import kinds

        try:
            return cls(
                bond=_rows(tables, "bond", kinds.bond_names()),
                end=_rows(tables, "end", kinds.end_names()),
                rule=_rows(tables, "rule", [rule.name for rule in rules()]),
                hydrogens=np.array(
                    [[tables[mode]["hydrogens"][way] for way in WAYS] for mode in MODES], float
                ).reshape(2, len(WAYS), 2 * MOST_HYDROGENS + 1),
                radical=np.array([tables[mode]["radical"] for mode in MODES], float),
                site=np.stack(
                    [
                        np.array([tables[mode]["site"][name] for name in names], float)
                        for mode, names in zip(
                            MODES, (kinds.BASICITIES, kinds.ACIDITIES), strict=True
                        )
                    ]
                ).reshape(2, kinds.SITES, kinds.SITES),
                most=float(tables["most"]),
            )
        except (KeyError, TypeError, ValueError) as fault:
            raise MsguiError(
                f"The fragmentation penalties are not complete ({fault}).",
                "Install msgui again, or fit them with benchmarks/fit_fragmentation.py.",
                file,
            ) from fault


def _rows(tables: Mapping[str, Any], name: str, keys: Sequence[str]) -> Float:
    return np.array(
        [
            [tables[mode][name].get(key, tables[mode][name]["other"]) for key in keys]
            for mode in MODES
        ],
        dtype=np.float64,
    )


def read_penalties(path: Path) -> Penalties:
    """Return the penalties of a file; raises :class:`MsguiError` when it is not one."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise MsguiError(
            f"The fragmentation penalties cannot be read ({fault}).",
            "Install msgui again.",
            str(path),
        ) from fault
    return Penalties.from_tables(tables, str(path))


@lru_cache(maxsize=1)
def penalties() -> Penalties:
    """Return the penalties that msgui ships (``resources/fragmentation/penalties.toml``)."""
    return read_penalties(resources() / PENALTIES_FILE)


@dataclass(frozen=True, eq=False)
class Weights:
    """Penalties of the atoms, bonds and rearrangements of molecules that stand one after another.

    Parameters
    ----------
    bond : float64 array, shape (n_bonds,)
    site : int64 array, shape (n_atoms,)
        How well each atom carries the charge, 0 to 3.
    place : float64 array, shape (n_places,)
        Of each place where a rule applies.
    hydrogens : int64 array, shape (n_places,)
        That the rule usually moves.
    """

    bond: Float
    site: npt.NDArray[np.int64]
    place: Float
    hydrogens: npt.NDArray[np.int64]


def offsets(sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return where things of these sizes begin when they stand one after another, and the end."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def weights_of(graphs: Sequence[MolecularGraph], mode: int) -> Weights:
    """Return the penalties of some molecules in one mode (0 positive, 1 negative)."""
    from msgui.fragments import kinds

    table = penalties()
    terms, sites = kinds.bond_terms(
        offsets([graph.mass.size for graph in graphs]),
        offsets([graph.bond_from.size for graph in graphs]),
        kinds.GROUP_OF_ELEMENT[np.concatenate([graph.element for graph in graphs])],
        np.concatenate([graph.aromatic for graph in graphs]),
        np.concatenate([graph.charge for graph in graphs]),
        np.concatenate([graph.hydrogens for graph in graphs]),
        np.concatenate([graph.bond_from for graph in graphs]),
        np.concatenate([graph.bond_to for graph in graphs]),
        np.concatenate([graph.bond_order for graph in graphs]),
        np.concatenate([graph.bond_in_ring for graph in graphs]),
    )
    rule = np.concatenate([graph.places.rule for graph in graphs])
    expected = np.array([rule.hydrogens for rule in rules()], dtype=np.int64)
    return Weights(
        bond=table.bond[mode][terms[:, 0]] + table.end[mode][terms[:, 1:]].sum(axis=1),
        site=np.ascontiguousarray(sites[:, mode]),
        place=table.rule[mode][rule],
        hydrogens=expected[rule],
    )
