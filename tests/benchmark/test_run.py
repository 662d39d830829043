"""The whole benchmark on a handful of made-up spectra."""

from dataclasses import replace
from pathlib import Path

import pytest

from msgui.benchmark.figure import figure
from msgui.benchmark.queries import Pools, find_queries, with_foreign_peaks
from msgui.benchmark.run import Plan, Row, SplitSides, run_benchmark
from msgui.benchmark.table import COLUMNS, markdown, tsv, values
from msgui.benchmark.unseen import unseen_split
from msgui.chemistry.molecule import standardize
from msgui.errors import MsguiError
from msgui.library.build import build_library
from msgui.library.store import Library
from msgui.prediction.forward import ForwardModel
from msgui.prediction.fusion import Fusion
from msgui.structures.store import StructureStore
from tests.tiny_benchmark import ALCOHOLS, AMINES, mgf, model, split
from tests.tiny_forward import forward_model, write_forward


@pytest.fixture
def rows(library: Library, store: StructureStore, tmp_path: Path) -> list[Row]:
    opened = model(tmp_path / "tiny", ALCOHOLS[2:] + AMINES[2:])
    events = run_benchmark(library, [split(library)], [opened], store, Plan())
    return [event for event in events if isinstance(event, Row)]


def test_baselines_and_controls_stand_beside_the_model(rows: list[Row]) -> None:
    assert [row.method for row in rows] == [
        "random order",
        "blind (structure only)",
        "nearest neighbour (paper)",
        "strong neighbours",
        "explanation",
        "strong neighbours + explanation",
        "tiny 1, no peaks",
        "tiny 1, foreign peaks",
        "tiny 1, own peaks of these",
        "tiny 1",
        "tiny 1 + strong neighbours",
        "tiny 1 + explanation",
        "tiny 1 + strong neighbours + explanation",
    ]
    assert {row.spectra for row in rows} == {4}
    assert {row.molecules for row in rows} == {2}
    assert {row.seen for row in rows} == {0}


def test_expected_intensities_have_rows_ablations_and_controls(
    library: Library, store: StructureStore, tmp_path: Path
) -> None:
    opened = model(tmp_path / "tiny", ALCOHOLS[2:] + AMINES[2:])
    events = run_benchmark(library, [split(library)], [opened], store, Plan(), forward_model())
    found = {event.method: event for event in events if isinstance(event, Row)}
    assert [name for name in found if "forward" in name] == [
        "forward",
        "strong neighbours + forward",
        "explanation + forward",
        "strong neighbours + explanation + forward",
        "tiny 1 + forward",
        "tiny 1 + strong neighbours + forward",
        "tiny 1 + explanation + forward",
        "tiny 1 + strong neighbours + explanation + forward",
        "tiny 1 + explanation + forward, foreign peaks",
        "forward, foreign peaks",
        "tiny 1 + explanation + forward, own peaks of these",
    ]
    assert found["forward"].jaccard is None
    assert found["forward"].retrieval[2].queries == 4
    assert {row.seen for row in found.values()} == {0}


def test_forward_model_that_learned_the_answers_is_named(
    library: Library, store: StructureStore, tmp_path: Path
) -> None:
    seen = [standardize(text).inchikey14 for text in ALCOHOLS + AMINES]
    leaky = ForwardModel.open(write_forward(tmp_path / "leaky", seen))
    events = run_benchmark(library, [split(library)], [], store, Plan(), leaky)
    found = {event.method: event for event in events if isinstance(event, Row)}
    assert found["forward"].seen == 4
    assert found["explanation"].seen == 0


def test_random_order_has_its_expectation(rows: list[Row]) -> None:
    few = rows[0].retrieval[2]
    assert few.queries == 4
    assert few.median_candidates == 7.5
    assert few.hit_1.value == pytest.approx((1 / 8 + 1 / 7) / 2)
    assert rows[0].retrieval[10].queries == 0
    assert rows[0].jaccard is None


def test_coverage_is_printed_with_the_neighbour(rows: list[Row]) -> None:
    paper = rows[2]
    assert paper.covered == 1.0
    assert paper.jaccard is not None
    assert paper.jaccard_covered == pytest.approx(paper.jaccard.value)
    assert paper.threshold is not None


def test_votes_of_isomers_have_rows_and_controls(
    library: Library, store: StructureStore, tmp_path: Path
) -> None:
    opened = model(tmp_path / "tiny", ALCOHOLS[2:] + AMINES[2:])
    plain = (1.0, 0.5, 0.5, 0.0)
    fusion = Fusion(12.0, 24.0, plain, plain, plain, 0.3)
    opened.card = replace(opened.card, calibration={"fusion": fusion.as_dict()})
    events = run_benchmark(library, [split(library)], [opened], store, Plan(explain=False))
    found = {event.method: event for event in events if isinstance(event, Row)}
    assert [name for name in found if "fused" in name] == [
        "tiny 1, fused, true structure left out, no peaks",
        "tiny 1, fused, true structure left out",
        "tiny 1, fused",
        "tiny 1, fused with near formulas alone",
    ]
    left_out = found["tiny 1, fused, true structure left out"]
    assert left_out.retrieval[2].queries == 0
    assert left_out.threshold == found["tiny 1, fused"].threshold
    assert found["tiny 1, fused"].retrieval[2].queries == 4


