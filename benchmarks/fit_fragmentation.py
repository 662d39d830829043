"""Fit the penalties of fragments on measured spectra and write them to a file.

Usage: python benchmarks/fit_fragmentation.py DATA_FOLDER [--molecules 2400] [--out FILE]

Spectra whose licence has neither NC nor ND, of molecules whose scaffold benchmarks/explanation.py
does not measure on. Two steps, each with L-BFGS:

1. Each way in which a piece of the molecule can become an ion (piece, hydrogens) is a source that
   sends signal with a rate exp(-penalty); a peak, counted with the square root of its relative
   intensity, comes from the sources of its mass or, at a small constant rate, from nowhere. The
   penalties are those that make the spectra likeliest (a Poisson process), weakly pulled to plain
   values.
2. The penalties are moved as little as it takes to rank true structures above their isomers (a
   conditional logit of the explanation score). One molecule in ten is kept aside; what the step
   gains there is printed.

Needs scipy (extra "train"). DATA_FOLDER holds massbank_ms2.parquet and structures.parquet.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fragment_ranking_fit import List, candidate_list, parted, print_gain, sharpened
from fragment_spectra import Measured, isomers, spectra
from fragment_terms import (
    BOND,
    END,
    HYDROGENS,
    N_SHIFTS,
    NOTHING,
    RADICAL,
    RULE,
    SITE,
    Sources,
    prior,
    rates,
    summed,
)
from scipy.optimize import minimize

from msgui.errors import MsguiError
from msgui.fragments import kinds
from msgui.fragments.annotate import hits_of
from msgui.fragments.enumerate import rearranged_fragments_of
from msgui.fragments.ions import ion_forms
from msgui.fragments.kernels import HYDROGEN, MAX_SHIFT
from msgui.fragments.penalties import MODES, PENALTIES_FILE, WAYS
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
WRONG_CANDIDATES = 9


@dataclass(frozen=True)
class Sample:
    """What one spectrum says: terms of the sources of each peak and of drawn sources."""

    terms: np.ndarray
    peak: np.ndarray
    value: np.ndarray
    drawn: np.ndarray
    weight: np.ndarray


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


def likeliest(samples: list[Sample], steps: int) -> np.ndarray:
    """Return the penalties that make the spectra likeliest, shape (n_terms + 1,)."""
    sizes = np.array([one.value.size for one in samples])
    first = np.concatenate([[0], np.cumsum(sizes)])
    peak = np.concatenate([one.peak + at for one, at in zip(samples, first[:-1], strict=True)])
    value = np.concatenate([one.value for one in samples])
    seen = np.concatenate([one.terms for one in samples])
    drawn = np.concatenate([one.drawn for one in samples])
    weight = np.concatenate([one.weight for one in samples])
    start = prior()
    pull = np.full(start.size, PULL)
    pull[NOTHING] = 1e6

    def loss(penalty: np.ndarray) -> tuple[float, np.ndarray]:
        rate = rates(seen, penalty)
        total = np.bincount(peak, rate, value.size) + FROM_NOWHERE
        sent = weight * rates(drawn, penalty)
        away = penalty - start
        slope = summed(seen, rate * (value / total)[peak], start.size)
        slope += pull * away - summed(drawn, sent, start.size)
        cost = -(value * np.log(total)).sum() + sent.sum() + 0.5 * (pull * away**2).sum()
        return float(cost), slope

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


def fitted(
    measured: list[Measured], lists: list[list[str]], mode: int, options: argparse.Namespace
) -> list[str]:
    """Return the tables of one mode, fitted in both steps."""
    rng = np.random.default_rng(options.seed)
    samples = [one for one in (sample(one, rng) for one in measured) if one is not None]
    penalty, use = likeliest(samples, options.steps), uses(samples)
    del samples
    offered: list[List] = []
    seen = set()
    for one, smiles in zip(measured, lists, strict=True):
        if len(smiles) > 1 and one.inchikey14 not in seen and len(offered) < options.lists:
            seen.add(one.inchikey14)
            found = candidate_list(one, smiles, penalty)
            if found is not None:
                offered.append(found)
    aside, rest = parted(offered, options.seed)
    trial = sharpened(rest, penalty)
    print_gain(aside, penalty, trial)
    return lines(sharpened(offered, penalty), use, mode)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--molecules", type=int, default=2400)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--lists", type=int, default=700, help="of the second step, each mode")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=resources() / PENALTIES_FILE)
    options = parser.parse_args()
    measured = spectra(
        options.data,
        options.molecules,
        options.seed,
        held_out=False,
        weakest=0.005,
        may_ship=True,
        each=options.each,
    )
    lists = isomers(options.data, measured, WRONG_CANDIDATES, options.seed)
    text = [HEAD, f"most = {MOST_PENALTY}\n"]
    for mode, sign in enumerate((1, -1)):
        rows = [row for row, one in enumerate(measured) if one.adduct.charge * sign > 0]
        text += fitted([measured[row] for row in rows], [lists[row] for row in rows], mode, options)
    options.out.write_text("\n".join(text), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
