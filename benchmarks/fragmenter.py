"""Speed of the fragmenter and what plain explanation is worth, on measured spectra.

Usage: python benchmarks/fragmenter.py DATA_FOLDER [--queries 300] [--seed 1]

DATA_FOLDER holds massbank_ms2.parquet and structures.parquet. Prints, in one run:

- candidates per second at two and three bonds for molecules of about 30 heavy atoms, SMILES
  parsing included, beside a plain Python enumeration of the same fragments; what a list of 250
  takes, and 200 that were read before, as after a decision about a peak;
- what molecules take that are hard to break;
- top-1, top-5 and mean reciprocal rank of plain explanation among same-formula candidates (ties at
  their expected rank), beside the expectation of random order;
- coverage of the true structures beside the median of their isomers and beside peaks shifted at
  random.
"""

import argparse
import itertools
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from msgui.chemistry.adducts import parse_adduct
from msgui.errors import MsguiError
from msgui.fragments import graph
from msgui.fragments.annotate import warm_up
from msgui.fragments.enumerate import rearranged_fragments_of
from msgui.fragments.scoring import CandidateScores, score_candidates

TOLERANCE_PPM = 10.0
MOST_CANDIDATES = 1000


@dataclass(frozen=True)
class Query:
    """A measured spectrum with its isomers; the first candidate is the truth."""

    mz: np.ndarray
    intensity: np.ndarray
    precursor_mz: float
    adduct: str
    smiles: list[str]


def load_queries(folder: Path, count: int, seed: int) -> list[Query]:
    """Return spectra of different molecules, each with at least two same-formula candidates."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select inchikey14, formula, adduct, precursor_mz, mz, intensity
            from read_parquet(?)
            where high_res and adduct in ('[M+H]+', '[M-H]-') and n_peaks >= 3
            qualify row_number() over (
                partition by inchikey14 order by hash(accession || ?), accession) = 1
            order by inchikey14
            """,
            [str(folder / "massbank_ms2.parquet"), str(seed)],
        ).fetchall()
        order = np.random.default_rng(seed).permutation(len(rows))
        wanted = {rows[i][1] for i in order[: 2 * count]}
        pools: dict[str, list[tuple[str, str]]] = {}
        isomers = connection.execute(
            """select formula, inchikey14, smiles from read_parquet(?)
               where formula in (select unnest(?)) order by inchikey14""",
            [str(folder / "structures.parquet"), list(wanted)],
        )
        for formula, key, smiles in isomers.fetchall():
            pools.setdefault(formula, []).append((key, smiles))
    queries = []
    for key, formula, adduct, precursor_mz, mz, intensity in (rows[i] for i in order[: 2 * count]):
        pool = sorted(pools.get(formula, ()), key=lambda pair: pair[0] != key)[:MOST_CANDIDATES]
        if len(pool) < 2 or pool[0][0] != key or len(queries) == count:
            continue
        peaks = np.array(mz), np.array(intensity, dtype=float)
        strong = peaks[1] >= 0.001 * peaks[1].max()
        queries.append(
            Query(
                peaks[0][strong], peaks[1][strong], precursor_mz, adduct, [smi for _, smi in pool]
            )
        )
    return queries


def score(query: Query, max_bonds: int, shift: np.ndarray | float = 0.0) -> CandidateScores:
    """Return the scores of a query's candidates, its peaks moved by ``shift``."""
    mz = query.mz + shift
    order = np.argsort(mz)
    return score_candidates(
        mz[order],
        query.intensity[order],
        query.smiles,
        parse_adduct(query.adduct),
        TOLERANCE_PPM,
        query.precursor_mz,
        max_bonds,
    )


def rank_of_truth(values: np.ndarray) -> tuple[float, float, float]:
    """Return chance of rank 1, chance of rank <= 5 and expected reciprocal rank of the first."""
    values = np.round(values, 9)
    above, tied = int((values > values[0]).sum()), int((values == values[0]).sum())
    ranks = above + 1 + np.arange(tied)
    return float((ranks == 1).mean()), float((ranks <= 5).mean()), float((1 / ranks).mean())


def print_ranking(queries: list[Query]) -> None:
    """Print how well plain explanation finds the truth, and its coverage with controls."""
    rng = np.random.default_rng(0)
    rows, sizes, coverage, isomers, control = [], [], [], [], []
    for query in queries:
        scores = score(query, 2)
        if not scores.peaks:
            continue
        rows.append(rank_of_truth(scores.score))
        sizes.append(len(query.smiles))
        coverage.append((scores.explained_peaks[0] / scores.peaks, scores.explained_intensity[0]))
        isomers.append(np.median(scores.explained_intensity))
        moved = rng.uniform(0.1, 0.4, query.mz.size) * rng.choice([-1, 1], query.mz.size)
        single = Query(
            query.mz, query.intensity, query.precursor_mz, query.adduct, query.smiles[:1]
        )
        shifted = score(single, 2, moved)
        if shifted.peaks:
            control.append(
                (shifted.explained_peaks[0] / shifted.peaks, shifted.explained_intensity[0])
            )
    found, size = np.array(rows), np.array(sizes)
    for least in (2, 10):
        chosen = size >= least
        middle = np.median(size[chosen])
        print(
            f"{chosen.sum()} queries with >= {least} candidates (median {middle:.0f}):"
            f" top-1 {found[chosen, 0].mean():.3f} (random order {np.mean(1 / size[chosen]):.3f}),"
            f" top-5 {found[chosen, 1].mean():.3f}"
            f" ({np.mean(np.minimum(1, 5 / size[chosen])):.3f}),"
            f" MRR {found[chosen, 2].mean():.3f}"
        )
    peaks, intensity = np.mean(coverage, axis=0)
    off_peaks, off_intensity = np.mean(control, axis=0)
    print(
        f"true structures explain {peaks:.1%} of peaks and {intensity:.1%} of intensity; "
        f"median isomer {np.mean(isomers):.1%} of intensity; "
        f"peaks shifted by .1 to .4 Da: {off_peaks:.1%} and {off_intensity:.1%}"
    )


