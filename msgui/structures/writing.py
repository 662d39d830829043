"""Merges standardized rows and writes them as a store; DuckDB sorts on disk what memory cannot."""

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgui.chemistry.formula import ELECTRON_MASS
from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.structures.rows import Row
from msgui.structures.standardizing import Answer
from msgui.structures.store import METADATA_KEY, escape_glob

# Small enough that a mass window reads little, large enough to compress well.
ROW_GROUP: Final = 8192
ROWS_PER_PART: Final = 50_000
POLL_SECONDS: Final = 0.1
COLUMNS: Final = (
    "smiles",
    "inchikey14",
    "formula",
    "exact_mass",
    "name",
    "source",
    "identifier",
    "synonyms",
    "rank",
)
SOURCES_LISTED: Final = 50


class Parts:
    """Rows on their way into a store, as Parquet files in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: list[Path] = []
        self.canonical: list[Path] = []
        self._rows: list[tuple[Any, ...]] = []
        self._count = 0

    def add(self, row: Row, answer: Answer) -> None:
        """Take a row and what it was standardized to."""
        smiles, inchikey14, formula, exact_mass, _ = answer
        source = row.source or Path(row.file).stem
        order = (row.rank << 40) + self._count
        self._count += 1
        self._rows.append(
            (
                smiles,
                inchikey14,
                formula,
                exact_mass,
                row.name,
                source,
                row.identifier,
                row.synonyms,
                order,
            )
        )
        if len(self._rows) >= ROWS_PER_PART:
            self.flush()

    def flush(self) -> None:
        """Write what is in memory."""
        if not self._rows:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = zip(COLUMNS, zip(*self._rows, strict=True), strict=True)
        table = pa.table({name: list(values) for name, values in columns})
        path = self.folder / f"part{len(self.paths)}.parquet"
        try:
            pq.write_table(table, path, compression="zstd", compression_level=1)
        except OSError as fault:
            raise MsguiError(
                f"The store cannot be written: {fault.strerror or fault}.",
                "Free some space on the disk.",
                str(self.folder.parent),
            ) from fault
        self.paths.append(path)
        self._rows = []

    def take(self, path: Path) -> int:
        """Take a whole canonical table and return its number of rows."""
        import pyarrow.parquet as pq

        self.canonical.append(path.absolute())
        return int(pq.read_metadata(path).num_rows)


def write_store(parts: Parts, out: Path, card: Mapping[str, Any]) -> Iterator[Step]:
    """Merge the parts by first InChIKey block, sort by mass, and put the file in place.

    Parameters
    ----------
    parts : Parts
    out : Path
    card : mapping
        What the store says of itself: ``found`` and ``skipped`` rows, and anything else that JSON
        can hold; the number of merged rows and the sources are added.

    Raises
    ------
    MsguiError
        When there is no space, or no permission.
    """
    temporary = parts.folder / "store.parquet"
    connection = _connection(parts.folder)
    try:
        yield from _run(connection, _merge_query(parts), "Merging structures that are the same")
        text = json.dumps(_complete(connection, card), ensure_ascii=True).replace("'", "''")
        yield from _run(
            connection,
            f"COPY (SELECT * FROM merged ORDER BY exact_mass, inchikey14) "
            f"TO '{_quoted(temporary)}' (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {ROW_GROUP}, KV_METADATA {{{METADATA_KEY.decode()}: '{text}'}})",
            "Writing the store",
        )
    finally:
        connection.close()
    try:
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(out)
    except OSError as fault:
        raise MsguiError(
            f"The store cannot be written: {fault.strerror}.", "Choose another place.", str(out)
        ) from fault


def _connection(folder: Path) -> Any:
    import duckdb

    return duckdb.connect(
        config={
            "threads": min(4, os.cpu_count() or 1),
            "temp_directory": str(folder),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def _merge_query(parts: Parts) -> str:
    tables = []
    if parts.paths:
        tables.append(f"SELECT {', '.join(COLUMNS)} FROM read_parquet({_listed(parts.paths)})")
    for index, path in enumerate(parts.canonical, start=1):
        # Rows that were standardized here come first: their rank is below this one.
        tables.append(_canonical_query(path, index << 50))
    # The row of lowest rank speaks for its first block; the name is that of the first named row.
    return f"""
        CREATE TABLE merged AS
        SELECT arg_min(smiles, rank) AS smiles, inchikey14, arg_min(formula, rank) AS formula,
               arg_min(exact_mass, rank) AS exact_mass,
               coalesce(arg_min(name, rank) FILTER (name <> ''), '') AS name,
               coalesce(string_agg(DISTINCT source, '|' ORDER BY source)
                        FILTER (source <> ''), '') AS source,
               coalesce(arg_min(identifier, rank) FILTER (identifier <> ''), '') AS identifier,
               coalesce(arg_min(synonyms, rank) FILTER (synonyms <> ''), '') AS synonyms,
               count(*)::INTEGER AS count
        FROM ({" UNION ALL ".join(tables)})
        WHERE smiles <> '' AND inchikey14 <> '' AND isfinite(exact_mass)
        GROUP BY inchikey14"""


def _canonical_query(path: Path, first: int) -> str:
    import pyarrow.parquet as pq

    present = pq.read_schema(path).names
    columns = [
        "smiles",
        "inchikey14",
        "regexp_replace(formula, '[+-][0-9]*$', '') AS formula",
        # Ions are stored by the mass of their atoms, as everything else here.
        f"exact_mass + {_charge()} * {ELECTRON_MASS!r} AS exact_mass",
    ]
    identifier = next((name for name in ("identifier", "id") if name in present), "")
    texts = {"name": "name", "source": "source", "identifier": identifier, "synonyms": "synonyms"}
    for name, column in texts.items():
        known = bool(column) and column in present
        columns.append(f"{f'CAST({column} AS VARCHAR)' if known else 'NULL'} AS {name}")
    columns.append(f"{first} + row_number() OVER () AS rank")
    return f"SELECT {', '.join(columns)} FROM read_parquet({_listed([path])})"


def _charge() -> str:
    pattern = "'([+-])([0-9]*)$'"
    size = f"coalesce(TRY_CAST(regexp_extract(formula, {pattern}, 2) AS INTEGER), 1)"
    sign = f"regexp_extract(formula, {pattern}, 1)"
    return f"(CASE {sign} WHEN '+' THEN {size} WHEN '-' THEN -{size} ELSE 0 END)"


def _complete(connection: Any, card: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = int(connection.execute("SELECT count(*) FROM merged").fetchone()[0])
    sources = connection.execute(
        "SELECT unnest(string_split(source, '|')) AS s, count(*) FROM merged WHERE source <> '' "
        f"GROUP BY s ORDER BY count(*) DESC, s LIMIT {SOURCES_LISTED}"
    ).fetchall()
    merged = int(card["found"]) - int(card["skipped"]) - kept
    return {**card, "merged": merged, "sources": dict(sources)}


def _run(connection: Any, query: str, what: str) -> Iterator[Step]:
    """Run a long query in a thread, so that it can be cancelled between steps."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            connection.execute(query)
        except BaseException as fault:
            failed.append(fault)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            yield Step(0, 0, what)
            thread.join(POLL_SECONDS)
    finally:
        while thread.is_alive():
            connection.interrupt()
            thread.join(POLL_SECONDS)
    if failed:
        reason = str(failed[0]).splitlines()[0]
        raise MsguiError(
            f"The store could not be written: {reason}", "Check the free space on the disk."
        ) from failed[0]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _listed(paths: Sequence[Path]) -> str:
    return "[" + ", ".join(f"'{_quoted(Path(escape_glob(path)))}'" for path in paths) + "]"
