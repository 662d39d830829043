"""The table of candidates: what its columns are and what its cells show."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from msgui.annotation import Candidate
from msgui.gui.peak_words import percent
from msgui.gui.widgets.delegates import FRACTION_ROLE, PICTURE_ROLE, RUNS_ROLE, SECOND_LINE_ROLE
from msgui.gui.widgets.run_label import as_tip
from msgui.gui.widgets.runs import Run, Runs, formula_runs, muted_runs
from msgui.gui.widgets.values_table import Column, ValuesTable
from msgui.overrides import OWN_SOURCE

Role = Qt.ItemDataRole
NO_NUMBER = "–"
CALL_SIGNS = {"accepted": "✓", "tentative": "?", "rejected": "✗", "": ""}


def _score(value: float | None) -> str:
    return NO_NUMBER if value is None else f"{value:.2f}"


def rank_text(candidate: Candidate) -> str:
    """Return the rank, with "=" when others share it."""
    return f"{candidate.rank}{'=' if candidate.tied_with else ''}"


RANK, PICTURE, NAME, MODEL, BASELINE, HEIGHTS, EXPLAINED, PEAKS, PERCENTILE, BLIND, CALL = range(11)
# What the shares of a score are called, by the name of the evidence.
SHARES = {
    "model": "model",
    "baseline": "baseline",
    "memory": "remembered spectra",
    "explanation": "explained peaks",
    "forward": "heights",
}


def candidate_columns(
    call_of: Callable[[Candidate], str], level_of: Callable[[Candidate], str]
) -> tuple[Column, ...]:
    """Return the columns of the table of candidates."""
    return (
        Column(
            "#",
            'Rank in this list. "2=" says that several candidates share rank 2:\n'
            "the method can not tell them apart.",
            rank_text,
            lambda c: c.rank,
            how="rank",
        ),
        Column("Structure", "The structure, without stereochemistry", lambda _: "", lambda _: None),
        Column(
            "Name",
            "Name in the list of structures, else the SMILES; below it the formula",
            lambda c: c.structure.name or c.structure.smiles,
            lambda c: (c.structure.name or "~" + c.structure.smiles).lower(),
        ),
        Column(
            "Model",
            "Agreement of this structure's fingerprint with the one that the model predicts\n"
            "from the spectrum, 0 to 1. It is not a probability of being right.",
            lambda c: _score(c.model_score),
            lambda c: c.model_score,
            is_number=True,
            descending_first=True,
            how="model",
        ),
        Column(
            "Baseline",
            "The same agreement with the fingerprint of the nearest known spectra, 0 to 1:\n"
            "what looking up similar spectra says without any model.",
            lambda c: _score(c.baseline_score),
            lambda c: c.baseline_score,
            is_number=True,
            descending_first=True,
            how="baseline",
        ),
        Column(
            "Heights",
            "Agreement of the measured intensities with those that this structure is expected\n"
            "to give, 0 to 1. It is not a probability of being right.",
            lambda c: _score(c.forward_score),
            lambda c: c.forward_score,
            is_number=True,
            descending_first=True,
            how="heights",
        ),
        Column(
            "Expl. %",
            "Share of the intensity that lies in peaks with the mass of a piece of this\n"
            "structure; the precursor and isotope peaks do not count. Large molecules explain\n"
            "much by chance: compare with the isomers in this list.",
            lambda c: f"{percent(c.coverage.explained_intensity)} %",
            lambda c: c.coverage.explained_intensity,
            is_number=True,
            descending_first=True,
            how="explained",
        ),
        Column(
            "Peaks",
            "Peaks explained by a piece of this structure, of those that count",
            lambda c: f"{c.coverage.explained_peaks}/{c.coverage.peaks}",
            lambda c: c.coverage.explained_peaks,
            is_number=True,
            descending_first=True,
            how="explained",
        ),
        Column(
            "Pctl.",
            "Percentile among the isomers: of a hundred candidates with this formula, how many\n"
            "explain less intensity (ties count half). 50: no more than any isomer.\n"
            "Empty: no isomer in the list.",
            lambda c: "" if c.isomer_percentile is None else f"{100 * c.isomer_percentile:.0f}",
            lambda c: c.isomer_percentile,
            is_number=True,
            descending_first=True,
            how="isomers",
        ),
        Column(
            "Blind",
            "Rank without looking at the spectrum. When it equals the rank,\n"
            "the spectrum has not decided anything. Empty: this model has no blind twin.",
            lambda c: "" if c.blind_rank is None else str(c.blind_rank),
            lambda c: c.blind_rank,
            is_number=True,
            how="blind",
        ),
        Column(
            "My call",
            "What you said: accepted, tentative or rejected (A, T, R),\n"
            "and the identification level (Schymanski et al. 2014) if you chose one",
            lambda c: f"{CALL_SIGNS[call_of(c)]} {call_of(c)} {level_of(c)}".strip(),
            lambda c: f"{call_of(c)} {level_of(c)}".strip() or "~",
        ),
    )


class CandidatesTable(ValuesTable):
    """Candidates of the current spectrum; places are those in ``annotation.candidates``."""

    def __init__(
        self,
        call_of: Callable[[Candidate], str],
        level_of: Callable[[Candidate], str],
        letter_of: Callable[[Candidate], str],
        picture: Callable[[str], object],
        parent: Any = None,
    ) -> None:
        super().__init__(candidate_columns(call_of, level_of), picture, parent)
        self._call_of, self._level_of, self._letter_of = call_of, level_of, letter_of
        self.is_compact = False

    def cell(self, value: Candidate, column: str, role: int) -> Any:
        structure = value.structure
        if column == "#" and role == RUNS_ROLE:
            return (Run(rank_text(value), bold=value.rank == 1),)
        if column == "#" and role == SECOND_LINE_ROLE and self.is_compact:
            return call_runs(self._call_of(value), self._level_of(value), words=False)
        if column == "Structure" and role == PICTURE_ROLE:
            return self.picture(structure.smiles)
        if column == "Name":
            return self._name_cell(value, role)
        if column == "Expl. %" and role == FRACTION_ROLE:
            return value.coverage.explained_intensity
        if column == "Expl. %" and role == SECOND_LINE_ROLE and self.is_compact:
            return f"{value.coverage.explained_peaks} of {value.coverage.peaks}"
        if column == "My call" and role == RUNS_ROLE:
            return call_runs(self._call_of(value), self._level_of(value))
        if role == Role.ToolTipRole and column == "#" and value.contributions:
            return as_tip(score_words(value))
        if role == Role.ToolTipRole and column == "Heights" and value.forward_score is None:
            return "No model of intensities was used."
        if role == Role.ToolTipRole and column == "Baseline" and value.baseline_score is None:
            return "No known spectrum to compare with."
        if role == Role.ToolTipRole and column == "Model" and value.model_score is None:
            return "No model was used."
        return None

    def _name_cell(self, value: Candidate, role: int) -> Any:
        structure = value.structure
        if role == RUNS_ROLE:
            name = Run(structure.name or structure.smiles, bold=value.rank == 1)
            letter = self._letter_of(value)
            if not letter:
                return (name,)
            return (
                Run(f"{letter}  ", bold=True, tone="first" if letter == "A" else "second"),
                name,
            )
        if role == SECOND_LINE_ROLE:
            own = (Run("yours  ·  "),) if structure.source == OWN_SOURCE else ()
            return muted_runs((*own, *formula_runs(structure.formula)))
        if role == Role.ToolTipRole:
            words = (structure.name, structure.smiles, structure.source, structure.identifier)
            return as_tip("\n".join(text for text in words if text))
        return None


def score_words(candidate: Candidate) -> str:
    """Return what the score is made of: "Score 0.71 = 0.21 model + 0.33 heights + ..."."""
    shares = sorted(candidate.contributions, key=lambda share: -share[1])
    parts = (f"{value:.2f} {SHARES[name]}" for name, value in shares if value)
    return f"Score {candidate.score:.2f} = {' + '.join(parts)}"


def call_runs(call: str, level: str = "", *, words: bool = True) -> Runs:
    """Return a decision as a colored sign, its word, and the identification level."""
    if not call:
        return ()
    text = f"{f' {call}' if words else ''}{f' {level}' if level else ''}"
    sign = Run(CALL_SIGNS[call], bold=True, tone=call)
    return (sign, Run(text, tone=call)) if text else (sign,)
