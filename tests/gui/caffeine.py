"""A caffeine spectrum with its annotation, made by hand from the well-known fragments."""

import numpy as np

from msgui.annotation import Annotation, Candidate, FormulaCandidate, PeakAnnotation
from msgui.fragments.fragment import FragmentMatch
from msgui.prediction.values import Neighbour
from msgui.spectra.coverage import Coverage
from msgui.spectra.spectrum import CollisionEnergy, Origin, Spectrum
from msgui.structures.structure import Structure

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
ISOCAFFEINE = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"
# m/z, relative intensity, ion formula, atoms kept of CAFFEINE, formula met in training
PEAKS = (
    (42.0340, 6.0, "C2H4N", (8, 9), True),
    (55.0180, 3.0, "", (), None),
    (56.0495, 12.0, "C3H6N", (7, 8, 9), True),
    (69.0447, 28.0, "C3H5N2", (7, 8, 9, 6), True),
    (82.0530, 7.0, "", (), None),
    (83.0604, 10.0, "C4H7N2", (4, 7, 8, 9, 6), True),
    (96.0556, 4.0, "C5H6NO", (2, 3, 4, 5, 8, 9), False),
    (110.0713, 41.0, "C5H8N3", (4, 5, 6, 7, 8, 9, 10, 11), True),
    (123.0427, 5.0, "", (), None),
    (138.0662, 100.0, "C6H8N3O", (2, 3, 4, 5, 6, 7, 8, 9, 10, 11), True),
    (151.0600, 3.0, "", (), None),
    (167.0500, 2.0, "C7H9N3O2", (), True),
    (180.0642, 6.0, "C7H8N4O2", (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13), True),
    (195.0877, 88.0, "C8H11N4O2", tuple(range(14)), True),
)


def caffeine_spectrum(**changes) -> Spectrum:
    """Return the spectrum."""
    values = {
        "mz": np.array([peak[0] for peak in PEAKS]),
        "intensity": 12000.0 * np.array([peak[1] for peak in PEAKS]),
        "precursor_mz": 195.0877,
        "adduct": "[M+H]+",
        "charge": 1,
        "polarity": "positive",
        "collision_energy": CollisionEnergy("HCD 35 eV", 35.0, "eV"),
        "instrument": "Orbitrap",
        "retention_time_s": 252.6,
        "title": "feature 12",
        "spectrum_id": "12",
        "origin": Origin("caffeine.mgf", 11, "line 120"),
    }
    return Spectrum(**{**values, **changes})


def bonds_between(smiles: str, atoms: tuple[int, ...]) -> tuple[int, ...]:
    """Return the bonds that join kept and lost atoms."""
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(smiles)
    return tuple(
        bond.GetIdx()
        for bond in molecule.GetBonds()
        if (bond.GetBeginAtomIdx() in atoms) != (bond.GetEndAtomIdx() in atoms)
    )


def fragment(atoms: tuple[int, ...], formula: str, smiles: str = CAFFEINE) -> FragmentMatch:
    """Return a fragment of a molecule."""
    return FragmentMatch(atoms, bonds_between(smiles, atoms), 1, 1.0, formula, "", 0.3)


def caffeine_peaks() -> tuple[PeakAnnotation, ...]:
    """Return what each peak is; 138 has three fragments."""
    losses = {
        "C6H8N3O": "C2H3NO", "C5H8N3": "C3H3NO2", "C4H7N2": "C4H4N2O2", "C3H5N2": "C5H6N2O2",
        "C3H6N": "C5H5N3O2", "C2H4N": "C6H7N3O2", "C7H8N4O2": "CH3", "C5H6NO": "C3H5N3O",
        "C7H9N3O2": "CH2N",
    }  # fmt: skip
    errors = (2.6, 0, -1.1, 0.2, 0, 0.7, -1.4, 1.3, 0, 0.3, 0, -7.9, 1.9, -0.3)
    peaks = []
    for index, (mz, relative, formula, atoms, seen) in enumerate(PEAKS):
        others = ()
        if formula == "C6H8N3O":
            others = (
                fragment((0, 1, 2, 3, 4, 5, 8, 9, 12, 10), formula),
                fragment((0, 1, 4, 5, 6, 7, 8, 9, 12, 13), formula),
            )
        peaks.append(
            PeakAnnotation(
                index=index,
                mz=mz,
                intensity=12000.0 * relative,
                relative_intensity=relative / 100.0,
                formula=formula,
                charge=1 if formula else 0,
                error_ppm=errors[index] if formula else float("nan"),
                label="precursor" if index == 13 else ("fragment" if formula else ""),
                neutral_loss=losses.get(formula, ""),
                fragment=fragment(atoms, formula) if atoms else None,
                other_fragments=others,
                alternatives=("CH6N4O3", "C4H11O5") if index == 9 else (),
                seen_in_training=seen,
            )
        )
    return tuple(peaks)


