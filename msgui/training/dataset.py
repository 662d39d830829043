"""Spectra with known structures, cleaned and laid out for training."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError, Problem
from msgui.prediction.inputs import (
    ANALYSERS,
    FORMULA_ELEMENTS,
    analyser,
    element_counts,
    energy_input,
    fragment_counts,
    instrument_text,
    precursor_of,
    select_peaks,
)
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum
from msgui.training.records import Record, is_free, read_records

# A precursor further from its adduct than this belongs to another ion, or was typed in wrongly.
PRECURSOR_TOLERANCE_PPM = 15.0
MAX_PEAKS = 64
# Counts are kept in one byte.
_MOST_ATOMS = 255

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Molecules:
    """The structures of a data set, one for each first InChIKey block.

    Parameters
    ----------
    smiles, inchikey14, formula, name : tuple of str
        The name is that of the first record; it is a citation and never shown to a model.
    fingerprints : uint8 array, shape (n_molecules, 512)
        Packed Morgan bits.
    """

    smiles: tuple[str, ...]
    inchikey14: tuple[str, ...]
    formula: tuple[str, ...]
    name: tuple[str, ...]
    fingerprints: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.smiles)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Cleaned spectra as arrays; peaks stand end to end.

    Parameters
    ----------
    offsets : int64 array, shape (n + 1,)
        Peaks of spectrum i are ``mz[offsets[i]:offsets[i + 1]]``.
    mz, intensity : float32 arrays
        What a model is shown: at most 64 peaks, intensity relative to the base peak.
    fragment : uint8 array, shape (n_peaks, 12)
        Element counts of the nearest subformula of each peak, zeros where there is none.
    precursor_mz : float32 array, shape (n,)
    molecule : int64 array, shape (n,)
        Row in ``molecules``.
    adduct, accession, instrument, energy_text, licence : arrays of str, shape (n,)
        Canonical adduct names; the rest as written.
    analyser : int64 array, shape (n,)
        Position in ``msgui.prediction.inputs.ANALYSERS``.
    energy : float32 array, shape (n, 2)
        eV / 100 and whether it is known.
    molecules : Molecules
    source : mapping
        Name, SHA-256, and what cleaning found, kept and dropped.
    """

    offsets: IntArray
    mz: npt.NDArray[np.float32]
    intensity: npt.NDArray[np.float32]
    fragment: npt.NDArray[np.uint8]
    precursor_mz: npt.NDArray[np.float32]
    molecule: IntArray
    adduct: npt.NDArray[np.str_]
    accession: npt.NDArray[np.str_]
    instrument: npt.NDArray[np.str_]
    energy_text: npt.NDArray[np.str_]
    licence: npt.NDArray[np.str_]
    analyser: IntArray
    energy: npt.NDArray[np.float32]
    molecules: Molecules
    source: Mapping[str, Any]

    def __len__(self) -> int:
        return int(self.molecule.size)

    @property
    def formula_counts(self) -> npt.NDArray[np.float32]:
        """Return element counts of each molecule, shape (n_molecules, 12)."""
        rows = [element_counts(formula) for formula in self.molecules.formula]
        return np.array(rows, np.float32).reshape(-1, len(FORMULA_ELEMENTS))

    def peaks_of(self, index: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return m/z and relative intensity of one spectrum."""
        part = slice(int(self.offsets[index]), int(self.offsets[index + 1]))
        return self.mz[part], self.intensity[part]

    def fragments_of(self, index: int) -> npt.NDArray[np.uint8]:
        """Return the element counts of the peaks of one spectrum, shape (n_peaks, 12)."""
        return self.fragment[int(self.offsets[index]) : int(self.offsets[index + 1])]

    def only(self, kept: npt.NDArray[np.bool_]) -> Self:
        """Return the data set with some spectra left out; molecules keep their rows."""
        chosen = np.flatnonzero(kept)
        lengths = np.diff(self.offsets)[chosen]
        parts = [np.arange(self.offsets[i], self.offsets[i + 1]) for i in chosen]
        peaks = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        changed = {
            name: getattr(self, name)[chosen]
            for name in (*_PER_SPECTRUM_NUMBERS, *_PER_SPECTRUM_TEXTS)
        }
        return replace(
            self,
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            mz=self.mz[peaks],
            intensity=self.intensity[peaks],
            fragment=self.fragment[peaks],
            **changed,
        )

    def save(self, path: str | Path) -> None:
        """Write the data set as a compressed ``.npz`` without pickled objects."""
        numbers = {name: getattr(self, name) for name in (*_PEAKS, *_PER_SPECTRUM_NUMBERS)}
        texts = {name: getattr(self, name) for name in _PER_SPECTRUM_TEXTS}
        molecules = {name: np.array(getattr(self.molecules, name)) for name in _MOLECULE_TEXTS}
        np.savez_compressed(
            path,
            allow_pickle=False,
            **numbers,
            **texts,
            **molecules,
            fingerprints=self.molecules.fingerprints,
            source=np.array(json.dumps(dict(self.source))),
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return a data set that :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        texts = {name: tuple(str(t) for t in arrays.pop(name)) for name in _MOLECULE_TEXTS}
        molecules = Molecules(**texts, fingerprints=arrays.pop("fingerprints"))
        source = json.loads(str(arrays.pop("source")))
        return cls(**arrays, molecules=molecules, source=source)


_PEAKS = ("offsets", "mz", "intensity", "fragment")
_PER_SPECTRUM_NUMBERS = ("precursor_mz", "molecule", "analyser", "energy")
_PER_SPECTRUM_TEXTS = ("adduct", "accession", "instrument", "energy_text", "licence")
_MOLECULE_TEXTS = ("smiles", "inchikey14", "formula", "name")


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, or of what is in a folder, as hexadecimal digits."""
    from msgui.export.run_folder import sha256

    return sha256(path)


def build_dataset(
    paths: Sequence[str | Path], *, only_free: bool = True
) -> Iterator[Step | Problem | Dataset]:
    """Yield steps while reading and cleaning, problems, and at the end the data set.

    Kept are high-resolution spectra whose precursor agrees with its adduct within 15 ppm (a
    missing precursor is computed), once each, whose structure can be read; with ``only_free`` those
    alone whose licence lets weights be passed on (no NC, no ND, none unknown). What was dropped is
    counted by reason in ``source["dropped"]``.

    Raises
    ------
    MsguiError
        When a file cannot be read, or nothing is left.
    """
    builder = _Builder(only_free)
    for path in paths:
        for item in read_records(path):
            if isinstance(item, Record):
                builder.add(item)
            elif isinstance(item, Problem):
                builder.dropped["no structure or unreadable"] += item.skipped
                yield item
            else:
                yield item
    if not builder.rows:
        raise MsguiError(
            f"No spectrum is left for training ({_in_words(builder.dropped)}).",
            "Check structures, adducts, precursors and licences of the file.",
            str(paths[0]) if paths else "",
        )
    yield Step(0, 0, "fingerprints")
    yield builder.dataset(paths)


def _in_words(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in dropped.items()) or "none found"


class _Builder:
    """Collects cleaned rows; what it refuses it counts by reason."""

    def __init__(self, only_free: bool) -> None:
        self.only_free = only_free
        self.dropped: Counter[str] = Counter()
        self.found = 0
        self.rows: list[dict[str, Any]] = []
        self.peaks: list[tuple[Any, Any]] = []
        self.fragments: list[npt.NDArray[np.uint8]] = []
        self.molecules: dict[str, tuple[int, str, str]] = {}
        self._structures: dict[str, tuple[str, str, str] | None] = {}
        self._seen: set[tuple[Any, ...]] = set()
        self._accessions: set[str] = set()
        self._left_out: set[str] = set()
        self._formulas: dict[int, str] = {}
        self._names: dict[int, str] = {}

    def add(self, record: Record) -> None:
        self.found += 1
        reason = self._refusal(record)
        if reason:
            self.dropped[reason] += 1

    def _refusal(self, record: Record) -> str:
        spectrum = record.spectrum
        if self.only_free and not is_free(record.licence):
            self._left_out.add(record.smiles)
            return "licence"
        if record.high_resolution is False:
            return "low resolution"
        structure = self._structure(record.smiles)
        if structure is None:
            return "structure cannot be read"
        if not spectrum.adduct:
            return "no adduct"
        smiles, key, formula = structure
        try:
            adduct = parse_adduct(spectrum.adduct, spectrum.polarity)
        except MsguiError:
            return "unknown adduct"
        exact = float(adduct.mz(Formula.parse(formula).mass))
        measured = spectrum.precursor_mz
        if measured and abs(measured - exact) > exact * PRECURSOR_TOLERANCE_PPM * 1e-6:
            return "precursor does not fit the adduct"
        precursor = precursor_of(spectrum, formula, adduct.name)
        mz, intensity = select_peaks(
            spectrum.mz, spectrum.intensity, precursor, max_peaks=MAX_PEAKS
        )
        if not mz.size:
            return "no peaks"
        number = self.molecules.setdefault(key, (len(self.molecules), smiles, formula))[0]
        self._formulas[number] = formula
        self._names.setdefault(number, spectrum.title)
        row = {"molecule": number, "adduct": adduct.name, "precursor_mz": precursor}
        return self._keep(record, row, (mz, intensity))

    def _keep(self, record: Record, row: dict[str, Any], peaks: tuple[Any, Any]) -> str:
        spectrum = record.spectrum
        shape = (np.round(peaks[0], 4).tobytes(), np.round(peaks[1], 3).tobytes())
        identity = (row["molecule"], row["adduct"], shape)
        if identity in self._seen:
            return "duplicate"
        self._seen.add(identity)
        energy = spectrum.collision_energy
        self.peaks.append(peaks)
        formula = self._formulas[row["molecule"]]
        named = fragment_counts(peaks[0], formula, row["adduct"])
        self.fragments.append(np.minimum(named, _MOST_ATOMS).astype(np.uint8))
        self.rows.append(
            {
                **row,
                "analyser": ANALYSERS.index(analyser(instrument_text(spectrum))),
                "energy": energy_input(spectrum.collision_energy_ev),
                "accession": self._accession(spectrum),
                "instrument": spectrum.instrument,
                "energy_text": str(energy) if energy else "",
                "licence": record.licence,
            }
        )
        return ""

    def _accession(self, spectrum: Spectrum) -> str:
        """Return the record's id, made unique: a split is kept by it."""
        name = spectrum.spectrum_id
        if not name or name in self._accessions:
            name = f"{Path(spectrum.origin.file).stem}:{spectrum.origin.index}"
        self._accessions.add(name)
        return name

    def _structure(self, smiles: str) -> tuple[str, str, str] | None:
        from msgui.chemistry.molecule import standardize

        if smiles not in self._structures:
            try:
                clean = standardize(smiles)
                Formula.parse(clean.formula)
                self._structures[smiles] = (clean.smiles, clean.inchikey14, clean.formula)
            except MsguiError:
                self._structures[smiles] = None
        return self._structures[smiles]

    def _keys_left_out(self) -> list[str]:
        """Return first InChIKey blocks of compounds that were measured but may not be learned."""
        found = (self._structure(smiles) for smiles in sorted(self._left_out))
        return sorted({clean[1] for clean in found if clean} - set(self.molecules))

    def dataset(self, paths: Sequence[str | Path]) -> Dataset:
        from msgui.chemistry.molecule import fingerprints

        keys = list(self.molecules)
        smiles = [self.molecules[key][1] for key in keys]
        formulas = tuple(self.molecules[key][2] for key in keys)
        names = tuple(self._names[number] for number in range(len(keys)))
        molecules = Molecules(tuple(smiles), tuple(keys), formulas, names, fingerprints(smiles))
        lengths = [mz.size for mz, _ in self.peaks]
        columns = {name: [row[name] for row in self.rows] for name in self.rows[0]}
        return Dataset(
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            mz=np.concatenate([mz for mz, _ in self.peaks]).astype(np.float32),
            intensity=np.concatenate([height for _, height in self.peaks]).astype(np.float32),
            fragment=np.concatenate(self.fragments),
            precursor_mz=np.array(columns["precursor_mz"], np.float32),
            molecule=np.array(columns["molecule"], np.int64),
            analyser=np.array(columns["analyser"], np.int64),
            energy=np.array(columns["energy"], np.float32).reshape(-1, 2),
            **{name: np.array(columns[name]) for name in _PER_SPECTRUM_TEXTS},
            molecules=molecules,
            source={
                "files": [Path(path).name for path in paths],
                "sha256": [sha256_of(path) for path in paths],
                "only_free_licences": self.only_free,
                "found": self.found,
                "kept": len(self.rows),
                "dropped": dict(self.dropped),
                "left_out_structures": self._keys_left_out(),
            },
        )
