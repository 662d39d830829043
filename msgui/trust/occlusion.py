"""Which peaks carry a prediction: the model is asked again with each of them left out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from msgui.prediction.agreement import Bits, log_likelihood
from msgui.trust.subject import NotComputedError, Predictor, Subject, ask_again

# As many as the bundled models look at.
MOST_PEAKS = 64

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What a model predicts without each of the peaks.

    Parameters
    ----------
    peaks : int64 array, shape (n,)
        Indices in the spectrum, ascending.
    full : float32 array, shape (n_bits,)
        Probabilities with all peaks.
    without : float32 array, shape (n, n_bits)
        Probabilities without each of the peaks.
    """

    peaks: npt.NDArray[np.int64]
    full: npt.NDArray[np.float32]
    without: npt.NDArray[np.float32]

    def carried(self, bits: Bits) -> FloatArray:
        """Return by how many nats the log-likelihood of some bits falls without each peak.

        Parameters
        ----------
        bits : uint8 array, shape (n_bits,)
            Fingerprint of a structure.

        Returns
        -------
        float64 array, shape (n,)
            Positive where the peak speaks for the structure.
        """
        return self._fall(bits[None])[:, 0]

    def carried_lead(self, bits: Bits, other: Bits) -> FloatArray:
        """Return by how many nats the lead over another structure falls without each peak."""
        falls = self._fall(np.stack([bits, other]))
        result: FloatArray = falls[:, 0] - falls[:, 1]
        return result

    def _fall(self, bits: Bits) -> FloatArray:
        before = log_likelihood(self.full, bits)
        after = np.array([log_likelihood(row, bits) for row in self.without])
        result: FloatArray = before[None] - after.reshape(len(self.peaks), len(bits))
        return result

    def changes(self, bit: int) -> FloatArray:
        """Return by how much the probability of a bit falls without each peak, shape (n,)."""
        result: FloatArray = float(self.full[bit]) - self.without[:, bit].astype(np.float64)
        return result

    def at_peak(self, values: FloatArray, length: int) -> FloatArray:
        """Return values of peaks as an array of the whole spectrum, NaN where none was left out."""
        spread = np.full(length, np.nan)
        spread[self.peaks] = values
        return spread


def occlude(subject: Subject, model: Predictor) -> Occlusion:
    """Return what the model predicts without each of the 64 most intense peaks.

    Raises
    ------
    NotComputedError
        There is no prediction, or fewer than two peaks.
    """
    prediction, spectrum = subject.prediction, subject.spectrum
    if prediction is None:
        raise NotComputedError("there is no prediction")
    if len(spectrum) < 2:
        raise NotComputedError("without its only peak nothing is left to ask about")
    strongest = np.argsort(-spectrum.intensity, kind="stable")[:MOST_PEAKS]
    peaks = np.sort(strongest).astype(np.int64)
    lacking = [
        spectrum.with_(mz=np.delete(spectrum.mz, i), intensity=np.delete(spectrum.intensity, i))
        for i in peaks
    ]
    answers = ask_again(subject, model, lacking)
    return Occlusion(peaks, prediction.probability, np.stack([a.probability for a in answers]))
