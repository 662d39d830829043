"""Small calibrations and answers for the tests of trust."""

import numpy as np

from msgui.trust.calibration import Acceptance, Calibrated, Limit
from msgui.trust.confidence import Logistic
from msgui.trust.set_up import SetUp
from msgui.trust.values import Frequency, Usefulness

SET_UP = SetUp("model", "forward", "ranking", "2-abc")


def by_gap(weight: float = 2.0) -> Logistic:
    """Return a confidence that knows only how far the first score stands out."""
    return Logistic(("gap",), np.array([0.2]), np.array([0.1]), np.array([weight]), 0.0)


def calibrated(**changes: object) -> Calibrated:
    """Return what might have been measured of a set-up."""
    values: dict[str, object] = {
        "set_up": SET_UP,
        "formula": "known",
        "candidates": "purines",
        "data": "new compounds",
        "spectra": 120,
        "molecules": 60,
        "adducts": ("[M+H]+", "[M-H]-"),
        "analysers": ("orbitrap", "qtof"),
        "most_candidates": 40,
        "limits": {
            "intensities": Limit("high", 0.8, 0.95, Usefulness(0.7, 0.6, 0.8, 90, 90)),
            "conditions": Limit("low", None, None, Usefulness(0.52, 0.4, 0.6, 90, 90)),
        },
        "first": by_gap(),
        "five": by_gap(),
        "good": 0.7,
        "fair": 0.4,
        "frequencies": {
            "good": Frequency(0.75, 0.9, 30, 20),
            "low": Frequency(0.1, 0.3, 30, 20),
        },
        "elsewhere": {"good": Frequency(0.6, 0.8, 10, 10)},
        "elsewhere_data": "other compounds",
        "acceptances": (
            Acceptance(5, None, 0.0, float("nan"), 0, 1.0),
            Acceptance(20, 0.8, 0.25, 0.12, 20, 0.97),
        ),
    }
    return Calibrated(**{**values, **changes})  # type: ignore[arg-type]
