"""The method from a spectrum to an annotation, with a small candidate store and without a model."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from msgui.annotation import Annotation
from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.isotope_pattern import isotope_pattern
from msgui.overrides import Overrides, own_structure
from msgui.paths import resources
from msgui.pipeline import annotate, annotate_in_steps, explain_candidate, find_neighbours
from msgui.prediction.memory import Memory
from msgui.prediction.values import Prediction
from msgui.progress import Step
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from msgui.structures.build import build_store
from msgui.structures.store import StructureStore
from msgui.structures.structure import Structure
from msgui.tools import Settings, Tools
from tests.tiny_forward import forward_model

CAFFEINE = "RYYVLZVUVIJVGH"
STRUCTURES = """smiles,name
Cn1c(=O)c2c(ncn2C)n(C)c1=O,caffeine
CCn1c(=O)c2[nH]cnc2n(C)c1=O,ethyl-methylxanthine
CCCn1c(=O)[nH]c2nc[nH]c2c1=O,propylxanthine
CCNc1nc(Cl)nc(NC(C)C)n1,atrazine
COC(=O)C1C(OC(=O)c2ccccc2)CC2CCC1N2C,cocaine
"""


@pytest.fixture(scope="module")
def samples() -> dict[str, Spectrum]:
    found = read(resources() / "samples" / "textbook.mgf")
    return {s.title: s for s in found if isinstance(s, Spectrum)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> StructureStore:
    folder = tmp_path_factory.mktemp("store")
    (folder / "mine.csv").write_text(STRUCTURES, encoding="utf-8")
    path: Path = folder / "mine.parquet"
    for _ in build_store([folder / "mine.csv"], path):
        pass
    return StructureStore.open(path)


@pytest.fixture
def tools(store: StructureStore) -> Tools:
    return Tools(Settings(), structures=store)


def test_caffeine_is_found_and_its_peaks_are_named(
    samples: dict[str, Spectrum], tools: Tools
) -> None:
    found = annotate(samples["Caffeine"], tools)

    assert (found.formula, found.formula_source) == ("C8H10N4O2", "computed")
    assert (found.adduct, found.adduct_source) == ("[M+H]+", "record")
    assert found.candidate_count == 3
    assert found.candidates[0].structure.inchikey14 == CAFFEINE
    base = max(found.peaks, key=lambda peak: peak.intensity)
    assert (base.formula, base.neutral_loss) == ("C6H8N3O", "C2H3NO")
    assert base.fragment is not None
    assert found.formula_coverage is not None
    assert found.formula_coverage.explained_intensity > 0.95


def test_another_candidate_explains_the_peaks_otherwise(
    samples: dict[str, Spectrum], tools: Tools
) -> None:
    found = annotate(samples["Caffeine"], tools)

    def explained(candidate: int) -> list[float]:
        peaks = explain_candidate(found, candidate, tools)
        assert [p.index for p in peaks] == list(range(len(found.spectrum)))
        return [p.fragment.penalty for p in peaks if p.fragment is not None]

    assert explained(0) != explained(2)


def test_a_given_list_is_ranked_exactly(samples: dict[str, Spectrum]) -> None:
    spectrum = samples["Caffeine"]
    given = (Structure("CCn1c(=O)c2[nH]cnc2n(C)c1=O", "AAAAAAAAAAAAAA", "C8H10N4O2", 194.0804),)
    found = annotate(spectrum, Tools(candidates={spectrum.spectrum_id: given}))
    assert [c.structure for c in found.candidates] == list(given)


def test_a_structure_of_ones_own_is_ranked_with_the_others(
    samples: dict[str, Spectrum], tools: Tools
) -> None:
    own, _ = own_structure("Cn1cnc2c(=O)n(C)c(=O)n(C)c12", "mine")
    known, _ = own_structure("Cn1c(=O)c2c(ncn2C)n(C)c1=O")
    said = Overrides().with_structure(own).with_structure(known)
    few = replace(tools, settings=Settings(top=1))
    plain = annotate(samples["Caffeine"], tools)
    found = annotate(samples["Caffeine"], few, overrides=said)
    # What is in the list already stands once; both are shown although only one is asked for.
    assert found.candidate_count == plain.candidate_count + 1
    sources = {c.structure.name: c.structure.source for c in found.candidates}
    assert sources["mine"] == "yours"
    assert sources["caffeine"] != "yours"


def test_the_formula_of_the_record_is_used_only_when_asked(
    samples: dict[str, Spectrum], store: StructureStore
) -> None:
    spectrum = samples["Caffeine"]
    assert annotate(spectrum, Tools(structures=store)).formula_source == "computed"
    trusting = Tools(Settings(formula="record"), structures=store)
    assert annotate(spectrum, trusting).formula_source == "record"
    wrong = spectrum.with_(formula="C20H20O2")
    assert annotate(wrong, trusting).formula_source == "computed"


def test_a_missing_adduct_is_ranked_with_the_formula_and_said(
    samples: dict[str, Spectrum], tools: Tools
) -> None:
    spectrum = samples["Caffeine"].with_(adduct=None, polarity="positive")
    found = annotate(spectrum, tools)
    assert (found.formula, found.adduct, found.adduct_source) == ("C8H10N4O2", "[M+H]+", "ranked")
    assert found.adduct_is_guessed
    assert found.status == "partly"
    assert "No adduct is stated" in found.message
    # The sodium adduct of the same molecule is found as such.
    sodium = parse_adduct("[M+Na]+")
    mz = sodium.mz(Formula.parse("C8H10N4O2").mass)
    blind = spectrum.with_(mz=[spectrum.mz[0]], intensity=[1.0], precursor_mz=mz)
    names = {entry.adduct for entry in annotate(blind, tools).formulas}
    assert {"[M+H]+", "[M+Na]+"} <= names
    # Whoever gives the formula says the adduct with it.
    given = replace(tools, settings=Settings(given_formula="C8H10N4O2"))
    assert annotate(blind, given).adduct == "[M+Na]+"


def test_isotopes_of_the_ms1_scan_count(samples: dict[str, Spectrum], tools: Tools) -> None:
    spectrum = samples["Caffeine"]
    pattern = isotope_pattern(Formula.parse("C8H11N4O2"))
    ms1 = Spectrum(pattern.mz, 1e6 * pattern.intensity, ms_level=1, spectrum_id="scan=7")
    found = annotate(spectrum, tools, ms1)
    assert found.formulas[0].isotope_score == pytest.approx(1.0)
    assert found.ms1 is not None
    assert "scan=7" in found.ms1_note
    other = ms1.with_(mz=ms1.mz + 0.3)
    assert "no peak at the precursor" in annotate(spectrum, tools, other).ms1_note
    without = annotate(spectrum, tools)
    assert "no MS1" in without.ms1_note
    assert all(entry.isotope_score is None for entry in without.formulas)


def test_further_elements(samples: dict[str, Spectrum]) -> None:
    adduct = parse_adduct("[M+H]+")
    mz = adduct.mz(Formula.parse("C12H23N3O2Si").mass)
    spectrum = samples["Caffeine"].with_(precursor_mz=mz)
    plain = annotate(spectrum, Tools())
    more = annotate(spectrum, Tools(Settings(elements="Si2")))
    assert not any("Si" in entry.formula for entry in plain.formulas)
    assert any("Si" in entry.formula for entry in more.formulas)


@pytest.mark.parametrize(
    ("settings", "change", "words"),
    [
        ({"ppm": 0.0}, {}, "tolerance of 0 ppm"),
        ({"elements": "Xx"}, {}, "'Xx' is not an element"),
        ({"adduct": "[M+H]+"}, {"precursor_mz": 12.0}, "below 20"),
        ({}, {"precursor_mz": 2400.0}, "up to 2000 Da"),
        ({"formula": "record"}, {"formula": "C9H12N4O2"}, "formula was not used: C9H12N4O2 as"),
        ({}, {"formula": "C9H12N4O2"}, "the precursor is -14.0156 Da off"),
        ({}, {"formula": "C8H10Xx4O2"}, "Xx is not an element"),
        ({"given_formula": "C9H12N4O2"}, {}, "the precursor is -14.0156 Da off"),
        ({}, {"charge": -2}, "states charge 2-; [M+H]+ has 1+"),
        ({}, {"polarity": "negative"}, "negative mode"),
    ],
)
def test_contradictions_are_said(
    samples: dict[str, Spectrum], tools: Tools, settings: dict, change: dict, words: str
) -> None:
    found = annotate(
        samples["Caffeine"].with_(**change), replace(tools, settings=Settings(**settings))
    )
    assert found.status != "ok"
    assert words in found.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"precursor_mz": None}, "precursor m/z is missing"),
        ({"mz": [], "intensity": []}, "no peaks"),
        ({"ms_level": 1}, "MS1"),
        ({"adduct": "[M+Unobtainium]+"}, "adduct"),
    ],
)
def test_what_cannot_be_annotated_says_why(
    samples: dict[str, Spectrum], tools: Tools, change: dict, words: str
) -> None:
    found = annotate(samples["Caffeine"].with_(**change), tools)
    assert found.status == "failed"
    assert words in found.message


def test_steps_come_before_the_annotation(samples: dict[str, Spectrum], tools: Tools) -> None:
    events = list(annotate_in_steps(samples["Cocaine"], tools))
    assert all(isinstance(event, Step) for event in events[:-1])
    assert isinstance(events[-1], Annotation)


def test_nothing_but_the_spectrum_is_needed(samples: dict[str, Spectrum]) -> None:
    found = annotate(samples["Reserpine"], Tools())
    assert found.formula
    assert found.candidates == ()
    assert sum(bool(peak.formula) for peak in found.peaks) >= 6


def test_remembered_neighbours_get_their_names_from_the_store(
    samples: dict[str, Spectrum], store: StructureStore
) -> None:
    embedding = np.eye(3, dtype=np.float32)
    words = np.array(["", "", ""])
    memory = Memory(
        embedding,
        1.0,
        np.arange(3, dtype=np.int32),
        smiles=np.array(["Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CCO", "CCN"]),
        inchikey14=np.array([CAFFEINE, "LFQSCWFLJHTTHZ", "QUSNBJAOOMFDIB"]),
        formula=np.array(["C8H10N4O2", "C2H6O", "C2H7N"]),
        accession=np.array(["ONE", "TWO", "THREE"]),
        adduct=np.array(["[M+H]+"] * 3),
        instrument=words,
        energy=words,
        name=np.array(["", "", ""]),
    )
    query = np.array([0.9, 0.4, 0.1], np.float32)
    prediction = Prediction(np.zeros(4096, np.float32), query, 0.5, "CPU")
    tools = Tools(model=SimpleNamespace(memory=memory), structures=store)  # type: ignore[arg-type]

    def names(tools: Tools) -> list[str]:
        found = find_neighbours(samples["Caffeine"], "C8H10N4O2", prediction, tools)
        assert found is not None
        return [neighbour.name for neighbour in found.neighbours]

    assert names(tools) == ["caffeine", "", ""]
    assert names(replace(tools, structures=None)) == ["", "", ""]


def test_an_ion_too_large_for_its_parts_is_said(samples: dict[str, Spectrum]) -> None:
    caffeine = samples["Caffeine"]
    found = annotate(caffeine, Tools(Settings(given_formula="C2000H4002")))
    assert found.status == "partly"
    assert "too large to enumerate" in found.message
    assert len(found.peaks) == len(caffeine)
    assert all(not peak.formula for peak in found.peaks)


def test_the_mass_error_of_the_spectrum_is_shown_and_taken_off(
    samples: dict[str, Spectrum],
) -> None:
    caffeine = samples["Caffeine"]
    settings = Settings(given_formula="C8H10N4O2", adduct="[M+H]+")
    plain = annotate(caffeine, Tools(settings))
    moved = annotate(caffeine.with_(mz=caffeine.mz * (1 + 6e-6)), Tools(settings))
    assert plain.recalibration is not None
    assert moved.recalibration is not None
    shift = moved.recalibration.offset_ppm - plain.recalibration.offset_ppm
    assert shift == pytest.approx(6.0, abs=1.0)
    assert [p.formula for p in moved.peaks] == [p.formula for p in plain.peaks]


def test_kinds_of_peaks_have_switches(samples: dict[str, Spectrum]) -> None:
    settings = Settings(given_formula="C8H10N4O2", adduct="[M+H]+", radicals=False, isotopes=False)
    assert "radicals" not in settings.peak_kinds
    assert "water adducts" in settings.peak_kinds
    found = annotate(samples["Caffeine"], Tools(settings))
    assert not any(peak.is_radical or peak.isotope for peak in found.peaks)


def test_expected_intensities_stand_beside_the_candidates(
    samples: dict[str, Spectrum], tools: Tools
) -> None:
    without = annotate(samples["Caffeine"], tools)
    assert {c.forward_score for c in without.candidates} == {None}
    events = list(annotate_in_steps(samples["Caffeine"], replace(tools, forward=forward_model())))
    assert any(isinstance(e, Step) and e.item.startswith("Expected spectra") for e in events)
    found = events[-1]
    assert isinstance(found, Annotation)
    assert len(found.candidates) == 3
    for candidate in found.candidates:
        assert candidate.forward_score is not None
        assert 0 < candidate.forward_score <= 1
        assert sum(part for _, part in candidate.contributions) == pytest.approx(candidate.score)


def test_candidates_that_cannot_be_broken_are_counted_and_peaks_keep_their_formulas(
    samples: dict[str, Spectrum], tools: Tools
) -> None:
    caffeine = samples["Caffeine"]
    huge = Structure("C" * 2000, "C" * 14, "C8H10N4O2", 194.08)
    listed = {caffeine.spectrum_id: [huge]}
    found = annotate(caffeine, replace(tools, candidates=listed))
    assert "1 of 1 candidates could not be broken" in found.message
    assert sum(bool(peak.formula) for peak in found.peaks) >= 3
    assert found.chance is None
