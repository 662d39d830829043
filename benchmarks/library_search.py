"""What the nearest-neighbour baselines are worth on unseen molecules, and what a query takes.

Usage: python benchmarks/library_search.py DATA_FOLDER [--molecules 450] [--seed 1] [--most 2000]

DATA_FOLDER holds massbank_ms2.parquet. Its high-resolution spectra whose precursor fits the adduct
are built into a library; the spectra of some molecules are the queries, and those molecules are
left out of the library while it is asked. Two splits: molecules at random, and whole scaffolds (no
molecule of a query's scaffold is left in the library; acyclic ones are grouped by formula).

Printed for each: coverage (queries with a same-formula spectrum in the library), the paper's
baseline on covered queries, both baselines on covered queries, and both on all (the paper's with
the fall-back to any formula), as mean Jaccard by spectrum and by molecule; then times beside a
sparse matrix product and beside Flash entropy search.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from ms_entropy import FlashEntropySearch, clean_spectrum
from rdkit.Chem.Scaffolds import MurckoScaffold
from scipy import sparse

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.molecule import unpack
from msgui.errors import MsguiError
from msgui.library.build import build_library
from msgui.library.search import search
from msgui.library.store import Library
from msgui.library.vectors import STRONG_BINS, strong_entries
from msgui.prediction.neighbours import BaselinePrediction, paper_baseline, strong_baseline

PRECURSOR_PPM = 15.0
LARGEST_SCAFFOLD = 100
PEER_QUERIES = 100


@dataclass(frozen=True)
class Scores:
    """Jaccard of each query, whether it was covered, and its molecule."""

    paper: np.ndarray
    strong: np.ndarray
    covered: np.ndarray
    molecule: np.ndarray


def fitting_rows(path: Path, target: Path) -> None:
    """Write the high-resolution rows whose precursor is within 15 ppm of the adduct's."""
    table = pq.read_table(path)
    columns = table.select(["high_res", "adduct", "exact_mass", "precursor_mz"]).to_pydict()
    adducts: dict[str | None, object] = {}
    keep = []
    for high, name, mass, precursor in zip(*columns.values(), strict=True):
        if name not in adducts:
            try:
                adducts[name] = parse_adduct(name or "")
            except MsguiError:
                adducts[name] = None
        adduct = adducts[name]
        fits = bool(high) and adduct is not None and mass is not None and precursor is not None
        # Records give the mass of a permanent cation without its electron; both are accepted.
        keep.append(fits and abs(precursor / adduct.mz(mass) - 1) * 1e6 <= PRECURSOR_PPM)
    pq.write_table(table.filter(pa.array(keep)), target)


def drawn(library: Library, count: int, seed: int) -> dict[str, np.ndarray]:
    """Return the numbers of the test molecules of both splits."""
    usable = np.flatnonzero(library.has_structure)
    generator = np.random.default_rng(seed)
    scaffolds = [scaffold_of(library, number) for number in usable]
    groups: dict[str, list[int]] = {}
    for number, scaffold in zip(usable, scaffolds, strict=True):
        groups.setdefault(scaffold, []).append(int(number))
    chosen: list[int] = []
    for scaffold in generator.permutation(sorted(groups)):
        if len(groups[scaffold]) <= LARGEST_SCAFFOLD and len(chosen) < count:
            chosen += groups[scaffold]
    return {
        "molecule": generator.choice(usable, min(count, usable.size), replace=False),
        "scaffold": np.array(chosen),
    }


def scaffold_of(library: Library, number: int) -> str:
    """Return the Murcko scaffold; acyclic molecules are grouped by formula."""
    molecule = library.molecule(int(number))
    scaffold = MurckoScaffold.MurckoScaffoldSmiles(molecule.smiles)
    return scaffold or f"acyclic {molecule.formula}"


def jaccard(prediction: BaselinePrediction, truth: np.ndarray) -> float:
    """Return |A and B| / |A or B| of predicted and true bits."""
    union = np.count_nonzero(prediction.bits | truth)
    return np.count_nonzero(prediction.bits & truth) / union if union else 0.0


def evaluate(library: Library, molecules: np.ndarray, rows: np.ndarray) -> Scores:
    """Return the scores of both baselines on these rows, their molecules left out."""
    exclude = frozenset(library.molecule(int(number)).inchikey14 for number in molecules)
    paper, strong, covered = [], [], []
    for row in rows:
        number = int(library.molecule_of_row[row])
        spectrum, formula = library.spectrum(int(row)), library.molecule(number).formula
        truth = unpack(library.fingerprints[number]).astype(bool)
        one = paper_baseline(spectrum, library, formula, exclude=exclude)
        paper.append(jaccard(one, truth))
        covered.append(one.covered)
        strong.append(jaccard(strong_baseline(spectrum, library, formula, exclude=exclude), truth))
    return Scores(
        np.array(paper), np.array(strong), np.array(covered), library.molecule_of_row[rows]
    )


def means(values: np.ndarray, molecules: np.ndarray) -> str:
    """Return the mean over spectra and the mean over molecules."""
    if not values.size:
        return "  -     -  "
    _, which = np.unique(molecules, return_inverse=True)
    by_molecule = np.bincount(which, values) / np.bincount(which)
    return f"{values.mean():.3f} {by_molecule.mean():.3f}"


