"""How the trust checks of a spectrum are shown: one word, one shape, one color."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from msgui.annotation import Annotation
from msgui.trust.values import TrustCheck

Word = Literal["good", "fair", "low", "unknown", ""]


@dataclass(frozen=True)
class Verdict:
    """What the list and the trust pane say about a spectrum.

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
    sentence: str

    @property
    def text(self) -> str:
        """Shape and word, as one cell of the list."""
        return f"{self.sign} {self.word}".strip()


NONE = Verdict("", "", "unknown", "muted", "Not annotated yet.")
VERDICTS: dict[str, Verdict] = {
    "good": Verdict("good", "●", "fine", "fine", "Every check passed."),
    "fair": Verdict("fair", "▲", "warn", "warn", "Check the marked points before you report it."),
    "low": Verdict("low", "■", "problem", "problem", "Do not report this without other evidence."),
    "unknown": Verdict("unknown", "?", "unknown", "muted", "Not all checks could be computed."),
}


def verdict_of(annotation: Annotation | None) -> Verdict:
    """Return the verdict of an annotation. What was not computed never counts as passed."""
    if annotation is None:
        return NONE
    return VERDICTS[_word(annotation.trust)]


def _word(checks: Sequence[TrustCheck]) -> str:
    states = {check.state for check in checks}
    if "problem" in states:
        return "low"
    if "warn" in states:
        return "fair"
    return "good" if states == {"ok"} else "unknown"
