"""Whether a table of structures is standardized already, so that it can be taken as it is."""

import random
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from msgui.errors import Problem
from msgui.progress import Step
from msgui.structures.rows import PARQUET_MAGIC, Row
from msgui.structures.standardizing import standardize_rows
from msgui.structures.store import REQUIRED_COLUMNS, split_charge

# If one row in a hundred were not canonical, a sample of this size would miss it in 2 % of cases.
SAMPLE: Final = 400
GROUPS: Final = 4
MASS_DIFFERENCE_DA: Final = 0.02


def is_canonical(path: Path) -> Generator[Step, None, bool]:
    """Return (as a generator that yields steps) whether all rows of a sample are standardized.

    Only a Parquet file with the columns smiles, inchikey14, formula and exact_mass can be. The
    sample is the same on every run.
    """
    expected = _sample(path)
    if not expected:
        return False
    yield Step(0, 0, f"Looking at {path.name}")
    position = 0
    for event in standardize_rows([Row(str(row["smiles"] or "")) for row in expected], 1):
        if isinstance(event, Step):
            yield event
            continue
        if isinstance(event, Problem):
            return False
        row, (smiles, inchikey14, formula, exact_mass, _) = expected[position], event[1]
        position += 1
        same = (smiles, inchikey14, formula) == (
            row["smiles"],
            row["inchikey14"],
            split_charge(row["formula"] or "")[0],
        )
        if not same or not abs(exact_mass - row["exact_mass"]) < MASS_DIFFERENCE_DA:
            return False
    return True


def _sample(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        return []
    with path.open("rb") as stream:
        if stream.read(len(PARQUET_MAGIC)) != PARQUET_MAGIC:
            return []
    rows: list[dict[str, Any]] = []
    try:
        with pq.ParquetFile(path) as file:
            if not set(REQUIRED_COLUMNS) <= set(file.schema_arrow.names):
                return []
            groups = range(file.metadata.num_row_groups)
            chosen = random.Random(len(groups)).sample(groups, min(GROUPS, len(groups)))
            for group in chosen:
                table = file.read_row_group(group, columns=list(REQUIRED_COLUMNS))
                size = min(SAMPLE // len(chosen), table.num_rows)
                picked = random.Random(group).sample(range(table.num_rows), size)
                rows += table.take(sorted(picked)).to_pylist()
    except (pa.ArrowException, OSError):
        return []
    return rows
