"""Writes a library of predicted spectra, part by part, so that a broken-off run can go on."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from msgui.errors import MsguiError, Problem
from msgui.export.files import refuse_inputs, replaced_file, write_text
from msgui.export.spectra import mgf_text, msp_text
from msgui.prediction.forward import ForwardModel
from msgui.prediction.simulated import Setting, simulated_spectra
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum
from msgui.structures.file_hash import file_sha256
from msgui.structures.rows import Row, read_rows
from msgui.structures.standardizing import standardize_rows
from msgui.structures.structure import Structure

SUFFIXES = (".msp", ".mgf", ".parquet")
STRUCTURES_A_PART = 100
_PLAN = "plan.json"


@dataclass(frozen=True)
class Simulated:
    """What was written.

    Parameters
    ----------
    path : Path
    structures, spectra : int
        Structures that gave at least one spectrum, and the spectra.
    skipped : int
        Rows and structures that gave none, each with a problem that says why.
    """

    path: Path
    structures: int
    spectra: int
    skipped: int


def simulate_library(
    files: Sequence[str | Path],
    out: str | Path,
    model: ForwardModel,
    setting: Setting,
    *,
    resume: bool = False,
    overwrite: bool = False,
) -> Iterator[Step | Problem | Simulated]:
    """Yield steps and problems while a library is simulated, and last what was written.

    Finished parts lie in a folder beside ``out`` until all are done; ``resume`` goes on with them
    when structures, model and setting are still the same. The file is the same either way.

    Parameters
    ----------
    files : sequence of paths
        Structures as CSV, TSV, SMILES, SDF or Parquet. The same structure is simulated once.
    out : path
        MSP, MGF or Parquet by its suffix.
    model : ForwardModel
    setting : Setting
    resume, overwrite : bool

    Raises
    ------
    MsguiError
        When a file cannot be read or written, or nothing can be simulated.
    """
    out = Path(out).expanduser().absolute()
    refuse_inputs(out, files)
    _refuse(out, overwrite=overwrite)
    parts = out.with_name(f".{out.name}.parts")
    _prepare(parts, _plan(files, model, setting), resume=resume)
    count = spectra = skipped = 0
    written: list[Path] = []
    for number, chunk in enumerate(_chunks(_structures(files))):
        for event in chunk:
            if isinstance(event, Step):
                yield event
        structures = [event for event in chunk if isinstance(event, Structure)]
        told = [event for event in chunk if isinstance(event, Problem)]
        part = parts / f"{number:06d}{out.suffix.lower()}"
        if not part.exists():
            yield from _write_part(part, structures, model, setting, count)
        record = json.loads(part.with_suffix(".json").read_text("utf-8"))
        for problem in [*told, *(Problem(**fields) for fields in record["problems"])]:
            skipped += problem.skipped
            yield problem
        spectra += record["spectra"]
        count += len(structures) - len(record["problems"])
        written.append(part)
        yield Step(count, 0, f"{count:,} structures, {spectra:,} spectra")
    if not spectra:
        raise MsguiError(
            "No structure gave a spectrum.",
            "The other messages say why; look at the structures and adducts.",
            ", ".join(map(str, files)),
        )
    _join(written, out)
    shutil.rmtree(parts, ignore_errors=True)
    yield Simulated(out, count, spectra, skipped)


def _refuse(out: Path, *, overwrite: bool) -> None:
    if out.suffix.lower() not in SUFFIXES:
        raise MsguiError(
            f"A library cannot be written as {out.suffix or 'a file without a suffix'}.",
            f"Choose a name that ends in {', '.join(SUFFIXES)}.",
            str(out),
        )
    if out.exists() and not overwrite:
        raise MsguiError(
            "There is a file of that name.", "Choose another, or use --force.", str(out)
        )


def _plan(files: Sequence[str | Path], model: ForwardModel, setting: Setting) -> str:
    """Return what decides the content of the library, as text."""
    plan = {
        "structures": [file_sha256(Path(path)) for path in files],
        "model": [model.name, model.version, model.sha256],
        "setting": asdict(setting),
        "structures_a_part": STRUCTURES_A_PART,
    }
    return json.dumps(plan, sort_keys=True)


def _prepare(parts: Path, plan: str, *, resume: bool) -> None:
    known = parts / _PLAN
    if resume and known.is_file() and known.read_text("utf-8") == plan:
        return
    if resume and parts.exists():
        raise MsguiError(
            "What is there was begun with other structures, another model or other settings.",
            "Give the same ones, or leave --resume out to begin again.",
            str(parts),
        )
    shutil.rmtree(parts, ignore_errors=True)
    write_text(known, plan)


def _structures(files: Sequence[str | Path]) -> Iterator[Step | Problem | Structure]:
    """Yield each structure once, with the problems of rows that are none."""
    seen: set[str] = set()
    for path in files:
        for event in standardize_rows(read_rows(path)):
            if isinstance(event, Step | Problem):
                yield event
                continue
            row, (smiles, inchikey14, formula, exact_mass, _) = event
            if inchikey14 not in seen:
                seen.add(inchikey14)
                yield _structure(row, smiles, inchikey14, formula, exact_mass)


def _structure(
    row: Row, smiles: str, inchikey14: str, formula: str, exact_mass: float
) -> Structure:
    return Structure(
        smiles=smiles,
        inchikey14=inchikey14,
        formula=formula,
        exact_mass=exact_mass,
        name=row.name,
        source=row.source,
        identifier=row.identifier,
    )


def _chunks(
    events: Iterable[Step | Problem | Structure],
) -> Iterator[list[Step | Problem | Structure]]:
    """Yield events in pieces with the structures of one part each."""
    stream = iter(events)
    piece: list[Step | Problem | Structure] = []
    held = 0
    for event in stream:
        piece.append(event)
        held += isinstance(event, Structure)
        if held == STRUCTURES_A_PART:
            yield piece
            piece, held = [], 0
    if piece:
        yield piece


def _write_part(
    part: Path,
    structures: Sequence[Structure],
    model: ForwardModel,
    setting: Setting,
    done: int,
) -> Iterator[Step]:
    spectra: list[Spectrum] = []
    problems: list[dict[str, Any]] = []
    for number, structure in enumerate(structures):
        yield Step(done + number, 0, structure.name or structure.smiles[:60])
        before = len(spectra)
        cause, action = "it is expected to give no fragment", ""
        try:
            spectra += simulated_spectra(model, structure, setting)
        except MsguiError as error:
            del spectra[before:]
            cause, action = error.cause, error.action
        if len(spectra) == before:
            place = structure.name or structure.smiles[:100]
            fields = asdict(Problem("error", cause, action, where=place, skipped=1))
            problems.append(fields)
    record = {"spectra": len(spectra), "problems": problems}
    # The part is written last: where it is, what stands beside it is complete.
    write_text(part.with_suffix(".json"), json.dumps(record))
    _write_spectra(part, spectra)


def _write_spectra(part: Path, spectra: Sequence[Spectrum]) -> None:
    if part.suffix == ".parquet":
        _write_table(part, spectra)
        return
    text = mgf_text if part.suffix == ".mgf" else msp_text
    write_text(part, "".join(text(spectrum) for spectrum in spectra))


def _write_table(part: Path, spectra: Sequence[Spectrum]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [_table_row(spectrum) for spectrum in spectra]
    with replaced_file(part) as file:
        pq.write_table(pa.Table.from_pylist(rows, _schema()), file, compression="zstd")


def _schema() -> Any:
    import pyarrow as pa

    words = ("accession", "name", "smiles", "inchikey14", "formula", "adduct", "ion_mode")
    numbers = ("precursor_mz", "ce_ev")
    return pa.schema(
        [
            *((name, pa.string()) for name in (*words, "instrument", "comment")),
            *((name, pa.float64()) for name in numbers),
            ("mz", pa.list_(pa.float64())),
            ("intensity", pa.list_(pa.float64())),
        ]
    )


def _table_row(spectrum: Spectrum) -> dict[str, Any]:
    return {
        "accession": spectrum.spectrum_id,
        "name": spectrum.metadata["name"],
        "smiles": spectrum.smiles,
        "inchikey14": spectrum.inchikey,
        "formula": spectrum.formula,
        "adduct": spectrum.adduct,
        "ion_mode": spectrum.polarity,
        "instrument": spectrum.instrument,
        "comment": spectrum.metadata["comment"],
        "precursor_mz": spectrum.precursor_mz,
        "ce_ev": spectrum.collision_energy_ev,
        "mz": spectrum.mz.tolist(),
        "intensity": spectrum.intensity.tolist(),
    }


def _join(parts: Sequence[Path], out: Path) -> None:
    with replaced_file(out) as file:
        if out.suffix.lower() != ".parquet":
            for part in parts:
                file.write(part.read_bytes())
            return
        import pyarrow.parquet as pq

        with pq.ParquetWriter(file, _schema(), compression="zstd") as writer:
            for part in parts:
                writer.write_table(pq.read_table(part, schema=_schema()))
