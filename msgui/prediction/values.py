"""What a prediction consists of, and the ranking that it gives."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from msgui.fragments.coverage import Coverage
from msgui.spectra.predicted import is_predicted
from msgui.structures.structure import Structure

# The kinds of evidence that a score may be made of.
EVIDENCE = ("model", "baseline", "memory", "explanation", "forward")


@dataclass(frozen=True, eq=False)
class Prediction:
    """A predicted fingerprint.

    Parameters
    ----------
    probability : float32 array, shape (n_bits,)
        Calibrated probability of each Morgan bit.
    embedding : float32 array, shape (n_dimensions,)
        The spectrum in the model's space, unit length; empty when the model has none.
    threshold : float
        Probability above which a bit counts as set (chosen on validation data).
    provider : str
        Where it ran ("CPU", "CUDA", ...).
    """

    probability: npt.NDArray[np.float32]
    embedding: npt.NDArray[np.float32]
    threshold: float
    provider: str


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A measured spectrum that is near to the query.

    Parameters
    ----------
    smiles, inchikey14, formula, name : str
        The compound; name may be empty.
    similarity : float
        0 to 1: cosine of spectra ("library") or of embeddings ("memory").
    kind : "library" or "memory"
        "library": an installed reference spectrum, whose peaks are at hand. "memory": a training
        spectrum that the model remembers without its peaks.
    same_formula : bool
        Does it have the query's formula.
    accession : str
        The record's id: a citation.
    adduct, instrument : str
    collision_energy : str
    mz, intensity : float64 arrays or None
        The peaks, when they are at hand (to be drawn as mirror).
    shared_peaks : int or None
    """

    smiles: str
    inchikey14: str
    formula: str
    similarity: float
    kind: Literal["library", "memory"]
    same_formula: bool
    accession: str = ""
    name: str = ""
    adduct: str = ""
    instrument: str = ""
    collision_energy: str = ""
    mz: npt.NDArray[np.float64] | None = None
    intensity: npt.NDArray[np.float64] | None = None
    shared_peaks: int | None = None

    @property
    def is_predicted(self) -> bool:
        """Whether a model wrote the reference spectrum, and nobody measured it."""
        return is_predicted(self.instrument)

    @property
    def origin_words(self) -> str:
        """What kind of spectrum it is: reference, predicted or training spectrum."""
        if self.kind == "memory":
            return "training spectrum"
        return "predicted spectrum" if self.is_predicted else "reference spectrum"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One structure in the ranked list.

    Parameters
    ----------
    structure : Structure
    rank : int
        From 1; tied candidates share the rank.
    score : float
        What the list is sorted by; higher is better.
    model_score : float or None
        Agreement of the structure's fingerprint with the predicted one, 0 to 1.
    baseline_score : float or None
        The same for the fingerprint of the nearest neighbours; None without neighbours.
    baseline_rank : int or None
    blind_rank : int or None
        Rank by what the model says when it is shown no peaks; None without a model.
    coverage : Coverage
        Explained by the structure's fragments.
    isomer_percentile : float or None
        Share of same-formula candidates that explain less intensity (ties half), 0 to 1.
    tied_with : int
        Number of other candidates with the same rank.
    forward_score : float or None
        Agreement of the intensities that the structure is expected to give with the measured
        ones, 0 to 1; None without a forward model.
    contributions : tuple of (str, float)
        What each kind of evidence (of ``EVIDENCE``) adds to the score; they add up to it.
    """

    structure: Structure
    rank: int
    score: float
    model_score: float | None
    baseline_score: float | None
    baseline_rank: int | None
    blind_rank: int | None
    coverage: Coverage
    isomer_percentile: float | None
    tied_with: int = 0
    forward_score: float | None = None
    contributions: tuple[tuple[str, float], ...] = ()
