"""Builds a reference library from spectrum files."""

import datetime
import hashlib
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError, Problem
from msgui.library.compounds import Compounds
from msgui.library.index import BinnedIndex, build_index
from msgui.library.labelled_folder import is_labelled_folder, read_labelled_folder
from msgui.library.parquet_records import read_parquet_spectra
from msgui.library.store import CARD, FORMAT, POLARITY_CODES, Library, LibraryInfo, Molecule
from msgui.library.vectors import PAPER_BINS, STRONG_BINS, Entries, paper_entries, strong_entries
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum

STEP_SECONDS: Final = 0.1
CHUNK_ROWS: Final = 1000
FINGERPRINTS_AT_ONCE: Final = 1000
LICENCE_FIELDS: Final = ("licence", "license")
PARQUET_MAGIC: Final = b"PAR1"


def build_library(
    files: Sequence[str | Path], out: str | Path, *, name: str = "", overwrite: bool = False
) -> Iterator[Step | Problem | LibraryInfo]:
    """Build a library; yields steps, problems, and last what was built.

    Parameters
    ----------
    files : sequence of paths
        Spectrum files of any format msgui reads, Parquet tables with lists of peaks, or folders
        with labels.tsv (:mod:`msgui.library.labelled_folder`).
    out : path
        A new folder. Nothing is there until all is finished; a cancelled build leaves nothing.
    name : str
        Shown to people; by default the name of the folder.
    overwrite : bool
        Replace a library that is there already.

    Raises
    ------
    MsguiError
        When a file cannot be read at all, no spectrum of a known compound is found, or ``out``
        exists and may not be replaced.
    """
    out = Path(out).expanduser().absolute()
    _refuse_to_overwrite(out, overwrite)
    collected = _Collected()
    for path in files:
        yield from _collect(Path(path), collected)
    if not collected.spectra:
        raise MsguiError(
            "No spectrum of a known compound was found.",
            "A library needs records with peaks and a SMILES, InChIKey or name.",
            ", ".join(str(path) for path in files),
        )
    temporary = out.with_name(f".{out.name}.{os.getpid()}.partial")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        yield from _write(collected, temporary, name or out.name, [Path(p).name for p in files])
        _replace(temporary, out)
    except OSError as fault:
        raise MsguiError(
            f"The library cannot be written: {fault.strerror or fault}.",
            "Choose a folder with enough space where you may write.",
            str(out),
        ) from fault
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    yield Library.open(out).info()


class _Collected:
    """What was read so far, in columns."""

    def __init__(self) -> None:
        self.compounds = Compounds()
        self.spectra: list[dict[str, Any]] = []
        self.mz: list[npt.NDArray[np.float64]] = []
        self.intensity: list[npt.NDArray[np.float32]] = []
        self.found = 0
        self._seen: set[bytes] = set()

    def add(self, spectrum: Spectrum) -> str:
        """Keep a spectrum, or return the reason why not."""
        if spectrum.ms_level == 1:
            return "it is an MS1 scan"
        if not len(spectrum) or not spectrum.intensity.max() > 0:
            return "it has no peaks"
        molecule = self.compounds.number(spectrum)
        if molecule is None:
            return "it does not say which compound it is (no SMILES, InChIKey or name)"
        row = _row(spectrum, molecule)
        identity = repr(sorted(row.items())).encode() + spectrum.mz.tobytes()
        digest = hashlib.blake2b(identity + spectrum.intensity.tobytes(), digest_size=16).digest()
        if digest in self._seen:
            return "the same record was read before"
        self._seen.add(digest)
        self.spectra.append(row)
        self.mz.append(spectrum.mz)
        self.intensity.append(spectrum.intensity.astype(np.float32))
        return ""


def _row(spectrum: Spectrum, molecule: int) -> dict[str, Any]:
    fields = {key.lower(): value for key, value in spectrum.metadata.items()}
    precursor = spectrum.precursor_mz
    return {
        "accession": spectrum.spectrum_id,
        "title": spectrum.title,
        "molecule": molecule,
        "precursor_mz": precursor if precursor is not None else float("nan"),
        "adduct": spectrum.adduct or "",
        "polarity": POLARITY_CODES[_polarity(spectrum)],
        "instrument": spectrum.instrument,
        "collision_energy": str(spectrum.collision_energy or ""),
        "licence": next((fields[name] for name in LICENCE_FIELDS if fields.get(name)), ""),
    }


def _polarity(spectrum: Spectrum) -> Any:
    if spectrum.polarity is not None:
        return spectrum.polarity
    if spectrum.charge:
        return "positive" if spectrum.charge > 0 else "negative"
    sign = (spectrum.adduct or "").rstrip("*.")[-1:]
    return {"+": "positive", "-": "negative"}.get(sign)


