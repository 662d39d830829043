"""A candidate store: one Parquet file sorted by exact mass, queried with DuckDB."""

import json
import os
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from msgui.chemistry.formula import ELECTRON_MASS, Formula
from msgui.errors import MsguiError
from msgui.paths import data_folder
from msgui.structures.file_hash import file_sha256
from msgui.structures.structure import Structure

REQUIRED_COLUMNS = ("smiles", "inchikey14", "formula", "exact_mass")
METADATA_KEY = b"msgui"

# The mass of an ion is written without its electrons, so a formula's window has to be wide enough
# for a few charges; what is not of the formula is filtered out afterwards.
CHARGE_MARGIN_DA = 10 * ELECTRON_MASS
FORMULA_MARGIN_DA = 0.001
CHARGE_IN_FORMULA = re.compile(r"([+-])(\d*)$")
PARQUET_MAGIC = b"PAR1"
NAMES_REMEMBERED = 50_000


@dataclass(frozen=True)
class StoreInfo:
    """What a candidate store is.

    Parameters
    ----------
    name : str
    path : str
    count : int
        Structures (first InChIKey blocks).
    sha256 : str
        Of the file.
    sources : mapping of str to int
        Number of structures from each source; empty when the store does not say.
    created : str
        Date of building (ISO 8601); empty when unknown.
    notes : tuple of str
        Licences and versions of what it was built from, in plain words.
    found, skipped, merged : int
        Rows read at building, rows left out, rows that had the first block of another one.
    """

    name: str
    path: str
    count: int
    sha256: str = ""
    sources: Mapping[str, int] = field(default_factory=dict)
    created: str = ""
    notes: tuple[str, ...] = ()
    found: int = 0
    skipped: int = 0
    merged: int = 0


def split_charge(formula: str) -> tuple[str, int]:
    """Return the formula without its charge, and the charge (``C4H10N+`` is C4H10N and 1)."""
    match = CHARGE_IN_FORMULA.search(formula)
    if match is None:
        return formula, 0
    size = int(match.group(2) or 1)
    return formula[: match.start()], size if match.group(1) == "+" else -size


