"""Were the training spectra measured like this one?"""

import numpy as np

from msgui.prediction.inputs import analyser, instrument_text
from msgui.prediction.memory import Memory
from msgui.trust.subject import NotComputedError, Subject, unknown
from msgui.trust.values import TrustCheck

CHECK = "conditions"
# Neighbouring settings of one instrument are about this far apart.
SAME_ENERGY_EV = 10.0


def conditions(subject: Subject, memory: Memory | None) -> TrustCheck:
    """Return how many training spectra share adduct, analyser and collision energy.

    Raises
    ------
    NotComputedError
        The model keeps no conditions.
    """
    if memory is None:
        raise NotComputedError("the model does not say how its training spectra were measured")
    spectrum = subject.spectrum
    kind = analyser(instrument_text(spectrum))
    energy = spectrum.collision_energy_ev
    seen = memory.conditions
    same_adduct = seen.adduct == subject.adduct
    same_analyser = seen.analyser == kind
    shared = same_adduct & same_analyser
    parts = [f"the adduct {subject.adduct or '(unknown)'}", f"the analyser ({kind})"]
    if energy is not None:
        near = np.abs(seen.energy_ev - np.float32(energy)) <= SAME_ENERGY_EV
        shared &= near
        parts.append(f"a collision energy within {SAME_ENERGY_EV:g} eV of {energy:.0f} eV")
    said = f"{', '.join(parts[:-1])} and {parts[-1]}"
    sentence = (
        f"{int(shared.sum()):,} of {len(memory):,} training spectra share {said} "
        f"(adduct alone {int(same_adduct.sum()):,}, analyser alone {int(same_analyser.sum()):,})."
    )
    if energy is None:
        sentence += " The spectrum does not state its collision energy."
    return unknown(CHECK, float(shared.sum()), sentence)
