"""Spectra that a model wrote and nobody measured: how they say so, and how that is read."""

import re

_WORDS = re.compile(r"\bpredicted\b|\bin[- _]?silico\b|\bsimulated\b", re.IGNORECASE)


def predicted_by(model: str, analyser: str = "") -> str:
    """Return what stands as instrument of a predicted spectrum.

    The instrument is the one field that every format and every program keeps and shows, so a
    predicted spectrum is known as one wherever it goes.

    >>> predicted_by("forward-1 1.0", "orbitrap")
    'predicted by forward-1 1.0 for orbitrap'
    """
    return f"predicted by {model}" + (f" for {analyser}" if analyser else "")


def is_predicted(instrument: str) -> bool:
    """Return whether the words in the place of an instrument say that nothing was measured.

    >>> is_predicted("predicted by forward-1 1.0"), is_predicted("CFM-ID in-silico")
    (True, True)
    >>> is_predicted("Q Exactive Orbitrap")
    False
    """
    return bool(_WORDS.search(instrument))
