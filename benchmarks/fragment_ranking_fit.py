"""The second step of fitting penalties: rank true structures above their isomers."""

from dataclasses import dataclass

import numpy as np
from fragment_spectra import Measured
from fragment_terms import NOTHING, Sources, rates, summed
from scipy.optimize import minimize

from msgui.errors import MsguiError
from msgui.fragments.annotate import hits_of
from msgui.fragments.enumerate import rearranged_fragments_of
from msgui.fragments.ions import IonForm, ion_forms
from msgui.fragments.kernels import HYDROGEN
from msgui.fragments.scoring import CHANCE

TOLERANCE_PPM = 10.0
MOST_PIECES = 30_000
MOST_PEAKS = 60
EXPECTED_KEPT = 300  # sources of one candidate that send nearly all its signal
LEAST_RATE = np.exp(-13.0)
PULL = 4.0
STEPS = 60
ASIDE_SHARE = 10


@dataclass(frozen=True)
class List:
    """One spectrum with its candidates, the truth first.

    ``terms`` are sources that fit a peak (``peak`` of ``candidate``), ``expected`` the strongest
    sources of each candidate (``sender``).
    """

    value: np.ndarray
    candidates: int
    terms: np.ndarray
    peak: np.ndarray
    candidate: np.ndarray
    expected: np.ndarray
    sender: np.ndarray


def candidate_list(one: Measured, smiles: list[str], penalty: np.ndarray) -> List | None:
    """Return the sources of all candidates; None when one of them is too large."""
    strongest = np.sort(np.argsort(-one.intensity, kind="stable")[:MOST_PEAKS])
    mz, intensity = one.mz[strongest], one.intensity[strongest]
    mode, form = (0 if one.adduct.charge > 0 else 1), ion_forms(one.adduct)[0]
    window = (min(50.0, float(mz.min())), one.precursor_mz - 0.3)
    terms, peak, expected = [], [], []
    for text in smiles:
        try:
            found = rearranged_fragments_of(text, 3, mode)
        except MsguiError:
            return None
        if len(found) > MOST_PIECES:
            return None
        sources = Sources(found, mode)
        hits = hits_of(mz, found, one.adduct, TOLERANCE_PPM)
        fitting = sources.terms(hits.piece, hits.shift, form.natural, form.room)
        likely = rates(fitting, penalty) > LEAST_RATE
        terms.append(fitting[likely])
        peak.append(hits.peak[likely])
        expected.append(_strongest(sources, form, window, penalty))
    return List(
        np.sqrt(intensity / intensity.max()) * mz / np.median(mz),
        len(smiles),
        np.concatenate(terms),
        np.concatenate(peak),
        np.repeat(np.arange(len(smiles)), [len(rows) for rows in terms]),
        np.concatenate(expected),
        np.repeat(np.arange(len(smiles)), [len(rows) for rows in expected]),
    )


def _strongest(
    sources: Sources, form: IonForm, window: tuple[float, float], penalty: np.ndarray
) -> np.ndarray:
    """Return the terms of the sources that send most signal between two m/z."""
    found = sources.found
    likely = np.argsort(-rates(sources.fixed, penalty), kind="stable")[:EXPECTED_KEPT]
    piece = np.repeat(likely, 9)
    moved = np.tile(form.natural + np.arange(-4, 5), likely.size)
    held = found.hydrogens[piece] + moved
    mz = found.mass[piece] + moved * HYDROGEN + form.mass_beside_piece
    fits = (held >= 0) & (held <= found.capacity[piece] + form.room)
    fits &= held <= found.hydrogens[0] + form.ceiling
    fits &= (mz >= window[0]) & (mz <= window[1])
    terms = sources.terms(piece[fits], moved[fits], form.natural, form.room)
    rate = rates(terms, penalty)
    return terms[np.argsort(-rate, kind="stable")[:EXPECTED_KEPT]]


