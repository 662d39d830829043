"""Fit the weights of the formula score on half of the formulas of MassBank and print them.

Usage: python benchmarks/fit_formula_score.py DATA_FOLDER [--spectra 2500] [--seed 1]

The other half is what benchmarks/formula_ranking.py measures on. The model is a conditional logit:
the probability of each candidate is exp(weights . terms) over the sum of all candidates of its
spectrum. The printed dictionaries go into msgui/chemistry/formula_terms.py and
formula_evidence.py. Needs torch (extra "train").
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import torch
from formula_ranking import FRAGMENT_PPM, Case, cases

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.formula_candidates import formula_candidates
from msgui.chemistry.formula_evidence import (
    EVIDENCE_WEIGHTS,
    SIGMA_SHARE,
    Calibration,
    calibrate,
    chance_terms,
    evidence,
)
from msgui.chemistry.formula_terms import composition, prior_terms
from msgui.chemistry.peak_parts import peak_parts
from msgui.spectra.spectrum import Spectrum

PPM = 5.0
PENALTY = 1e-3
MOST_OFFERED = 1500


@dataclass(frozen=True)
class Group:
    """Candidates of one spectrum: terms, offset of the score, and which one is true."""

    names: tuple[str, ...]
    terms: np.ndarray
    fixed: np.ndarray
    truth: int


def molecules(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Yield known structures without a spectrum, so that the prior is not MassBank's alone."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select distinct formula from read_parquet(?)
            where exact_mass between 80 and 900 and charge = 0
              and formula not in (select formula from read_parquet(?) where formula is not null)
            order by hash(formula || ?) limit ?
            """,
            [
                str(folder / "structures.parquet"),
                str(folder / "massbank_ms2.parquet"),
                str(seed),
                count,
            ],
        ).fetchall()
    random = np.random.default_rng(seed)
    adduct = parse_adduct("[M+H]+")
    for (text,) in rows:
        formula = Formula.parse(text)
        error = float(np.clip(random.normal(0, PPM / 3), -0.98 * PPM, 0.98 * PPM))
        mz = adduct.mz(formula.mass) * (1 + error * 1e-6)
        yield Case(Spectrum(np.zeros(0), np.zeros(0), precursor_mz=mz), formula, adduct, False)


def group_of(case: Case, random: np.random.Generator) -> Group | None:
    """Return the terms of the candidates of a spectrum, or None when there is nothing to learn."""
    mz = case.spectrum.precursor_mz
    found = formula_candidates(mz, case.adduct, PPM)
    if found is None or len(found.counts) < 2:
        return None
    true = np.array(case.formula.counts)[list(found.table.columns)]
    match = np.flatnonzero((found.counts == true).all(axis=1))
    if not match.size:
        return None
    prior = prior_terms(composition(found.counts, found.table.columns))
    names = (*prior, *EVIDENCE_WEIGHTS)
    if not len(case.spectrum):
        nothing = np.zeros((len(found.counts), len(EVIDENCE_WEIGHTS)))
        terms = np.column_stack([np.stack([*prior.values()], axis=1), nothing])
        return chosen(names, terms, found.error_ppm, int(match[0]), random)
    parts = peak_parts(
        case.spectrum, mz, case.adduct.charge, found.table, found.ions, found.columns, FRAGMENT_PPM
    )
    chance = chance_terms(parts, found.ions)
    first = evidence(parts, found.ions, Calibration(0.0, SIGMA_SHARE * FRAGMENT_PPM), chance)
    score = found.prior + first.score
    probability = np.exp(score - score.max())
    calibration = calibrate(first, probability / probability.sum(), FRAGMENT_PPM)
    peaks = evidence(parts, found.ions, calibration, chance).terms
    terms = np.stack([*prior.values(), *(peaks[name] for name in EVIDENCE_WEIGHTS)], axis=1)
    return chosen(names, terms, found.error_ppm, int(match[0]), random)


def chosen(
    names: tuple[str, ...],
    terms: np.ndarray,
    error_ppm: np.ndarray,
    truth: int,
    random: np.random.Generator,
) -> Group:
    """Return a group with a random part of its candidates when there are very many."""
    fixed = -0.5 * (error_ppm / PPM * 3) ** 2
    kept = np.arange(len(terms))
    if len(terms) > MOST_OFFERED:
        kept = random.choice(len(terms), MOST_OFFERED, replace=False)
        kept = np.unique(np.append(kept, truth))
        truth = int(np.searchsorted(kept, truth))
    return Group(names, terms[kept], fixed[kept], truth)


def fit(groups: list[Group]) -> dict[str, float]:
    """Return the weights that make the true formulas most probable."""
    terms = np.concatenate([group.terms for group in groups])
    scale = terms.std(axis=0) + 1e-9
    x = torch.tensor(terms / scale)
    fixed = torch.tensor(np.concatenate([group.fixed for group in groups]))
    sizes = np.array([len(group.terms) for group in groups])
    owner = torch.tensor(np.repeat(np.arange(len(groups)), sizes))
    truth = torch.tensor(np.cumsum(sizes) - sizes + [group.truth for group in groups])
    weights = torch.zeros(x.shape[1], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        score = x @ weights + fixed
        highest = torch.full((len(groups),), -1e9, dtype=torch.double)
        highest = highest.scatter_reduce(0, owner, score, "amax").detach()
        total = torch.zeros(len(groups), dtype=torch.double)
        total = total.scatter_add(0, owner, torch.exp(score - highest[owner]))
        value = (torch.log(total) + highest - score[truth]).mean() + PENALTY * (weights**2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    print(f"mean -log probability of the truth: {loss().item():.4f}")
    return dict(zip(groups[0].names, (weights.detach().numpy() / scale).tolist(), strict=True))


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=2500)
    parser.add_argument("--molecules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    random = np.random.default_rng(options.seed)
    sample = cases(options.folder, options.spectra, options.seed, PPM, (50.0, 900.0), True)
    blind = molecules(options.folder, options.molecules, options.seed)
    groups = [group for case in (*sample, *blind) if (group := group_of(case, random)) is not None]
    print(f"{len(groups)} spectra")
    for name, weight in fit(groups).items():
        print(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    main()
