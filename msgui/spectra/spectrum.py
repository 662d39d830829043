"""A measured spectrum as a value that nothing can change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from msgui.spectra.metadata import NOTHING, Metadata

FloatArray = npt.NDArray[np.float64]
Polarity = Literal["positive", "negative"]
EnergyUnit = Literal["eV", "NCE", "%", "unknown"]

# Thermo's definition: absolute energy = NCE * (m/z) / 500 * charge factor (1 for charge 1).
NCE_REFERENCE_MZ = 500.0
NCE_CHARGE_FACTOR = {1: 1.0, 2: 0.9, 3: 0.85, 4: 0.8}
NCE_CHARGE_FACTOR_ABOVE = 0.75


@dataclass(frozen=True)
class CollisionEnergy:
    """A collision energy as it was written and as it was understood.

    Parameters
    ----------
    text : str
        The words of the file, verbatim.
    value : float or None
        The energy (mean of the steps when stepped), or None when the text has no number.
    unit : "eV", "NCE", "%" or "unknown"
        NCE and % are normalised energies.
    steps : tuple of float
        The single values of a stepped energy; empty otherwise.
    """

    text: str
    value: float | None = None
    unit: EnergyUnit = "unknown"
    steps: tuple[float, ...] = ()

    def in_ev(self, precursor_mz: float | None, charge: int | None = 1) -> float | None:
        """Return the energy in eV, or None when it is not known.

        A normalised energy needs the precursor: ``NCE * m/z / 500 * factor(charge)``. A number
        without a unit is read as eV.
        """
        if self.value is None:
            return None
        if self.unit not in ("NCE", "%"):
            return self.value
        if precursor_mz is None:
            return None
        factor = NCE_CHARGE_FACTOR.get(abs(charge or 1), NCE_CHARGE_FACTOR_ABOVE)
        return self.value * precursor_mz / NCE_REFERENCE_MZ * factor

    def __str__(self) -> str:
        if self.value is None:
            return self.text
        if self.steps:
            number = "/".join(f"{step:g}" for step in self.steps)
        else:
            number = f"{self.value:g}"
        return number if self.unit == "unknown" else f"{number} {self.unit}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a spectrum stands: file, record (from 0), and a place that a person can find."""

    file: str = ""
    index: int = 0
    where: str = ""


def _read_only(values: npt.ArrayLike) -> FloatArray:
    array = np.array(values, dtype=np.float64, copy=True)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False, slots=True)
