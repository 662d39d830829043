"""What a model is shown of a spectrum.

Training and prediction both come through here, so a spectrum looks the same to a model on the day
it is trained and on the day it is used. Binning, weighting and masking are inside the graph.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.chemistry.formula import ELEMENTS, Formula
from msgui.chemistry.subformulas import annotate_peaks
from msgui.errors import MsguiError
from msgui.prediction.card import Card
from msgui.spectra.spectrum import FloatArray, Spectrum

FORMULA_ELEMENTS = ELEMENTS[:12]
ANALYSERS = ("orbitrap", "qtof", "ion trap", "triple quad", "ft-icr", "other")
ENERGY_SCALE_EV = 100.0
# Energies beyond this are typing errors or MALDI voltages; the model has seen none.
HIGHEST_ENERGY_EV = 200.0
# A measured precursor this close to the ion formula's m/z means that ion; the exact value then
# gives the sharper neutral losses (files often round it to two digits or fewer).
SAME_ION_DA = 0.5
FRAGMENT_TOLERANCE_PPM = 10.0

# The order matters: "LTQ Orbitrap" is an Orbitrap, "Q-TOF" is no quadrupole, "LTQ FT" is an ICR.
_ANALYSER_WORDS = {
    "ft-icr": r"\bicr|ft-?icr|solarix|apex|ltq[ -]?ft\b",
    "orbitrap": r"orbit?r?ap|exactive|exploris|fusion|lumos|astral|eclipse|qft\b|itft\b|ft\b|ftms",
    "qtof": r"tof|maxis|impact|compact\b|x500|qstar|synapt|xevo[ -]?g|vion|cyclic|\b65\d\d\b",
    "triple quad": (
        r"qqq|triple|\bt[qs]q?\b|\btq-?[dsx8]|qua(tt|d)ro|api[ -]?[2-5]\d{3}"
        r"|\b64\d\d\b|-80[456]\d|-qq\b"
    ),
    "ion trap": r"ion[ -]?trap|q ?trap|\blcq|\bltq|msd trap|-q?it\b|amazon|velos|esquire|\bhct",
}
_ANALYSER_PATTERNS = tuple(
    (name, re.compile(words, re.IGNORECASE)) for name, words in _ANALYSER_WORDS.items()
)


@lru_cache(maxsize=4096)
def analyser(instrument: str) -> str:
    """Return the analyser class (one of ``ANALYSERS``) of an instrument as it was written.

    >>> analyser("Q Exactive Plus Orbitrap Thermo Scientific")
    'orbitrap'
    >>> analyser("LC-ESI-QTOF")
    'qtof'
    """
    for name, pattern in _ANALYSER_PATTERNS:
        if pattern.search(instrument):
            return name
    return "other"


def instrument_text(spectrum: Spectrum) -> str:
    """Return all that a record says about its instrument (name, type), in one line."""
    if analyser(spectrum.instrument) != "other":
        return spectrum.instrument
    words = [text for key, text in spectrum.metadata.items() if "instrument" in key.lower()]
    return " ".join([spectrum.instrument, *words])


@lru_cache(maxsize=4096)
def _adduct(text: str) -> Adduct | None:
    try:
        return parse_adduct(text)
    except MsguiError:
        return None


@lru_cache(maxsize=64)
def _adduct_index(adducts: tuple[str, ...]) -> dict[str, int]:
    index = {}
    for position, text in enumerate(adducts[:-1]):
        known = _adduct(text)
        index[known.name if known else text] = position
    return index


def adduct_class(adduct: str, adducts: tuple[str, ...]) -> int:
    """Return the position of an adduct in a card's list; the last position means any other."""
    known = _adduct(adduct)
    return _adduct_index(adducts).get(known.name if known else adduct, len(adducts) - 1)


@lru_cache(maxsize=4096)
def _formula(text: str) -> Formula | None:
    return Formula.parse(text) if text else None


def precursor_of(spectrum: Spectrum, formula: str, adduct: str) -> float:
    """Return the precursor m/z that a model is shown, 0 when nothing is known of it.

    The exact m/z of the ion when the formula and adduct agree with the measured one (or none was
    measured), else the measured one.
    """
    parsed, ion = _formula(formula), _adduct(adduct)
    measured = spectrum.precursor_mz
    if parsed is not None and ion is not None:
        exact = float(ion.mz(parsed.mass))
        if measured is None or abs(exact - measured) <= SAME_ION_DA:
            return exact
    return float(measured or 0.0)


def select_peaks(
    mz: FloatArray,
    intensity: FloatArray,
    precursor_mz: float,
    *,
    max_peaks: int = 64,
    min_relative_intensity: float = 0.001,
    above_precursor_da: float = 2.0,
) -> tuple[FloatArray, FloatArray]:
    """Return the m/z and relative intensity of the peaks that a model is shown, ascending m/z.

    Dropped are, in this order: peaks more than ``above_precursor_da`` above the precursor, peaks
    below ``min_relative_intensity`` of the highest that is left, and all but the ``max_peaks``
    most intense (of two equal ones the one of lower m/z stays).
    """
    if precursor_mz > 0:
        below = mz <= precursor_mz + above_precursor_da
        mz, intensity = mz[below], intensity[below]
    highest = float(intensity.max()) if intensity.size else 0.0
    if highest <= 0:
        return np.zeros(0), np.zeros(0)
    relative = intensity / highest
    strong = relative >= min_relative_intensity
    mz, relative = mz[strong], relative[strong]
    if mz.size > max_peaks:
        kept = np.sort(np.argsort(-relative, kind="stable")[:max_peaks])
        mz, relative = mz[kept], relative[kept]
    return mz, relative


