"""Time of a candidate lookup, by formula and by mass, beside an indexed SQLite table.

Usage: python benchmarks/structure_lookup.py DATA_FOLDER [--queries 200] [--seed 1]

DATA_FOLDER holds massbank_ms2.parquet (the queries) and structures.parquet (the candidates). Prints
median, 95th percentile and longest time of a lookup: in the Parquet file as it is, in the store
that ``msgui structures build`` makes of it, from eight threads at once, and in SQLite with an index
on formula and on mass; then the time of building the store, and of the default store.
"""

import argparse
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from msgui.structures.build import build_store
from msgui.structures.default import default_store
from msgui.structures.store import StructureStore

PPM = 10.0
THREADS = 8


def draw_queries(path: Path, count: int, seed: int) -> list[tuple[str, float]]:
    """Return formula and exact mass of molecules drawn at random, each molecule once."""
    table = pq.read_table(path, columns=["inchikey14", "formula", "exact_mass"]).to_pylist()
    molecules = {row["inchikey14"]: (row["formula"], row["exact_mass"]) for row in table}
    molecules.pop(None, None)
    keys = sorted(molecules)
    chosen = np.random.default_rng(seed).choice(len(keys), min(count, len(keys)), replace=False)
    return [molecules[keys[index]] for index in chosen]


def measure(
    name: str, look_up: Callable[[str, float], int], queries: Sequence[tuple[str, float]]
) -> float:
    """Print the times of lookups and return the median in milliseconds."""
    look_up(*queries[0])
    times, found = [], []
    for formula, mass in queries:
        start = time.perf_counter()
        found.append(look_up(formula, mass))
        times.append((time.perf_counter() - start) * 1e3)
    middle, high = np.percentile(times, [50, 95])
    print(
        f"{name:<44} median {middle:6.1f}  95 % {high:6.1f}  longest {max(times):6.1f} ms   "
        f"median {np.median(found):.0f} structures"
    )
    return float(middle)


def sqlite_copy(source: Path, target: Path) -> sqlite3.Connection:
    """Return the same structures in SQLite with an index on formula and on mass."""
    connection = sqlite3.connect(target)
    connection.execute("CREATE TABLE s (smiles, inchikey14, formula, exact_mass, name, source)")
    columns = ["smiles", "inchikey14", "formula", "exact_mass", "name", "source"]
    for batch in pq.ParquetFile(source).iter_batches(50_000, columns=columns):
        rows = zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
        connection.executemany("INSERT INTO s VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute("CREATE INDEX by_formula ON s (formula)")
    connection.execute("CREATE INDEX by_mass ON s (exact_mass)")
    connection.commit()
    return connection


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    queries = draw_queries(options.data / "massbank_ms2.parquet", options.queries, options.seed)
    source = options.data / "structures.parquet"

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        for _ in build_store([source], folder / "store.parquet"):
            pass
        print(f"building the store: {time.perf_counter() - start:.1f} s")
        stores = {
            "Parquet as it is": StructureStore.open(source),
            "built store": StructureStore.open(folder / "store.parquet"),
        }
        print(f"{len(stores['built store']):,} structures, {len(queries)} queries")
        medians = {}
        for title, store in stores.items():
            medians[title] = measure(
                f"{title}, by formula", lambda f, _, s=store: len(s.by_formula(f)), queries
            )
            measure(f"{title}, by mass", lambda _, m, s=store: len(s.by_mass(m, PPM)), queries)
        store = stores["built store"]
        start = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda query: store.by_formula(query[0]), queries))
        each = (time.perf_counter() - start) / len(queries) * 1e3
        print(f"{f'built store, {THREADS} threads, by formula':<44} {each:.1f} ms a lookup")

        peer = sqlite_copy(source, folder / "peer.sqlite")
        by_formula = "SELECT * FROM s WHERE formula = ?"
        by_mass = "SELECT * FROM s WHERE exact_mass BETWEEN ? AND ?"
        median = measure(
            "SQLite with indexes, by formula",
            lambda f, _: len(peer.execute(by_formula, [f]).fetchall()),
            queries,
        )
        measure(
            "SQLite with indexes, by mass",
            lambda _, m: len(
                peer.execute(by_mass, [m * (1 - PPM * 1e-6), m * (1 + PPM * 1e-6)]).fetchall()
            ),
            queries,
        )
        sizes = {
            "store": (folder / "store.parquet").stat().st_size,
            "SQLite": (folder / "peer.sqlite").stat().st_size,
        }
        peer.close()
        print(
            f"by formula, built store : SQLite = {medians['built store'] / median:.1f} : 1; on "
            f"disk 1 : {sizes['SQLite'] / sizes['store']:.1f}"
        )

        os.environ["MSGUI_DATA"] = str(folder / "data")
        start = time.perf_counter()
        for _ in default_store():
            pass
        print(f"building the default store: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