def report(split: str, scores: Scores) -> None:
    """Print one split."""
    covered, molecule = scores.covered, scores.molecule
    print(
        f"{split}: {covered.size:,} spectra of {np.unique(molecule).size} molecules; covered "
        f"{covered.mean():.1%}    (Jaccard by spectrum, by molecule)"
    )
    for title, values in (("paper's baseline", scores.paper), ("strong baseline", scores.strong)):
        on_covered = means(values[covered], molecule[covered])
        fall_back = " with fall-back" if "paper" in title else ""
        print(
            f"  {title:<18} on covered {on_covered}    on all{fall_back} {means(values, molecule)}"
        )


def timed(name: str, query: Callable[[int], object], rows: np.ndarray) -> float:
    """Print and return the median time of a query in milliseconds."""
    query(int(rows[0]))
    times = []
    for row in rows:
        start = time.perf_counter()
        query(int(row))
        times.append((time.perf_counter() - start) * 1e3)
    print(f"  {name:<44} median {np.median(times):7.2f}  95 % {np.percentile(times, 95):7.2f} ms")
    return float(np.median(times))


def compare_times(library: Library, rows: np.ndarray) -> None:
    """Print the times of queries beside those of two peers."""
    print(f"times of a query among {len(library):,} spectra")

    def formula_of(row: int) -> str:
        return library.molecule(int(library.molecule_of_row[row])).formula

    own = timed(
        "strong baseline, all of it",
        lambda row: strong_baseline(library.spectrum(row), library, formula_of(row)),
        rows,
    )
    timed(
        "paper's baseline, all of it",
        lambda row: paper_baseline(library.spectrum(row), library, formula_of(row)),
        rows,
    )
    timed("search, identity", lambda row: search(library.spectrum(row), library), rows)
    timed("search, analog", lambda row: search(library.spectrum(row), library, "analog"), rows)
    matrix = sparse.vstack(list(sparse_parts(library))).tocsr()
    peer = timed(
        "peer: sparse matrix product (SciPy), cosines only",
        lambda row: (matrix @ matrix[row].T).toarray(),
        rows[:PEER_QUERIES],
    )
    entropy = entropy_search(library)
    flash = timed(
        "peer: Flash entropy search (ms_entropy), open",
        lambda row: entropy.open_search(
            peaks=peaks_of(library, row),
            ms2_tolerance_in_da=0.02,
        ),
        rows[:PEER_QUERIES],
    )
    print(
        f"  sparse product : strong baseline = {peer / own:.1f} : 1, "
        f"Flash entropy : strong baseline = {flash / own:.1f} : 1"
    )


def peaks_of(library: Library, row: int) -> np.ndarray:
    """Return the peaks of a spectrum as ms_entropy wants them."""
    return clean_spectrum(np.stack(library.peaks(row), axis=1), min_ms2_difference_in_da=0.05)


def entropy_search(library: Library) -> FlashEntropySearch:
    """Return the peer's index over the same spectra."""
    index = FlashEntropySearch(max_ms2_tolerance_in_da=0.02)
    index.build_index(
        [
            {"precursor_mz": float(library.precursor_mz[row]), "peaks": peaks_of(library, row)}
            for row in range(len(library))
        ],
        clean_spectra=False,
    )
    return index


def sparse_parts(library: Library) -> Iterator[sparse.csr_matrix]:
    """Yield the strong vectors of all spectra as matrices."""
    for first in range(0, len(library), 5000):
        last = min(first + 5000, len(library))
        peaks = [library.peaks(row) for row in range(first, last)]
        offsets = np.concatenate([[0], np.cumsum([len(mz) for mz, _ in peaks])])
        entries = strong_entries(
            offsets,
            np.concatenate([mz for mz, _ in peaks]),
            np.concatenate([intensity for _, intensity in peaks]),
            library.precursor_mz[first:last],
        )
        yield sparse.csr_matrix(
            (entries.value, (entries.row, entries.bin)), shape=(last - first, STRONG_BINS)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--molecules", type=int, default=450, help="test molecules of a split")
    parser.add_argument("--most", type=int, default=2000, help="test spectra of a split")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fitting_rows(options.data / "massbank_ms2.parquet", folder / "spectra.parquet")
        start = time.perf_counter()
        for _ in build_library([folder / "spectra.parquet"], folder / "library"):
            pass
        print(f"building the library: {time.perf_counter() - start:.1f} s")
        library = Library.open(folder / "library")
        info = library.info()
        print(f"{info.spectra:,} spectra of {info.molecules:,} molecules")
        generator = np.random.default_rng(options.seed)
        for split, molecules in drawn(library, options.molecules, options.seed).items():
            rows = library.rows_of(np.sort(molecules))
            if rows.size > options.most:
                rows = np.sort(generator.choice(rows, options.most, replace=False))
            report(split, evaluate(library, molecules, rows))
        rows = generator.choice(len(library), 300, replace=False)
        compare_times(library, rows)


if __name__ == "__main__":
    main()
