"""Fit how sure the formula ranking may be, and when no formula of the list is right; print it.

Usage: python benchmarks/fit_formula_probability.py DATA_FOLDER [--seed 3]

Molecules are those of the fitting half that benchmarks/fit_formula_score.py held out. Each is
asked three times: as it is, with a precursor that lies outside the tolerance, and with another
adduct. In the last two no formula of the list is right. The printed numbers go into
msgui/chemistry/formula_ranking.py.
"""

import argparse
from pathlib import Path

import numpy as np
from fit_formula_score import HELD_OUT, hash_fold
from formula_ranking import FRAGMENT_PPM, Case, cases

from msgui.chemistry.adducts import Adduct, likely_adducts
from msgui.chemistry.formula_candidates import formula_candidates
from msgui.chemistry.formula_ranking import Scored, none_terms, score_candidates

PPM = 5.0
# How often no formula of a list is right when spectra come as they are: a guess.
NONE_SHARE = 0.02
PENALTY = 1e-2


def scored(case: Case, adduct: Adduct, shift_ppm: float) -> Scored | None:
    """Return the scored candidates of a case with another adduct or precursor."""
    mz = case.spectrum.precursor_mz * (1 + shift_ppm * 1e-6)
    found = formula_candidates(mz, adduct, PPM)
    if found is None or not len(found.counts):
        return None
    return score_candidates(case.spectrum.with_(precursor_mz=mz), mz, found, FRAGMENT_PPM)


def place_of(case: Case, found: Scored) -> int:
    """Return the row of the right formula, -1 when it is not there."""
    true = np.array(case.formula.counts)[list(found.candidates.table.columns)]
    match = np.flatnonzero((found.candidates.counts == true).all(axis=1))
    return int(match[0]) if match.size else -1


def fitted_temperature(right: list[tuple[np.ndarray, int]]) -> float:
    """Return the factor of the scores that makes the right formulas most probable."""

    def loss(factor: float) -> float:
        total = 0.0
        for score, place in right:
            values = factor * score
            total += np.log(np.exp(values - values.max()).sum()) + values.max() - values[place]
        return total / len(right)

    return float(min(np.arange(0.3, 1.6, 0.02), key=loss))


def fitted_logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weights of a logistic model by Newton's method."""
    scale = x.std(axis=0) + 1e-9
    scale[0] = 1.0
    z = x / scale
    beta = np.zeros(z.shape[1])
    ridge = PENALTY * np.eye(z.shape[1]) * weight.sum()
    ridge[0, 0] = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ beta))
        gradient = z.T @ (weight * (p - y)) + ridge @ beta
        curvature = (z * (weight * p * (1 - p))[:, None]).T @ z + ridge
        beta -= np.linalg.solve(curvature, gradient)
    return beta / scale


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--spectra", type=int, default=4000)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    rows, is_none, right = [], [], []
    for case in cases(options.folder, options.spectra, options.seed, PPM, (50.0, 900.0), True):
        if hash_fold(str(case.formula)) < HELD_OUT:
            continue
        others = [a for a in likely_adducts(case.adduct.polarity) if a.name != case.adduct.name]
        wrong = others[random.integers(len(others))]
        shift = float(random.choice([-1, 1]) * random.uniform(2.5, 8.0) * PPM)
        for adduct, ppm in ((case.adduct, 0.0), (case.adduct, shift), (wrong, 0.0)):
            found = scored(case, adduct, ppm)
            if found is None:
                continue
            place = place_of(case, found) if adduct is case.adduct else -1
            rows.append(none_terms([found], PPM))
            is_none.append(place < 0)
            if place >= 0:
                right.append((found.score, place))
    x, y = np.array(rows), np.array(is_none, dtype=float)
    weight = np.where(y > 0, NONE_SHARE / y.mean(), (1 - NONE_SHARE) / (1 - y.mean()))
    weights = fitted_logistic(x, y, weight)
    value = x @ weights
    pairs = value[y > 0][:, None] > value[y == 0][None]
    print(f"{len(right)} molecules; right and wrong lists told apart: AUC {pairs.mean():.3f}")
    print(f"TEMPERATURE: Final = {fitted_temperature(right):.2f}")
    print(f"NONE_WEIGHTS: Final = np.array({[round(float(w), 3) for w in weights]})")


if __name__ == "__main__":
    main()
