"""A reference library: measured spectra of known compounds, in a folder that is read in place."""

import copy
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.library.index import BinnedIndex
from msgui.paths import data_folder
from msgui.spectra.energy import parse_energy
from msgui.spectra.predicted import is_predicted
from msgui.spectra.spectrum import Origin, Polarity, Spectrum

CARD: Final = "library.json"
FORMAT: Final = 1
POLARITY_CODES: Final[dict[Polarity | None, int]] = {"positive": 1, "negative": -1, None: 0}
SPECTRUM_COLUMNS: Final = (
    "accession",
    "title",
    "molecule",
    "precursor_mz",
    "adduct",
    "polarity",
    "instrument",
    "collision_energy",
    "licence",
)
MOLECULE_COLUMNS: Final = ("smiles", "inchikey14", "formula", "name")


@dataclass(frozen=True)
class LibraryInfo:
    """What a reference library is.

    Parameters
    ----------
    name, path : str
    spectra, molecules : int
    sha256 : str
        Of the list of its files and their SHA-256.
    licences : mapping of str to int
        Number of spectra under each licence, as the records state it.
    polarities : mapping of str to int
    created : str
        ISO 8601.
    sources : tuple of str
        Names of the files it was built from.
    found, skipped : int
        Records read at building, and left out.
    predicted : int
        Spectra that a model wrote and nobody measured.
    """

    name: str
    path: str
    spectra: int
    molecules: int
    sha256: str = ""
    licences: Mapping[str, int] = field(default_factory=dict)
    polarities: Mapping[str, int] = field(default_factory=dict)
    created: str = ""
    sources: tuple[str, ...] = ()
    found: int = 0
    skipped: int = 0
    predicted: int = 0


@dataclass(frozen=True, slots=True)
class Molecule:
    """A compound of a library; ``smiles`` is empty where the records give no structure."""

    smiles: str
    inchikey14: str
    formula: str
    name: str


