"""Peaks and pieces: known chemistry, and the fast batch against the listing of single matches."""

import numpy as np
import pytest

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.fragments.annotate import explain, warm_up
from msgui.fragments.fragment import FragmentMatch
from msgui.fragments.scoring import (
    CandidateScores,
    score_candidates,
    score_candidates_in_steps,
)
from msgui.progress import Step

CAFFEINE = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"
RESERPINE = "COC(=O)C1C(OC)C(OC(=O)c2cc(OC)c(OC)c(OC)c2)CC2CN3CCc4c([nH]c5cc(OC)ccc45)C3CC12"
PROTONATED = parse_adduct("[M+H]+")


def best(smiles: str, mz: float, adduct: str = "[M+H]+", bonds: int = 3) -> FragmentMatch | None:
    """Return the most plausible piece for one peak."""
    found = explain([mz], [1.0], smiles, parse_adduct(adduct), 10, bonds)[0]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("smiles", "mz", "formula", "bonds_cut", "shift"),
    [
        (CAFFEINE, 138.0662, "C6H8N3O", 2, 1),  # retro-Diels-Alder: loss of methyl isocyanate
        (CAFFEINE, 110.0713, "C5H8N3", 2, 1),  # and of CO
        (RESERPINE, 195.0652, "C10H11O4", 1, 0),  # trimethoxybenzoyl cation
        (RESERPINE, 397.2122, "C23H29N2O4", 1, 0),  # loss of trimethoxybenzoic acid
        ("O=C(O)c1ccccc1OC(C)=O", 163.0390, "C9H7O3", 1, 0),  # loss of water from aspirin
        ("CC(=O)Nc1ccc(O)cc1", 110.0600, "C6H8NO", 1, 2),  # paracetamol: loss of ketene
        ("CN(C)C(=N)NC(N)=N", 85.0509, "C2H5N4", 2, 1),  # metformin: loss of dimethylamine
    ],
)
def test_known_fragments(smiles: str, mz: float, formula: str, bonds_cut: int, shift: int) -> None:
    match = best(smiles, mz)
    assert match is not None
    assert match.formula == formula
    assert len(match.bonds_cut) <= bonds_cut
    assert abs(match.error_ppm) < 10
    assert match.hydrogen_shift == shift or len(match.bonds_cut) < bonds_cut


def test_a_piece_says_atoms_bonds_and_smiles() -> None:
    match = best("CC(=O)Nc1ccc(O)cc1", 110.0600)
    assert match is not None
    assert match.atoms == (3, 4, 5, 6, 7, 8, 9, 10)
    assert match.bonds_cut == (2,)
    assert match.smiles == "NC1=CC=C(O)C=C1"
    assert match.rule == "peptide cleavage"
    assert match.penalty > 0


def test_matches_are_ordered_by_penalty() -> None:
    matches = explain([138.0662], [1.0], CAFFEINE, PROTONATED, 10)[0]
    assert len(matches) > 1
    penalties = [match.penalty for match in matches]
    assert penalties == sorted(penalties)
    assert len({match.atoms for match in matches}) == len(matches)


@pytest.mark.parametrize(
    ("adduct", "smiles", "mz", "formula"),
    [
        ("[M-H]-", "O=C(O)c1ccccc1O", 93.0346, "C6H5O"),  # salicylate: loss of CO2
        ("[M+Na]+", "OCC1OC(OC2OC(CO)C(O)C(O)C2O)C(O)C(O)C1O", 203.0526, "C6H12NaO6"),
        ("[M+Na]+", "OCC1OC(OC2OC(CO)C(O)C(O)C2O)C(O)C(O)C1O", 163.0601, "C6H11O5"),
        ("[M+NH4]+", "CCCC(=O)OCC", 89.0597, "C4H9O2"),
        ("[M]+.", "CCCCc1ccccc1", 91.0542, "C7H7"),
        ("[M+2H]2+", "NCCCCCCNCCCCCCN", 117.1386, "C6H17N2"),
        ("[2M+H]+", CAFFEINE, 332.1466, "C14H18N7O3"),  # dimer minus methyl isocyanate
        ("[M+Cl]-", "OCC(O)CO", 127.0167, "C3H8ClO3"),
        ("[M]+", "C[N+](C)(C)CCO", 60.0808, "C3H10N"),
    ],
)
def test_adduct_decides_what_stays(adduct: str, smiles: str, mz: float, formula: str) -> None:
    match = best(smiles, mz, adduct)
    assert match is not None
    assert match.formula == formula


