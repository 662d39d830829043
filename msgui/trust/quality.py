"""Is there enough in the spectrum to go by?"""

import numpy as np

from msgui.trust.subject import NotComputedError, Subject, unknown
from msgui.trust.values import TrustCheck

CHECK = "spectrum quality"
LEAST_RELATIVE = 0.01
PRECURSOR_WINDOW_DA = 0.5


def spectrum_quality(subject: Subject) -> TrustCheck:
    """Return the number of fragment peaks of at least 1 % of the highest peak.

    Raises
    ------
    NotComputedError
        The spectrum has no peaks.
    """
    spectrum = subject.spectrum
    if not len(spectrum):
        raise NotComputedError("the spectrum has no peaks")
    strong = spectrum.relative_intensity >= LEAST_RELATIVE
    total = float(spectrum.intensity.sum())
    sentence = ""
    fragments = strong
    if spectrum.precursor_mz is not None:
        is_precursor = np.abs(spectrum.mz - spectrum.precursor_mz) <= PRECURSOR_WINDOW_DA
        fragments = strong & ~is_precursor
        left = float(spectrum.intensity[is_precursor].sum()) / total if total > 0 else 0.0
        sentence = f" The precursor holds {left:.0%} of the intensity."
    weak = 1 - float(spectrum.intensity[strong].sum()) / total if total > 0 else 0.0
    count = int(fragments.sum())
    peaks = "1 fragment peak reaches" if count == 1 else f"{count} fragment peaks reach"
    return unknown(
        CHECK,
        float(count),
        f"{peaks} 1 % of the highest peak; weaker peaks hold {weak:.0%} of the intensity."
        f"{sentence}",
    )
