"""Measured spectra and the ions that their molecules can give, laid out for training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.subformulas import TOLERANCE_FLOOR_DA
from msgui.errors import MsguiError
from msgui.fragments.coverage import counting_peaks
from msgui.fragments.ions import IonForm, ion_forms
from msgui.prediction.forward import members_of
from msgui.prediction.forward_network import Conditions, condition_inputs
from msgui.prediction.inputs import ANALYSERS, ENERGY_SCALE_EV, FRAGMENT_TOLERANCE_PPM
from msgui.prediction.piece_features import Pieces, pieces_of, tables_of
from msgui.training.dataset import Dataset
from msgui.training.forward_network import TrainingPieces

IntArray = npt.NDArray[np.int64]
# A molecule of more pieces would fill a batch alone; it is cut at two bonds, or left out.
MOST_PIECES = 3000
TINY = 1e-30


@dataclass(frozen=True, eq=False)
class TrainingMolecule:
    """A molecule with its pieces, and what is needed to make ions of them."""

    pieces: TrainingPieces
    mass: npt.NDArray[np.float64]
    hydrogens: IntArray
    capacity: IntArray

    @classmethod
    def of(cls, smiles: str, max_bonds: int) -> "Self | None":
        """Return the molecule of a SMILES; None when it cannot be read or is too large."""
        try:
            tables = tables_of(smiles)
        except MsguiError:
            return None
        for bonds in range(max_bonds, 1, -1):
            found = pieces_of(tables, bonds)
            if len(found) <= MOST_PIECES:
                return cls._from(found, TrainingPieces.of(tables, found))
        return None

    @classmethod
    def _from(cls, found: Pieces, pieces: TrainingPieces) -> Self:
        return cls(pieces, found.mass, found.hydrogens, found.capacity)

    @property
    def n_atoms(self) -> int:
        """Heavy atoms."""
        return int(self.pieces.held.shape[1])


@dataclass(frozen=True, eq=False)
class Form:
    """The ions of one molecule in one form.

    Parameters
    ----------
    mz : float64 array, shape (n_ions,)
    place, ion : int32 arrays, shape (n_members,)
        As :func:`msgui.prediction.expected_ions.ion_members` returns them.
    """

    mz: npt.NDArray[np.float64]
    place: npt.NDArray[np.int32]
    ion: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Case:
    """One measured spectrum beside its molecule.

    Parameters
    ----------
    molecule : TrainingMolecule
    forms : tuple of Form
        One for each way in which fragments carry their charge.
    conditions : float32 array, shape (n_forms, len(CONDITIONS))
    height : float32 array, shape (n_peaks,)
        Square roots of relative intensities.
    peak, ion : int64 arrays, shape (n_matches,)
        Ions within tolerance of peaks; ions are counted through all forms.
    """

    molecule: TrainingMolecule
    forms: tuple[Form, ...]
    conditions: npt.NDArray[np.float32]
    height: npt.NDArray[np.float32]
    peak: IntArray
    ion: IntArray


class CaseMaker:
    """Makes cases of the spectra of a data set; pieces and ions are kept.

    Parameters
    ----------
    dataset : Dataset
    rows : sequence of int
        Spectra to learn from.
    max_bonds : int
    """

    def __init__(self, dataset: Dataset, rows: Sequence[int], max_bonds: int) -> None:
        self.dataset = dataset
        self.molecules: dict[int, TrainingMolecule] = {}
        self.spectra: dict[int, list[int]] = {}
        self._forms: dict[tuple[int, IonForm, float], Form] = {}
        for row in rows:
            number = int(dataset.molecule[row])
            if number not in self.spectra:
                molecule = TrainingMolecule.of(dataset.molecules.smiles[number], max_bonds)
                self.spectra[number] = []
                if molecule is not None:
                    self.molecules[number] = molecule
            if number in self.molecules:
                self.spectra[number].append(int(row))

    def case(self, row: int, number: int) -> Case | None:
        """Return a spectrum beside its molecule; None when nothing can be learned from it."""
        made = self._case(row, self.molecules[number], number)
        return made if made.peak.size else None

    def beside(self, row: int, molecule: TrainingMolecule) -> Case:
        """Return a spectrum beside any molecule; its ions are made anew and not kept."""
        return self._case(row, molecule, None)

    def _case(self, row: int, molecule: TrainingMolecule, number: int | None) -> Case:
        dataset = self.dataset
        adduct = parse_adduct(str(dataset.adduct[row]))
        precursor = float(dataset.precursor_mz[row])
        mz, intensity = (values.astype(np.float64) for values in dataset.peaks_of(row))
        counts = counting_peaks(mz, intensity, precursor, adduct.charge)
        mz, intensity = mz[counts], intensity[counts]
        forms = ion_forms(adduct)
        ions = tuple(self._form(molecule, number, form, precursor) for form in forms)
        peak, ion = _matches(mz, np.concatenate([form.mz for form in ions]))
        volts, known = dataset.energy[row]
        conditions = Conditions(
            precursor,
            float(volts) * ENERGY_SCALE_EV if known else None,
            ANALYSERS[int(dataset.analyser[row])],
        )
        told = [condition_inputs(conditions, form, molecule.n_atoms) for form in forms]
        height = np.sqrt(intensity / intensity.max(initial=TINY)).astype(np.float32)
        return Case(molecule, ions, np.stack(told), height, peak, ion)

    def _form(
        self, molecule: TrainingMolecule, number: int | None, form: IonForm, precursor: float
    ) -> Form:
        if number is None:
            return _form_of(molecule, form, precursor)
        key = (number, form, round(precursor, 3))
        if key not in self._forms:
            self._forms[key] = _form_of(molecule, form, precursor)
        return self._forms[key]


def _form_of(molecule: TrainingMolecule, form: IonForm, precursor: float) -> Form:
    mz, place, ion = members_of(form, molecule, precursor)
    return Form(mz, place.astype(np.int32), ion.astype(np.int32))


def _matches(
    peaks: npt.NDArray[np.float64], ions: npt.NDArray[np.float64]
) -> tuple[IntArray, IntArray]:
    """Return the pairs of peak and ion within tolerance."""
    order = np.argsort(ions, kind="stable")
    tolerance = np.maximum(peaks * FRAGMENT_TOLERANCE_PPM * 1e-6, TOLERANCE_FLOOR_DA)
    first = np.searchsorted(ions[order], peaks - tolerance)
    count = np.searchsorted(ions[order], peaks + tolerance, side="right") - first
    peak = np.repeat(np.arange(peaks.size), count)
    place = np.arange(peak.size) - np.repeat(np.cumsum(count) - count, count)
    return peak, order[place + np.repeat(first, count)]
