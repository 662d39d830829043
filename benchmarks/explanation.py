"""What fragments explain: coverage of true structures with its control, and ranking by it alone.

Usage: python benchmarks/explanation.py DATA_FOLDER [--molecules 500] [--queries 600] [--seed 1]

DATA_FOLDER holds massbank_ms2.parquet and structures.parquet. Every molecule measured here has a
scaffold that the penalties were not fitted on (benchmarks/fit_fragmentation.py). Prints

- the share of intensity and of peaks (>= 1 %, precursor excluded, 10 ppm) that the true structure
  explains, and the share of the same peaks explained after a shift of .1 to .4 Da, for two bonds,
  three bonds, with rearrangements, and within the learned limit of the penalty;
- where the true structure stands among all structures of its formula by explanation alone: top-1,
  top-10, mean reciprocal rank (ties at their expected rank), beside plain MetFrag scoring and
  random order; once with one penalty for all places of the charge, to show what the place gives.
"""

import argparse
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np
from fragment_spectra import Measured, isomers, spectra
from metfrag import metfrag_scores

from msgui.errors import MsguiError
from msgui.fragments import scoring
from msgui.fragments.annotate import hits_of, warm_up
from msgui.fragments.enumerate import FragmentSet, rearranged_fragments_of
from msgui.fragments.penalties import WAYS, Penalties, penalties
from msgui.fragments.scoring import score_candidates

TOLERANCE_PPM = 10.0
COVERAGE_WEAKEST = 0.01
RANKING_WEAKEST = 0.005
MOST_WRONG = 300

NO_RULES = [number for number, way in enumerate(WAYS) if "rule" not in way]
METHODS: dict[str, tuple[list[int], bool]] = {
    "two bonds": (NO_RULES[:3], False),
    "three bonds": (NO_RULES, False),
    "three bonds, rearrangements": (list(range(len(WAYS))), False),
    "the same, penalty within the limit": (list(range(len(WAYS))), True),
}


def explained(mz: np.ndarray, found: FragmentSet, one: Measured, method: str) -> np.ndarray:
    """Return which peaks a method explains."""
    ways, limited = METHODS[method]
    hits = hits_of(mz, found, one.adduct, TOLERANCE_PPM, penalties().most if limited else np.inf)
    result = np.zeros(mz.size, bool)
    result[hits.peak[np.isin(found.way[hits.piece], ways)]] = True
    return result


def print_coverage(folder: Path, count: int, seed: int) -> None:
    """Print what true structures explain, and what is explained by chance."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list[tuple[float, float, int, int]]] = {method: [] for method in METHODS}
    for one in spectra(folder, count, seed, held_out=True, weakest=COVERAGE_WEAKEST):
        try:
            found = rearranged_fragments_of(one.smiles, 3, 0 if one.adduct.charge > 0 else 1)
        except MsguiError:
            continue
        share = one.intensity / one.intensity.sum()
        away = rng.uniform(0.1, 0.4, one.mz.size) * rng.choice([-1, 1], one.mz.size)
        for method, row in rows.items():
            hit = explained(one.mz, found, one, method)
            false = explained(one.mz + away, found, one, method)
            row.append((share[hit].sum(), hit.mean(), int(false.sum()), false.size))
    print(
        f"{len(rows['two bonds'])} spectra of as many molecules, none of them nor their scaffolds "
        f"fitted on; peaks >= {COVERAGE_WEAKEST:.0%}, precursor excluded, {TOLERANCE_PPM:.0f} ppm"
    )
    print(f"{'true structures':36}  intensity   peaks  shifted peaks")
    for method, row in rows.items():
        values = np.array(row)
        print(
            f"{method:36}  {values[:, 0].mean():9.1%}  {values[:, 1].mean():6.1%}  "
            f"{values[:, 2].sum() / values[:, 3].sum():13.2%}"
        )


def places(score: np.ndarray) -> tuple[float, float, float]:
    """Return chance of rank 1 and of rank <= 10 and expected reciprocal rank of the first."""
    values = np.round(score, 9)
    above, tied = int((values > values[0]).sum()), int((values == values[0]).sum())
    ranks = above + 1 + np.arange(tied)
    return float((ranks == 1).mean()), float((ranks <= 10).mean()), float((1 / ranks).mean())


@cache
def charge_anywhere() -> Penalties:
    """Return the penalties with one value for all places of the charge, the mean of each mode."""
    table = penalties()
    possible = np.tril(np.ones(table.site.shape[1:], bool))
    site = np.empty_like(table.site)
    site[:] = table.site[:, possible].mean(axis=1)[:, None, None]
    return replace(table, site=site)


def rankings(one: Measured, smiles: list[str]) -> dict[str, np.ndarray]:
    """Return the scores of a list of candidates by each method."""

    def scored(max_bonds: int) -> np.ndarray:
        return score_candidates(
            one.mz, one.intensity, smiles, one.adduct, TOLERANCE_PPM, one.precursor_mz, max_bonds
        ).score

    with patch.object(scoring, "penalties", charge_anywhere):
        without_site = scored(3)
    return {
        "plain MetFrag": metfrag_scores(
            one.mz,
            one.intensity,
            smiles,
            one.adduct,
            TOLERANCE_PPM,
            one.adduct.neutral_mass(one.precursor_mz),
        ),
        "explanation, two bonds": scored(2),
        "explanation, three bonds": scored(3),
        "the same, charge anywhere": without_site,
    }


def print_ranking(folder: Path, count: int, seed: int) -> None:
    """Print where true structures stand among their isomers."""
    measured = spectra(folder, 3 * count, seed, held_out=True, weakest=RANKING_WEAKEST)
    lists = isomers(folder, measured, MOST_WRONG, seed)
    chosen = [(one, pool) for one, pool in zip(measured, lists, strict=True) if len(pool) > 1]
    found: dict[str, list[tuple[float, float, float]]] = {}
    sizes = []
    for one, smiles in chosen[:count]:
        sizes.append(len(smiles))
        for method, score in rankings(one, smiles).items():
            found.setdefault(method, []).append(places(score))
        found.setdefault("random order", []).append(places(np.zeros(len(smiles))))
    size = np.array(sizes)
    for least in (2, 10):
        rows = size >= least
        print(
            f"\n{rows.sum()} queries with {least} or more candidates of the true formula "
            f"(median {np.median(size[rows]):.0f}, at most {MOST_WRONG} wrong)"
        )
        print(f"{'ranking by':36}  top-1   top-10  reciprocal rank")
        for method, values in found.items():
            first, ten, reciprocal = np.array(values)[rows].mean(axis=0)
            print(f"{method:36}  {first:5.3f}   {ten:6.3f}  {reciprocal:5.3f}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--molecules", type=int, default=500)
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warm_up()
    print_coverage(arguments.data, arguments.molecules, arguments.seed)
    print_ranking(arguments.data, arguments.queries, arguments.seed)


if __name__ == "__main__":
    main()