def _collect(path: Path, collected: _Collected) -> Iterator[Step | Problem]:
    left_out: Counter[str] = Counter()
    first_place: dict[str, str] = {}
    last = time.monotonic()
    for event in _records(path):
        if isinstance(event, Spectrum):
            collected.found += 1
            reason = collected.add(event)
            if reason:
                left_out[reason] += 1
                first_place.setdefault(reason, event.spectrum_id or event.origin.where)
            if time.monotonic() - last > STEP_SECONDS:
                last = time.monotonic()
                yield Step(0, 0, f"{path.name}: {len(collected.spectra):,} spectra")
        else:
            if isinstance(event, Problem):
                collected.found += event.skipped
            yield event
    for reason, count in left_out.items():
        yield Problem(
            "warning",
            f"{count} spectra were left out: {reason}.",
            "",
            str(path),
            f"first at {first_place[reason]}" if first_place[reason] else "",
            skipped=count,
        )


def _records(path: Path) -> Iterator[Step | Problem | Spectrum]:
    if is_labelled_folder(path):
        yield from read_labelled_folder(path)
        return
    if path.is_file():
        with path.open("rb") as stream:
            is_parquet = stream.read(4) == PARQUET_MAGIC
        if is_parquet:
            yield from read_parquet_spectra(path)
            return
    from msgui.spectra.readers import read_batches

    for batch in read_batches(path):
        yield batch.step
        yield from batch.problems
        yield from batch.spectra


def _write(
    collected: _Collected, folder: Path, name: str, sources: list[str]
) -> Iterator[Step | Problem]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = collected.spectra
    order = np.argsort([row["molecule"] for row in rows], kind="stable")
    ordered = [rows[index] for index in order]
    yield Step(0, 0, "Writing the spectra")
    table = {key: [row[key] for row in ordered] for key in ordered[0]}
    pq.write_table(pa.table(table), folder / "spectra.parquet", compression="zstd")
    molecules = collected.compounds.molecules
    columns = {field: [getattr(m, field) for m in molecules] for field in Molecule.__slots__}
    pq.write_table(pa.table(columns), folder / "molecules.parquet", compression="zstd")
    yield from _write_fingerprints(molecules, folder)
    yield from _write_peaks(collected, order, table["precursor_mz"], folder)
    yield Step(0, 0, "Writing the library's card")
    files = {}
    for file in sorted(folder.iterdir()):
        with file.open("rb") as stream:
            files[file.name] = hashlib.file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
    names = {code: polarity or "unknown" for polarity, code in POLARITY_CODES.items()}
    card = {
        "format": FORMAT,
        "name": name,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "sources": sources,
        "found": collected.found,
        "skipped": collected.found - len(rows),
        "licences": _counts([row["licence"] or "not stated" for row in rows]),
        "polarities": _counts([names[row["polarity"]] for row in rows]),
        "files": files,
        "sha256": hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest(),
    }
    with (folder / CARD).open("w", encoding="utf-8") as stream:
        json.dump(card, stream, indent=1, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())


def _counts(words: Sequence[str]) -> Mapping[str, int]:
    return dict(Counter(words).most_common())


def _write_fingerprints(molecules: Sequence[Molecule], folder: Path) -> Iterator[Step]:
    from msgui.chemistry.molecule import fingerprint

    packed = np.zeros((len(molecules), 512), dtype=np.uint8)
    for number, molecule in enumerate(molecules):
        if number % FINGERPRINTS_AT_ONCE == 0:
            yield Step(number, len(molecules), "Computing fingerprints")
        if molecule.smiles:
            packed[number] = fingerprint(molecule.smiles)
    np.save(folder / "fingerprints.npy", packed, allow_pickle=False)


def _write_peaks(
    collected: _Collected, order: npt.NDArray[np.intp], precursors: Sequence[float], folder: Path
) -> Iterator[Step]:
    precursor_mz = np.array(precursors, dtype=np.float64)
    lengths = np.array([collected.mz[index].size for index in order], dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    mz = np.concatenate([collected.mz[index] for index in order])
    intensity = np.concatenate([collected.intensity[index] for index in order])
    for part, values in (("offsets", offsets), ("mz", mz), ("intensity", intensity)):
        np.save(folder / f"peak_{part}.npy", values, allow_pickle=False)
    for kind, entries_of, n_bins in (
        ("strong", strong_entries, STRONG_BINS),
        ("paper", paper_entries, PAPER_BINS),
    ):
        parts: list[tuple[int, Entries]] = []
        for first in range(0, len(order), CHUNK_ROWS):
            yield Step(first, len(order), "Binning the peaks")
            last = min(first + CHUNK_ROWS, len(order))
            peaks = slice(int(offsets[first]), int(offsets[last]))
            own = offsets[first : last + 1] - offsets[first]
            heights = intensity[peaks].astype(np.float64)
            parts.append((first, entries_of(own, mz[peaks], heights, precursor_mz[first:last])))
        for event in build_index(parts, n_bins, len(order)):
            if isinstance(event, BinnedIndex):
                event.save(folder, kind)
            else:
                yield event


def _refuse_to_overwrite(out: Path, overwrite: bool) -> None:
    if not out.exists():
        return
    if not overwrite:
        raise MsguiError(
            "There is something of that name.", "Choose another, or use --force.", str(out)
        )
    if not (out / CARD).is_file():
        raise MsguiError(
            "This is not a library, so it is not replaced.", "Choose another name.", str(out)
        )


def _replace(new: Path, out: Path) -> None:
    """Put the finished folder in place; the old one goes away only after that."""
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
