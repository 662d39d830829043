"""Which piece of a candidate is which peak, and how well candidates explain a spectrum."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import ELEMENT_INDEX, Formula
from msgui.errors import MsguiError
from msgui.fragments.coverage import counting_peaks
from msgui.fragments.enumerate import FragmentSet, bonds_within_reason, fragments_of
from msgui.fragments.fragment import FragmentMatch
from msgui.fragments.graph import MolecularGraph, graph_of, parse
from msgui.fragments.ions import IonForm, ion_forms, sought_masses
from msgui.progress import Step

FloatArray = npt.NDArray[np.float64]

MOST_MATCHES = 20  # pieces listed for one peak: more than anybody leafs through
_REACH_DA = 5.5  # five hydrogens and any tolerance that makes sense
_SECONDS_A_STEP = 0.1
_FIRST_BATCH = 32
_STEP_NAME = "Fragments of the candidates"
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
        Sum over explained peaks of sqrt(relative intensity) x sqrt(m/z) / (1 + least weight).
    failed : tuple of int
        Candidates that could not be read; they explain nothing.
    """

    explained_peaks: npt.NDArray[np.int64]
    explained_intensity: FloatArray
    peaks: int
    score: FloatArray
    failed: tuple[int, ...] = ()


def explain(
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    smiles: str,
    adduct: Adduct,
    tolerance_ppm: float,
    max_bonds: int = 2,
) -> tuple[tuple[FragmentMatch, ...], ...]:
    """Return for each peak the pieces of a molecule that have its mass, most plausible first.

    Parameters
    ----------
    mz, intensity : array_like, shape (n_peaks,)
        The intensities do not matter to which pieces fit; they stand here so that spectra are
        passed around in one way.
    smiles : str
        The candidate; atom and bond indices of the result count in its order.
    adduct : Adduct
        Of the precursor: it decides which charges, metals and solvents a fragment may carry.
    tolerance_ppm : float
    max_bonds : int
        0 to 3.

    Raises
    ------
    MsguiError
        When the SMILES cannot be read or is too large.

    Examples
    --------
    >>> from msgui.chemistry.adducts import parse_adduct
    >>> caffeine = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"
    >>> best = explain([138.0662], [1.0], caffeine, parse_adduct("[M+H]+"), 10)[0][0]
    >>> best.formula, best.bonds_cut, best.hydrogen_shift
    ('C6H8N3O', (7, 11), 1)
    """
    del intensity
    peaks = np.asarray(mz, dtype=np.float64)
    found = fragments_of(smiles, max_bonds)
    forms = ion_forms(adduct)
    hits = _hits(peaks, found, forms, tolerance_ppm)
    molecule = _kekulized(smiles)
    texts: dict[int, str] = {}
    result: list[tuple[FragmentMatch, ...]] = []
    for peak in range(peaks.size):
        matches = []
        for hit in hits.of_peak(peak):
            form, piece, shift = forms[hits.form[hit]], int(hits.piece[hit]), int(hits.shift[hit])
            if piece not in texts:
                texts[piece] = _piece_smiles(molecule, found.atoms_of(piece))
            matches.append(
                FragmentMatch(
                    atoms=found.atoms_of(piece),
                    bonds_cut=found.bonds_of(piece),
                    hydrogen_shift=shift,
                    penalty=float(hits.cost[hit]),
                    formula=str(_ion_formula(found, piece, form, shift)),
                    smiles=texts[piece],
                    error_ppm=float(hits.error_ppm[hit]),
                )
            )
        result.append(tuple(matches))
    return tuple(result)


@dataclass(frozen=True, eq=False)
class _Hits:
    """Pairs of peak and piece within tolerance, by peak and then by cost."""

    peak: npt.NDArray[np.int64]
    piece: npt.NDArray[np.int64]
    form: npt.NDArray[np.int64]
    shift: npt.NDArray[np.int64]
    cost: FloatArray
    error_ppm: FloatArray

    def of_peak(self, peak: int) -> range:
        first, last = np.searchsorted(self.peak, [peak, peak + 1])
        return range(int(first), min(int(last), int(first) + MOST_MATCHES))


