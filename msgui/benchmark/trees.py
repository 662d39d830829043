"""A reference for the forward network: boosted trees on sums over atoms and bonds of a piece."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from msgui.benchmark.intensities import NOTHING, Method, Peaks, compared_peaks
from msgui.benchmark.queries import Query
from msgui.chemistry.adducts import parse_adduct
from msgui.errors import MsguiError
from msgui.fragments.ions import IonForm, ion_forms
from msgui.prediction.forward import members_of
from msgui.prediction.forward_network import SHIFTS, Conditions, condition_inputs
from msgui.prediction.inputs import analyser, instrument_text
from msgui.prediction.ion_tolerance import ion_tolerance
from msgui.prediction.piece_features import Pieces, pieces_of, tables_of
from msgui.progress import Step

Single = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
MAX_BONDS = 2
NEGATIVES = 150
TREES, LEAVES = 200, 63
TOLERANCE_PPM = 10.0


@dataclass(frozen=True, eq=False)
class _Form:
    """The ions of a molecule in one form: m/z, members, and the ion that each belongs to."""

    mz: FloatArray
    place: Rows
    ion: Rows
    told: Single


class _Molecule:
    """A molecule with what the trees are told about each of its pieces."""

    def __init__(self, smiles: str) -> None:
        tables = tables_of(smiles)
        self.pieces: Pieces = pieces_of(tables, MAX_BONDS)
        kept = self.pieces.atoms @ tables.atoms
        ends = np.repeat(tables.bonds, 2, axis=0)
        ends = np.concatenate([ends, np.zeros((1, ends.shape[1]), np.float32)])
        cuts = ends[self.pieces.cuts].sum(axis=1)
        rest = tables.atoms.sum(axis=0) - kept
        self.told = np.concatenate([self.pieces.scalars, kept, rest, cuts], axis=1)

    def forms(self, query: Query, precursor: float) -> list[_Form]:
        """Return the ions that the molecule can give below a precursor."""
        spectrum, pieces = query.spectrum, self.pieces
        conditions = Conditions(
            precursor, spectrum.collision_energy_ev, analyser(instrument_text(spectrum))
        )
        return [
            self._form(form, conditions, pieces) for form in ion_forms(parse_adduct(query.adduct))
        ]

    def _form(self, form: IonForm, conditions: Conditions, pieces: Pieces) -> _Form:
        mz, place, ion = members_of(form, pieces, conditions.precursor_mz)
        return _Form(mz, place, ion, condition_inputs(conditions, form, pieces.atoms.shape[1]))

    def rows(self, form: _Form, members: Rows) -> Single:
        """Return what the trees are told about some members of the ions of a form."""
        place = form.place[members]
        shift = np.array(SHIFTS, np.float32)[place % len(SHIFTS)][:, None]
        told = np.broadcast_to(form.told, (members.size, form.told.size))
        mz = form.mz[form.ion[members]].astype(np.float32)[:, None]
        return np.concatenate([self.told[place // len(SHIFTS)], shift, mz, told], axis=1)


def learn_trees(queries: Sequence[Query], seed: int = 0) -> Generator[Step, None, Method]:
    """Yield steps; return the method that predicts with trees learned from measured spectra.

    All ions that were measured and ``NEGATIVES`` others of each spectrum, weighted for all of
    them; the square root of the relative intensity is learned, and the height of an ion is that of
    its best piece.

    Raises
    ------
    MsguiError
        scikit-learn is not installed, or nothing can be learned.
    """
    rng = np.random.default_rng(seed)
    tables, heights, weights = list[Single](), list[FloatArray](), list[FloatArray]()
    for number, query in enumerate(queries):
        yield Step(number, len(queries), "what the trees learn from")
        for rows, height, weight in _examples(query, rng):
            tables.append(rows)
            heights.append(height)
            weights.append(weight)
    if not tables:
        raise MsguiError("The trees have nothing to learn from.", "Use more data.")
    yield Step(0, 0, "boosted trees")
    learner = _learner(seed)
    learner.fit(
        np.concatenate(tables), np.concatenate(heights), sample_weight=np.concatenate(weights)
    )

    def method(query: Query, precursor: float) -> Peaks:
        return _predicted(learner, query, precursor)

    return method


def _learner(seed: int) -> Any:
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError:
        raise MsguiError(
            "The boosted trees need scikit-learn, which is not installed.",
            "Install msgui with its extra 'train', or leave --trees out.",
        ) from None
    return HistGradientBoostingRegressor(
        max_iter=TREES, max_leaf_nodes=LEAVES, early_stopping=False, random_state=seed
    )


def _examples(
    query: Query, rng: np.random.Generator
) -> list[tuple[Single, FloatArray, FloatArray]]:
    spectrum, precursor = query.spectrum, query.spectrum.precursor_mz
    mz, intensity = compared_peaks((spectrum.mz, spectrum.intensity), precursor, query.adduct)
    if precursor is None or not mz.size:
        return []
    try:
        molecule = _Molecule(query.smiles)
    except MsguiError:
        return []
    height = np.sqrt(intensity / intensity.max())
    tolerance = ion_tolerance(mz, TOLERANCE_PPM)
    found = []
    for form in molecule.forms(query, precursor):
        if not form.mz.size:
            continue
        of_ion = np.zeros(form.mz.size)
        for peak in range(mz.size):
            near = np.abs(form.mz - mz[peak]) <= tolerance[peak]
            of_ion[near] = np.maximum(of_ion[near], height[peak])
        target = of_ion[form.ion]
        positive, negative = np.flatnonzero(target > 0), np.flatnonzero(target == 0)
        drawn = rng.permutation(negative)[:NEGATIVES]
        members = np.concatenate([positive, drawn])
        weight = np.ones(members.size)
        weight[positive.size :] = negative.size / max(1, drawn.size)
        found.append((molecule.rows(form, members), target[members], weight))
    return found


def _predicted(learner: Any, query: Query, precursor: float) -> Peaks:
    try:
        molecule = _Molecule(query.smiles)
    except MsguiError:
        return NOTHING
    parts = []
    for form in molecule.forms(query, precursor):
        if not form.mz.size:
            continue
        guess = learner.predict(molecule.rows(form, np.arange(form.place.size)))
        height = np.zeros(form.mz.size)
        np.maximum.at(height, form.ion, guess)
        parts.append((form.mz, height**2))
    if not parts:
        return NOTHING
    mz, intensity = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(mz, kind="stable")
    return mz[order], intensity[order]
