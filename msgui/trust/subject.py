"""What the checks look at: the parts of an annotation that they need, by name only.

An ``msgui.annotation.Annotation`` is one; it lives above this package, which therefore describes
what it wants instead of importing it.
"""

from collections.abc import Sequence
from typing import Protocol

from msgui.errors import MsguiError
from msgui.prediction.agreement import MEASURES, bits_of
from msgui.prediction.ranking import ranks
from msgui.prediction.values import Candidate, Neighbour, Prediction
from msgui.prediction.weights import MEASURE
from msgui.spectra.spectrum import Spectrum
from msgui.trust.values import TrustCheck


class Peak(Protocol):
    """What one peak is."""

    @property
    def formula(self) -> str: ...
    @property
    def intensity(self) -> float: ...
    @property
    def label(self) -> str: ...
    @property
    def seen_in_training(self) -> bool | None: ...


class RankedFormula(Protocol):
    """One possible formula of the precursor."""

    @property
    def formula(self) -> str: ...
    @property
    def probability(self) -> float: ...


class Subject(Protocol):
    """What was found for one spectrum."""

    @property
    def spectrum(self) -> Spectrum: ...
    @property
    def adduct(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def formula_source(self) -> str: ...
    @property
    def formulas(self) -> Sequence[RankedFormula]: ...
    @property
    def peaks(self) -> Sequence[Peak]: ...
    @property
    def candidates(self) -> Sequence[Candidate]: ...
    @property
    def candidate_count(self) -> int: ...
    @property
    def prediction(self) -> Prediction | None: ...
    @property
    def neighbours(self) -> Sequence[Neighbour]: ...


class NotComputedError(Exception):
    """A check has nothing to compute with; the text completes "not computed, because"."""


class Predictor(Protocol):
    """A model that can be asked again."""

    def predict(
        self, spectra: Sequence[Spectrum], formulas: Sequence[str], adducts: Sequence[str]
    ) -> list[Prediction]: ...


def ask_again(subject: Subject, model: Predictor, spectra: Sequence[Spectrum]) -> list[Prediction]:
    """Return what the model says to altered spectra under the same formula and adduct."""
    n = len(spectra)
    try:
        return model.predict(spectra, [subject.formula] * n, [subject.adduct] * n)
    except MsguiError as error:
        raise NotComputedError(f"the model failed ({error.cause})") from error


def shared_bits(one: Prediction, other: Prediction) -> float:
    """Return the Jaccard index of the bits that two predictions set, 0 to 1."""
    a, b = one.probability > one.threshold, other.probability > other.threshold
    either = int((a | b).sum())
    return int((a & b).sum()) / either if either else 1.0


def model_rank(prediction: Prediction, candidates: Sequence[Candidate], measure: str = "") -> float:
    """Return the rank of the first candidate by agreement with a prediction alone.

    Ties count as their expected place under random order, so a prediction that cannot tell n
    candidates apart gives (n + 1) / 2.
    """
    agreement = MEASURES[measure or MEASURE]
    bits = bits_of([candidate.structure.smiles for candidate in candidates])
    place, ties = ranks(agreement(prediction.probability, bits))
    return float(place[0] + ties[0] / 2)


def unknown(check: str, value: float, sentence: str) -> TrustCheck:
    """Return a check that measured something; what it means is a matter of the calibration."""
    return TrustCheck(check, "unknown", value, sentence)


def as_text(rank: float) -> str:
    """Return a rank as people write it: "3", or "3.5" when it is shared."""
    return f"{rank:g}"
