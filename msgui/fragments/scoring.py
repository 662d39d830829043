"""How well candidates explain a spectrum."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rdkit import rdBase

from msgui.chemistry.adducts import Adduct
from msgui.errors import MsguiError
from msgui.fragments.coverage import counting_peaks
from msgui.fragments.graph import MolecularGraph, graph_of
from msgui.fragments.ions import ion_forms, sought_masses
from msgui.fragments.limits import (
    MOST_BONDS,
    MOST_REARRANGED,
    bonds_within_reason,
    rearranged_within_reason,
)
from msgui.fragments.penalties import offsets, penalties, weights_of
from msgui.progress import Step

FloatArray = npt.NDArray[np.float64]

LOWEST_MZ_SEEN = 50.0
# What a peak is worth when nothing explains it, as exp(-penalty): chosen on training molecules.
CHANCE = 1e-3
_PRECURSOR_DA = 0.3
_SECONDS_A_STEP = 0.1
_FIRST_BATCH = 16
_STEP_NAME = "Fragments of the candidates"
# Parts of a batch that two threads take in turn: candidates differ much in what they take.
_SHARES = 6
_LARGEST_BATCH = 2000


@dataclass(frozen=True, eq=False)
class CandidateScores:
    """How well each of n candidates explains one spectrum.

    Parameters
    ----------
    explained_peaks : int64 array, shape (n,)
    explained_intensity : float64 array, shape (n,)
        Share of the summed intensity of the peaks that count, 0 to 1.
    peaks : int
        Peaks that count: precursor, what lies above it and isotope peaks are left out.
    score : float64 array, shape (n,)
        0 or more, higher is better; comparable within one spectrum only. See :func:`explanation`.
    failed : tuple of int
        Candidates that could not be read or are too large; they explain nothing.
    limited : tuple of int
        Candidates so large that they were broken at fewer bonds.
    crowded : tuple of int
        Candidates in which rearrangements are possible at more places than are tried.
    """

    explained_peaks: npt.NDArray[np.int64]
    explained_intensity: FloatArray
    peaks: int
    score: FloatArray
    failed: tuple[int, ...] = ()
    limited: tuple[int, ...] = ()
    crowded: tuple[int, ...] = ()


def explanation(value: FloatArray, total: FloatArray, signal: FloatArray) -> FloatArray:
    """Return the explanation scores of n candidates.

    The logarithm of how much likelier the peaks are with a candidate than by chance, against the
    signal that the candidate should have given and did not: a structure of which everything could
    come explains nothing. With gain g (sum over peaks of value x ln(1 + total / chance)) and
    expected signal e the score is g^2 / (g + e), about g - e where much is explained and never
    negative.

    Parameters
    ----------
    value : float64 array, shape (n_peaks,)
        What each peak counts.
    total : float64 array, shape (n, n_peaks)
        Sum over the pieces that fit of exp(-penalty).
    signal : float64 array, shape (n,)
        The same sum over all that the candidate could give.
    """
    gain = (value * np.log1p(total / CHANCE)).sum(axis=1)
    score: FloatArray = np.divide(gain**2, gain + signal, out=np.zeros_like(gain), where=gain > 0)
    return score


def score_candidates(
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    smiles_list: Sequence[str],
    adduct: Adduct,
    tolerance_ppm: float | FloatArray,
    precursor_mz: float | None,
    max_bonds: int = MOST_BONDS,
) -> CandidateScores:
    """Return how well each candidate explains a spectrum.

    Parameters are those of :func:`msgui.fragments.annotate.explain`; ``precursor_mz`` says which
    peaks do not count, and ``tolerance_ppm`` may hold one for each peak, shape (n_peaks,). A
    candidate whose SMILES cannot be read explains nothing and is listed in ``failed``.
    """
    for item in score_candidates_in_steps(
        mz, intensity, smiles_list, adduct, tolerance_ppm, precursor_mz, max_bonds
    ):
        if isinstance(item, CandidateScores):
            return item
    raise AssertionError("the generator ends with its result")


def score_candidates_in_steps(
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    smiles_list: Sequence[str],
    adduct: Adduct,
    tolerance_ppm: float | FloatArray,
    precursor_mz: float | None,
    max_bonds: int = MOST_BONDS,
) -> Iterator[Step | CandidateScores]:
    """Yield a step about every tenth of a second, then the result of :func:`score_candidates`."""
    all_mz = np.asarray(mz, dtype=np.float64)
    all_intensity = np.asarray(intensity, dtype=np.float64)
    counts = counting_peaks(all_mz, all_intensity, precursor_mz, adduct.charge)
    peaks, heights = all_mz[counts], all_intensity[counts]
    tolerance = np.broadcast_to(tolerance_ppm, all_mz.shape)[counts]
    total = float(heights.sum())
    highest = float(all_intensity.max()) if all_intensity.size else 1.0
    value = np.sqrt(heights / (highest or 1.0)) * (peaks / _typical(peaks))
    explained_peaks = np.zeros(len(smiles_list), dtype=np.int64)
    explained_intensity, score = np.zeros((2, len(smiles_list)))
    failed, limited, crowded = list[int](), list[int](), list[int]()
    question = _Question(
        peaks,
        adduct,
        tolerance,
        max_bonds,
        min(LOWEST_MZ_SEEN, float(peaks.min(initial=LOWEST_MZ_SEEN))),
        np.inf if precursor_mz is None else precursor_mz - _PRECURSOR_DA,
    )
    done, size = 0, _FIRST_BATCH
    yield Step(0, len(smiles_list), _STEP_NAME)
    while done < len(smiles_list):
        started = time.perf_counter()
        batch = smiles_list[done : done + size]
        found = _answer(question, batch)
        rows = found.rows + done
        failed += sorted(set(range(done, done + len(batch))) - set(rows.tolist()))
        limited += rows[found.limited].tolist()
        crowded += rows[found.crowded].tolist()
        if total > 0:
            # Sums along each row, never a matrix product: the size of a batch depends on the clock
            # and must not change a digit.
            fits = np.isfinite(found.least)
            explained_peaks[rows] = fits.sum(axis=1)
            explained_intensity[rows] = np.where(fits, heights, 0.0).sum(axis=1) / total
            score[rows] = explanation(value, found.total, found.signal)
        done += len(batch)
        seconds = max(time.perf_counter() - started, 1e-4)
        size = int(np.clip(size * _SECONDS_A_STEP / seconds, 1, min(4 * size, _LARGEST_BATCH)))
        yield Step(done, len(smiles_list), _STEP_NAME)
    yield CandidateScores(
        explained_peaks,
        explained_intensity,
        int(peaks.size),
        score,
        tuple(failed),
        tuple(limited),
        tuple(crowded),
    )


def _typical(mz: FloatArray) -> float:
    return float(np.median(mz)) if mz.size else 1.0


@dataclass(frozen=True, eq=False)
class _Question:
    """The peaks of one spectrum, and how their pieces are sought."""

    mz: FloatArray
    adduct: Adduct
    tolerance_ppm: FloatArray
    max_bonds: int
    lowest_mz: float
    highest_mz: float


@dataclass(frozen=True, eq=False)
class _Answer:
    """Of the candidates that can be read: least penalty and sum a peak, and the signal expected.

    Then which of them are too large for all bonds, and which have too many places for rules.
    """

    rows: npt.NDArray[np.int64]
    least: FloatArray
    total: FloatArray
    signal: FloatArray
    limited: npt.NDArray[np.bool_]
    crowded: npt.NDArray[np.bool_]


def _answer(question: _Question, batch: Sequence[str]) -> _Answer:
    """Return the answer for some candidates.

    Two threads share them: reading a SMILES and the kernels leave the interpreter free.
    """
    share = max(1, -(-len(batch) // _SHARES))
    starts = range(0, len(batch), share)
    with rdBase.BlockLogs(), ThreadPoolExecutor(2) as threads:
        parts = list(
            threads.map(lambda at: _answer_alone(question, batch[at : at + share]), starts)
        )
    return _Answer(
        np.concatenate([part.rows + at for part, at in zip(parts, starts, strict=True)]),
        np.concatenate([part.least for part in parts]),
        np.concatenate([part.total for part in parts]),
        np.concatenate([part.signal for part in parts]),
        np.concatenate([part.limited for part in parts]),
        np.concatenate([part.crowded for part in parts]),
    )


def _answer_alone(question: _Question, batch: Sequence[str]) -> _Answer:
    from msgui.fragments import kernels

    rows, graphs = _readable(batch, question.max_bonds >= MOST_BONDS)
    bonds = np.array([bonds_within_reason(g, question.max_bonds) for g in graphs], dtype=np.int64)
    limited = bonds < question.max_bonds
    crowded = np.array([graph.places.left_out for graph in graphs], dtype=bool)
    if not graphs or not question.mz.size:
        nothing = np.zeros((len(rows), question.mz.size))
        signal = np.zeros(len(rows))
        return _Answer(
            np.array(rows, np.int64), nothing + np.inf, nothing, signal, limited, crowded
        )
    mode = 0 if question.adduct.charge > 0 else 1
    forms = ion_forms(question.adduct)
    sought = sought_masses(question.mz, forms, question.tolerance_ppm)
    table, weights = penalties(), weights_of(graphs, mode)
    places = [graph.places for graph in graphs]
    least, total, signal = kernels.score_molecules(
        offsets([graph.mass.size for graph in graphs]),
        offsets([graph.bond_from.size for graph in graphs]),
        offsets([len(place) for place in places]),
        np.array([graph.start for graph in graphs], dtype=np.int64),
        np.concatenate([graph.mass for graph in graphs]),
        np.concatenate([graph.hydrogens for graph in graphs]),
        np.concatenate([graph.capacity for graph in graphs]),
        weights.site,
        np.concatenate([graph.bond_from for graph in graphs]),
        np.concatenate([graph.bond_to for graph in graphs]),
        weights.bond,
        weights.place,
        weights.hydrogens,
        np.concatenate([place.lost for place in places]),
        np.concatenate([place.broken for place in places]),
        np.concatenate([place.made for place in places]),
        np.concatenate([place.kept for place in places]),
        sought.target,
        sought.tolerance,
        sought.partners,
        sought.natural,
        sought.room,
        sought.ceiling,
        forms[0].mass_beside_piece,
        question.lowest_mz,
        question.highest_mz,
        table.hydrogens[mode],
        float(table.radical[mode]),
        table.site[mode],
        table.most,
        bonds,
        np.array(
            [rearranged_within_reason(graph, question.max_bonds) for graph in graphs],
            dtype=np.int64,
        ),
        MOST_REARRANGED,
    )
    return _Answer(np.array(rows, np.int64), least, total, signal, limited, crowded)


def _readable(batch: Sequence[str], rearranged: bool) -> tuple[list[int], list[MolecularGraph]]:
    """Return the rows and graphs of the SMILES that can be read."""
    rows: list[int] = []
    graphs: list[MolecularGraph] = []
    for row, smiles in enumerate(batch):
        with contextlib.suppress(MsguiError):
            graphs.append(graph_of(smiles, rearranged))
            rows.append(row)
    return rows, graphs