def test_doubly_charged_fragment() -> None:
    # [M+2H]2+ of a diamine that lost ammonia and kept both charges.
    neutral = Formula.parse("C12H29N3")
    two = parse_adduct("[M+2H]2+")
    mz = two.mz((neutral - Formula.parse("NH3")).mass)
    matches = explain([mz], [1.0], "NCCCCCCNCCCCCCN", two, 10)[0]
    # Half of it with one charge has the same m/z.
    assert {match.formula for match in matches} == {"C12H28N2", "C6H14N"}


@pytest.mark.parametrize("mz", [138.5, 12.5, 1e6, 0.5])
def test_nothing_fits(mz: float) -> None:
    assert best(CAFFEINE, mz) is None


def test_no_piece_has_more_hydrogens_than_the_ion_or_than_valences_allow() -> None:
    # CH8+ and C8H15N4O2+ have the masses of a methyl and of the molecule with five more hydrogens.
    for formula in ("CH8", "C8H15N4O2"):
        mz = Formula.parse(formula).mass - 0.000549
        assert best(CAFFEINE, mz) is None


@pytest.mark.parametrize("adduct", ["[M+H]+", "[M-H]-", "[M+Na]+", "[M]+.", "[M+2H]2+", "[2M+H]+"])
@pytest.mark.parametrize("bonds", [1, 2, 3])
def test_batch_agrees_with_the_listing(adduct: str, bonds: int) -> None:
    rng = np.random.default_rng(5)
    ion = parse_adduct(adduct)
    for smiles in (CAFFEINE, RESERPINE, "CC(C)CC(N)C(=O)NC(CS)C(=O)O"):
        mz = np.sort(np.concatenate([rng.uniform(40, 500, 200), [138.0662, 110.0713, 195.0652]]))
        intensity = rng.uniform(1, 100, mz.size)
        listed = explain(mz, intensity, smiles, ion, 30, bonds)
        scores = score_candidates(mz, intensity, [smiles], ion, 30, None, bonds)
        assert scores.explained_peaks[0] <= sum(bool(m) for m in listed)
        if scores.peaks == mz.size:
            assert scores.explained_peaks[0] == sum(bool(m) for m in listed)


def test_true_structure_explains_more_than_an_isomer() -> None:
    mz, intensity = [69.0447, 83.0604, 110.0713, 138.0662, 195.0877], [10, 9, 22, 100, 80]
    isomer = "CCCCC(=O)c1nnc(N)nc1O"
    scores = score_candidates(mz, intensity, [CAFFEINE, isomer], PROTONATED, 10, 195.0877)
    assert scores.peaks == 4
    assert scores.explained_intensity[0] > scores.explained_intensity[1]
    assert scores.score[0] > scores.score[1]


def test_steps_come_before_the_result_and_nothing_is_lost() -> None:
    smiles = [CAFFEINE] * 100
    items = list(score_candidates_in_steps([138.0662], [1.0], smiles, PROTONATED, 10, 195.0877))
    *steps, result = items
    assert all(isinstance(step, Step) for step in steps)
    assert isinstance(result, CandidateScores)
    assert [step.done for step in steps] == sorted({step.done for step in steps})
    assert steps[-1].done == steps[-1].total == 100
    assert len(set(result.score.tolist())) == 1


def test_unreadable_candidates_explain_nothing() -> None:
    scores = score_candidates(
        [138.0662], [1.0], ["C1CC", CAFFEINE, "C" * 300], PROTONATED, 10, 195.0877
    )
    assert scores.failed == (0, 2)
    assert scores.explained_peaks.tolist() == [0, 1, 0]
    assert scores.score[0] == 0


@pytest.mark.parametrize("smiles", [[], [CAFFEINE]])
def test_no_peaks_and_no_candidates(smiles: list[str]) -> None:
    scores = score_candidates([], [], smiles, PROTONATED, 10, 195.0877)
    assert scores.peaks == 0
    assert scores.score.shape == (len(smiles),)
    assert np.isfinite(scores.explained_intensity).all()


def test_only_the_precursor() -> None:
    scores = score_candidates([195.0877], [1.0], [CAFFEINE], PROTONATED, 10, 195.0877)
    assert scores.peaks == 0
    assert scores.explained_intensity.tolist() == [0.0]


def test_warm_up_twice() -> None:
    warm_up()
    warm_up()
