"""What a model remembers of its training spectra, without their peaks."""

import contextlib
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError

if TYPE_CHECKING:
    from msgui.chemistry.adducts import Adduct

PER_SPECTRUM = ("structure", "accession", "adduct", "instrument", "energy")
PER_STRUCTURE = ("smiles", "inchikey14", "formula")
# int8 embeddings are stored as value * 127 when the file gives no scale.
INT8_SCALE = 1 / 127
MOST_UNPACKED_BYTES = 2 * 1024**3

Words = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Memory:
    """The training spectra of a model: where each lies in the model's space, and what it was.

    Parameters
    ----------
    embedding : float16 or int8 array, shape (n_spectra, n_dimensions)
        As stored; :meth:`similarity` compares with it.
    scale : float
        What a stored value has to be multiplied by.
    structure : int32 array, shape (n_spectra,)
        Row of the structure of each spectrum.
    smiles, inchikey14, formula, name : str arrays, shape (n_structures,)
        Names may be empty.
    accession, adduct, instrument, energy : str arrays, shape (n_spectra,)
        Record id and conditions as the record says them; energy has its unit ("35 NCE").
    """

    embedding: npt.NDArray[np.generic]
    scale: float
    structure: npt.NDArray[np.int32]
    smiles: Words
    inchikey14: Words
    formula: Words
    accession: Words
    adduct: Words
    instrument: Words
    energy: Words
    name: Words

    @classmethod
    def load(cls, path: str | Path, sha256: str | None = None) -> Self:
        """Return the memory of a file.

        Raises
        ------
        MsguiError
            The file is damaged, lacks an array, or is not the one of the card (``sha256``).
        """
        path = Path(path)
        with checked_arrays(path, sha256) as arrays:
            missing = [n for n in ("embedding", *PER_SPECTRUM, *PER_STRUCTURE) if n not in arrays]
            if missing:
                raise damaged(path, f"it lacks {', '.join(missing)}")
            embedding = arrays["embedding"]
            nameless = np.full(len(arrays["smiles"]), "")
            default = INT8_SCALE if embedding.dtype == np.int8 else 1.0
            memory = cls(
                embedding=embedding,
                scale=float(arrays["scale"]) if "scale" in arrays else default,
                structure=arrays["structure"].astype(np.int32),
                **{n: arrays[n] for n in (*PER_STRUCTURE, *PER_SPECTRUM[1:])},
                name=arrays.get("name", nameless),
            )
        if (wrong := memory._inconsistent()) is not None:
            raise damaged(path, wrong)
        return memory

    def _inconsistent(self) -> str | None:
        n = len(self.structure)
        for name in ("embedding", *PER_SPECTRUM):
            if len(getattr(self, name)) != n:
                return f"{name} and structure differ in length"
        if self.embedding.ndim != 2:
            return "embedding is not a table"
        if len(self.name) != len(self.smiles):
            return "name and smiles differ in length"
        if n and not 0 <= self.structure.min() <= self.structure.max() < len(self.smiles):
            return "structure points outside the list of structures"
        return None

    def __len__(self) -> int:
        return len(self.structure)

    @cached_property
    def _vectors(self) -> npt.NDArray[np.float32]:
        vectors = self.embedding.astype(np.float32) * np.float32(self.scale)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(length, 1e-12)
        return vectors

    def similarity(self, embedding: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return the cosine of an embedding with that of each training spectrum, (n_spectra,)."""
        query = np.asarray(embedding, np.float32)
        if query.shape != (self.embedding.shape[1],):
            raise ValueError(f"embedding of shape {query.shape}, memory {self.embedding.shape}")
        length = float(np.linalg.norm(query))
        similarity: npt.NDArray[np.float32] = self._vectors @ (query / max(length, 1e-12))
        return similarity

    @cached_property
    def conditions(self) -> "Conditions":
        """Adduct, analyser and energy of each training spectrum, on the scales of a query."""
        return _conditions(self)

    @cached_property
    def _structures(self) -> frozenset[str]:
        return frozenset(self.inchikey14.tolist())

    def knows(self, inchikey14: str) -> bool:
        """Return whether a compound (first InChIKey block) is among the training structures."""
        return inchikey14 in self._structures


@dataclass(frozen=True, eq=False)
class Conditions:
    """How the training spectra were measured.

    Parameters
    ----------
    adduct : str array, shape (n_spectra,)
        Canonical names where they are known.
    analyser : str array, shape (n_spectra,)
        One of ``msgui.prediction.inputs.ANALYSERS``.
    energy_ev : float32 array, shape (n_spectra,)
        Collision energy; normalised ones are converted with the precursor's m/z. NaN when unknown.
    """

    adduct: Words
    analyser: Words
    energy_ev: npt.NDArray[np.float32]


def _conditions(memory: Memory) -> Conditions:
    from msgui.prediction.inputs import analyser
    from msgui.spectra.energy import parse_energy

    adducts, which = np.unique(memory.adduct, return_inverse=True)
    known = [_adduct(str(text)) for text in adducts]
    masses = np.array([_mass(str(text)) for text in memory.formula])[memory.structure]
    mz = np.full(len(memory), np.nan)
    charge = np.ones(len(memory), np.int64)
    for number, adduct in enumerate(known):
        if adduct is not None:
            rows = np.flatnonzero(which == number)
            mz[rows] = [adduct.mz(mass) for mass in masses[rows]]
            charge[rows] = adduct.charge
    instruments, machine = np.unique(memory.instrument, return_inverse=True)
    analysers = np.array([analyser(str(text)) for text in instruments] or [""])
    energy = np.full(len(memory), np.nan, np.float32)
    for row, (text, instrument) in enumerate(
        zip(memory.energy.tolist(), memory.instrument.tolist(), strict=True)
    ):
        if text:
            value = parse_energy(text, instrument).in_ev(float(mz[row]), int(charge[row]))
            energy[row] = np.nan if value is None else value
    names = [
        adduct.name if adduct else str(text) for adduct, text in zip(known, adducts, strict=True)
    ]
    return Conditions(np.array(names or [""])[which], analysers[machine], energy)


def _adduct(text: str) -> "Adduct | None":
    from msgui.chemistry.adducts import parse_adduct

    try:
        return parse_adduct(text)
    except MsguiError:
        return None


def _mass(formula: str) -> float:
    from msgui.chemistry.formula import Formula

    try:
        return Formula.parse(formula).mass
    except MsguiError:
        return float("nan")


class SeenFormulas:
    """The fragment formulas that occur in a model's training spectra.

    Formulas are in Hill order and without charge.
    """

    def __init__(self, formulas: Sequence[str]) -> None:
        self._formulas = frozenset(formulas)

    @classmethod
    def load(cls, path: str | Path, sha256: str | None = None) -> Self:
        """Return the formulas of a gzipped text file with one formula a line.

        Raises
        ------
        MsguiError
            The file is damaged or not the one of the card (``sha256``).
        """
        path = Path(path)
        data = checked_bytes(path, sha256)
        try:
            with gzip.open(io.BytesIO(data)) as stream:
                text = stream.read(MOST_UNPACKED_BYTES + 1)
            if len(text) > MOST_UNPACKED_BYTES:
                raise damaged(path, "it unpacks to more than 2 GB")
            return cls(text.decode("ascii").split())
        except (OSError, EOFError, UnicodeDecodeError, zlib.error) as fault:
            raise damaged(path, str(fault)) from fault

    def __contains__(self, formula: object) -> bool:
        return formula in self._formulas

    def __len__(self) -> int:
        return len(self._formulas)


@contextlib.contextmanager
def checked_arrays(path: Path, sha256: str | None) -> Iterator[Any]:
    """Yield the arrays of an ``.npz`` of a model.

    Raises
    ------
    MsguiError
        When the file is damaged, lacks an array that is asked for, or is not the one of the card.
    """
    data = checked_bytes(path, sha256)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            yield arrays
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
        raise damaged(path, str(fault)) from fault


def checked_bytes(path: Path, sha256: str | None) -> bytes:
    """Return a file's content, or raise MsguiError unless it is the one of the card."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise MsguiError(
            f"The file cannot be read ({fault.strerror}).", "Check the model folder.", str(path)
        ) from fault
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256.lower():
        raise damaged(path, "its SHA-256 is not the one of the card")
    return data


def damaged(path: Path, why: str) -> MsguiError:
    """Return the error that says why a file of a model cannot be used."""
    return MsguiError(
        f"This file of the model cannot be used: {why}.",
        "Take the model folder again from where it came.",
        str(path),
    )