def test_model_that_learned_the_answers_is_named(
    library: Library, store: StructureStore, tmp_path: Path
) -> None:
    leaky = model(tmp_path / "leaky", ALCOHOLS + AMINES)
    events = run_benchmark(library, [split(library)], [leaky], store, Plan(explain=False))
    found = {row.method: row for row in events if isinstance(row, Row)}
    assert "leak: 100% were learned from" in figure([found["tiny 1"]])
    assert found["tiny 1"].note == "leak: the model learned from the structures of 4 of 4 queries"


def test_table_and_figure_hold_every_method(rows: list[Row]) -> None:
    lines = tsv(rows).splitlines()
    assert lines[0].split("\t") == list(COLUMNS)
    assert len(lines) == len(rows) + 1
    assert all(len(values(row)) == len(COLUMNS) for row in rows)
    text = markdown(rows, ["data: made up"], "b.svg")
    assert "## molecule split, candidates by formula" in text
    assert "(b.svg)" in text
    drawing = figure(rows)
    assert drawing.startswith("<svg")
    for row in rows:
        assert f"| {row.method} |" in text
        assert f">{row.method}</text>" in drawing
    assert "on 100% covered" in drawing


def test_by_mass_no_method_is_told_the_formula(
    library: Library, store: StructureStore, tmp_path: Path
) -> None:
    opened = model(tmp_path / "tiny", ALCOHOLS[2:])
    plan = Plan(by=("mass",), explain=False)
    found = [
        e
        for e in run_benchmark(library, [split(library)], [opened], store, plan)
        if isinstance(e, Row)
    ]
    assert {row.by for row in found} == {"mass"}
    assert next(row for row in found if "paper" in row.method).covered == 0.0


def test_queries_carry_nothing_that_gives_them_away(library: Library) -> None:
    for query in find_queries(library, library.accessions):
        spectrum = query.spectrum
        assert (spectrum.smiles, spectrum.formula, spectrum.inchikey) == (None, None, None)
        assert spectrum.title == ""
        assert not spectrum.metadata


def test_missing_precursor_is_that_of_the_compound(tmp_path: Path) -> None:
    text = mgf(ALCOHOLS[:1]).replace("PEPMASS=89.0961\n", "PEPMASS=0\n")
    (tmp_path / "bare.mgf").write_text(text, encoding="utf-8")
    for _ in build_library([tmp_path / "bare.mgf"], tmp_path / "library"):
        pass
    bare = Library.open(tmp_path / "library")
    assert bare.spectrum(0).precursor_mz is None
    assert find_queries(bare, bare.accessions)[0].spectrum.precursor_mz == pytest.approx(
        standardize(ALCOHOLS[0]).exact_mass + 1.00728, abs=1e-4
    )


def test_sample_is_the_same_each_time(library: Library) -> None:
    one = find_queries(library, library.accessions, 5, seed=3)
    other = find_queries(library, library.accessions, 5, seed=3)
    assert [q.spectrum.spectrum_id for q in one] == [q.spectrum.spectrum_id for q in other]
    assert len(one) == 5


def test_candidates_have_neither_name_nor_source(library: Library, store: StructureStore) -> None:
    query = find_queries(library, library.accessions)[0]
    pool = Pools(store, "formula").of(query)
    assert pool is not None
    assert pool.structures[pool.truth].inchikey14 == query.inchikey14
    assert {(s.name, s.source, s.identifier) for s in pool.structures} == {("", "", "")}
    keys = [s.inchikey14 for s in pool.structures]
    assert keys == sorted(set(keys))


def test_foreign_peaks_are_those_of_an_isomer(library: Library) -> None:
    queries = find_queries(library, library.accessions)
    for query, other in zip(queries, with_foreign_peaks(queries, library), strict=True):
        assert other is not None
        assert other.inchikey14 == query.inchikey14
        assert other.spectrum.precursor_mz == query.spectrum.precursor_mz
        assert other.spectrum.mz.tolist() != query.spectrum.mz.tolist()


def test_unseen_split_tests_what_no_model_learned(library: Library, tmp_path: Path) -> None:
    known = ALCOHOLS[:4]
    opened = model(tmp_path / "tiny", known)
    keys = [library.molecule(int(n)).inchikey14 for n in library.molecule_of_row]
    learned = {standardize(text).inchikey14 for text in known}
    unseen = sorted(set(keys) - learned)
    # Of the first unseen compound one spectrum is free: only that one may be fitted on.
    free = [library.accessions[keys.index(unseen[0])]]
    made = unseen_split(library, [opened], library.accessions, free)
    for accession, key in zip(library.accessions, keys, strict=True):
        if key in learned:
            assert made.side[accession] == "train"
        elif key != unseen[0]:
            assert made.side[accession] == "test"
        else:
            assert made.side.get(accession) == ("validation" if accession in free else None)
    everything = model(tmp_path / "all", ALCOHOLS + AMINES)
    with pytest.raises(MsguiError, match="learned from every compound"):
        unseen_split(library, [everything], library.accessions, free)


def test_split_of_other_data_is_refused(library: Library, store: StructureStore) -> None:
    other = SplitSides("molecule", "0", {"somewhere": "test"})
    with pytest.raises(MsguiError, match="made for other data"):
        list(run_benchmark(library, [other], [], store))
