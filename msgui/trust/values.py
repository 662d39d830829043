"""What a trust check says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TrustCheck:
    """One answer to "can I believe it?".

    Parameters
    ----------
    check : str
        Its short name: "conditions", "intensities", "fragment formulas", "spectrum matters",
        "model and baseline", "spectrum quality".
    state : "ok", "warn", "problem" or "unknown"
    value : float or None
        The number that was measured; None when not computed.
    sentence : str
        What it means, in plain words; for "unknown": "not computed, because ...".
    """

    check: str
    state: Literal["ok", "warn", "problem", "unknown"]
    value: float | None
    sentence: str
