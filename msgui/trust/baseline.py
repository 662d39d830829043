"""Do model and nearest neighbours agree?"""

import numpy as np

from msgui.prediction.agreement import bits_of, hard_jaccard
from msgui.prediction.memory import Memory
from msgui.trust.subject import NotComputedError, Subject, unknown
from msgui.trust.values import TrustCheck

CHECK = "model and baseline"


def model_and_baseline(subject: Subject, memory: Memory | None = None) -> TrustCheck:
    """Return the Jaccard index of predicted fingerprint and that of the nearest neighbour.

    Raises
    ------
    NotComputedError
        There is no prediction or no neighbour.
    """
    if subject.prediction is None:
        raise NotComputedError("there is no prediction")
    if not subject.neighbours:
        raise NotComputedError("there are no neighbours")
    nearest = max(subject.neighbours, key=lambda n: n.similarity)
    kind = "reference" if nearest.kind == "library" else "training"
    bits = bits_of([nearest.smiles])
    prediction = subject.prediction
    agreement = float(hard_jaccard(prediction.probability, bits, prediction.threshold)[0])
    name = nearest.name or nearest.accession or nearest.smiles
    sentence = (
        f"The predicted bits and those of the nearest {kind} spectrum ({name}, similarity "
        f"{nearest.similarity:.2f}) have a Jaccard index of {agreement:.2f}."
    )
    if not np.any([neighbour.same_formula for neighbour in subject.neighbours]):
        sentence += f" No similar {kind} spectrum has the formula {subject.formula}."
    if subject.candidates and subject.candidates[0].baseline_rank is not None:
        place = subject.candidates[0].baseline_rank
        sentence += f" The neighbours put the top candidate at rank {place}."
    if memory is not None and subject.candidates:
        if memory.knows(subject.candidates[0].structure.inchikey14):
            sentence += " The model learned from spectra of the top candidate."
        else:
            sentence += " The model learned from no spectrum of the top candidate."
    return unknown(CHECK, agreement, sentence)