def element_counts(formula: str) -> npt.NDArray[np.float32]:
    """Return the counts of the first twelve elements of a neutral formula, shape (12,).

    An empty formula (not known) gives zeros, which the models take as "not known".
    """
    parsed = _formula(formula)
    counts = np.zeros(len(FORMULA_ELEMENTS), np.float32)
    if parsed is not None:
        counts[:] = parsed.counts[: len(FORMULA_ELEMENTS)]
    return counts


def fragment_counts(
    mz: npt.NDArray[np.floating], formula: str, adduct: str
) -> npt.NDArray[np.float32]:
    """Return the element counts of the nearest subformula of each peak, shape (n_peaks, 12).

    Zeros where no part of the ion has the mass of the peak within 10 ppm, or where the formula or
    the adduct is not known. Atoms of the adduct outside the twelve elements (Na, K) are not shown.
    """
    counts = np.zeros((mz.size, len(FORMULA_ELEMENTS)), np.float32)
    parsed, ion = _formula(formula), _adduct(adduct)
    if parsed is None or ion is None or not mz.size:
        return counts
    try:
        found = annotate_peaks(mz, ion.ion_formula(parsed), ion, FRAGMENT_TOLERANCE_PPM)
    except MsguiError:
        # An ion too large to enumerate, or one that loses more than it has, has no named parts.
        return counts
    peaks, best = np.unique(found.peak, return_index=True)
    for column, element in enumerate(found.elements):
        if element < counts.shape[1]:
            counts[peaks, element] = found.counts[best, column]
    return counts


def energy_input(energy_ev: float | None) -> tuple[float, float]:
    """Return (energy / 100 eV, 1) for a known collision energy, else (0, 0)."""
    if energy_ev is None or not 0 < energy_ev <= HIGHEST_ENERGY_EV:
        return 0.0, 0.0
    return energy_ev / ENERGY_SCALE_EV, 1.0


def prepare(
    spectra: Sequence[Spectrum], formulas: Sequence[str], card: Card, adducts: Sequence[str]
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the arrays that a model is given, by input name.

    Parameters
    ----------
    spectra : sequence of Spectrum
    formulas : sequence of str
        Neutral formula of each, empty when it is not known.
    card : Card
        Names the inputs, the adducts and instruments, and how many peaks the model takes.
    adducts : sequence of str
        Adduct of each, empty when it is not known.

    Returns
    -------
    dict
        ``mz`` and ``intensity`` (n, peaks) float32 and ``fragment`` (n, peaks, 12) float32, padded
        with zeros, ``precursor_mz`` (n,) float32, ``formula`` (n, 12) float32, ``adduct``
        and ``instrument`` (n,) int64, ``energy`` (n, 2) float32; those of them that the card names.

    Raises
    ------
    MsguiError
        When a formula cannot be read.
    """
    if not len(spectra) == len(formulas) == len(adducts):
        raise ValueError("spectra, formulas and adducts differ in length")
    precursors = [
        precursor_of(spectrum, formula, adduct)
        for spectrum, formula, adduct in zip(spectra, formulas, adducts, strict=True)
    ]
    peaks = [
        select_peaks(
            spectrum.mz,
            spectrum.intensity,
            precursor,
            max_peaks=card.max_peaks,
            min_relative_intensity=card.min_relative_intensity,
            above_precursor_da=card.above_precursor_da,
        )
        for spectrum, precursor in zip(spectra, precursors, strict=True)
    ]
    mz, intensity = pad(peaks)
    fragment = np.zeros((*mz.shape, len(FORMULA_ELEMENTS)), np.float32)
    if "fragment" in card.inputs:
        for row, (positions, _) in enumerate(peaks):
            named = fragment_counts(positions, formulas[row], adducts[row])
            fragment[row, : positions.size] = named
    analysers = [_instrument_class(analyser(instrument_text(s)), card.instruments) for s in spectra]
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "mz": mz,
        "intensity": intensity,
        "fragment": fragment,
        "precursor_mz": np.array(precursors, np.float32),
        "formula": np.array([element_counts(f) for f in formulas], np.float32).reshape(-1, 12),
        "adduct": np.array([adduct_class(a, card.adducts) for a in adducts], np.int64),
        "instrument": np.array(analysers, np.int64),
        "energy": np.array(
            [energy_input(s.collision_energy_ev) for s in spectra], np.float32
        ).reshape(-1, 2),
    }
    return {name: arrays[name] for name in card.inputs}


def pad(
    peaks: Sequence[tuple[FloatArray, FloatArray]],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return peak lists of different length as two arrays (n, longest), padded with zeros."""
    # One column at least: a graph cannot pool over an empty axis.
    width = max([1, *(mz.size for mz, _ in peaks)])
    mz = np.zeros((len(peaks), width), np.float32)
    intensity = np.zeros((len(peaks), width), np.float32)
    for row, (positions, heights) in enumerate(peaks):
        mz[row, : positions.size] = positions
        intensity[row, : heights.size] = heights
    return mz, intensity


def _instrument_class(name: str, instruments: tuple[str, ...]) -> int:
    return instruments.index(name) if name in instruments else len(instruments) - 1