def escape_glob(path: Path) -> str:
    """Return the path in the form in which DuckDB reads exactly this file."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def require_parquet(path: Path) -> None:
    """Raise MsguiError unless the file is there and is Parquet."""
    where = str(path)
    if not path.exists():
        raise MsguiError("There is no such file.", "Check the path.", where)
    if not path.is_file():
        raise MsguiError("This is not a file.", "Give the Parquet file of a store.", where)
    with path.open("rb") as stream:
        head = stream.read(4)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 4))
        tail = stream.read(4)
    if not size:
        raise MsguiError("The file is empty.", "Build it again.", where)
    if head != PARQUET_MAGIC:
        raise MsguiError(
            "This is not a candidate store (Parquet).",
            "Build a store from it with: msgui structures build FILE --out STORE.parquet",
            where,
        )
    if tail != PARQUET_MAGIC:
        raise MsguiError("The file is cut off.", "Copy or build it again.", where)


class StructureStore:
    """Candidate structures by formula, mass or text; safe to use from several threads.

    Open one with :meth:`open`.
    """

    def __init__(self, path: Path, columns: Sequence[str], notes: Mapping[str, Any], count: int):
        self.path = path
        self._count = count
        self._notes = notes
        self._local = threading.local()
        self._select = _selection(columns)
        self._file = escape_glob(path)
        self._columns = frozenset(columns)
        self._root = self._connect()
        self._sha256 = ""
        self._names: dict[str, str] = {}

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return the store in a Parquet file.

        Any Parquet file with the columns smiles, inchikey14, formula and exact_mass is one; name,
        source, identifier and count are optional. Sorted by exact_mass it is fast.

        Raises
        ------
        MsguiError
            When the file is missing, is not Parquet, or lacks a column.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = Path(path).expanduser().absolute()
        try:
            require_parquet(path)
            with pq.ParquetFile(path) as file:
                columns = file.schema_arrow.names
                raw = (file.schema_arrow.metadata or {}).get(METADATA_KEY, b"{}")
                count = file.metadata.num_rows
        except (pa.ArrowException, OSError) as fault:
            raise MsguiError(
                f"The store cannot be read: {fault}.", "Build it again.", str(path)
            ) from fault
        missing = [name for name in REQUIRED_COLUMNS if name not in columns]
        if missing:
            raise MsguiError(
                f"The file has no column {', '.join(missing)}; it has {', '.join(columns)}.",
                "Build a store from it with: msgui structures build FILE --out STORE.parquet",
                str(path),
            )
        try:
            notes = json.loads(raw)
        except ValueError:
            notes = {}
        return cls(path, columns, notes if isinstance(notes, dict) else {}, count)

    def __len__(self) -> int:
        return self._count

    @property
    def name(self) -> str:
        """Name of the store, by default that of its file."""
        return str(self._notes.get("name") or self.path.stem)

    def by_formula(self, formula: str) -> list[Structure]:
        """Return all structures of a neutral formula, sorted by first InChIKey block.

        Ions (quaternary ammonium) are found by the formula of their atoms.

        Raises
        ------
        MsguiError
            When the formula is impossible.
        """
        wanted = Formula.parse(split_charge(formula)[0])
        margin, text = CHARGE_MARGIN_DA + FORMULA_MARGIN_DA, str(wanted)
        rows = self._rows(
            "exact_mass BETWEEN ? AND ? AND "
            "(formula = ? OR starts_with(formula, ?) OR starts_with(formula, ?))",
            [wanted.mass - margin, wanted.mass + margin, text, f"{text}+", f"{text}-"],
        )
        return sorted(_structures(rows), key=lambda structure: structure.inchikey14)

    def by_formulas(self, formulas: Iterable[str]) -> dict[str, list[Structure]]:
        """Return what :meth:`by_formula` returns for many formulas, by formula in Hill order.

        One look through the file; formulas without a structure are left out.

        Raises
        ------
        MsguiError
            When a formula is impossible.
        """
        wanted = {str(f): f for f in (Formula.parse(split_charge(text)[0]) for text in formulas)}
        margin = CHARGE_MARGIN_DA + FORMULA_MARGIN_DA
        windows = [edge for f in wanted.values() for edge in (f.mass - margin, f.mass + margin)]
        if not windows:
            return {}
        where = " OR ".join(["exact_mass BETWEEN ? AND ?"] * len(wanted))
        found: dict[str, list[Structure]] = {}
        for structure in _structures(self._rows(where, windows)):
            if structure.formula in wanted:
                found.setdefault(structure.formula, []).append(structure)
        return {name: sorted(group, key=lambda s: s.inchikey14) for name, group in found.items()}

    def by_mass(self, neutral_mass: float, tolerance_ppm: float) -> list[Structure]:
        """Return all structures within a mass window, nearest first.

        Parameters
        ----------
        neutral_mass : float
            Monoisotopic mass of the neutral atoms in Da.
        tolerance_ppm : float
            Half width of the window.
        """
        half = neutral_mass * tolerance_ppm * 1e-6
        margin = half + CHARGE_MARGIN_DA
        rows = self._rows(
            "exact_mass BETWEEN ? AND ?", [neutral_mass - margin, neutral_mass + margin]
        )
        near = [s for s in _structures(rows) if abs(s.exact_mass - neutral_mass) <= half]
        return sorted(near, key=lambda s: (abs(s.exact_mass - neutral_mass), s.inchikey14))

    def by_inchikey14(self, blocks: Iterable[str]) -> list[Structure]:
        """Return the structures with these first InChIKey blocks."""
        wanted = sorted(set(blocks))
        if not wanted:
            return []
        marks = ",".join("?" * len(wanted))
        return _structures(self._rows(f"inchikey14 IN ({marks})", wanted))

    def names_of(self, blocks: Iterable[str]) -> dict[str, str]:
        """Return the names of the structures with these first InChIKey blocks, where known.

        What was asked once is remembered: neighbours of one spectrum are neighbours of the next.
        """
        wanted = set(blocks)
        known = self._names
        missing = sorted(wanted - known.keys())
        if missing and "name" in self._columns:
            marks = ",".join("?" * len(missing))
            rows = self._rows(
                f"name IS NOT NULL AND inchikey14 IN ({marks})",
                missing,
                columns="inchikey14, CAST(name AS VARCHAR)",
            )
            found = {block: name for block, name in reversed(rows) if name}
            if len(known) > NAMES_REMEMBERED:
                known = self._names = {}
            known.update((block, found.get(block, "")) for block in missing)
        return {block: name for block in wanted if (name := known.get(block))}

    def by_name(self, text: str, limit: int = 100) -> list[Structure]:
        """Return structures that have the text in a name: equal names first, then by length."""
        text = text.strip().lower()
        fields = [name for name in ("name", "synonyms") if name in self._columns]
        if not text or not fields:
            return []
        holds = " OR ".join(f"contains(lower({name}), ?)" for name in fields)
        synonyms = "'; ' || lower(synonyms) || ';'" if "synonyms" in fields else "''"
        order = (
            f"lower({fields[0]}) = ? DESC, contains({synonyms}, ?) DESC, "
            f"contains(lower({fields[0]}), ?) DESC, length({fields[0]}), {fields[0]}, inchikey14"
        )
        values = [*[text] * len(fields), text, f"; {text};", text]
        return _structures(self._rows(holds, values, f"ORDER BY {order} LIMIT {limit:d}"))

    def search(self, text: str, limit: int = 100, tolerance_ppm: float = 10.0) -> list[Structure]:
        """Return what a text may mean: a name, SMILES, InChI, InChIKey, formula or mass.

        A text that can be read in two ways (``CO``) gives the structures of both.
        """
        from msgui.structures.search import search

        return search(self, text, limit, tolerance_ppm)

    def info(self) -> StoreInfo:
        """Return what the store is; the first call hashes the file."""
        if not self._sha256:
            self._sha256 = file_sha256(self.path)
        notes = self._notes
        return StoreInfo(
            name=self.name,
            path=str(self.path),
            count=self._count,
            sha256=self._sha256,
            sources=dict(notes.get("sources", {})),
            created=str(notes.get("created", "")),
            notes=tuple(notes.get("notes", ())),
            found=int(notes.get("found", 0)),
            skipped=int(notes.get("skipped", 0)),
            merged=int(notes.get("merged", 0)),
        )

    @cached_property
    def content(self) -> str:
        """Digest of which compounds the store holds, whatever the bytes of its file."""
        [(digest,)] = self._rows(
            "true", [], columns="bit_xor(md5_number_lower(CAST(inchikey14 AS VARCHAR)))"
        )
        return f"{self._count}-{int(digest or 0):016x}"

    def _connect(self) -> Any:
        import duckdb

        # A store is a local file: nothing may be fetched for it.
        return duckdb.connect(
            config={
                "threads": min(4, os.cpu_count() or 1),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )

    def _rows(
        self, where: str, values: Sequence[Any], tail: str = "", columns: str = ""
    ) -> list[tuple[Any, ...]]:
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._root.cursor()
        query = f"SELECT {columns or self._select} FROM read_parquet(?) WHERE {where} {tail}"
        try:
            return list(cursor.execute(query, [self._file, *values]).fetchall())
        except Exception as fault:
            raise MsguiError(
                f"The candidate store cannot be read: {str(fault).splitlines()[0]}",
                "The file may have been moved or changed; open it again.",
                str(self.path),
            ) from fault


def _selection(columns: Sequence[str]) -> str:
    identifier = next((name for name in ("identifier", "id") if name in columns), None)
    parts = ["smiles", "inchikey14", "formula", "exact_mass"]
    for name in ("name", "source"):
        parts.append(f"coalesce(CAST({name} AS VARCHAR), '')" if name in columns else "''")
    parts.append(f"coalesce(CAST({identifier} AS VARCHAR), '')" if identifier else "''")
    return ", ".join(parts)


def _structures(rows: Iterable[tuple[Any, ...]]) -> list[Structure]:
    """Return rows as values, one for each first InChIKey block (the first one stays)."""
    found: dict[str, Structure] = {}
    for smiles, inchikey14, formula, exact_mass, name, source, identifier in rows:
        if inchikey14 in found:
            continue
        atoms, charge = split_charge(formula)
        mass = float(exact_mass) + charge * ELECTRON_MASS
        found[inchikey14] = Structure(smiles, inchikey14, atoms, mass, name, source, identifier)
    return list(found.values())


def stores_folder() -> Path:
    """Return the folder of stores that can be opened by name."""
    folder = data_folder() / "structures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_store(name_or_path: str | Path) -> StructureStore:
    """Return a store by its path, or an installed one by its name.

    Raises
    ------
    MsguiError
        When there is none, or when it cannot be read.
    """
    installed = stores_folder() / f"{name_or_path}.parquet"
    if not Path(name_or_path).expanduser().exists() and installed.exists():
        return StructureStore.open(installed)
    return StructureStore.open(name_or_path)
