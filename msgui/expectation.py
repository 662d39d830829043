"""What one candidate is expected to give, beside what was measured: peak for peak, with reasons."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from msgui.annotation import Annotation
from msgui.tools import Tools

if TYPE_CHECKING:
    import numpy.typing as npt

    from msgui.chemistry.adducts import Adduct
    from msgui.fragments.enumerate import FragmentSet
    from msgui.prediction.forward import ExpectedSpectrum
    from msgui.spectra.spectrum import FloatArray

# Only what is plain to see disagrees: an expected stick of a tenth of the highest that is not
# there, a measured one of a fifth of which next to nothing is expected.
MISSED_FROM = 0.10
TALL_FROM = 0.20
NEXT_TO_NOTHING = 0.01
# Lower sticks are not drawn: they are a pixel high at most.
DRAWN_FROM = 0.005
# A part that changes the height of an ion by less than this factor is not named as a reason.
WORTH_SAYING = 1.5
MOST_SAID = 100.0
_SIGNS = {1: "–", 2: "=", 3: "#", 4: ":"}


@dataclass(frozen=True, eq=False)
class Expectation:
    """The expected spectrum of a candidate beside the measured one, without the precursor.

    Parameters
    ----------
    candidate : int
        Place of the candidate in the annotation.
    energy_ev : float or None
        For which collision energy; None when the record's is not known and none was chosen.
    is_measured_energy : bool
        Whether that is the energy of the record.
    model : str
        Name and version of the forward model.
    mz, intensity : float64 arrays, shape (n_ions,)
        Ascending m/z; relative to the highest, 0 to 1.
    is_met : bool array, shape (n_ions,)
        Whether a peak was measured there.
    is_missing : bool array, shape (n_ions,)
        Expected to be high, and nothing was measured there.
    words : tuple of str, shape (n_ions,)
        Which fragment it is, which bonds are cut for it, and what makes it high or low.
    at_peak : float64 array, shape (n_peaks,)
        Expected relative intensity at each measured peak; NaN where nothing is compared
        (precursor, isotopes).
    measured : float64 array, shape (n_peaks,)
        Relative to the highest peak that is compared; NaN as above.
    cosine : float
        Of the square roots of the intensities, 0 to 1.
    """

    candidate: int
    energy_ev: float | None
    is_measured_energy: bool
    model: str
    mz: "FloatArray"
    intensity: "FloatArray"
    is_met: "npt.NDArray[np.bool_]"
    is_missing: "npt.NDArray[np.bool_]"
    words: tuple[str, ...]
    at_peak: "FloatArray"
    measured: "FloatArray"
    cosine: float

    @property
    def is_tall(self) -> "npt.NDArray[np.bool_]":
        """Measured peaks that are high and of which next to nothing is expected, (n_peaks,)."""
        return (np.nan_to_num(self.measured) >= TALL_FROM) & (self.at_peak < NEXT_TO_NOTHING)


def expect(
    annotation: Annotation, candidate: int, tools: Tools, energy_ev: float | None = None
) -> Expectation | None:
    """Return what a candidate is expected to give; None without a forward model or an ion.

    Parameters
    ----------
    annotation : Annotation
    candidate : int
    tools : Tools
    energy_ev : float or None
        Another collision energy than the record's.

    Raises
    ------
    MsguiError
        When the structure cannot be broken.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.prediction.favors import favors
    from msgui.prediction.forward_network import Conditions
    from msgui.prediction.inputs import analyser, instrument_text

    spectrum, model = annotation.spectrum, tools.forward
    if model is None or spectrum.precursor_mz is None or not annotation.adduct:
        return None
    if not 0 <= candidate < len(annotation.candidates):
        return None
    smiles = annotation.candidates[candidate].structure.smiles
    adduct = parse_adduct(annotation.adduct)
    own = spectrum.collision_energy_ev
    energy = own if energy_ev is None else energy_ev
    conditions = Conditions(spectrum.precursor_mz, energy, analyser(instrument_text(spectrum)))
    expected = model.expected(smiles, adduct, conditions)
    at_peak, measured, is_met = _compared(annotation, adduct, expected, tools)
    drawn = expected.intensity >= DRAWN_FROM
    reasons = favors(model, smiles, adduct, conditions, expected, np.flatnonzero(drawn))
    return Expectation(
        candidate=candidate,
        energy_ev=energy,
        is_measured_energy=energy_ev is None or energy_ev == own,
        model=f"{model.name} {model.version}",
        mz=expected.mz[drawn],
        intensity=expected.intensity[drawn],
        is_met=is_met[drawn],
        is_missing=((expected.intensity >= MISSED_FROM) & ~is_met)[drawn],
        words=_words(smiles, adduct, expected, np.flatnonzero(drawn), reasons, model.max_bonds),
        at_peak=at_peak,
        measured=measured,
        cosine=_cosine(expected, at_peak, measured),
    )


def _compared(
    annotation: Annotation, adduct: "Adduct", expected: "ExpectedSpectrum", tools: Tools
) -> "tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]":
    """Return expected and measured height at each peak, and which ions were met."""
    from msgui.prediction.expected_ions import found_at
    from msgui.prediction.ion_tolerance import ion_tolerance
    from msgui.spectra.coverage import counting_peaks

    spectrum = annotation.spectrum
    counts = counting_peaks(spectrum.mz, spectrum.intensity, spectrum.precursor_mz, adduct.charge)
    tolerance = ion_tolerance(spectrum.mz, tools.settings.fragment_ppm)
    found = found_at(spectrum.mz, tolerance, expected.mz, expected.intensity)
    highest = float(spectrum.intensity[counts].max()) if counts.any() else 1.0
    nothing = np.full(len(spectrum), np.nan)
    at_peak = np.where(counts, np.minimum(found, 1.0), nothing)
    measured = np.where(counts, spectrum.intensity / (highest or 1.0), nothing)
    return at_peak, measured, _are_met(expected.mz, spectrum.mz, tolerance)