def libraries_folder() -> Path:
    """Return the folder of libraries that can be opened by name."""
    folder = data_folder() / "libraries"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Library:
    """Reference spectra, their compounds and the indexes over them; open with :meth:`open`.

    Spectra of one compound stand one after another. Reading is safe from several threads.
    """

    def __init__(self, folder: Path, card: Mapping[str, Any]) -> None:
        import pyarrow.parquet as pq

        self.path = folder
        self._card = card
        spectra = pq.read_table(folder / "spectra.parquet", columns=list(SPECTRUM_COLUMNS))
        molecules = pq.read_table(folder / "molecules.parquet", columns=list(MOLECULE_COLUMNS))
        self._text = spectra.select(
            ["accession", "title", "adduct", "instrument", "collision_energy", "licence"]
        )
        self._molecules = {name: molecules[name].to_pylist() for name in MOLECULE_COLUMNS}
        self.molecule_of_row = spectra["molecule"].to_numpy().astype(np.int32)
        self.precursor_mz = spectra["precursor_mz"].to_numpy().astype(np.float64)
        self.polarity = spectra["polarity"].to_numpy().astype(np.int8)
        n = len(self.molecule_of_row)
        self.peak_offsets = _array(folder, "peak_offsets")
        self._peak_mz = _array(folder, "peak_mz")
        self._peak_intensity = _array(folder, "peak_intensity")
        self.fingerprints = _array(folder, "fingerprints")
        self.strong = BinnedIndex.load(folder, "strong", n)
        self.paper = BinnedIndex.load(folder, "paper", n)
        if self.peak_offsets.size != n + 1 or len(self.fingerprints) != len(molecules):
            raise ValueError("the parts of the library do not belong together")
        self._rows = np.ones(n, dtype=bool)
        self._mask_of = lru_cache(maxsize=8)(self._mask)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return the library in a folder, or the installed one of that name.

        Raises
        ------
        MsguiError
            When there is none, or when it is damaged.
        """
        folder = Path(path).expanduser()
        if not folder.exists() and (libraries_folder() / str(path) / CARD).exists():
            folder = libraries_folder() / str(path)
        folder = folder.absolute()
        if not folder.exists():
            raise MsguiError(
                "There is no such library.",
                "Get one with `msgui library download massbank`, or build one from spectra with "
                "`msgui library build FILE --out LIBRARY`.",
                str(path),
            )
        if not (folder / CARD).is_file():
            raise MsguiError(
                "This is not a reference library.",
                "Build one from it with: msgui library build FILE --out LIBRARY",
                str(path),
            )
        try:
            card = json.loads((folder / CARD).read_text("utf-8"))
            if card.get("format") != FORMAT:
                raise ValueError(f"its format is {card.get('format')}, not {FORMAT}")
            return cls(folder, card)
        except (OSError, EOFError, ValueError, KeyError, AttributeError) as fault:
            raise MsguiError(
                f"The library is damaged: {str(fault).splitlines()[0]}.",
                "Build it again.",
                str(path),
            ) from fault

    def __len__(self) -> int:
        return len(self.molecule_of_row)

    @property
    def name(self) -> str:
        """Name of the library, by default that of its folder."""
        return str(self._card.get("name") or self.path.name)

    def info(self) -> LibraryInfo:
        """Return what the library is."""
        card = self._card
        return LibraryInfo(
            name=self.name,
            path=str(self.path),
            spectra=len(self),
            molecules=len(self._molecules["smiles"]),
            sha256=str(card.get("sha256", "")),
            licences=dict(card.get("licences", {})),
            polarities=dict(card.get("polarities", {})),
            created=str(card.get("created", "")),
            sources=tuple(card.get("sources", ())),
            found=int(card.get("found", 0)),
            skipped=int(card.get("skipped", 0)),
            predicted=self._predicted(),
        )

    def _predicted(self) -> int:
        counts = Counter(self._texts["instrument"])
        return sum(count for words, count in counts.items() if is_predicted(words or ""))

    @cached_property
    def accessions(self) -> tuple[str, ...]:
        """Record id of each spectrum, empty where it has none."""
        return tuple(key or "" for key in self._text["accession"].to_pylist())

    @cached_property
    def _texts(self) -> dict[str, list[str | None]]:
        return {name: self._text[name].to_pylist() for name in self._text.column_names}

    @cached_property
    def molecule_starts(self) -> npt.NDArray[np.int64]:
        """First row of each molecule, shape (n_molecules,)."""
        return np.searchsorted(self.molecule_of_row, np.arange(len(self._molecules["smiles"])))

    @cached_property
    def has_structure(self) -> npt.NDArray[np.bool_]:
        """Which molecules have a structure (and so a fingerprint), shape (n_molecules,)."""
        return np.array([bool(smiles) for smiles in self._molecules["smiles"]], dtype=bool)

    @cached_property
    def _by_formula(self) -> dict[str, npt.NDArray[np.int64]]:
        groups: dict[str, list[int]] = {}
        for number, formula in enumerate(self._molecules["formula"]):
            groups.setdefault(formula, []).append(number)
        return {formula: np.array(numbers) for formula, numbers in groups.items() if formula}

    def molecules_of_formula(self, formula: str | None) -> npt.NDArray[np.int64]:
        """Return the numbers of the molecules of a neutral formula (Hill order)."""
        return self._by_formula.get(formula or "", np.empty(0, dtype=np.int64))

    def row_range(self, molecule: int) -> slice:
        """Return which rows hold the spectra of a molecule."""
        starts = self.molecule_starts
        last = int(starts[molecule + 1]) if molecule + 1 < starts.size else len(self)
        return slice(int(starts[molecule]), last)

    def rows_of(self, molecules: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the rows of the spectra of some molecules."""
        ranges = [self.row_range(number) for number in molecules.tolist()]
        parts = [np.arange(rows.start, rows.stop) for rows in ranges]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def molecule(self, number: int) -> Molecule:
        """Return a compound by its number."""
        return Molecule(*(self._molecules[name][number] for name in MOLECULE_COLUMNS))

    def allowed(
        self, polarity: Polarity | None, exclude: Collection[str] = ()
    ) -> npt.NDArray[np.bool_]:
        """Return which rows a query may be compared with, shape (n_spectra,).

        Parameters
        ----------
        polarity : "positive", "negative" or None
            A spectrum of the other polarity is never a match; an unknown one matches both.
        exclude : collection of str
            First InChIKey blocks of molecules to leave out (a frozenset is looked up fastest).
        """
        return self._mask_of(polarity, frozenset(exclude))

    def only(self, accessions: Collection[str]) -> Self:
        """Return the same library with only some records to be compared with.

        For benchmarks: the training side of a split. Rows and molecules keep their numbers.
        """
        wanted = frozenset(accessions)
        some = copy.copy(self)
        some._rows = np.array(
            [a in wanted for a in self._text["accession"].to_pylist()], dtype=bool
        )
        some._mask_of = lru_cache(maxsize=8)(some._mask)
        return some

    def _mask(self, polarity: Polarity | None, exclude: frozenset[str]) -> npt.NDArray[np.bool_]:
        mask = self._rows.copy()
        if polarity is not None:
            mask &= self.polarity != -POLARITY_CODES[polarity]
        if exclude:
            keys = self._molecules["inchikey14"]
            left_out = np.array([key in exclude for key in keys], dtype=bool)
            mask &= ~left_out[self.molecule_of_row]
        mask.setflags(write=False)
        return mask

    def peaks(self, row: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return m/z and intensity of a spectrum, float64 arrays of shape (n_peaks,)."""
        part = slice(int(self.peak_offsets[row]), int(self.peak_offsets[row + 1]))
        return self._peak_mz[part].astype(np.float64), self._peak_intensity[part].astype(np.float64)

    def record(self, row: int) -> dict[str, str]:
        """Return accession, title, adduct, instrument, collision_energy and licence of a row."""
        return {name: values[row] or "" for name, values in self._texts.items()}

    def spectrum(self, row: int) -> Spectrum:
        """Return a reference spectrum as a value."""
        mz, intensity = self.peaks(row)
        record, molecule = self.record(row), self.molecule(int(self.molecule_of_row[row]))
        precursor = float(self.precursor_mz[row])
        energy = record["collision_energy"]
        polarity = {code: name for name, code in POLARITY_CODES.items()}[int(self.polarity[row])]
        return Spectrum(
            mz,
            intensity,
            precursor_mz=precursor if np.isfinite(precursor) else None,
            adduct=record["adduct"] or None,
            polarity=polarity,
            collision_energy=parse_energy(energy, record["instrument"]) if energy else None,
            instrument=record["instrument"],
            title=record["title"] or molecule.name,
            spectrum_id=record["accession"],
            formula=molecule.formula or None,
            smiles=molecule.smiles or None,
            inchikey=molecule.inchikey14 or None,
            origin=Origin(str(self.path), row),
        )


def _array(folder: Path, name: str) -> npt.NDArray[Any]:
    return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
