"""The ranking of candidate structures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from msgui.fragments.coverage import Coverage, isomer_percentiles
from msgui.prediction.agreement import MEASURES, bits_of
from msgui.prediction.values import Candidate, Neighbour, Prediction
from msgui.prediction.weights import KINDS, MEASURE, Weights, bundled_weights
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


def rank(
    prediction: Prediction | None,
    structures: Sequence[Structure],
    baseline: Fingerprinted | None,
    scores: "CandidateScores",
    weights: Weights | None = None,
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
    weights : Weights or None
        None takes those that came with msgui.
    blind : Prediction or None
        What the model says without any peaks; gives the rank without looking at the spectrum.
    forward : float64 array, shape (n,), or None
        Agreement of expected and measured intensities; None without a forward model.
    """
    if len(structures) != len(scores.score):
        raise ValueError(f"{len(structures)} structures, {len(scores.score)} scores")
    if not structures:
        return []
    weights = weights if weights is not None else bundled_weights()
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
    measure: str = MEASURE,
    forward: FloatArray | None = None,
) -> dict[str, FloatArray]:
    """Return what speaks for each structure, 0 to 1, by its kind.

    Neighbours in the model's own memory are of the kind "memory".
    """
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


def combined(evidence: Mapping[str, FloatArray], weights: Weights) -> FloatArray:
    """Return the weighted mean of the evidence that there is, shape (n,)."""
    return sum(contributions(evidence, weights).values())  # type: ignore[return-value]


def contributions(evidence: Mapping[str, FloatArray], weights: Weights) -> dict[str, FloatArray]:
    """Return what each piece of evidence adds to the score of each structure, by its kind.

    The model's own memory is no second witness: it adds nothing to the model.
    """
    speaking = {kind: values for kind, values in evidence.items() if kind in KINDS}
    parts = {}
    for kind, weight in weights.of(speaking).items():
        values = speaking[kind]
        best = float(values.max(initial=0.0))
        if kind in weights.relative and best > 0:
            values = values / best
        parts[kind] = weight * values
    return parts


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
