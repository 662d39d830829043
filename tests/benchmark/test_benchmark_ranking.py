"""What each kind of evidence adds to a ranking, on a handful of made-up spectra."""

from dataclasses import replace
from pathlib import Path

import pytest

from msgui.benchmark import ranking
from msgui.benchmark.ranking import GroupRow, RankingPlan, RankingRow, run_ranking
from msgui.benchmark.ranking_table import (
    GROUP_COLUMNS,
    RANKING_COLUMNS,
    group_tsv,
    ranking_markdown,
    ranking_tsv,
)
from msgui.errors import MsguiError
from msgui.library.store import Library
from msgui.structures.store import StructureStore
from tests.tiny_benchmark import ALCOHOLS, AMINES, model, split
from tests.tiny_forward import forward_model

KNOWN = ALCOHOLS[2:] + AMINES[2:]


@pytest.fixture
def events(
    library: Library, store: StructureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[object]:
    monkeypatch.setattr(ranking, "LEAST_QUERIES", 2)
    opened = model(tmp_path / "tiny", KNOWN)
    plan = RankingPlan(by=("formula",))
    return list(run_ranking(library, split(library), opened, forward_model(), store, plan))


def test_every_kind_alone_left_out_and_swapped(events: list[object]) -> None:
    rows = [event for event in events if isinstance(event, RankingRow)]
    assert [row.method for row in rows] == [
        "random order",
        "blind (structure only)",
        "predicted fingerprint alone",
        "library neighbors alone",
        "explained peaks alone",
        "expected intensities alone",
        "all evidence",
        "all without predicted fingerprint",
        "all without library neighbors",
        "all without explained peaks",
        "all without expected intensities",
        "blind, queries with foreign peaks",
        "all evidence, foreign peaks",
        "all evidence, own peaks of these",
    ]
    assert {row.retrieval[2].queries for row in rows} == {4}
    assert {row.seen for row in rows} == {0}
    by_name = {row.method: row for row in rows}
    whole = by_name["all evidence"]
    assert by_name["all evidence, own peaks of these"].retrieval[2] == whole.retrieval[2]
    for row in rows:
        if row.gain is not None:
            lost = whole.retrieval[2].hit_1.value - row.retrieval[2].hit_1.value
            assert row.gain.value == pytest.approx(lost)
    # Only the alcohols' list has eight structures.
    assert by_name["random order"].among.n == 2
    assert by_name["random order"].among.value == pytest.approx(1 / 8)


def test_groups_share_a_quality(events: list[object]) -> None:
    groups = [event for event in events if isinstance(event, GroupRow)]
    found = {(row.quality, row.group): row.retrieval.queries for row in groups}
    assert found[("adduct", "[M+H]+")] == 4
    assert found[("candidates", "below 10")] == 4
    assert found[("collision energy", "below 15 eV")] == 2
    assert found[("collision energy", "15 to 30 eV")] == 2


def test_tables_hold_every_line(events: list[object]) -> None:
    rows = [event for event in events if isinstance(event, RankingRow)]
    groups = [event for event in events if isinstance(event, GroupRow)]
    lines = ranking_tsv(rows).splitlines()
    assert lines[0].split("\t") == list(RANKING_COLUMNS)
    assert {len(line.split("\t")) for line in lines} == {len(RANKING_COLUMNS)}
    assert len(lines) == len(rows) + 1
    lines = group_tsv(groups).splitlines()
    assert {len(line.split("\t")) for line in lines} == {len(GROUP_COLUMNS)}
    text = ranking_markdown([replace(rows[0], seen=3), *rows[1:]], groups, ["data: made up"])
    assert "| random order (leak: 3 known) | 4 | 7.5 |" in text
    assert "## test side, candidates by formula, 10 or more" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {11, 10}


def test_without_a_forward_model_its_lines_are_left_out(
    library: Library, store: StructureStore, tmp_path: Path
) -> None:
    opened = model(tmp_path / "tiny", KNOWN)
    plan = RankingPlan(("validation",), ("mass",))
    found = [
        event.method
        for event in run_ranking(library, split(library), opened, None, store, plan)
        if isinstance(event, RankingRow)
    ]
    assert "all without explained peaks" in found
    assert not [name for name in found if "intensities" in name]


def test_side_without_lists_is_named(
    library: Library, store: StructureStore, tmp_path: Path
) -> None:
    opened = model(tmp_path / "tiny", KNOWN)
    whole = split(library)
    made = replace(whole, side={k: side for k, side in whole.side.items() if side != "test"})
    with pytest.raises(MsguiError, match="No test spectrum of the split molecule"):
        list(run_ranking(library, made, opened, None, store))
