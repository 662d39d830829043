"""The other direction: which spectrum a structure would give, and whether it was measured."""

import contextlib
import gzip
import json
import time
import zipfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError
from msgui.fragments.coverage import PRECURSOR_WINDOW_DA, counting_peaks
from msgui.fragments.ions import IonForm, ion_forms
from msgui.prediction.card import CARD_FILE, FORWARD_FILE
from msgui.prediction.expected_ions import (
    FIRST_SHIFT,
    LEAST_SHARE,
    found_at,
    ion_members,
    ion_sums,
)
from msgui.prediction.forward_network import (
    CONDITIONS,
    SHIFTS,
    Conditions,
    ForwardNetwork,
    condition_inputs,
)
from msgui.prediction.inputs import analyser, instrument_text
from msgui.prediction.ion_tolerance import ion_tolerance
from msgui.prediction.piece_features import (
    ATOM_FEATURES,
    BOND_FEATURES,
    SCALARS,
    Pieces,
    Single,
    pieces_of,
    tables_of,
)
from msgui.progress import Step
from msgui.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]

TASK = "intensities"
SEEN_STRUCTURES_FILE = "seen_structures.txt.gz"
STEP_NAME = "Expected spectra of the candidates"
_SECONDS_A_STEP = 0.1
# Ions of less than this share of the highest are not listed in an expected spectrum.
_LEAST_LISTED = 1e-4


@dataclass(frozen=True, eq=False)
class ExpectedSpectrum:
    """The fragments that a structure is expected to give, precursor left out.

    Parameters
    ----------
    mz : float64 array, shape (n_ions,)
        Ascending.
    intensity : float64 array, shape (n_ions,)
        Relative to the highest, 0 to 1.
    piece : int64 array, shape (n_ions,)
        Row of the likeliest piece in ``fragments_of(smiles, max_bonds)``.
    shift : int64 array, shape (n_ions,)
        Hydrogens that this piece gained, the charge-carrying one included.
    """

    mz: FloatArray
    intensity: FloatArray
    piece: npt.NDArray[np.int64]
    shift: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.mz.size)


@dataclass(frozen=True, eq=False)
class ForwardModel:
    """A trained model of fragment intensities.

    Parameters
    ----------
    name, version : str
    network : ForwardNetwork
    max_bonds : int
        Bonds that may be cut to make a fragment.
    card : mapping
        What it was trained on and how well it does.
    folder : Path or None
    """

    name: str
    version: str
    network: ForwardNetwork
    max_bonds: int
    card: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Return the model of a folder.

        Raises
        ------
        MsguiError
            When a file is missing, damaged, or was made for other inputs than this version's.
        """
        folder = Path(folder)
        try:
            card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
            with np.load(folder / FORWARD_FILE, allow_pickle=False) as archive:
                weights = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, zipfile.BadZipFile) as fault:
            raise MsguiError(
                f"The forward model cannot be read ({fault}).",
                "Take its folder again from where it came.",
                str(folder),
            ) from fault
        if not isinstance(card, dict) or card.get("inputs") != inputs_of_this_version():
            raise MsguiError(
                "The forward model was made for other inputs than this version of msgui has.",
                "Train it again, or take the one that came with this version.",
                str(folder / CARD_FILE),
            )
        for array in weights.values():
            array.setflags(write=False)
        return cls(
            str(card["name"]),
            str(card["version"]),
            ForwardNetwork(weights),
            int(card["max_bonds"]),
            card,
            folder,
        )

    @cached_property
    def seen_structures(self) -> frozenset[str]:
        """First InChIKey blocks of the structures that the model learned from."""
        if self.folder is None or not (self.folder / SEEN_STRUCTURES_FILE).is_file():
            return frozenset()
        with gzip.open(self.folder / SEEN_STRUCTURES_FILE, "rt", encoding="ascii") as lines:
            return frozenset(line.strip() for line in lines)

    @property
    def sha256(self) -> str:
        """Digest of the weights, as the card gives it; empty without a card."""
        return str(self.card.get("files", {}).get(FORWARD_FILE, ""))

    def knows(self, inchikey14: str) -> bool:
        """Return whether the model learned from a structure."""
        return inchikey14 in self.seen_structures

    def expected(
        self, smiles: str, adduct: Adduct | str, conditions: Conditions
    ) -> ExpectedSpectrum:
        """Return the spectrum that a structure is expected to give.

        Raises
        ------
        MsguiError
            When the SMILES or the adduct cannot be read.
        """
        ion = parse_adduct(adduct) if isinstance(adduct, str) else adduct
        mz, abundance, piece, shift = self._ions(smiles, ion, conditions)
        highest = float(abundance.max()) if abundance.size else 1.0
        # Abundances are learned as square roots of intensities.
        intensity = (abundance / (highest or 1.0)) ** 2
        kept = intensity >= _LEAST_LISTED
        return ExpectedSpectrum(mz[kept], intensity[kept], piece[kept], shift[kept])

    def agreements_in_steps(
        self, spectrum: Spectrum, smiles_list: Sequence[str], adduct: Adduct, tolerance_ppm: float
    ) -> Generator[Step, None, FloatArray]:
        """Yield steps; return how well each candidate's expected spectrum agrees, shape (n,).

        The precursor, what lies above it and isotope peaks are left out. A candidate that cannot
        be read has 0; a spectrum without a precursor agrees with nothing.
        """
        agreement = np.zeros(len(smiles_list))
        counts = counting_peaks(
            spectrum.mz, spectrum.intensity, spectrum.precursor_mz, adduct.charge
        )
        peaks, heights = spectrum.mz[counts], np.sqrt(spectrum.intensity[counts])
        if spectrum.precursor_mz is None:
            return agreement
        conditions = Conditions(
            spectrum.precursor_mz,
            spectrum.collision_energy_ev,
            analyser(instrument_text(spectrum)),
        )
        tolerance = ion_tolerance(spectrum.mz, tolerance_ppm)[counts]
        told = time.perf_counter()
        yield Step(0, len(smiles_list), STEP_NAME)
        for row, smiles in enumerate(smiles_list if peaks.size else ()):
            with contextlib.suppress(MsguiError):
                mz, abundance, _, _ = self._ions(smiles, adduct, conditions)
                found = found_at(peaks, tolerance, mz, abundance)
                agreement[row] = agreement_of(heights, found, float(abundance.sum()))
            if time.perf_counter() - told > _SECONDS_A_STEP:
                yield Step(row + 1, len(smiles_list), STEP_NAME)
                told = time.perf_counter()
        return agreement

    def _ions(
        self, smiles: str, adduct: Adduct, conditions: Conditions
    ) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return m/z, abundance, piece and shift of all ions, by ascending m/z."""
        tables = tables_of(smiles)
        pieces = pieces_of(tables, self.max_bonds)
        described = self.network.described(tables, pieces)
        parts = [
            self._ions_of_form(form, pieces, described, conditions)
            for form in ion_forms(adduct)
            if form.mass_beside_piece > -pieces.mass[0]
        ]
        if len(parts) == 1:
            return parts[0]
        mz, abundance, piece, shift = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        order = np.argsort(mz, kind="stable")
        return mz[order], abundance[order], piece[order], shift[order]

    def _ions_of_form(
        self, form: IonForm, pieces: Pieces, described: Single, conditions: Conditions
    ) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        mz, place, ion = members_of(form, pieces, conditions.precursor_mz)
        inputs = condition_inputs(conditions, form, pieces.atoms.shape[1])
        abundance = self.network.abundance(described, inputs)
        total, best = ion_sums(place, ion, mz.size, abundance)
        return mz, total, best // len(SHIFTS), best % len(SHIFTS) + FIRST_SHIFT


