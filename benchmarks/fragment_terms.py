"""The terms that the penalty of a fragment is the sum of, as numbers for fitting."""

import numba
import numpy as np

from msgui.fragments import kinds
from msgui.fragments.enumerate import FragmentSet
from msgui.fragments.graph import graph_of
from msgui.fragments.kernels import best_sites
from msgui.fragments.penalties import MOST_HYDROGENS, WAYS
from msgui.fragments.rules import rules

N_BONDS, N_ENDS = len(kinds.bond_names()), len(kinds.end_names())
N_SHIFTS = 2 * MOST_HYDROGENS + 1
STARTS = np.cumsum([0, N_BONDS, N_ENDS, len(rules()), len(WAYS) * N_SHIFTS, 1, kinds.SITES**2])
BOND, END, RULE, HYDROGENS, RADICAL, SITE, NOTHING = STARTS.tolist()
HIGHEST_RATE = 20.0  # more signal than any source sends; keeps the search from running away


class Sources:
    """The terms of all pieces of one molecule."""

    def __init__(self, found: FragmentSet, mode: int) -> None:
        graph = graph_of(found.smiles, rearranged=True)
        terms, sites = kinds.bond_terms(
            np.array([0, graph.mass.size]),
            np.array([0, graph.bond_from.size]),
            kinds.GROUP_OF_ELEMENT[graph.element],
            graph.aromatic,
            graph.charge,
            graph.hydrogens,
            graph.bond_from,
            graph.bond_to,
            graph.bond_order,
            graph.bond_in_ring,
        )
        ends = np.where(terms[:, 1:] > 1, END + terms[:, 1:], NOTHING)
        table = np.vstack([np.hstack([terms[:, :1], ends]), np.full((1, 3), NOTHING)])
        rule = np.append(RULE + graph.places.rule, NOTHING)[found.places]
        site = np.ascontiguousarray(sites[:, mode])
        best = best_sites(found.atoms, site)
        self.found = found
        self.fixed = np.hstack(
            [
                table[found.bonds_cut].reshape(len(found), -1),
                rule,
                (SITE + kinds.SITES * site.max() + best)[:, None],
            ]
        ).astype(np.int16)

    def terms(self, piece: np.ndarray, moved: np.ndarray, natural: int, room: int) -> np.ndarray:
        """Return the terms of pieces with so many hydrogens moved, int16, shape (n, 14)."""
        found = self.found
        beyond = np.clip(moved - natural - found.expected[piece], -MOST_HYDROGENS, MOST_HYDROGENS)
        radical = (found.capacity[piece] + found.hydrogens[piece] + moved + room) % 2 == 1
        shift = HYDROGENS + found.way[piece] * N_SHIFTS + beyond + MOST_HYDROGENS
        return np.column_stack(
            [self.fixed[piece], shift, np.where(radical, RADICAL, NOTHING)]
        ).astype(np.int16)


@numba.njit(cache=True)
def rates(terms: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Return exp(-sum of the penalties) of each row of terms."""
    result = np.empty(terms.shape[0])
    for row in range(terms.shape[0]):
        total = 0.0
        for term in terms[row]:
            total += penalty[term]
        result[row] = min(np.exp(-total), HIGHEST_RATE)
    return result


@numba.njit(cache=True)
def summed(terms: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    """Return for each term the sum of the weights of the rows in which it stands."""
    result = np.zeros(size)
    for row in range(terms.shape[0]):
        for term in terms[row]:
            result[term] += weight[row]
    return result


def prior() -> np.ndarray:
    """Return plain penalties to which a fit is pulled where the data say little."""
    values = np.zeros(NOTHING + 1)
    values[BOND:END], values[RULE:HYDROGENS] = 1.0, 2.0
    shifts = 2.0 + 0.5 * np.abs(np.arange(N_SHIFTS) - MOST_HYDROGENS)
    values[HYDROGENS:RADICAL] = np.tile(shifts, len(WAYS))
    return values
