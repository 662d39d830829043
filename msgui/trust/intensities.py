"""Does the model use how high the peaks are?"""

import zlib

import numpy as np

from msgui.spectra.spectrum import Spectrum
from msgui.trust.subject import (
    NotComputedError,
    Predictor,
    Subject,
    as_text,
    ask_again,
    model_rank,
    shared_bits,
    unknown,
)
from msgui.trust.values import TrustCheck

CHECK = "intensities"
PERMUTATIONS = 3


def altered(spectrum: Spectrum) -> list[tuple[str, Spectrum]]:
    """Return the spectrum with other intensities on the same peaks, and what was done.

    The exchange is random but always the same for the same peaks, so that a run can be repeated.
    """
    flat = spectrum.with_(intensity=np.full(len(spectrum), spectrum.intensity.max()))
    root = spectrum.with_(intensity=np.sqrt(spectrum.intensity))
    rng = np.random.default_rng(zlib.crc32(spectrum.mz.tobytes()))
    made = [("all peaks equally high", flat), ("square roots of the intensities", root)]
    for _ in range(PERMUTATIONS):
        swapped = spectrum.with_(intensity=rng.permutation(spectrum.intensity))
        made.append(("intensities exchanged among the peaks", swapped))
    return made


def intensities(subject: Subject, model: Predictor) -> TrustCheck:
    """Return how many predicted bits stay when the intensities are altered, 0 to 1.

    Raises
    ------
    NotComputedError
        There is no prediction, or fewer than two peaks.
    """
    prediction = subject.prediction
    if prediction is None:
        raise NotComputedError("there is no prediction")
    if len(subject.spectrum) < 2:
        raise NotComputedError("a single peak has no relative intensity")
    variants = altered(subject.spectrum)
    answers = ask_again(subject, model, [spectrum for _, spectrum in variants])
    kept = [shared_bits(prediction, answer) for answer in answers]
    flat, exchanged = kept[0], float(np.mean(kept[2:]))
    sentence = (
        f"With all peaks equally high {flat:.0%} of the predicted bits stay, with intensities "
        f"exchanged among the peaks {exchanged:.0%}, with their square roots {kept[1]:.0%}."
    )
    if len(subject.candidates) > 1:
        before = model_rank(prediction, subject.candidates)
        after = float(np.mean([model_rank(a, subject.candidates) for a in answers[2:]]))
        sentence += (
            f" By the model alone the top candidate stands at rank {as_text(before)}, with "
            f"exchanged intensities at {after:.1f} (mean of {PERMUTATIONS})."
        )
    return unknown(CHECK, exchanged, sentence)