class Spectrum:
    """One mass spectrum.

    Parameters
    ----------
    mz, intensity : float64 arrays, shape (n_peaks,)
        Ascending m/z, absolute intensity as in the file; read-only, finite, intensity > 0.
        The constructor sorts; it refuses arrays of different length and what is not finite.
    precursor_mz : float or None
        None when the file has none (or nonsense).
    adduct : str or None
        Name in :mod:`msgui.chemistry.adducts` where it was understood, else the file's words.
    charge : int or None
        Signed charge of the precursor; None when unknown.
    polarity : "positive", "negative" or None
    collision_energy : CollisionEnergy or None
    instrument : str
        As written ("Q Exactive Plus Orbitrap Thermo Scientific", "LC-ESI-QFT").
    ms_level : int
    retention_time_s : float or None
        Seconds.
    title : str
        What a list shows.
    spectrum_id : str
        The file's own id (FEATURE_ID, SCANS, TITLE, accession, native id); empty if it has none.
    formula, smiles, inchikey : str or None
        What the record says the compound is (neutral formula); never checked, never used silently.
    is_profile : bool
        True when the data are declared or look like profile data.
    parent : str
        For MSn (n >= 3): the spectrum_id of the spectrum it was made from; empty otherwise.
    origin : Origin
    metadata : mapping of str to str
        Every other field of the record, verbatim.
    remarks : tuple of str
        What the reader guessed or dropped, in plain words ("3 peaks without intensity dropped").
    """

    mz: FloatArray
    intensity: FloatArray
    precursor_mz: float | None = None
    adduct: str | None = None
    charge: int | None = None
    polarity: Polarity | None = None
    collision_energy: CollisionEnergy | None = None
    instrument: str = ""
    ms_level: int = 2
    retention_time_s: float | None = None
    title: str = ""
    spectrum_id: str = ""
    formula: str | None = None
    smiles: str | None = None
    inchikey: str | None = None
    is_profile: bool = False
    parent: str = ""
    origin: Origin = Origin()
    metadata: Mapping[str, str] = NOTHING
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        mz, intensity = _read_only(self.mz), _read_only(self.intensity)
        if mz.ndim != 1 or mz.shape != intensity.shape:
            raise ValueError(f"m/z and intensity differ in shape: {mz.shape}, {intensity.shape}")
        if mz.size and not (np.isfinite(mz).all() and np.isfinite(intensity).all()):
            raise ValueError("m/z and intensity must be finite")
        if mz.size > 1 and (np.diff(mz) < 0).any():
            order = np.argsort(mz, kind="stable")
            mz, intensity = _read_only(mz[order]), _read_only(intensity[order])
        object.__setattr__(self, "mz", mz)
        object.__setattr__(self, "intensity", intensity)
        object.__setattr__(self, "metadata", Metadata.of(self.metadata))

    def __len__(self) -> int:
        return int(self.mz.size)

    @property
    def relative_intensity(self) -> FloatArray:
        """Intensities divided by the highest; zeros stay zeros, shape (n_peaks,)."""
        highest = float(self.intensity.max()) if len(self) else 0.0
        return self.intensity / highest if highest > 0 else np.zeros(len(self))

    @property
    def collision_energy_ev(self) -> float | None:
        """Collision energy in eV (normalised energies converted), or None."""
        if self.collision_energy is None:
            return None
        return self.collision_energy.in_ev(self.precursor_mz, self.charge)

    def with_(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return replace(self, **changes)

    def __reduce__(self) -> tuple[Any, ...]:
        # A frozen class with slots cannot be filled by pickle; it is made anew.
        return _rebuild, ({name: getattr(self, name) for name in self.__dataclass_fields__},)


def _rebuild(values: dict[str, Any]) -> Spectrum:
    return Spectrum(**values)


class _Draft:
    """A spectrum while it is being filled: the same slots, but without checks."""

    __slots__ = Spectrum.__slots__


class _DraftOrigin:
    __slots__ = Origin.__slots__


def origin_of(file: str, index: int, where: str) -> Origin:
    """Return the origin that the class would make, in a third of the time."""
    draft: Any = _DraftOrigin()
    draft.file = file
    draft.index = index
    draft.where = where
    draft.__class__ = Origin
    origin: Origin = draft
    return origin


def checked_spectrum(
    mz: FloatArray,
    intensity: FloatArray,
    precursor_mz: float | None,
    adduct: str | None,
    charge: int | None,
    polarity: Polarity | None,
    collision_energy: CollisionEnergy | None,
    instrument: str,
    ms_level: int,
    retention_time_s: float | None,
    title: str,
    spectrum_id: str,
    formula: str | None,
    smiles: str | None,
    inchikey: str | None,
    is_profile: bool,
    parent: str,
    origin: Origin,
    metadata: Metadata,
    remarks: tuple[str, ...],
) -> Spectrum:
    """Return a spectrum of values that already are what the constructor would make of them.

    For readers, which check many spectra at once: the arrays are read-only, ascending and finite.
    The parameters are the fields of the class.
    """
    draft: Any = _Draft()
    draft.mz = mz
    draft.intensity = intensity
    draft.precursor_mz = precursor_mz
    draft.adduct = adduct
    draft.charge = charge
    draft.polarity = polarity
    draft.collision_energy = collision_energy
    draft.instrument = instrument
    draft.ms_level = ms_level
    draft.retention_time_s = retention_time_s
    draft.title = title
    draft.spectrum_id = spectrum_id
    draft.formula = formula
    draft.smiles = smiles
    draft.inchikey = inchikey
    draft.is_profile = is_profile
    draft.parent = parent
    draft.origin = origin
    draft.metadata = metadata
    draft.remarks = remarks
    # Filling twenty slots of a frozen class one by one costs more than reading the record.
    draft.__class__ = Spectrum
    spectrum: Spectrum = draft
    return spectrum
