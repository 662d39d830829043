"""Fit the penalties of fragments on measured spectra and write them to a file.

Usage: python benchmarks/fit_fragmentation.py DATA_FOLDER [--molecules 3000] [--out FILE]

Spectra whose licence has neither NC nor ND, of molecules whose scaffold benchmarks/explanation.py
does not measure on. Each way in which a piece of the molecule can become an ion (piece, hydrogens)
is a source that sends signal with a rate exp(-penalty); a peak, counted with the square root of
its relative intensity, comes from the sources of its mass or, at a small constant rate, from
nowhere. The penalty is a sum over what the piece is made by, and the sums are those that make the
spectra likeliest (a Poisson process, fitted with L-BFGS and a weak pull to plain prior values).
Needs scipy (extra "train").
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fragment_spectra import Measured, spectra
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from msgui.errors import MsguiError
from msgui.fragments import kinds
from msgui.fragments.annotate import hits_of
from msgui.fragments.enumerate import FragmentSet, rearranged_fragments_of
from msgui.fragments.graph import graph_of
from msgui.fragments.ions import ion_forms
from msgui.fragments.kernels import HYDROGEN, MAX_SHIFT, best_sites
from msgui.fragments.penalties import MODES, MOST_HYDROGENS, PENALTIES_FILE, WAYS
from msgui.fragments.rules import rules
from msgui.paths import resources

TOLERANCE_PPM = 10.0
MOST_PIECES = 40_000
FROM_NOWHERE = 1e-4
PULL = 1.0
SOURCES_DRAWN = 1500
# Few cuts send most signal: they are drawn more often, and weighted back.
DRAWN = np.array([3.0, 3.0, 1.0, 0.3, 2.0, 0.5, 0.15, 0.5, 0.15])
LEAST_USES = 100
MOST_PENALTY = 12.0

N_BONDS, N_ENDS = len(kinds.bond_names()), len(kinds.end_names())
N_SHIFTS = 2 * MOST_HYDROGENS + 1
STARTS = np.cumsum([0, N_BONDS, N_ENDS, len(rules()), len(WAYS) * N_SHIFTS, 1, kinds.SITES**2])
BOND, END, RULE, HYDROGENS, RADICAL, SITE, NOTHING = STARTS.tolist()


@dataclass(frozen=True)
class Sample:
    """What one spectrum says: terms of the sources of each peak and of drawn sources."""

    terms: np.ndarray
    peak: np.ndarray
    value: np.ndarray
    drawn: np.ndarray
    weight: np.ndarray


class Sources:
    """The terms that the penalties of one molecule's pieces consist of."""

    def __init__(self, found: FragmentSet, mode: int) -> None:
        graph = graph_of(found.smiles)
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
        )

    def terms(self, piece: np.ndarray, moved: np.ndarray, natural: int, room: int) -> np.ndarray:
        """Return the terms of pieces with so many hydrogens moved, shape (n, 13)."""
        found = self.found
        beyond = np.clip(moved - natural - found.expected[piece], -MOST_HYDROGENS, MOST_HYDROGENS)
        radical = (found.capacity[piece] + found.hydrogens[piece] + moved + room) % 2 == 1
        shift = HYDROGENS + found.way[piece] * N_SHIFTS + beyond + MOST_HYDROGENS
        return np.column_stack(
            [self.fixed[piece], shift, np.where(radical, RADICAL, NOTHING)]
        ).astype(np.int32)


def sample(one: Measured, rng: np.random.Generator) -> Sample | None:
    """Return what a spectrum says, None when its structure is too large."""
    mode = 0 if one.adduct.charge > 0 else 1
    try:
        found = rearranged_fragments_of(one.smiles, 3, mode)
    except MsguiError:
        return None
    if len(found) > MOST_PIECES:
        return None
    sources, form = Sources(found, mode), ion_forms(one.adduct)[0]
    hits = hits_of(one.mz, found, one.adduct, TOLERANCE_PPM)
    chance = DRAWN[found.way] / DRAWN[found.way].sum()
    piece = rng.choice(len(found), SOURCES_DRAWN, p=chance)
    moved = rng.integers(-MAX_SHIFT, MAX_SHIFT + 1, SOURCES_DRAWN)
    weight = (2 * MAX_SHIFT + 1) / (SOURCES_DRAWN * chance[piece])
    held = found.hydrogens[piece] + moved
    mz = found.mass[piece] + moved * HYDROGEN + form.mass_beside_piece
    fits = (held >= 0) & (held <= found.capacity[piece] + form.room)
    fits &= held <= found.hydrogens[0] + form.ceiling
    fits &= (mz >= min(50.0, one.mz.min())) & (mz < one.precursor_mz - 0.3)
    return Sample(
        sources.terms(hits.piece, hits.shift, form.natural, form.room),
        hits.peak,
        np.sqrt(one.intensity / one.intensity.max()),
        sources.terms(piece[fits], moved[fits], form.natural, form.room),
        weight[fits],
    )


def matrix(terms: np.ndarray) -> csr_matrix:
    """Return which term stands how often in which row."""
    rows, width = terms.shape
    start = np.arange(0, rows * width + 1, width)
    return csr_matrix((np.ones(terms.size), terms.ravel(), start), shape=(rows, NOTHING + 1))


