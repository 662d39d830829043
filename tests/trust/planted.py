"""Made-up laboratories in which a model is trained, and in which one failure is planted.

The world has eight compounds of one formula. A compound breaks into two of three pieces that all
share (so that only their heights tell compounds apart) and one that is its own. A small linear
model (ridge regression, NumPy) is trained on spectra of a laboratory; what the laboratory did wrong
is what the checks have to find.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from msgui.annotation import Annotation, PeakAnnotation
from msgui.chemistry.molecule import standardize
from msgui.fragments.coverage import Coverage
from msgui.prediction.agreement import bits_of
from msgui.prediction.memory import Memory
from msgui.prediction.values import Candidate, Neighbour, Prediction
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from msgui.structures.structure import Structure

FORMULA, ADDUCT, PRECURSOR_MZ = "C8H10N4O2", "[M+H]+", 195.0877
COMPOUNDS = (
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "CCCn1c(=O)[nH]c(=O)c2[nH]cnc21",
    "CCn1c(=O)c2[nH]cnc2n(C)c1=O",
    "COc1nc(OC)c2nc(C)[nH]c2n1",
    "CC(C)n1cnc2c(=O)[nH]c(=O)[nH]c21",
    "Nc1ccc(cc1)C(=O)NNC(N)=O",
    "CCOC(=O)c1cnc(NC)nc1N",
    "CN(C)c1nc(C)cc(n1)[N+](=O)[O-]",
)
SHARED_MZ = (69.0447, 110.0713, 138.0662)
OWN_MZ = tuple(80.0 + 7.03 * i for i in range(len(COMPOUNDS)))
BINS = np.array([*SHARED_MZ, *OWN_MZ])
# Heights of the three shared pieces for each compound.
HEIGHTS = np.random.default_rng(11).dirichlet((0.7, 0.7, 0.7), len(COMPOUNDS))
RIDGE = 1e-3


@dataclass(frozen=True)
class Laboratory:
    """How training spectra were made, and what became of them.

    Parameters
    ----------
    energy_ev : float
    has_own_pieces : bool
        Do compounds break into the piece that is theirs alone.
    heights_matter : bool
        Otherwise the model learns from spectra whose heights were exchanged at random.
    peaks_matter : bool
        Otherwise the model learns from empty spectra.
    labels_are_right : bool
        Otherwise every spectrum was filed under the compound that follows.
    formulas : tuple of str
        Fragment formulas that its spectra hold.
    knows : tuple of int
        Compounds that were measured.
    """

    energy_ev: float = 30.0
    has_own_pieces: bool = False
    heights_matter: bool = True
    peaks_matter: bool = True
    labels_are_right: bool = True
    formulas: tuple[str, ...] = ("C3H5N2", "C5H8N3", "C6H8N3O")
    knows: tuple[int, ...] = field(default=tuple(range(len(COMPOUNDS))))


def spectrum_of(compound: int, energy_ev: float = 30.0, seed: int = 0, own: bool = False):
    """Return a noisy spectrum of a compound."""
    random = np.random.default_rng((compound, seed))
    heights = HEIGHTS[compound] * random.normal(1, 0.02, 3).clip(0.5, 1.5) + 0.01
    mz, intensity = np.array(SHARED_MZ), 100 * heights / heights.max()
    if own:
        mz, intensity = np.append(mz, OWN_MZ[compound]), np.append(intensity, 60.0)
    order = np.argsort(mz)
    return Spectrum(
        mz[order],
        intensity[order],
        precursor_mz=PRECURSOR_MZ,
        instrument="Q Exactive Orbitrap",
        collision_energy=CollisionEnergy(f"{energy_ev:g} eV", energy_ev, "eV"),
    )


def features(spectrum: Spectrum) -> np.ndarray:
    """Return root heights in the bins of the world, their products, and a constant."""
    heights = np.zeros(BINS.size)
    if len(spectrum):
        place = np.abs(spectrum.mz[:, None] - BINS[None]).argmin(1)
        heights[place] = np.sqrt(spectrum.intensity / spectrum.intensity.max())
    return np.concatenate([heights, np.outer(heights, heights).ravel(), [1.0]])


class LinearModel:
    """Ridge regression from peaks to bits; what comes out is cut to probabilities."""

    def __init__(self, spectra: Sequence[Spectrum], bits: np.ndarray) -> None:
        x = np.array([features(spectrum) for spectrum in spectra])
        ridge = RIDGE * np.eye(x.shape[1])
        self.weight = np.linalg.solve(x.T @ x + ridge, x.T @ bits.astype(float))

    def predict(self, spectra: Sequence[Spectrum], *_given: object) -> list[Prediction]:
        x = np.array([features(spectrum) for spectrum in spectra])
        probability = np.clip(x @ self.weight, 0.002, 0.998).astype(np.float32)
        return [Prediction(row, np.zeros(0, np.float32), 0.4, "CPU") for row in probability]


def train(laboratory: Laboratory) -> tuple[LinearModel, Memory]:
    """Return a model that learned in a laboratory, and what it remembers."""
    random = np.random.default_rng(5)
    rows = [compound for compound in laboratory.knows for _ in range(12)]
    spectra = []
    for seed, compound in enumerate(rows):
        one = spectrum_of(compound, laboratory.energy_ev, seed, own=laboratory.has_own_pieces)
        if not laboratory.heights_matter:
            one = one.with_(intensity=random.permutation(one.intensity))
        if not laboratory.peaks_matter:
            one = one.with_(mz=np.zeros(0), intensity=np.zeros(0))
        spectra.append(one)
    smiles = [COMPOUNDS[compound] for compound in laboratory.knows]
    shift = 0 if laboratory.labels_are_right else 1
    filed = [COMPOUNDS[(compound + shift) % len(COMPOUNDS)] for compound in rows]
    model = LinearModel(spectra, bits_of(filed))
    n, place = len(rows), {compound: i for i, compound in enumerate(laboratory.knows)}
    memory = Memory(
        embedding=np.zeros((n, 1), np.int8),
        scale=1.0,
        structure=np.array([place[compound] for compound in rows], np.int32),
        smiles=np.array(smiles),
        inchikey14=np.array([standardize(one).inchikey14 for one in smiles]),
        formula=np.array([FORMULA] * len(smiles)),
        accession=np.array([f"T{i:04d}" for i in range(n)]),
        adduct=np.array([ADDUCT] * n),
        instrument=np.array(["Orbitrap"] * n),
        energy=np.array([f"{laboratory.energy_ev:g} eV"] * n),
        name=np.array([""] * len(smiles)),
    )
    return model, memory


def answer(compound: int, model: LinearModel, laboratory: Laboratory) -> Annotation:
    """Return what is found for a fresh spectrum of a compound, measured at 30 eV."""
    spectrum = spectrum_of(compound, 30.0, seed=999, own=laboratory.has_own_pieces)
    names = ("C3H5N2", "C5H8N3", "C6H8N3O")
    peaks = tuple(
        PeakAnnotation(
            i,
            mz,
            float(spectrum.intensity[spectrum.mz == mz][0]),
            0.5,
            name,
            1,
            label="fragment",
            seen_in_training=name in laboratory.formulas,
        )
        for i, (mz, name) in enumerate(zip(SHARED_MZ, names, strict=True))
    )
    prediction = model.predict([spectrum])[0]
    return Annotation(
        spectrum,
        adduct=ADDUCT,
        formula=FORMULA,
        peaks=peaks,
        candidates=_ranked(prediction),
        prediction=prediction,
        neighbours=(_nearest(compound, laboratory),),
    )


def _ranked(prediction: Prediction) -> tuple[Candidate, ...]:
    from msgui.prediction.agreement import log_likelihood

    scores = log_likelihood(prediction.probability, bits_of(COMPOUNDS))
    order = np.argsort(-scores, kind="stable")
    return tuple(
        _candidate(COMPOUNDS[c], rank, float(scores[c])) for rank, c in enumerate(order, 1)
    )


def _candidate(smiles: str, rank: int, score: float) -> Candidate:
    clean = standardize(smiles)
    structure = Structure(clean.smiles, clean.inchikey14, clean.formula, clean.exact_mass)
    return Candidate(structure, rank, score, 0.4, 0.3, 2, None, Coverage(3, 3, 1.0), None)


def _nearest(compound: int, laboratory: Laboratory) -> Neighbour:
    """Return the measured compound whose shared pieces are most alike."""
    known = list(laboratory.knows)
    distance = np.abs(HEIGHTS[known] - HEIGHTS[compound]).sum(1)
    nearest = known[int(distance.argmin())]
    return Neighbour(COMPOUNDS[nearest], "", FORMULA, float(1 - distance.min() / 2), "memory", True)