def plain_python_fragments(smiles: str) -> set[frozenset[int]]:
    """Return the pieces at two bonds by walking the molecule once for each set of cuts."""
    molecule = graph.parse(smiles)
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
    found = set()
    for cuts in itertools.chain.from_iterable(
        itertools.combinations(range(len(bonds)), size) for size in range(3)
    ):
        near: dict[int, list[int]] = {atom: [] for atom in range(molecule.GetNumAtoms())}
        for index, (a, b) in enumerate(bonds):
            if index not in cuts:
                near[a].append(b)
                near[b].append(a)
        left = set(near)
        while left:
            piece, stack = set(), [min(left)]
            while stack:
                atom = stack.pop()
                if atom not in piece:
                    piece.add(atom)
                    stack.extend(near[atom])
            left -= piece
            found.add(frozenset(piece))
    return found


def heavy_atoms(smiles: str) -> int:
    """Return the number of heavy atoms, 0 when the SMILES cannot be read."""
    try:
        return graph.parse(smiles).GetNumAtoms()
    except MsguiError:
        return 0


def print_speed(folder: Path) -> None:
    """Print candidates per second for real molecules of 29 to 31 heavy atoms."""
    with duckdb.connect() as connection:
        smiles = [
            row[0]
            for row in connection.execute(
                """select smiles from read_parquet(?) where exact_mass between 395 and 440
                   order by hash(inchikey14) limit 6000""",
                [str(folder / "structures.parquet")],
            ).fetchall()
        ]
    chosen = [text for text in smiles if 29 <= heavy_atoms(text) <= 31][:2000]
    mz = np.sort(np.random.default_rng(3).uniform(50, 400, 40))
    height = np.ones(mz.size)
    protonated = parse_adduct("[M+H]+")
    for max_bonds in (2, 3):
        for name in ("with parsing", "parsed before"):
            if name == "with parsing":
                graph.forget_graphs()
            started = time.perf_counter()
            score_candidates(mz, height, chosen, protonated, TOLERANCE_PPM, 420.0, max_bonds)
            rate = len(chosen) / (time.perf_counter() - started)
            print(f"{max_bonds} bonds, {name}: {rate:,.0f} candidates/s, two threads")
    for name, count in (("250 candidates, three bonds, first time", 250), ("200, again", 200)):
        if count == 250:
            graph.forget_graphs()
        started, used = time.perf_counter(), time.process_time()
        score_candidates(mz, height, chosen[:count], protonated, TOLERANCE_PPM, 420.0, 3)
        milliseconds = 1000 * (time.perf_counter() - started)
        processor = 1000 * (time.process_time() - used)
        print(f"{name}: {milliseconds:.0f} ms ({processor:.0f} ms of the processors)")
    started = time.perf_counter()
    for text in chosen[:20]:
        plain_python_fragments(text)
    rate = 20 / (time.perf_counter() - started)
    print(f"2 bonds, plain Python enumeration without matching: {rate:,.0f} candidates/s")


FULLERENE = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1"
    "c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41"
)
ARM = "CCC(=O)NCCN"
HARD = {
    "fullerene C60": FULLERENE,
    "dendrimer": f"C(CN({ARM}({ARM}){ARM}){ARM}({ARM}){ARM})N({ARM}){ARM}",
    "chain of 24 glycines": "NCC(=O)" * 24 + "O",
    "chain of 49 alanines": "NC(C)C(=O)" * 49 + "O",
    "2,000 carbons": "C" * 2000,
}


def print_hardest() -> None:
    """Print what molecules take that have many rings, many ends or many atoms."""
    for name, smiles in HARD.items():
        started, used = time.perf_counter(), time.process_time()
        try:
            found = rearranged_fragments_of(smiles, 3)
        except MsguiError as error:
            print(f"{name}: {error.cause}")
            continue
        seconds, processor = time.perf_counter() - started, time.process_time() - used
        size = sum(v.nbytes for v in vars(found).values() if isinstance(v, np.ndarray)) / 1e6
        print(
            f"{name}, {heavy_atoms(smiles)} atoms: {len(found):,} pieces in {seconds:.2f} s "
            f"({processor:.2f} s of the processor), {size:.0f} MB"
        )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warm_up()
    print_speed(arguments.data)
    print_hardest()
    print_ranking(load_queries(arguments.data, arguments.queries, arguments.seed))


if __name__ == "__main__":
    main()