def prior() -> np.ndarray:
    """Return plain penalties to which the fit is pulled where the data say little."""
    values = np.zeros(NOTHING + 1)
    values[BOND:END], values[RULE:HYDROGENS] = 1.0, 2.0
    shifts = 2.0 + 0.5 * np.abs(np.arange(N_SHIFTS) - MOST_HYDROGENS)
    values[HYDROGENS:RADICAL] = np.tile(shifts, len(WAYS))
    return values


def fit(samples: list[Sample], steps: int) -> np.ndarray:
    """Return the penalties that make the spectra likeliest, shape (n_terms + 1,)."""
    sizes = np.array([one.value.size for one in samples])
    first = np.concatenate([[0], np.cumsum(sizes)])
    peak = np.concatenate([one.peak + at for one, at in zip(samples, first[:-1], strict=True)])
    value = np.concatenate([one.value for one in samples])
    seen = matrix(np.concatenate([one.terms for one in samples]))
    drawn = matrix(np.concatenate([one.drawn for one in samples]))
    weight = np.concatenate([one.weight for one in samples])
    start = prior()
    pull = np.full(start.size, PULL)
    pull[NOTHING] = 1e6

    def loss(penalty: np.ndarray) -> tuple[float, np.ndarray]:
        rate = np.exp(np.minimum(-(seen @ penalty), 3.0))
        total = np.bincount(peak, rate, value.size) + FROM_NOWHERE
        sent = weight * np.exp(np.minimum(-(drawn @ penalty), 3.0))
        away = penalty - start
        slope = seen.T @ (rate * (value / total)[peak]) - drawn.T @ sent + pull * away
        return float(-(value * np.log(total)).sum() + sent.sum() + 0.5 * (pull * away**2).sum()), (
            slope
        )

    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    print(f"{len(samples)} spectra, {value.size} peaks, {result.nit} steps, loss {result.fun:.0f}")
    return np.asarray(result.x)


def uses(samples: list[Sample]) -> np.ndarray:
    """Return in how many sources of peaks each term stands."""
    return np.bincount(
        np.concatenate([one.terms.ravel() for one in samples]), minlength=NOTHING + 1
    )


def lines(penalty: np.ndarray, use: np.ndarray, mode: int) -> list[str]:
    """Return the tables of one mode as TOML."""
    name = MODES[mode]
    text = [f"[{name}]", f"radical = {penalty[RADICAL]:.2f}"]
    for table, at, names in (
        ("bond", BOND, kinds.bond_names()),
        ("end", END, kinds.end_names()),
        ("rule", RULE, [rule.name for rule in rules()]),
    ):
        text += ["", f"[{name}.{table}]"]
        kept = [
            i
            for i, key in enumerate(names)
            if key and (table == "rule" or use[at + i] >= LEAST_USES)
        ]
        text += [f'"{names[i]}" = {penalty[at + i]:.2f}' for i in kept]
        other = 0.0 if table == "end" else float(np.median(penalty[[at + i for i in kept]]))
        text.append(f"other = {other:.2f}")
    text += ["", f"[{name}.hydrogens]"]
    shifts = penalty[HYDROGENS:RADICAL].reshape(len(WAYS), N_SHIFTS)
    text += [f'"{way}" = {_row(row)}' for way, row in zip(WAYS, shifts, strict=True)]
    text += ["", f"[{name}.site]"]
    sites = penalty[SITE:NOTHING].reshape(kinds.SITES, kinds.SITES)
    best = (kinds.BASICITIES, kinds.ACIDITIES)[mode]
    return [*text, *(f'"{key}" = {_row(row)}' for key, row in zip(best, sites, strict=True)), ""]


def _row(values: np.ndarray) -> str:
    return "[" + ", ".join(f"{value:.2f}" for value in values) + "]"


HEAD = """\
# Penalties of fragments: what is added up for one piece and its hydrogens. Written by
# benchmarks/fit_fragmentation.py; msgui/fragments/penalties.py says how they are used.
#   bond       for each bond cut: "C-N" single, "C-N ring" in a ring, "C=O" double, "C:C" aromatic;
#              X is a halogen, * any other element
#   end        for each end of a single bond cut, by what it is and what it is bound to
#   rule       for each rearrangement of rules.toml; "other" for one that is not listed
#   hydrogens  by the kind of piece; 13 columns from -6 to +6 hydrogens beyond the expected
#   site       row: best place for the charge in the molecule, column: in the piece
#              (positive: basicity, negative: acidity, each from none to strong)
#   radical    for an ion with an unpaired electron
# A fragment whose penalty is above `most` explains nothing.
"""


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--molecules", type=int, default=3000)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=resources() / PENALTIES_FILE)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    measured = spectra(
        options.data,
        options.molecules,
        options.seed,
        held_out=False,
        weakest=0.005,
        may_ship=True,
        each=options.each,
    )
    text = [HEAD, f"most = {MOST_PENALTY}\n"]
    for mode, sign in enumerate((1, -1)):
        of_mode = [one for one in measured if one.adduct.charge * sign > 0]
        samples = [one for one in (sample(one, rng) for one in of_mode) if one is not None]
        text += lines(fit(samples, options.steps), uses(samples), mode)
    options.out.write_text("\n".join(text), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
