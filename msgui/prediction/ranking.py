"""The ranking of candidate structures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from msgui.fragments.coverage import Coverage, isomer_percentiles
from msgui.prediction.agreement import MEASURES, bits_of
from msgui.prediction.values import Candidate, Neighbour, Prediction
from msgui.structures.structure import Structure

if TYPE_CHECKING:
    from msgui.fragments.scoring import CandidateScores

FloatArray = npt.NDArray[np.float64]

# Two runs of one model on one spectrum, alone and in a batch, differ in the seventh digit.
TIE = 1e-6


class Fingerprinted(Protocol):
    """Anything with a fingerprint in probabilities: a prediction or a baseline."""

    @property
    def probability(self) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True)
class Weights:
    """How much each piece of evidence counts in the score of a candidate.

    The defaults are set by hand, after a conditional logit on validation molecules of the
    ``unseen`` split had been fitted for an earlier forward model and an earlier explanation score;
    that of the neighbours is a guess. ``benchmarks/ranking.py`` prints what a fit would give now.
    Neighbours in the model's own memory add nothing to the model, so neighbours count only when a
    library speaks.

    Parameters
    ----------
    model : float
        Agreement with the predicted fingerprint.
    baseline : float
        Agreement with the fingerprint of the nearest reference spectra.
    memory : float
        Agreement with the fingerprint of the nearest remembered training spectra.
    explanation : float
        Square root of the explanation score divided by the best of the list.
    forward : float
        Agreement of measured and expected intensities.
    measure : str
        Name in ``agreement.MEASURES`` of the agreement that is meant.
    """

    model: float = 0.24
    baseline: float = 0.2
    memory: float = 0.0
    explanation: float = 0.15
    forward: float = 0.41
    measure: str = "weighted cosine"

    @classmethod
    def from_card(cls, calibration: Mapping[str, object]) -> "Weights":
        """Return the weights that were fitted for a model (its card's ``calibration.ranking``)."""
        fitted = calibration.get("ranking")
        if not isinstance(fitted, Mapping):
            return cls()
        known = {name: fitted[name] for name in cls.__dataclass_fields__ if name in fitted}
        return replace(cls(), **known)


WEIGHTS = Weights()


def rank(
    prediction: Prediction | None,
    structures: Sequence[Structure],
    baseline: Fingerprinted | None,
    scores: "CandidateScores",
    weights: Weights = WEIGHTS,
    blind: Prediction | None = None,
    forward: FloatArray | None = None,
) -> list[Candidate]:
    """Return the structures as candidates, best first.

    The score is the weighted mean of the evidence that there is: agreement with the predicted
    fingerprint, agreement with that of the nearest neighbours, how well the fragments of the
    structure explain the spectrum, and how well the intensities that it is expected to give agree
    with the measured ones. What each adds stands beside it. Structures that it cannot tell apart
    share a rank and stand in alphabetical order of their InChIKey; names, sources and the order in
    which they came have no influence. Of several with the same first InChIKey block the best stays.

    Parameters
    ----------
    prediction : Prediction or None
        None without a model.
    structures : sequence of Structure, length n
    baseline : BaselinePrediction or None
        None without neighbours.
    scores : CandidateScores
        Explanation of each structure, in the same order.
    weights : Weights
    blind : Prediction or None
        What the model says without any peaks; gives the rank without looking at the spectrum.
    forward : float64 array, shape (n,), or None
        Agreement of expected and measured intensities; None without a forward model.
    """
    if len(structures) != len(scores.score):
        raise ValueError(f"{len(structures)} structures, {len(scores.score)} scores")
    if not structures:
        return []
    evidence = evidence_of(prediction, structures, baseline, scores, weights.measure, forward)
    parts = contributions(evidence, weights)
    score = combined(evidence, weights)
    kept = _one_each(structures, score)
    place, ties = ranks(score[kept])
    baseline_score = evidence.get("baseline", evidence.get("memory"))
    baseline_place = None if baseline_score is None else ranks(baseline_score[kept])[0]
    blind_place = None
    if blind is not None:
        unseeing = evidence_of(blind, structures, None, None, weights.measure)["model"]
        blind_place = ranks(unseeing[kept])[0]
    percentile = isomer_percentiles(
        scores.explained_intensity[kept], [structures[i].formula for i in kept]
    )
    candidates = []
    for row, i in enumerate(kept):
        candidates.append(
            Candidate(
                structure=structures[i],
                rank=int(place[row]),
                score=float(score[i]),
                model_score=_at(evidence.get("model"), i),
                baseline_score=_at(baseline_score, i),
                baseline_rank=None if baseline_place is None else int(baseline_place[row]),
                blind_rank=None if blind_place is None else int(blind_place[row]),
                coverage=Coverage(
                    int(scores.explained_peaks[i]),
                    int(scores.peaks),
                    float(scores.explained_intensity[i]),
                ),
                isomer_percentile=None if np.isnan(percentile[row]) else float(percentile[row]),
                tied_with=int(ties[row]),
                forward_score=_at(forward, i),
                contributions=tuple((name, float(part[i])) for name, part in parts.items()),
            )
        )
    return sorted(candidates, key=lambda c: (c.rank, c.structure.inchikey14, c.structure.smiles))


def evidence_of(
    prediction: Fingerprinted | None,
    structures: Sequence[Structure],
    baseline: Fingerprinted | None,
    scores: "CandidateScores | None",
    measure: str = WEIGHTS.measure,
    forward: FloatArray | None = None,
) -> dict[str, FloatArray]:
    """Return what speaks for each structure, 0 to 1, by name of the weight it goes with."""
    evidence: dict[str, FloatArray] = {}
    if prediction is not None or baseline is not None:
        bits = bits_of([structure.smiles for structure in structures])
        if prediction is not None:
            evidence["model"] = MEASURES[measure](prediction.probability, bits)
        if baseline is not None:
            evidence[_kind(baseline)] = MEASURES[measure](baseline.probability, bits)
    if scores is not None:
        best = float(scores.score.max()) if len(scores.score) else 0.0
        share = scores.score / best if best > 0 else np.zeros(len(structures))
        evidence["explanation"] = np.sqrt(share)
    if forward is not None:
        evidence["forward"] = forward
    return evidence


def _kind(baseline: Fingerprinted) -> str:
    """Return "memory" when the neighbours are the model's own training spectra."""
    neighbours: Sequence[Neighbour] = getattr(baseline, "neighbours", ())
    return "memory" if any(n.kind == "memory" for n in neighbours) else "baseline"


def combined(evidence: Mapping[str, FloatArray], weights: Weights = WEIGHTS) -> FloatArray:
    """Return the weighted mean of the evidence that there is, shape (n,)."""
    return sum(contributions(evidence, weights).values())  # type: ignore[return-value]


def contributions(
    evidence: Mapping[str, FloatArray], weights: Weights = WEIGHTS
) -> dict[str, FloatArray]:
    """Return what each piece of evidence adds to the score of each structure, by its name."""
    shares = {name: float(getattr(weights, name)) for name in evidence}
    total = sum(shares.values())
    if total <= 0:
        # Nothing that counts: what there is counts alike, so that a list still has an order.
        shares, total = dict.fromkeys(evidence, 1.0), float(len(evidence))
    return {name: (share / total) * evidence[name] for name, share in shares.items() if share > 0}


def ranks(
    score: npt.ArrayLike, tie: float = TIE
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return rank (from 1, the best first) and number of others that share it, each shape (n,).

    Scores that differ by less than ``tie`` from the next better one are tied with it.
    """
    values = np.asarray(score, np.float64)
    order = np.argsort(-values, kind="stable")
    starts = np.ones(values.size, bool)
    starts[1:] = -np.diff(values[order]) >= tie
    group = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    size = np.bincount(group, minlength=first.size)
    rank_of, ties = np.empty(values.size, np.int64), np.empty(values.size, np.int64)
    rank_of[order] = first[group] + 1
    ties[order] = size[group] - 1
    return rank_of, ties


def _one_each(structures: Sequence[Structure], score: FloatArray) -> npt.NDArray[np.intp]:
    """Return the rows to keep: of each first InChIKey block the one with the best score."""
    best: dict[str, int] = {}
    for row, structure in enumerate(structures):
        key = structure.inchikey14 or structure.smiles
        other = best.setdefault(key, row)
        if other != row:
            mine = (-score[row], structure.smiles)
            if mine < (-score[other], structures[other].smiles):
                best[key] = row
    return np.array(sorted(best.values()), np.intp)


def _at(values: FloatArray | None, row: int) -> float | None:
    return None if values is None else float(values[row])
