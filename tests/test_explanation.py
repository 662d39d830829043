"""What peaks are for a candidate, with and without the chemist's own words."""

from dataclasses import replace
from pathlib import Path

import pytest

from msgui.annotation import Annotation
from msgui.explanation import chance_of_candidate, explain_candidate, explain_formula
from msgui.overrides import Overrides, PeakOverride
from msgui.paths import resources
from msgui.pipeline import annotate
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from msgui.structures.build import build_store
from msgui.structures.store import StructureStore
from msgui.tools import Settings, Tools

STRUCTURES = """smiles,name
Cn1c(=O)c2c(ncn2C)n(C)c1=O,caffeine
CCn1c(=O)c2[nH]cnc2n(C)c1=O,ethyl-methylxanthine
CCCn1c(=O)[nH]c2nc[nH]c2c1=O,propylxanthine
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    folder = tmp_path_factory.mktemp("store")
    (folder / "mine.csv").write_text(STRUCTURES, encoding="utf-8")
    path: Path = folder / "mine.parquet"
    for _ in build_store([folder / "mine.csv"], path):
        pass
    return Tools(Settings(), structures=StructureStore.open(path))


@pytest.fixture(scope="module")
def caffeine() -> Spectrum:
    found = read(resources() / "samples" / "textbook.mgf")
    return next(s for s in found if isinstance(s, Spectrum) and s.title == "Caffeine")


@pytest.fixture(scope="module")
def plain(caffeine: Spectrum, tools: Tools) -> Annotation:
    return annotate(caffeine, tools)


def peak_of(annotation: Annotation, mz: float) -> int:
    return int(abs(annotation.spectrum.mz - mz).argmin())


def test_a_marked_peak_is_no_evidence(caffeine: Spectrum, tools: Tools, plain: Annotation) -> None:
    base = peak_of(plain, 138.0662)
    said = Overrides().with_peak(base, PeakOverride(mark="contaminant"))
    found = annotate(caffeine, tools, overrides=said)

    assert found.spectrum is caffeine
    assert found.overrides == said
    assert len(found.peaks) == len(caffeine)
    assert found.peaks[base].label == "contaminant"
    assert found.peaks[base].relative_intensity == 1.0
    assert not found.peaks[base].formula
    before, after = plain.candidates[0].coverage, found.candidates[0].coverage
    assert after.peaks == before.peaks - 1
    others = [peak for peak in found.peaks if peak.index != base]
    assert [p.formula for p in others] == [p.formula for p in plain.peaks if p.index != base]
    assert [p.index for p in found.peaks] == list(range(len(caffeine)))


def test_a_chosen_formula_is_the_only_one(
    caffeine: Spectrum, tools: Tools, plain: Annotation
) -> None:
    base = peak_of(plain, 138.0662)
    assert plain.peaks[base].formula == "C6H8N3O"
    other = PeakOverride("C8H10O2")
    found = annotate(caffeine, tools, overrides=Overrides().with_peak(base, other))
    peak = found.peaks[base]

    assert (peak.formula, peak.said) == ("C8H10O2", other)
    assert peak.fragment is None
    assert "C6H8N3O" in peak.alternatives
    assert peak.neutral_loss == "HN4"
    before, after = plain.candidates[0], found.candidates[0]
    assert after.structure == before.structure
    assert after.coverage.explained_peaks == before.coverage.explained_peaks - 1
    assert after.coverage.explained_intensity < before.coverage.explained_intensity
    # The table of peaks and the number beside it agree.
    counted = [p for p in found.peaks if p.fragment and p.label != "precursor"]
    assert len(counted) == found.candidates[0].coverage.explained_peaks


def test_choosing_what_was_found_anyway_changes_nothing(
    caffeine: Spectrum, tools: Tools, plain: Annotation
) -> None:
    base = peak_of(plain, 138.0662)
    said = Overrides().with_peak(base, PeakOverride("C6H8N3O"))
    found = annotate(caffeine, tools, overrides=said)

    assert [c.coverage for c in found.candidates] == [c.coverage for c in plain.candidates]
    assert found.peaks[base].fragment == plain.peaks[base].fragment


def test_other_candidates_are_explained_with_the_same_words(
    caffeine: Spectrum, tools: Tools, plain: Annotation
) -> None:
    said = Overrides().with_peak(0, PeakOverride(mark="noise"))
    found = annotate(caffeine, tools, overrides=said)

    for candidate in range(len(found.candidates)):
        peaks = explain_candidate(found, candidate, tools)
        assert peaks[0].label == "noise"
        assert len(peaks) == len(caffeine)
    assert explain_candidate(found, 0, tools) == found.peaks


def test_marking_every_peak_leaves_nothing_to_do(caffeine: Spectrum, tools: Tools) -> None:
    said = Overrides()
    for peak in range(len(caffeine)):
        said = said.with_peak(peak, PeakOverride(mark="noise"))
    found = annotate(caffeine, tools, overrides=said)

    assert found.status == "failed"
    assert "marked as noise" in found.message


def test_shifted_peaks_are_hardly_explained(tools: Tools, plain: Annotation) -> None:
    assert plain.chance is not None
    assert plain.chance.explained_intensity < 0.05
    assert plain.chance == chance_of_candidate(plain, 0, tools)
    assert plain.formula_chance is not None
    assert plain.formula_chance.explained_intensity < 0.05
    assert plain.formula_chance == explain_formula(plain, tools).formula_chance
    alone = replace(plain, candidates=(), formula="")
    assert chance_of_candidate(alone, 0, tools) is None
    assert explain_formula(alone, tools) is alone


def test_a_chosen_formula_is_what_the_other_peaks_are_judged_with(
    caffeine: Spectrum, tools: Tools, plain: Annotation
) -> None:
    base = peak_of(plain, 138.0662)
    wrong = Overrides().with_peak(base, PeakOverride("C8H10O2"))
    right = Overrides().with_peak(base, PeakOverride("C6H8N3O"))
    after_wrong, after_right = (annotate(caffeine, tools, overrides=o) for o in (wrong, right))

    def others(found: Annotation) -> list[float]:
        return [p.plausibility for p in found.peaks if p.index != base and p.formula]

    assert others(after_wrong) != others(plain)
    # The base peak supports its own losses less than it does where it is certain.
    assert sum(others(after_right)) > sum(others(after_wrong))
    assert after_wrong.formulas[0].score != plain.formulas[0].score