def agreement_of(heights: FloatArray, found: FloatArray, expected: float) -> float:
    """Return how well the expected abundance at each peak agrees with the peaks, 0 to 1.

    The mean over peaks, weighted by the square root of their intensity, of the logarithm of the
    share of the expected spectrum that lies there; 0 when nothing is expected at any peak, 1 when
    everything is expected where everything was measured. It is the cross-entropy that training
    makes small, on a scale from 0 to 1.

    Parameters
    ----------
    heights : float64 array, shape (n_peaks,)
        Square roots of the intensities.
    found : float64 array, shape (n_peaks,)
        Expected abundance within tolerance of each peak.
    expected : float
        Sum of the expected abundances of all ions.
    """
    if expected <= 0 or not heights.size:
        return 0.0
    surprise = np.log(found / expected + LEAST_SHARE) / np.log(LEAST_SHARE)
    return float(np.clip(1 - (heights * surprise).sum() / heights.sum(), 0.0, 1.0))


def inputs_of_this_version() -> dict[str, list[Any]]:
    """Return what the network is told, by name: a model made for other inputs is refused."""
    return {
        "atoms": list(ATOM_FEATURES),
        "bonds": list(BOND_FEATURES),
        "pieces": list(SCALARS),
        "conditions": list(CONDITIONS),
        "shifts": list(SHIFTS),
    }


def conditions_for(
    smiles: str, adduct: str, energy_ev: float | None = None, instrument: str = ""
) -> Conditions:
    """Return conditions for a structure that has not been measured."""
    graph = tables_of(smiles).graph
    mass = float(graph.mass.sum()) + float(graph.hydrogens.sum()) * Formula.of(H=1).mass
    return Conditions(float(parse_adduct(adduct).mz(mass)), energy_ev, analyser(instrument))


class Piecewise(Protocol):
    """Whatever holds the pieces of a molecule: mass, hydrogens and hydrogen capacity of each."""

    @property
    def mass(self) -> FloatArray: ...
    @property
    def hydrogens(self) -> npt.NDArray[Any]: ...
    @property
    def capacity(self) -> npt.NDArray[Any]: ...


def members_of(
    form: IonForm, pieces: Piecewise, precursor_mz: float
) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return what :func:`ion_members` does, of the ions of a form below a precursor."""
    return ion_members(  # type: ignore[no-any-return]
        pieces.mass,
        pieces.hydrogens,
        pieces.capacity,
        len(SHIFTS),
        form.mass_beside_piece,
        abs(form.charge),
        form.partners,
        form.room,
        form.ceiling,
        precursor_mz - PRECURSOR_WINDOW_DA,
    )
