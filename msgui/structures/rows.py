"""Rows of structure files, whatever the format: one structure as it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.spectra.source import Source
from msgui.structures.tables import TableRow, name_columns, read_table

PARQUET_MAGIC: Final = b"PAR1"
PARQUET_ROWS: Final = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """One structure of a file, before anything was done to it.

    Parameters
    ----------
    smiles : str
        As written; empty when there is a ``molblock``.
    name, source, identifier : str
    synonyms : str
        Other names, with "; " between them.
    file, where : str
        Where a person finds it ("line 12").
    inchikey14 : str
        What the file says the first InChIKey block is; trusted only by the default store.
    formula : str
    exact_mass : float or None
        What the file says; checked against the structure.
    molblock : str
        The connection table of an SDF record.
    rank : int
        Of rows with the same structure, the name of the one with the lowest rank is kept.
    """

    smiles: str
    name: str = ""
    source: str = ""
    identifier: str = ""
    synonyms: str = ""
    file: str = ""
    where: str = ""
    inchikey14: str = ""
    formula: str = ""
    exact_mass: float | None = None
    molblock: str = ""
    rank: int = 0


def read_rows(path: str | Path) -> Iterator[Step | Row | Problem]:
    """Yield the structures of a CSV, TSV, SMILES, SDF or Parquet file, problems, and steps.

    The format is recognised by content; text may be gzip.

    Raises
    ------
    MsguiError
        When the file cannot be read at all or has no SMILES.
    """
    path = Path(path)
    source = Source(path)
    if source.raw_head.startswith(PARQUET_MAGIC):
        yield from _read_parquet(path)
    elif b"M  END" in source.head or b"\n$$$$" in source.head:
        from msgui.structures.sdf import read_sdf

        yield from read_sdf(source)
    else:
        for event in read_table(source, ["smiles"]):
            yield _row(event, source.name) if isinstance(event, TableRow) else event


def _row(row: TableRow, file: str) -> Row:
    values = row.values
    return Row(
        smiles=values["smiles"],
        name=values.get("name", ""),
        source=values.get("source", ""),
        identifier=values.get("identifier", ""),
        synonyms=values.get("synonyms", ""),
        file=file,
        where=f"line {row.line}",
        formula=values.get("formula", ""),
        exact_mass=number(values.get("exact_mass", "")),
    )


def number(text: str) -> float | None:
    """Return a number written with a point or a comma, or None."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _read_parquet(path: Path) -> Iterator[Step | Row | Problem]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            header = file.schema_arrow.names
            columns = name_columns(header)
            if "smiles" not in columns:
                raise MsguiError(
                    f"There is no column smiles; there are {', '.join(header)[:200]}.",
                    "Name the column with the structures smiles.",
                    str(path),
                )
            names = {field: header[column] for field, column in columns.items()}
            done, total = 0, file.metadata.num_rows
            for batch in file.iter_batches(PARQUET_ROWS, columns=sorted(set(names.values()))):
                yield Step(done, total, path.name)
                table = {field: batch.column(name).to_pylist() for field, name in names.items()}
                for index in range(batch.num_rows):
                    values = {field: column[index] for field, column in table.items()}
                    yield _parquet_row(values, str(path), f"row {done + index + 1}")
                done += batch.num_rows
    except (pa.ArrowException, OSError) as fault:
        raise MsguiError(
            f"The Parquet file cannot be read: {str(fault).splitlines()[0]}.",
            "Copy or export it again.",
            str(path),
        ) from fault


def _parquet_row(values: dict[str, Any], file: str, where: str) -> Row | Problem:
    if not values["smiles"]:
        return Problem("error", "The row has no smiles.", "", file, where, skipped=1)
    mass = values.get("exact_mass")
    return Row(
        smiles=str(values["smiles"]),
        name=str(values.get("name") or ""),
        source=str(values.get("source") or ""),
        identifier=str(values.get("identifier") or ""),
        synonyms=str(values.get("synonyms") or ""),
        file=file,
        where=where,
        formula=str(values.get("formula") or ""),
        exact_mass=mass if isinstance(mass, float) else number(str(mass or "")),
    )
