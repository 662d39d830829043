"""What the method found for one spectrum. Values only: project, export and gui need no pipeline."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from msgui.chemistry.recalibration import Recalibration
from msgui.fragments.coverage import Coverage
from msgui.fragments.fragment import FragmentMatch
from msgui.overrides import NO_OVERRIDES, NOTHING_SAID, Overrides, PeakOverride
from msgui.prediction.values import Candidate, Neighbour, Prediction
from msgui.spectra.coverage import Chance
from msgui.spectra.spectrum import Spectrum
from msgui.trust.influence import Influence
from msgui.trust.values import TrustCheck, Verdict

__all__ = [
    "Annotation",
    "Candidate",
    "FormulaCandidate",
    "MeasuredLoss",
    "PeakAnnotation",
    "PeakLabel",
]

# Sources of an adduct that neither the record nor the user states.
GUESSED = ("assumed", "ranked")
PeakLabel = Literal["fragment", "precursor", "isotope", "adduct", "noise", "contaminant", ""]


@dataclass(frozen=True, slots=True)
class FormulaCandidate:
    """One possible formula of the precursor.

    Parameters
    ----------
    rank : int
        From 1.
    formula : str
        Neutral molecule, Hill order.
    adduct : str
    error_ppm : float
        (measured - computed) / computed * 1e6 of the precursor; NaN without a precursor.
    explained_peaks : int
    explained_intensity : float
        Share of intensity, 0 to 1.
    isotope_score : float or None
        0 to 1; None without MS1.
    score : float
        Higher is better; comparable within one spectrum only.
    probability : float
        That this is the formula, 0 to 1, calibrated on molecules not used for fitting; NaN where
        it was not computed. Those of a list and ``Annotation.none_probability`` are less than 1
        together by what the rest of the list has.
    """

    rank: int
    formula: str
    adduct: str
    error_ppm: float
    explained_peaks: int
    explained_intensity: float
    isotope_score: float | None
    score: float
    probability: float = float("nan")


@dataclass(frozen=True, slots=True)
class PeakAnnotation:
    """What one peak is.

    Parameters
    ----------
    index : int
        Index of the peak in the spectrum's arrays.
    mz, intensity, relative_intensity : float
        ``relative_intensity`` is 0 to 1.
    formula : str
        Ion formula without charge, Hill order; empty when nothing fits.
    charge : int
        Signed charge of the ion; 0 when nothing fits.
    error_ppm : float
        NaN when nothing fits.
    label : str
        "precursor", "fragment", "isotope", "adduct" (a fragment that picked up water or nitrogen in
        the collision cell), "noise", "contaminant" or empty.
    neutral_loss : str
        Formula of precursor ion minus this ion; empty when nothing fits.
    fragment : FragmentMatch or None
        The best piece of the chosen candidate; None when the structure does not explain the peak.
    other_fragments : tuple of FragmentMatch
        Further pieces of the same candidate, best first.
    alternatives : tuple of str
        Other formulas that the peak may have, the likeliest first.
    seen_in_training : bool or None
        Does the formula occur in a training spectrum of the model; None when not known.
    said : PeakOverride
        What the chemist said about the peak.
    plausibility : float
        Of the formula, 0 to 1, against the alternatives and against no formula at all; NaN when
        nothing was judged.
    alternative_plausibilities : tuple of float
        Of the alternatives.
    isotope : str
        "13C", "34S", "37Cl", "81Br" for an isotope peak, else empty.
    isotope_of : int
        Index of the peak with the light isotope; -1 for none.
    added : str
        "H2O" or "N2" for an adduct of a fragment, else empty.
    adduct_atoms : str
        "Na kept" or "Na lost" for a fragment of [M+Na]+, likewise for other adducts; else empty.
    is_radical : bool
        Does the ion have an odd number of electrons.
    carries : float
        By how many nats the model's log-likelihood of the structure in first place falls when the
        peak is left out; NaN where that was not tried.
    """

    index: int
    mz: float
    intensity: float
    relative_intensity: float
    formula: str = ""
    charge: int = 0
    error_ppm: float = float("nan")
    label: PeakLabel = ""
    neutral_loss: str = ""
    fragment: FragmentMatch | None = None
    other_fragments: tuple[FragmentMatch, ...] = ()
    alternatives: tuple[str, ...] = ()
    seen_in_training: bool | None = None
    said: PeakOverride = NOTHING_SAID
    plausibility: float = float("nan")
    alternative_plausibilities: tuple[float, ...] = ()
    isotope: str = ""
    isotope_of: int = -1
    added: str = ""
    adduct_atoms: str = ""
    is_radical: bool = False
    carries: float = float("nan")


@dataclass(frozen=True, slots=True)
class MeasuredLoss:
    """The distance of two peaks that the chemist measured, drawn as an arrow.

    Parameters
    ----------
    heavier, lighter : int
        Indices of the peaks: the arrow runs from the first to the second.
    formula : str
        The formula that was chosen for it; empty: none.
    """

    heavier: int
    lighter: int
    formula: str = ""


@dataclass(frozen=True, eq=False)
class Annotation:
    """Everything the method found for one spectrum.

    Parameters
    ----------
    spectrum : Spectrum
    adduct : str
        The adduct that was used; empty when none could be.
    adduct_source : str
        "record", "given", or a guess and shown as one: "ranked" (that of the likeliest formula
        among the usual adducts) or "assumed" (the usual one).
    formulas : tuple of FormulaCandidate
        Best first.
    none_probability : float
        That none of the formulas that were tried is the right one, 0 to 1; NaN when unknown.
    ms1 : Spectrum or None
        The MS1 scan in which the precursor was seen, cut to what its isotope pattern may need; see
        :func:`msgui.chemistry.isotope_pattern.compare_isotopes`.
    ms1_note : str
        Which scan it is, or why isotopes say nothing.
    formula : str
        The neutral formula the rest was made with; empty when there is none.
    formula_source : str
        "record", "given", "computed" or empty.
    peaks : tuple of PeakAnnotation
        One for each peak, for the top candidate, or for the formula when there is none.
    recalibration : Recalibration or None
        The mass error of the spectrum that its peaks were judged against.
    formula_coverage : Coverage or None
        Peaks that were named as a part of the formula.
    formula_chance, chance : Chance or None
        What the formula, and what the structure in first place, would explain of shifted peaks.
    candidates : tuple of Candidate
        Best first.
    candidate_count : int
        How many there were before the list was cut to the top.
    prediction : Prediction or None
    neighbours : tuple of Neighbour
        Most similar first.
    neighbour_note : str
        What the neighbours are ("nearest training spectra by embedding"), or why there are none.
    trust : tuple of TrustCheck
    verdict : Verdict or None
        What follows from the checks; None where nothing was annotated.
    influences : tuple of Influence
        Training spectra that helped the structure in first place, then those that spoke against
        it; empty where the model does not keep what tells them.
    model : str
        Name and version of the model, empty without one.
    status : "ok", "partly" or "failed"
    message : str
        Why something is missing, in plain words.
    overrides : Overrides
        What the chemist said about single peaks; the rest was made with it.
    """

    spectrum: Spectrum
    adduct: str = ""
    adduct_source: str = ""
    formulas: tuple[FormulaCandidate, ...] = ()
    none_probability: float = float("nan")
    ms1: Spectrum | None = None
    ms1_note: str = ""
    formula: str = ""
    formula_source: str = ""
    peaks: tuple[PeakAnnotation, ...] = ()
    recalibration: Recalibration | None = None
    formula_coverage: Coverage | None = None
    formula_chance: Chance | None = None
    chance: Chance | None = None
    candidates: tuple[Candidate, ...] = ()
    candidate_count: int = 0
    prediction: Prediction | None = None
    neighbours: tuple[Neighbour, ...] = ()
    neighbour_note: str = ""
    trust: tuple[TrustCheck, ...] = ()
    verdict: Verdict | None = None
    influences: tuple[Influence, ...] = ()
    model: str = ""
    status: Literal["ok", "partly", "failed"] = "ok"
    message: str = ""
    overrides: Overrides = NO_OVERRIDES

    @property
    def adduct_is_guessed(self) -> bool:
        """Did neither the record nor the user say which adduct it is."""
        return self.adduct_source in GUESSED

    @property
    def isomer_median(self) -> Coverage | None:
        """Median coverage of the candidates that share the top candidate's formula."""
        if not self.candidates:
            return None
        formula = self.candidates[0].structure.formula
        same = [c.coverage for c in self.candidates if c.structure.formula == formula]
        return Coverage(
            explained_peaks=int(np.median([c.explained_peaks for c in same])),
            peaks=same[0].peaks,
            explained_intensity=float(np.median([c.explained_intensity for c in same])),
        )