def _hits(
    mz: FloatArray, found: FragmentSet, forms: tuple[IonForm, ...], tolerance_ppm: float
) -> _Hits:
    from msgui.fragments import kernels

    sought = sought_masses(mz, forms, tolerance_ppm)
    by_mass = np.argsort(found.mass, kind="stable")
    columns: list[tuple[npt.NDArray[np.generic], ...]] = []
    for index, form in enumerate(forms):
        wanted = sought.target[index] - form.partners * found.mass[0]
        peak, piece = _within_reach(wanted, found.mass[by_mass])
        piece = by_mass[piece]
        gap = wanted[peak] - found.mass[piece]
        moved = np.rint(gap / kernels.HYDROGEN).astype(np.int64)
        off = gap - moved * kernels.HYDROGEN
        held = found.hydrogens[piece] + moved
        fits = (np.abs(off) <= sought.tolerance[index][peak]) & (abs(moved) <= kernels.MAX_SHIFT)
        fits &= (held >= 0) & (held <= found.capacity[piece] + form.room)
        fits &= held <= found.hydrogens[0] + form.ceiling
        peak, piece, moved, off = peak[fits], piece[fits], moved[fits], off[fits]
        cost = found.penalty[piece] + kernels.SHIFT_PENALTY * np.abs(moved - form.natural)
        error = off / (mz[peak] * abs(form.charge) - off) * 1e6
        columns.append((peak, piece, np.full(peak.size, index), moved, cost, error))
    joined = [np.concatenate(column) for column in zip(*columns, strict=True)]
    peak, piece, form_index, moved, cost, error = joined
    # Equal costs: the better mass first, then the order of the atoms, so that runs agree.
    order = np.lexsort((piece, form_index, np.round(np.abs(error), 6), np.round(cost, 6), peak))
    return _Hits(*(column[order] for column in joined))


def _within_reach(
    wanted: FloatArray, ascending: FloatArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return pairs of a wanted mass and a mass that at most so many hydrogens lie between."""
    first = np.searchsorted(ascending, wanted - _REACH_DA)
    count = np.searchsorted(ascending, wanted + _REACH_DA) - first
    which = np.repeat(np.arange(wanted.size), count)
    place = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count) + first[which]
    return which, place


def _ion_formula(found: FragmentSet, piece: int, form: IonForm, shift: int) -> Formula:
    counts = found.counts[piece].astype(np.int64) + form.partners * found.counts[0]
    counts[ELEMENT_INDEX["H"]] += shift
    return Formula.from_counts(counts) + form.atoms


def _kekulized(smiles: str) -> Chem.Mol:
    """Return the molecule with single and double bonds, so that its pieces are valid SMILES."""
    molecule = parse(smiles)
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    return molecule


def _piece_smiles(molecule: Chem.Mol, atoms: tuple[int, ...]) -> str:
    return str(Chem.MolFragmentToSmiles(molecule, atomsToUse=list(atoms)))


def score_candidates(
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    smiles_list: Sequence[str],
    adduct: Adduct,
    tolerance_ppm: float | FloatArray,
    precursor_mz: float | None,
    max_bonds: int = 2,
) -> CandidateScores:
    """Return how well each candidate explains a spectrum.

    Parameters are those of :func:`explain`; ``precursor_mz`` says which peaks do not count, and
    ``tolerance_ppm`` may hold one for each peak, shape (n_peaks,). A candidate whose SMILES cannot
    be read explains nothing and is listed in ``failed``.
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
    max_bonds: int = 2,
) -> Iterator[Step | CandidateScores]:
    """Yield a step about every tenth of a second, then the result of :func:`score_candidates`."""
    all_mz = np.asarray(mz, dtype=np.float64)
    all_intensity = np.asarray(intensity, dtype=np.float64)
    counts = counting_peaks(all_mz, all_intensity, precursor_mz, adduct.charge)
    peaks, heights = all_mz[counts], all_intensity[counts]
    tolerance = np.broadcast_to(tolerance_ppm, all_mz.shape)[counts]
    total = float(heights.sum())
    highest = float(all_intensity.max()) if all_intensity.size else 1.0
    value = np.sqrt(heights / (highest or 1.0)) * np.sqrt(peaks)
    explained_peaks = np.zeros(len(smiles_list), dtype=np.int64)
    explained_intensity, score = np.zeros((2, len(smiles_list)))
    failed: list[int] = []
    done, size = 0, _FIRST_BATCH
    yield Step(0, len(smiles_list), _STEP_NAME)
    while done < len(smiles_list):
        started = time.perf_counter()
        batch = smiles_list[done : done + size]
        rows, graphs = _readable(batch, done)
        failed += sorted(set(range(done, done + len(batch))) - set(rows))
        if graphs and total > 0:
            least = _least_weights(graphs, peaks, adduct, tolerance, max_bonds)
            # Sums along each row, never a matrix product: the size of a batch depends on the clock
            # and must not change a digit.
            fits = np.isfinite(least)
            explained_peaks[rows] = fits.sum(axis=1)
            explained_intensity[rows] = np.where(fits, heights, 0.0).sum(axis=1) / total
            score[rows] = (value / (1.0 + least)).sum(axis=1)
        done += len(batch)
        seconds = max(time.perf_counter() - started, 1e-4)
        size = int(np.clip(size * _SECONDS_A_STEP / seconds, 1, min(4 * size, _LARGEST_BATCH)))
        yield Step(done, len(smiles_list), _STEP_NAME)
    yield CandidateScores(
        explained_peaks, explained_intensity, int(peaks.size), score, tuple(failed)
    )


