"""Would the model say the same without looking at the spectrum?"""

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

CHECK = "spectrum matters"
# A model that looks at the peaks moves some bit by far more than this when they are taken away.
SAME_ANSWER = 1e-3
IGNORED = "Not supported by the spectrum: without any peaks the model predicts the same."
ADDED_NOTHING = "The spectrum added nothing: without any peaks the model puts the same one first."


def foreign_peaks(subject: Subject) -> Spectrum | None:
    """Return the spectrum with the peaks of another compound of the same formula, if one is near.

    Only reference spectra whose peaks are at hand (an installed library) can lend theirs.
    """
    top = subject.candidates[0].structure.inchikey14 if subject.candidates else ""
    for neighbour in subject.neighbours:
        if neighbour.mz is None or neighbour.intensity is None or not neighbour.mz.size:
            continue
        if neighbour.same_formula and neighbour.inchikey14 != top:
            return subject.spectrum.with_(mz=neighbour.mz, intensity=neighbour.intensity)
    return None


def spectrum_matters(subject: Subject, model: Predictor) -> TrustCheck:
    """Return the rank of the top candidate when the model is shown no peaks.

    Without a list to rank, the share of the predicted bits that stay.

    Raises
    ------
    NotComputedError
        There is no prediction.
    """
    prediction = subject.prediction
    if prediction is None:
        raise NotComputedError("there is no prediction")
    other = foreign_peaks(subject)
    nothing = np.zeros(0)
    bare = subject.spectrum.with_(mz=nothing, intensity=nothing)
    answers = ask_again(subject, model, [bare, *([other] if other is not None else [])])
    stay = shared_bits(prediction, answers[0])
    change = float(np.abs(prediction.probability - answers[0].probability).max())
    if change < SAME_ANSWER:
        return TrustCheck(CHECK, "problem", 1.0, IGNORED)
    if len(subject.candidates) < 2:
        sentence = f"Without any peaks {stay:.0%} of the predicted bits stay."
        return unknown(CHECK, stay, sentence)
    n = len(subject.candidates)
    with_peaks = model_rank(prediction, subject.candidates)
    blind = model_rank(answers[0], subject.candidates)
    sentence = (
        f"By the model alone the top candidate stands at rank {as_text(with_peaks)} of {n} with "
        f"the peaks and at {as_text(blind)} without any; {stay:.0%} of the predicted bits stay."
    )
    if other is not None:
        foreign = model_rank(answers[1], subject.candidates)
        sentence += (
            f" With the peaks of another compound of this formula it stands at {as_text(foreign)}."
        )
    if blind <= 1.0:
        return TrustCheck(CHECK, "warn", blind, f"{ADDED_NOTHING} {sentence}")
    return unknown(CHECK, blind, sentence)
