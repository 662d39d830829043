"""Annotations made by hand, for tests of what leaves msgui."""

from dataclasses import replace

import numpy as np

from msgui.annotation import Annotation, Candidate, FormulaCandidate, PeakAnnotation
from msgui.fragments.fragment import FragmentMatch
from msgui.prediction.values import Neighbour, Prediction
from msgui.spectra.coverage import Coverage
from msgui.spectra.spectrum import CollisionEnergy, Origin, Spectrum
from msgui.structures.structure import Structure
from msgui.trust.values import TrustCheck

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
MZ = (69.0447, 110.0713, 123.0427, 138.0662, 195.0877)
INTENSITY = (10.0, 22.0, 4.0, 100.0, 80.0)


def spectrum(**changes: object) -> Spectrum:
    """Return a spectrum of caffeine."""
    values = {
        "precursor_mz": 195.0877,
        "adduct": "[M+H]+",
        "charge": 1,
        "polarity": "positive",
        "collision_energy": CollisionEnergy("35 eV", 35.0, "eV"),
        "instrument": "Orbitrap",
        "title": "Caffeine",
        "spectrum_id": "caffeine-35",
        "origin": Origin("folder/some file.mgf", 4),
        **changes,
    }
    return Spectrum(np.array(MZ), np.array(INTENSITY), **values)  # type: ignore[arg-type]


def piece(atoms: tuple[int, ...] = (0, 1, 2)) -> FragmentMatch:
    """Return one piece."""
    return FragmentMatch(atoms, (3, 7), 1, 3.3, "C6H8N3O", "CNC(=O)C", 0.1)


def peaks() -> tuple[PeakAnnotation, ...]:
    """Return one annotation a peak: formula only, structure, nothing, structure, precursor."""

    def peak(index: int, **values: object) -> PeakAnnotation:
        return PeakAnnotation(index, MZ[index], INTENSITY[index], INTENSITY[index] / 100, **values)  # type: ignore[arg-type]

    named = {"charge": 1, "label": "fragment"}
    return (
        peak(
            0,
            formula="C3H5N2",
            error_ppm=-0.4,
            neutral_loss="C5H6N2O2",
            seen_in_training=False,
            **named,
        ),
        peak(
            1,
            formula="C5H8N3",
            error_ppm=0.2,
            neutral_loss="C3H3NO2",
            fragment=piece(),
            seen_in_training=True,
            alternatives=("C4H6N4",),
            **named,
        ),
        peak(2),
        peak(
            3,
            formula="C6H8N3O",
            error_ppm=0.1,
            neutral_loss="C2H3NO",
            fragment=piece((0, 1, 2, 3)),
            other_fragments=(piece(),),
            seen_in_training=True,
            **named,
        ),
        peak(4, formula="C8H11N4O2", charge=1, error_ppm=-0.2, label="precursor"),
    )


def candidate(rank: int = 1, **changes: object) -> Candidate:
    """Return one candidate."""
    structure = Structure(CAFFEINE, "RYYVLZVUVIJVGH", "C8H10N4O2", 194.0804, "Caffeine", "list")
    values = {
        "structure": structure,
        "rank": rank,
        "score": 0.8 - 0.1 * rank,
        "model_score": 0.71,
        "baseline_score": 0.83,
        "baseline_rank": 2,
        "blind_rank": None,
        "coverage": Coverage(3, 4, 0.9),
        "isomer_percentile": 1.0,
        **changes,
    }
    return Candidate(**values)  # type: ignore[arg-type]


def annotation(**changes: object) -> Annotation:
    """Return a complete annotation."""
    isomer = replace(
        candidate(2, coverage=Coverage(1, 4, 0.2), isomer_percentile=0.0, tied_with=1),
        structure=Structure("CCCCC(=O)c1nnc(N)nc1O", "AAAAAAAAAAAAAA", "C8H10N4O2", 194.0804),
    )
    neighbour = Neighbour(
        CAFFEINE, "RYYVLZVUVIJVGH", "C8H10N4O2", 0.83, "library", True, "REC-1", "Caffeine",
        "[M+H]+", "Orbitrap", "30 eV", np.array(MZ), np.array(INTENSITY), 5,
    )  # fmt: skip
    values = {
        "spectrum": spectrum(),
        "adduct": "[M+H]+",
        "adduct_source": "record",
        "formulas": (FormulaCandidate(1, "C8H10N4O2", "[M+H]+", -0.2, 4, 0.98, None, 12.34),),
        "formula": "C8H10N4O2",
        "formula_source": "computed",
        "peaks": peaks(),
        "formula_coverage": Coverage(3, 4, 0.97),
        "candidates": (candidate(), isomer),
        "candidate_count": 2,
        "prediction": Prediction(np.zeros(4096, np.float32), np.zeros(0, np.float32), 0.3, "CPU"),
        "neighbours": (neighbour,),
        "neighbour_note": "nearest library spectra",
        "trust": (
            TrustCheck("conditions", "ok", 12.0, "12 training spectra are alike."),
            TrustCheck("spectrum matters", "unknown", None, "not computed, because of a reason."),
        ),
        "model": "small 1.0",
        **changes,
    }
    return Annotation(**values)  # type: ignore[arg-type]