def parted(lists: list[List], seed: int) -> tuple[list[List], list[List]]:
    """Return a tenth of the lists (each of another molecule) and the rest."""
    aside = np.random.default_rng(seed).permutation(len(lists)) < len(lists) // ASIDE_SHARE
    return (
        [one for one, kept in zip(lists, aside, strict=True) if kept],
        [one for one, kept in zip(lists, aside, strict=True) if not kept],
    )


class Table:
    """Many lists as columns."""

    def __init__(self, lists: list[List]) -> None:
        sizes = np.array([one.candidates for one in lists])
        self.truth = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self.size = int(sizes.sum())
        self.list = np.repeat(np.arange(len(lists)), sizes)
        n_peaks = np.array([one.value.size for one in lists])
        first = np.concatenate([[0], np.cumsum(n_peaks * sizes)])[:-1]
        self.value = np.concatenate([np.tile(one.value, one.candidates) for one in lists])
        self.owner = np.concatenate(
            [
                at + np.repeat(np.arange(one.candidates), one.value.size)
                for one, at in zip(lists, self.truth, strict=True)
            ]
        )
        self.terms = np.concatenate([one.terms for one in lists])
        self.peak = np.concatenate(
            [
                at + one.candidate * one.value.size + one.peak
                for one, at in zip(lists, first, strict=True)
            ]
        )
        self.expected = np.concatenate([one.expected for one in lists])
        self.sender = np.concatenate(
            [at + one.sender for one, at in zip(lists, self.truth, strict=True)]
        )

    def loss(self, penalty: np.ndarray, sharpness: float) -> tuple[float, np.ndarray, float]:
        """Return minus the log-likelihood of the truths, and its slopes."""
        rate, total, sent, score = self._parts(penalty)
        odds = sharpness * score
        highest = np.maximum.reduceat(odds, self.truth)
        weight = np.exp(odds - highest[self.list])
        sums = np.add.reduceat(weight, self.truth)
        cost = -(odds[self.truth] - highest - np.log(sums)).sum()
        away = weight / sums[self.list]
        away[self.truth] -= 1
        by_source = rate * (sharpness * away[self.owner] * self.value / (CHANCE + total))[self.peak]
        slope = -summed(self.terms, by_source, penalty.size)
        slope += summed(self.expected, sharpness * away[self.sender] * sent, penalty.size)
        return float(cost), slope, float((away * score).sum())

    def _parts(self, penalty: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        rate = rates(self.terms, penalty)
        total = np.bincount(self.peak, rate, self.value.size)
        sent = rates(self.expected, penalty)
        gain = np.bincount(self.owner, self.value * np.log1p(total / CHANCE), self.size)
        return rate, total, sent, gain - np.bincount(self.sender, sent, self.size)

    def first_places(self, penalty: np.ndarray) -> float:
        """Return the share of lists with the truth in first place, ties shared."""
        score = np.round(self._parts(penalty)[3], 9)
        best = np.maximum.reduceat(score, self.truth)
        ties = np.add.reduceat((score == best[self.list]).astype(float), self.truth)
        return float(np.mean((score[self.truth] == best) / ties))


def sharpened(lists: list[List], penalty: np.ndarray) -> np.ndarray:
    """Return penalties moved so that true structures rank above their isomers."""
    table = Table(lists)
    pull = np.full(penalty.size, PULL)
    pull[NOTHING] = 1e6

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        sharpness = float(np.exp(values[-1]))
        cost, slope, by_sharpness = table.loss(values[:-1], sharpness)
        away = values[:-1] - penalty
        return cost + 0.5 * float((pull * away**2).sum()), np.append(
            slope + pull * away, by_sharpness * sharpness
        )

    start = np.append(penalty, np.log(0.5))
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(result.x[:-1])


def print_gain(aside: list[List], before: np.ndarray, after: np.ndarray) -> None:
    """Print what the second step gains on lists that it has not seen."""
    table = Table(aside)
    print(
        f"{len(aside)} lists kept aside: truth first in {table.first_places(before):.3f} of them "
        f"before the second step, {table.first_places(after):.3f} after it"
    )