def _are_met(
    ions: "FloatArray", peaks: "FloatArray", tolerance: "FloatArray"
) -> "npt.NDArray[np.bool_]":
    """Return which ions lie within tolerance of a peak (both ascending)."""
    if not peaks.size:
        return np.zeros(ions.size, bool)
    right = np.clip(np.searchsorted(peaks, ions), 0, peaks.size - 1)
    left = np.maximum(right - 1, 0)
    return np.asarray(
        (np.abs(peaks[right] - ions) <= tolerance[right])
        | (np.abs(peaks[left] - ions) <= tolerance[left])
    )


def _cosine(expected: "ExpectedSpectrum", at_peak: "FloatArray", measured: "FloatArray") -> float:
    shared = float(np.nansum(np.sqrt(at_peak * measured)))
    size = float(expected.intensity.sum()) * float(np.nansum(measured))
    return float(min(1.0, shared / np.sqrt(size))) if size > 0 else 0.0


def _words(
    smiles: str,
    adduct: "Adduct",
    expected: "ExpectedSpectrum",
    ions: "npt.NDArray[np.int64]",
    reasons: "FloatArray",
    max_bonds: int,
) -> tuple[str, ...]:
    """Return one sentence for each ion."""
    from msgui.fragments.enumerate import fragments_of

    pieces = fragments_of(smiles, max_bonds)
    return tuple(
        f"{_ion(pieces, adduct, float(expected.mz[ion]), piece, shift)}: "
        f"{_cuts(pieces, piece)}{_hydrogens(shift, adduct.charge)}{_reasons(logs)}"
        for ion, piece, shift, logs in zip(
            ions.tolist(),
            expected.piece[ions].tolist(),
            expected.shift[ions].tolist(),
            reasons.tolist(),
            strict=True,
        )
    )


def _ion(pieces: "FragmentSet", adduct: "Adduct", mz: float, piece: int, shift: int) -> str:
    """Return the formula of an ion with its charge, by the form of the adduct that fits its m/z."""
    from msgui.chemistry.formula import ELECTRON_MASS, ELEMENT_INDEX, Formula
    from msgui.fragments.ions import ion_forms

    counts = pieces.counts[piece].astype(np.int64)
    counts[ELEMENT_INDEX["H"]] += shift
    texts = []
    for form in ion_forms(adduct):
        whole = counts + form.partners * pieces.counts[0]
        if (whole < 0).any():
            continue
        formula = Formula.from_counts(whole) + form.atoms
        sign = "+" if form.charge > 0 else "−"
        size = str(abs(form.charge)) if abs(form.charge) > 1 else ""
        at = (formula.mass - form.charge * ELECTRON_MASS) / abs(form.charge)
        texts.append((abs(at - mz), f"{formula}{size}{sign}"))
    return min(texts)[1] if texts else "fragment"


def _cuts(pieces: "FragmentSet", piece: int) -> str:
    from msgui.chemistry.formula import ELEMENTS
    from msgui.fragments.graph import graph_of

    graph, bonds = graph_of(pieces.smiles), pieces.bonds_of(piece)
    if not bonds:
        return "the whole molecule"
    names: Counter[str] = Counter()
    for bond in bonds:
        ends = sorted(
            ELEMENTS[graph.element[atom]] for atom in (graph.bond_from[bond], graph.bond_to[bond])
        )
        ring = " of a ring" if graph.bond_in_ring[bond] else ""
        names[f"{_SIGNS[int(graph.bond_order[bond])].join(ends)}{ring}"] += 1
    kept = len(pieces.atoms_of(piece))
    cuts = [f"{count} × {name}" if count > 1 else name for name, count in names.items()]
    return f"{kept} atoms kept, cut at {' and '.join(cuts)}"


def _hydrogens(shift: int, charge: int) -> str:
    moved = shift - (1 if charge > 0 else -1)
    if not moved:
        return ""
    many = "s" if abs(moved) > 1 else ""
    return f", {abs(moved)} hydrogen{many} {'taken along' if moved > 0 else 'left behind'}"


def _reasons(logs: Sequence[float]) -> str:
    """Return what favors an ion and what holds it back, the strongest first."""
    from msgui.prediction.forward_network import PARTS

    told = []
    for verb, sign in (("favored", 1), ("held back", -1)):
        factors = [(math.exp(sign * log), part) for log, part in zip(logs, PARTS, strict=True)]
        named = sorted((f for f in factors if f[0] >= WORTH_SAYING), key=lambda f: -f[0])
        if named:
            parts = ", ".join(f"{_times(factor)} by {part}" for factor, part in named)
            told.append(f"{verb} {parts}")
    return f"; against the average fragment {', '.join(told)}" if told else ""


def _times(factor: float) -> str:
    if factor > MOST_SAID:
        return f"over {MOST_SAID:g} times"
    return f"{factor:.0f} times" if factor >= 10 else f"{factor:.1f} times"
