"""Fit how much likelier one adduct is than another before the peaks are looked at; print it.

Usage: python benchmarks/fit_adduct_prior.py DATA_FOLDER [--seed 5] [--most 60]

Molecules are those of the half of formulas that may be fitted on, one spectrum each, records whose
licence has neither NC nor ND. Of the frequent adducts only some spectra are taken, and weighed as
much as all. The weights make formula and adduct of all likely adducts together most probable; few
spectra of an adduct leave it close to how frequent it is (one spectrum added to each). The printed
numbers go into msgui/chemistry/formula_candidates.py.
"""

import argparse
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from formula_ranking import FRAGMENT_PPM, Case, cases

from msgui.chemistry.adducts import Adduct, likely_adducts
from msgui.chemistry.formula_candidates import adduct_weight, formula_candidates
from msgui.chemistry.formula_ranking import TEMPERATURE, score_candidates

PPM = 5.0
MASSES_DA = (50.0, 600.0)
# Spectra that the frequency of an adduct weighs as much as.
PRIOR_SPECTRA = 3.0
STEPS = 300


def log_evidence(case: Case, adduct: Adduct) -> float:
    """Return what speaks for all formulas of an adduct together, without the adduct's weight."""
    mz = case.spectrum.precursor_mz
    found = formula_candidates(mz, adduct, PPM)
    if found is None or not len(found.counts):
        return -np.inf
    score = score_candidates(case.spectrum, mz, found, FRAGMENT_PPM).score
    values = TEMPERATURE * (score - adduct_weight(adduct))
    return float(values.max() + np.log(np.exp(values - values.max()).sum()))


def fitted(
    evidence: np.ndarray, truth: np.ndarray, weight: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return the log weights of the adducts, that of the first 0.

    Parameters
    ----------
    evidence : float64 array, shape (n_cases, n_adducts)
    truth : int64 array, shape (n_cases,)
    weight : float64 array, shape (n_cases,)
    start : float64 array, shape (n_adducts,)
        Log frequencies; the fit is drawn to them.
    """
    logits = start.copy()
    right = np.eye(start.size)[truth]
    for _ in range(STEPS):
        values = evidence + logits
        share = np.exp(values - values.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        gradient = (weight[:, None] * (share - right)).sum(axis=0)
        gradient += PRIOR_SPECTRA * (logits - start)
        curvature = (weight[:, None] * share * (1 - share)).sum(axis=0) + PRIOR_SPECTRA
        logits -= 0.5 * gradient / curvature
    return (logits - logits[0]) / TEMPERATURE


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--most", type=int, default=60, help="spectra of one adduct")
    options = parser.parse_args()
    every = list(cases(options.folder, 10**6, options.seed, PPM, MASSES_DA, fitting=True))
    for polarity in ("positive", "negative"):
        usual = likely_adducts(polarity)
        of_adduct: dict[Adduct, list[Case]] = defaultdict(list)
        for case in every:
            if case.adduct in usual:
                of_adduct[case.adduct].append(case)
        number = Counter({adduct: len(of_adduct[adduct]) for adduct in usual})
        rows, truth, weight = [], [], []
        for place, adduct in enumerate(usual):
            most = options.most * (4 if place == 0 else 1)
            chosen = of_adduct[adduct][:most]
            for case in chosen:
                rows.append([log_evidence(case, other) for other in usual])
                truth.append(place)
                weight.append(number[adduct] / len(chosen))
        start = np.log(np.array([number[adduct] + 1.0 for adduct in usual]))
        found = fitted(np.array(rows), np.array(truth), np.array(weight), start - start[0])
        print(f"{polarity}: {len(rows)} spectra, each of another molecule")
        for adduct, value, log_frequency in zip(usual, found, start - start[0], strict=True):
            print(
                f"  {adduct.name:14} {value:6.2f}   of {number[adduct]} molecules"
                f" (log frequency {log_frequency:5.2f})"
            )


if __name__ == "__main__":
    main()
