"""What the trust checks say, and the verdict that follows from them."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "problem", "unknown"]
Word = Literal["good", "fair", "low", "unknown"]
# The area under the ROC curve of a number that says nothing.
CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Usefulness:
    """How well a number told wrong first places from right ones, on molecules kept aside.

    Parameters
    ----------
    auroc : float
        Area under the ROC curve of "the structure in first place is wrong"; 0.5 is chance.
    low, high : float
        95 % bootstrap interval over molecules.
    spectra, molecules : int
        What it was measured on.
    """

    auroc: float
    low: float
    high: float
    spectra: int
    molecules: int

    @property
    def short(self) -> str:
        """What stands beside a check: "AUROC 0.69"."""
        return f"AUROC {self.auroc:.2f}"

    @property
    def sentence(self) -> str:
        """What it means, in plain words."""
        measured = (
            f"AUROC {self.auroc:.2f} ({self.low:.2f}–{self.high:.2f}), {self.molecules:,} compounds"
        )
        if self.low > CHANCE:
            return f"Such numbers were worse where the answer was wrong: {measured}."
        return f"Such numbers did not tell wrong answers from right ones: {measured}."


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
    usefulness : Usefulness or None
        None where it was not measured for this set-up.
    """

    check: str
    state: State
    value: float | None
    sentence: str
    usefulness: Usefulness | None = None


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often answers like this one were right, counted on molecules kept aside.

    Parameters
    ----------
    top_1, top_5 : float
        Share of spectra with the right structure in first place, and among the first five.
    spectra, molecules : int
    """

    top_1: float
    top_5: float
    spectra: int
    molecules: int

    @property
    def sentence(self) -> str:
        """What was counted, in plain words."""
        return f"first place right in {self.top_1:.0%}, first five in {self.top_5:.0%}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the chemist is told about the first places of one spectrum.

    Parameters
    ----------
    word : "good", "fair", "low" or "unknown"
    sentence : str
        The consequence, in plain words.
    confidence : float
        Calibrated chance that the structure in first place is the right one, 0 to 1; NaN when the
        set-up or the spectrum lies outside of what was calibrated.
    confidence_5 : float
        The same for the first five.
    frequency : Frequency or None
        Measured for this word, on ``data``.
    data : str
        Name of the set on which the frequency was measured.
    elsewhere : Frequency or None
        Measured for this word on ``elsewhere_data``, compounds of other laboratories.
    elsewhere_data : str
    accepted : tuple of int
        Error rates, in per cent, at which the answer is accepted.
    reason : str
        Why nothing can be said, or what has to be known of what is said.
    """

    word: Word
    sentence: str
    confidence: float = float("nan")
    confidence_5: float = float("nan")
    frequency: Frequency | None = None
    data: str = ""
    elsewhere: Frequency | None = None
    elsewhere_data: str = ""
    accepted: tuple[int, ...] = ()
    reason: str = ""

    @property
    def measured(self) -> tuple[str, ...]:
        """How often this verdict is right: a sentence for each set it was measured on."""
        sets = ((self.data, self.frequency), (self.elsewhere_data, self.elsewhere))
        return tuple(
            f"{found.molecules:,} {name}: {found.sentence}."
            for name, found in sets
            if found is not None
        )