def _readable(batch: Sequence[str], first: int) -> tuple[list[int], list[MolecularGraph]]:
    """Return the rows (counted from ``first``) and graphs of the SMILES that can be read."""
    rows: list[int] = []
    graphs: list[MolecularGraph] = []
    for row, smiles in enumerate(batch, first):
        with contextlib.suppress(MsguiError):
            graphs.append(graph_of(smiles))
            rows.append(row)
    return rows, graphs


def _offsets(sizes: list[int]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _least_weights(
    graphs: list[MolecularGraph],
    mz: FloatArray,
    adduct: Adduct,
    tolerance_ppm: float | FloatArray,
    max_bonds: int,
) -> FloatArray:
    """Return the least weight that explains each peak, shape (n_candidates, n_peaks)."""
    from msgui.fragments import kernels

    sought = sought_masses(mz, ion_forms(adduct), tolerance_ppm)
    least: FloatArray = kernels.score_molecules(
        _offsets([graph.mass.size for graph in graphs]),
        _offsets([graph.bond_from.size for graph in graphs]),
        np.array([graph.start for graph in graphs], dtype=np.int64),
        np.concatenate([graph.mass for graph in graphs]),
        np.concatenate([graph.hydrogens for graph in graphs]),
        np.concatenate([graph.capacity for graph in graphs]),
        np.concatenate([graph.bond_from for graph in graphs]),
        np.concatenate([graph.bond_to for graph in graphs]),
        np.concatenate([graph.bond_weight for graph in graphs]),
        sought.target,
        sought.tolerance,
        sought.partners,
        sought.natural,
        sought.room,
        sought.ceiling,
        np.array([bonds_within_reason(graph, max_bonds) for graph in graphs], dtype=np.int64),
    )
    return least


def warm_up() -> None:
    """Load the compiled kernels (seconds at the very first call, a moment afterwards).

    The window calls it in the background after it has drawn itself.
    """
    from msgui.chemistry.adducts import default_adduct

    protonated = default_adduct("positive")
    explain([47.05], [1.0], "CCO", protonated, 10.0)
    score_candidates([29.04], [1.0], ["CCO"], protonated, 10.0, 47.05)
