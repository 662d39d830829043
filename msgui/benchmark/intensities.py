"""How like measured spectra the expected ones are, beside a copy of the nearest compound's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from msgui.benchmark.qualities import LEAST_QUERIES, qualities_of
from msgui.benchmark.queries import Query
from msgui.benchmark.scores import Mean, mean_with_interval
from msgui.chemistry.adducts import parse_adduct
from msgui.errors import MsguiError
from msgui.library.store import Library
from msgui.prediction.agreement import bits_of
from msgui.prediction.forward_network import Conditions
from msgui.prediction.inputs import analyser, instrument_text
from msgui.progress import Step
from msgui.spectra.coverage import PRECURSOR_WINDOW_DA, counting_peaks
from msgui.spectra.likeness import entropy_similarity, square_root_cosine

if TYPE_CHECKING:
    from msgui.prediction.forward import ForwardModel

FloatArray = npt.NDArray[np.float64]
Peaks = tuple[FloatArray, FloatArray]
Method = Callable[[Query, float], Peaks]
QUALITIES = ("adduct", "collision energy", "analyzer", "precursor")
NOTHING: Peaks = (np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class LikenessRow:
    """How like the measured spectra of a group those of a method are.

    Parameters
    ----------
    method, quality, group : str
        ``quality`` and ``group`` are empty for all spectra together.
    molecules : int
    cosine, entropy : Mean
        0 to 1, precursor and isotope peaks left out.
    """

    method: str
    quality: str
    group: str
    molecules: int
    cosine: Mean
    entropy: Mean


def compare_intensities(
    queries: Sequence[Query],
    reference: Library,
    forward: "ForwardModel",
    others: Mapping[str, Method] = MappingProxyType({}),
) -> Iterator[Step | LikenessRow]:
    """Yield steps and the lines of the table.

    Parameters
    ----------
    queries : sequence of Query
    reference : Library
        Measured spectra of other compounds, to copy from.
    forward : ForwardModel
    others : mapping of str to Method
        Further methods by name.

    Raises
    ------
    MsguiError
        No spectrum has peaks below its precursor.
    """
    methods: dict[str, Method] = {
        "expected intensities": expected_by(forward),
        **others,
        "the same ions, equally high": alike_by(forward),
        "copy of the nearest compound": Copies(reference).peaks,
    }
    asked: list[Query] = []
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for number, query in enumerate(queries):
        yield Step(number, len(queries), "expected spectra")
        spectrum, precursor = query.spectrum, query.spectrum.precursor_mz
        measured = compared_peaks((spectrum.mz, spectrum.intensity), precursor, query.adduct)
        if precursor is None or not measured[0].size:
            continue
        asked.append(query)
        for name, method in methods.items():
            guess = method(query, precursor)
            found[name].append(
                (square_root_cosine(*measured, *guess), entropy_similarity(*measured, *guess))
            )
    if not asked:
        raise MsguiError("No spectrum has a peak below its precursor.", "Use other data.")
    yield from _rows(asked, found)


def _rows(
    asked: Sequence[Query], found: dict[str, list[tuple[float, float]]]
) -> Iterator[LikenessRow]:
    told = [qualities_of(query, 0) for query in asked]
    groups = [("", "", list(range(len(asked))))]
    for quality in QUALITIES:
        for value in sorted({each[quality] for each in told}):
            rows = [n for n, each in enumerate(told) if each[quality] == value]
            if len(rows) >= LEAST_QUERIES:
                groups.append((quality, value, rows))
    for quality, value, rows in groups:
        keys = [asked[n].inchikey14 for n in rows]
        for method, values in found.items():
            cosine, entropy = np.array([values[n] for n in rows]).T
            yield LikenessRow(
                method,
                quality,
                value,
                len(set(keys)),
                mean_with_interval(cosine, keys),
                mean_with_interval(entropy, keys),
            )


def compared_peaks(peaks: Peaks, precursor: float | None, adduct: str) -> Peaks:
    """Return the peaks below the precursor that are no isotopes."""
    mz, intensity = peaks
    counts = counting_peaks(mz, intensity, precursor, parse_adduct(adduct).charge)
    return mz[counts], intensity[counts]


def expected_by(forward: "ForwardModel") -> Method:
    """Return the method that asks the forward model; what it cannot read gives nothing."""

    def method(query: Query, precursor: float) -> Peaks:
        spectrum = query.spectrum
        conditions = Conditions(
            precursor, spectrum.collision_energy_ev, analyser(instrument_text(spectrum))
        )
        try:
            found = forward.expected(query.smiles, query.adduct, conditions)
        except MsguiError:
            return NOTHING
        return found.mz, found.intensity

    return method


def alike_by(forward: "ForwardModel") -> Method:
    """Return the control that has the ions of the forward model, all of them equally high.

    These are the ions that the model lists, one ten-thousandth of the highest or more: what is
    left of the difference is how high each of them is.
    """
    expected = expected_by(forward)

    def method(query: Query, precursor: float) -> Peaks:
        mz, intensity = expected(query, precursor)
        return mz, np.ones_like(intensity)

    return method


class Copies:
    """Copies the spectrum of the compound most like the asked one (Tanimoto, Morgan 4096).

    Compounds without a spectrum of the same adduct are passed over; of several spectra the one of
    the nearest collision energy is copied.

    Parameters
    ----------
    reference : Library
    """

    def __init__(self, reference: Library) -> None:
        self.reference = reference
        allowed = reference.allowed(None)
        self._rows: dict[str, dict[int, list[int]]] = {}
        for row in np.flatnonzero(allowed).tolist():
            adduct = reference.record(row)["adduct"]
            number = int(reference.molecule_of_row[row])
            self._rows.setdefault(adduct, {}).setdefault(number, []).append(row)
        self._bits: dict[str, tuple[list[int], npt.NDArray[np.float32]]] = {}

    def peaks(self, query: Query, precursor: float) -> Peaks:
        """Return the copied peaks below the precursor; nothing where the adduct is unknown."""
        number = self.nearest(query.smiles, query.adduct, query.inchikey14)
        if number is None:
            return NOTHING
        wanted = query.spectrum.collision_energy_ev
        spectra = [self.reference.spectrum(row) for row in self._rows[query.adduct][number]]
        energies = [spectrum.collision_energy_ev for spectrum in spectra]
        distance = [
            abs(energy - wanted) if energy is not None and wanted is not None else 1e3
            for energy in energies
        ]
        copied = spectra[int(np.argmin(distance))]
        mz, intensity = compared_peaks(
            (copied.mz, copied.intensity), copied.precursor_mz, query.adduct
        )
        below = mz < precursor - PRECURSOR_WINDOW_DA
        return mz[below], intensity[below]

    def nearest(self, smiles: str, adduct: str, own: str) -> int | None:
        """Return the number of the most similar other compound; None without one."""
        if adduct not in self._rows:
            return None
        if adduct not in self._bits:
            numbers = sorted(self._rows[adduct])
            texts = [self.reference.molecule(number).smiles for number in numbers]
            self._bits[adduct] = numbers, bits_of(texts).astype(np.float32)
        numbers, bits = self._bits[adduct]
        mine = bits_of([smiles])[0].astype(np.float32)
        shared = bits @ mine
        tanimoto = shared / np.maximum(bits.sum(axis=1) + mine.sum() - shared, 1)
        keys = [self.reference.molecule(number).inchikey14 for number in numbers]
        tanimoto[[key == own for key in keys]] = -1
        best = int(np.argmax(tanimoto))
        return numbers[best] if tanimoto[best] >= 0 else None