def candidate(
    rank: int,
    smiles: str,
    name: str,
    model: float | None,
    baseline: float | None,
    explained: tuple[int, float],
    tied_with: int = 0,
) -> Candidate:
    """Return a candidate with the formula of caffeine."""
    return Candidate(
        structure=Structure(smiles, f"KEY{name.upper()[:10]:X<11}", "C8H10N4O2", 194.0804, name),
        rank=rank,
        score=model or 0.0,
        model_score=model,
        baseline_score=baseline,
        baseline_rank=rank if baseline is not None else None,
        blind_rank=rank + 1,
        coverage=Coverage(explained[0], 13, explained[1]),
        isomer_percentile=0.9,
        tied_with=tied_with,
    )


def caffeine_candidates() -> tuple[Candidate, ...]:
    """Return four isomers, two of them tied."""
    return (
        candidate(1, CAFFEINE, "caffeine", 0.71, 0.83, (9, 0.94)),
        candidate(2, ISOCAFFEINE, "isocaffeine", 0.69, 0.64, (8, 0.88), 1),
        candidate(2, "CCn1c(=O)c2[nH]cnc2n(C)c1=O", "", 0.69, 0.31, (7, 0.61), 1),
        candidate(4, "CCCn1c(=O)[nH]c(=O)c2[nH]cnc21", "enprofylline", 0.51, 0.30, (6, 0.58)),
    )


def neighbours(*, with_peaks: bool = True) -> tuple[Neighbour, ...]:
    """Return three neighbours: from a library, or from a model's memory without peaks."""
    mz = np.array([69.0447, 83.0604, 110.0713, 138.0662, 195.0877])
    intensity = np.array([200.0, 125.0, 550.0, 1000.0, 600.0])
    kind = "library" if with_peaks else "memory"

    def one(smiles: str, name: str, similarity: float, accession: str) -> Neighbour:
        return Neighbour(
            smiles=smiles,
            inchikey14=name.upper(),
            formula="C8H10N4O2" if "caff" in name else "C7H8N4O2",
            similarity=similarity,
            kind=kind,
            same_formula="caff" in name,
            accession=accession,
            name=name,
            adduct="[M+H]+",
            instrument="Orbitrap",
            collision_energy="35 eV",
            mz=mz if with_peaks else None,
            intensity=intensity if with_peaks else None,
            shared_peaks=5 if with_peaks else None,
        )

    return (
        one(CAFFEINE, "caffeine", 0.83, "EXAMPLE-000001"),
        one(ISOCAFFEINE, "isocaffeine", 0.64, "EXAMPLE-000002"),
        one("Cn1c(=O)c2[nH]cnc2n(C)c1=O", "theophylline", 0.41, "EXAMPLE-000003"),
    )


def caffeine_annotation(**changes) -> Annotation:
    """Return the annotation of the spectrum."""
    values = {
        "spectrum": caffeine_spectrum(),
        "adduct": "[M+H]+",
        "adduct_source": "record",
        "formulas": (FormulaCandidate(1, "C8H10N4O2", "[M+H]+", 0.3, 9, 0.96, None, 1.0),),
        "formula": "C8H10N4O2",
        "formula_source": "computed",
        "peaks": caffeine_peaks(),
        "formula_coverage": Coverage(10, 13, 0.96),
        "candidates": caffeine_candidates(),
        "candidate_count": 12,
        "neighbours": neighbours(),
        "neighbour_note": "nearest reference spectra by cosine",
        "model": "small 1.0",
    }
    return Annotation(**{**values, **changes})
