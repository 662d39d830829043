"""How the verdict on a spectrum is shown: one word, one shape, one color."""

from dataclasses import dataclass, replace
from typing import Literal

from msgui.annotation import Annotation

Word = Literal["good", "fair", "low", "unknown", ""]


@dataclass(frozen=True)
class Look:
    """What the list and the trust pane show of a verdict.

    Parameters
    ----------
    word : str
        Empty while there is no annotation.
    sign : str
        The shape before the word: never the color alone.
    icon, tone : str
        Icon of ``resources/icons``, field of :class:`msgui.gui.theme.Palette`.
    sentence : str
        What follows from it for the chemist.
    """

    word: Word
    sign: str
    icon: str
    tone: str
    sentence: str = ""

    @property
    def text(self) -> str:
        """Shape and word, as one cell of the list."""
        return f"{self.sign} {self.word}".strip()


NONE = Look("", "", "unknown", "muted", "Not annotated yet.")
LOOKS: dict[str, Look] = {
    "good": Look("good", "●", "fine", "fine"),
    "fair": Look("fair", "▲", "warn", "warn"),
    "low": Look("low", "■", "problem", "problem"),
    "unknown": Look("unknown", "?", "unknown", "muted"),
}


def acceptance_of(annotation: Annotation | None, error_percent: int) -> bool | None:
    """Return whether an answer is accepted at an error rate; None without a rate or an answer."""
    if annotation is None or annotation.verdict is None or not error_percent:
        return None
    return error_percent in annotation.verdict.accepted


def look_of(annotation: Annotation | None) -> Look:
    """Return how the verdict of an annotation is shown; without one nothing is known."""
    if annotation is None:
        return NONE
    verdict = annotation.verdict
    if verdict is None:
        return replace(LOOKS["unknown"], sentence="No verdict was made with this annotation.")
    sentences = [verdict.sentence, verdict.reason]
    if verdict.word == "unknown" and verdict.reason:
        sentences = [verdict.reason]
    return replace(LOOKS[verdict.word], sentence=" ".join(dict.fromkeys(filter(None, sentences))))
