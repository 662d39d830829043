"""The nearest-neighbour baselines: what spectra of known compounds say without any training.

The paper's baseline is that of Khoo & Barzilay, "Why machine learning fails in mass spectrometry of
small molecules" (2026). The strong one is what a model has to beat.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from msgui.chemistry.molecule import FINGERPRINT_BITS, fingerprints, unpack
from msgui.library.vectors import Entries, paper_entries, strong_entries
from msgui.prediction.values import Neighbour
from msgui.prediction.voting import VOTE_THRESHOLD, VOTERS, highest, vote, vote_weights
from msgui.spectra.spectrum import Polarity, Spectrum

if TYPE_CHECKING:
    from msgui.library.search import Mode
    from msgui.library.store import Library
    from msgui.prediction.memory import Memory

# Neighbours that are handed on to be looked at.
SHOWN: Final = 20
SHARED_PEAK_DA: Final = 0.02

Scores = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BaselinePrediction:
    """A fingerprint made of the fingerprints of similar spectra.

    Parameters
    ----------
    probability : float32 array, shape (4096,)
        Share of the votes for each Morgan bit; zeros when nothing is similar.
    neighbours : tuple of Neighbour
        Most similar first; the nearest one of the query's formula is always among them.
    covered : bool
        Is there a reference spectrum (of the right polarity) of the query's formula.
    note : str
        What the neighbours are, or why there are none, in plain words.
    threshold : float
        Share of the votes above which a bit counts as set.
    """

    probability: npt.NDArray[np.float32]
    neighbours: tuple[Neighbour, ...]
    covered: bool
    note: str
    threshold: float = VOTE_THRESHOLD

    @property
    def bits(self) -> npt.NDArray[np.bool_]:
        """Which bits count as set, shape (4096,)."""
        return self.probability > self.threshold


def strong_baseline(
    spectrum: Spectrum, library: "Library", formula: str | None, *, exclude: Collection[str] = ()
) -> BaselinePrediction:
    """Return the vote of the 30 most similar compounds of a library.

    Cosine of spectra in bins of 0.02 Da with square-root intensities and half weight on neutral
    losses; each compound votes with its most similar spectrum, with the cube of the cosine, six
    times that if it has the query's formula.

    Parameters
    ----------
    spectrum : Spectrum
    library : Library
    formula : str or None
        Neutral formula of the query (Hill order); None when it is not known.
    exclude : collection of str
        First InChIKey blocks that may not vote (in benchmarks, those of the test set).
    """
    similarity = library.strong.dot(*_vector(strong_entries(*_as_batch(spectrum))))
    allowed = library.allowed(spectrum.polarity, exclude)
    similarity *= allowed
    best = np.maximum.reduceat(similarity, library.molecule_starts)
    same = library.molecules_of_formula(formula)
    weights = vote_weights(np.where(library.has_structure, best, 0.0), same)
    voters = highest(weights, VOTERS)
    shown = _shown(best, same)
    covered = _is_covered(library, allowed, same)
    return BaselinePrediction(
        vote(library.fingerprints[voters], weights[voters]),
        _library_neighbours(spectrum, library, similarity, shown, formula),
        covered,
        _note(library, spectrum, formula, covered, bool(shown.size)),
    )


def paper_baseline(
    spectrum: Spectrum, library: "Library", formula: str | None, *, exclude: Collection[str] = ()
) -> BaselinePrediction:
    """Return the fingerprint of the one most similar spectrum of the same formula.

    Cosine of spectra in bins of 0.25 Da from 0 to 2000 with linear intensities and an artificial
    precursor peak of base-peak height. When no reference spectrum has the formula, ``covered`` is
    False and the most similar spectrum of any formula takes its place (the fall-back).

    Parameters are those of :func:`strong_baseline`.
    """
    similarity = library.paper.dot(*_vector(paper_entries(*_as_batch(spectrum))))
    allowed = library.allowed(spectrum.polarity, exclude)
    usable = allowed & library.has_structure[library.molecule_of_row]
    same = library.molecules_of_formula(formula)
    covered = _is_covered(library, allowed, same)
    rows = library.rows_of(same)
    rows = rows[usable[rows]]
    if not rows.size:
        rows = np.flatnonzero(usable & (similarity > 0))
    if not rows.size:
        return _nothing(_note(library, spectrum, formula, covered, found=False))
    row = int(rows[np.argmax(similarity[rows])])
    number = int(library.molecule_of_row[row])
    only = np.zeros_like(similarity)
    only[row] = similarity[row]
    return BaselinePrediction(
        unpack(library.fingerprints[number]).astype(np.float32),
        _library_neighbours(spectrum, library, only, np.array([number]), formula),
        covered,
        _note(library, spectrum, formula, covered, found=True),
    )


def memory_baseline(
    embedding: npt.NDArray[np.float32],
    memory: "Memory",
    formula: str | None,
    *,
    polarity: Polarity | None = None,
    exclude: Collection[str] = (),
) -> BaselinePrediction:
    """Return the vote of the compounds whose training spectra lie nearest in the model's space.

    The rule is that of :func:`strong_baseline` with the cosine of embeddings. It needs no
    library, but it is no independent witness: the model itself says what is similar.

    Parameters
    ----------
    embedding : float array, shape (n_dimensions,)
        Of the query; empty when the model has none.
    memory : Memory
    formula, exclude
        As for :func:`strong_baseline`.
    polarity : "positive", "negative" or None
        Training spectra of the other polarity are left out.
    """
    if not embedding.size or not len(memory):
        return _nothing("The model keeps no training spectra to compare with.")
    similarity = np.maximum(memory.similarity(embedding), 0.0)
    similarity[~_memory_allowed(memory, polarity, exclude)] = 0.0
    best = np.zeros(len(memory.smiles), dtype=np.float32)
    np.maximum.at(best, memory.structure, similarity)
    same = np.flatnonzero(memory.formula == formula) if formula else np.empty(0, np.int64)
    weights = vote_weights(best, same)
    voters = highest(weights, VOTERS)
    packed = fingerprints([str(memory.smiles[number]) for number in voters])
    covered = bool((best[same] > 0).any())
    note = "Nearest training spectra by the model's own embedding (no library is open)."
    if formula and not covered:
        note += f" None of them has the formula {formula}."
    return BaselinePrediction(
        vote(packed, weights[voters]),
        tuple(
            _remembered(memory, similarity, int(number), formula) for number in _shown(best, same)
        ),
        covered,
        note,
    )


def matching_spectra(
    spectrum: Spectrum,
    library: "Library",
    mode: "Mode" = "identity",
    *,
    formula: str | None = None,
    limit: int = 20,
) -> tuple[Neighbour, ...]:
    """Return the reference spectra that a library search finds, best first, one per compound.

    Parameters are those of :func:`msgui.library.search.search`.
    """
    from msgui.library.search import search

    matches = search(spectrum, library, mode, formula=formula, limit=limit)
    return tuple(
        _reference(library, match.row, match.similarity, match.shared_peaks, formula)
        for match in matches
    )


def _as_batch(
    spectrum: Spectrum,
) -> tuple[Numbers, npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    precursor = spectrum.precursor_mz if spectrum.precursor_mz is not None else np.nan
    offsets = np.array([0, len(spectrum)], dtype=np.int64)
    return offsets, spectrum.mz, spectrum.intensity, np.array([precursor])


def _vector(entries: Entries) -> tuple[Numbers, Scores]:
    return entries.bin, entries.value


def _shown(best: Scores, same: Numbers) -> Numbers:
    shown = highest(best, SHOWN)
    if same.size:
        nearest = same[np.argmax(best[same])]
        if best[nearest] > 0 and nearest not in shown:
            shown = np.append(shown[: SHOWN - 1], nearest)
    return shown


def _is_covered(library: "Library", allowed: npt.NDArray[np.bool_], same: Numbers) -> bool:
    with_structure = same[library.has_structure[same]]
    return bool(allowed[library.rows_of(with_structure)].any())


def _library_neighbours(
    spectrum: Spectrum,
    library: "Library",
    similarity: Scores,
    molecules: Numbers,
    formula: str | None,
) -> tuple[Neighbour, ...]:
    """Return the most similar spectrum of each molecule as a value."""
    found = []
    for number in molecules.tolist():
        rows = library.row_range(number)
        row = rows.start + int(np.argmax(similarity[rows]))
        shared = _shared_peaks(spectrum.mz, library.peaks(row)[0])
        found.append(_reference(library, row, float(similarity[row]), shared, formula))
    return tuple(found)


def _reference(
    library: "Library", row: int, similarity: float, shared_peaks: int, formula: str | None
) -> Neighbour:
    molecule = library.molecule(int(library.molecule_of_row[row]))
    record = library.record(row)
    mz, intensity = library.peaks(row)
    return Neighbour(
        smiles=molecule.smiles,
        inchikey14=molecule.inchikey14,
        formula=molecule.formula,
        similarity=min(1.0, similarity),
        kind="library",
        same_formula=bool(formula) and molecule.formula == formula,
        accession=record["accession"],
        name=molecule.name,
        adduct=record["adduct"],
        instrument=record["instrument"],
        collision_energy=record["collision_energy"],
        mz=mz,
        intensity=intensity,
        shared_peaks=shared_peaks,
    )


def _shared_peaks(mz: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> int:
    """Return how many peaks of a spectrum have a partner in another one (both sorted by m/z)."""
    if not other.size:
        return 0
    after = np.searchsorted(other, mz)
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, other.size - 1)
    distance = np.minimum(np.abs(other[after] - mz), np.abs(other[before] - mz))
    return int(np.count_nonzero(distance <= SHARED_PEAK_DA))


def _remembered(
    memory: "Memory", similarity: Scores, number: int, formula: str | None
) -> Neighbour:
    rows = np.flatnonzero(memory.structure == number)
    row = int(rows[np.argmax(similarity[rows])])
    return Neighbour(
        smiles=str(memory.smiles[number]),
        inchikey14=str(memory.inchikey14[number]),
        formula=str(memory.formula[number]),
        similarity=min(1.0, float(similarity[row])),
        kind="memory",
        same_formula=bool(formula) and str(memory.formula[number]) == formula,
        accession=str(memory.accession[row]),
        name=str(memory.name[number]),
        adduct=str(memory.adduct[row]),
        instrument=str(memory.instrument[row]),
        collision_energy=str(memory.energy[row]),
    )


def _memory_allowed(
    memory: "Memory", polarity: Polarity | None, exclude: Collection[str]
) -> npt.NDArray[np.bool_]:
    allowed = np.ones(len(memory), dtype=bool)
    if polarity is not None:
        wrong = "-" if polarity == "positive" else "+"
        signs = np.array([_sign(adduct) for adduct in memory.adduct.tolist()])
        allowed &= signs != wrong
    if exclude:
        left_out = np.isin(memory.inchikey14, list(exclude))
        allowed &= ~left_out[memory.structure]
    return allowed


def _sign(adduct: str) -> str:
    return adduct.rstrip("*.")[-1:]


def _nothing(note: str) -> BaselinePrediction:
    return BaselinePrediction(np.zeros(FINGERPRINT_BITS, dtype=np.float32), (), False, note)


def _note(
    library: "Library", spectrum: Spectrum, formula: str | None, covered: bool, found: bool
) -> str:
    mode = f"{spectrum.polarity} " if spectrum.polarity else ""
    if not found:
        return f"No {mode}spectrum of the library {library.name} shares a peak with this one."
    note = f"Nearest {mode}spectra of the library {library.name}."
    if formula and not covered:
        note += f" None of its spectra has the formula {formula}."
    return note


def reference_with_id(
    spectrum: Spectrum, library: "Library", accession: str, formula: str | None
) -> Neighbour | None:
    """Return the reference spectrum with a record id, compared with a spectrum; None if missing."""
    if accession not in library.accessions:
        return None
    row = library.accessions.index(accession)
    similarity = library.strong.dot(*_vector(strong_entries(*_as_batch(spectrum))))
    shared = _shared_peaks(spectrum.mz, library.peaks(row)[0])
    return _reference(library, row, float(similarity[row]), shared, formula)


def best_of(neighbours: Sequence[Neighbour], *, same_formula: bool) -> Neighbour | None:
    """Return the most similar neighbour, of the query's formula only if asked; None if none is."""
    usable = [n for n in neighbours if n.same_formula or not same_formula]
    return max(usable, key=lambda n: n.similarity, default=None)
