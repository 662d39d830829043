"""Molecules that hang or crash cost themselves, not the list they stand in."""

import sys
from pathlib import Path

import pytest

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.structures import standardizing
from msgui.structures.rows import Row
from msgui.structures.standardizing import standardize_rows
from msgui.structures.worker import answer

FAKE_WORKER = """
import json, os, sys, time
for line in sys.stdin:
    smiles = json.loads(line)[0]
    if smiles == "hangs":
        time.sleep(60)
    if smiles == "crashes":
        os._exit(11)
    print(json.dumps([smiles, "KEY", "C", 12.0, ""]), flush=True)
"""


def run(rows: list, **options: int) -> list:
    return [event for event in standardize_rows(rows, **options) if not isinstance(event, Step)]


def test_rows_come_back_in_their_order() -> None:
    rows = [Row("C" * (n % 40 + 1), where=str(n)) for n in range(1500)]
    events = run(rows, workers=2)
    assert [row.where for row, _ in events] == [str(n) for n in range(1500)]
    assert events[1][1][2] == "C2H6"


def test_problems_of_the_reader_are_passed_on() -> None:
    problem = Problem("error", "no smiles", skipped=1)
    assert problem in run([Row("CCO"), problem, Row("CCC")])


@pytest.mark.parametrize(("bad", "says"), [("hangs", "too complex"), ("crashes", "crashes")])
def test_a_bad_molecule_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str, says: str
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(FAKE_WORKER)
    monkeypatch.setattr(standardizing, "command_of", lambda _: [sys.executable, str(script)])
    monkeypatch.setattr(standardizing, "SECONDS_PER_MOLECULE", 0.3)
    rows = [Row("a"), Row(bad, file="f", where="line 2"), *[Row("b")] * 300, Row(bad), Row("c")]
    events = run(rows, workers=1)
    problems = [event for event in events if isinstance(event, Problem)]
    assert len(events) == len(rows)
    assert [problem.skipped for problem in problems] == [1, 1]
    assert says in problems[0].cause
    assert (problems[0].file, problems[0].where) == ("f", "line 2")


def test_a_worker_that_cannot_start_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = str(tmp_path / "missing.py")
    monkeypatch.setattr(standardizing, "command_of", lambda _: [sys.executable, missing])
    with pytest.raises(MsguiError, match="could not be started"):
        run([Row("CCO")])


@pytest.mark.parametrize(
    "smiles",
    [
        "C[C@H](N)C(=O)O",
        "C/C=C/C",
        "c1ccc2[nH]ccc2c1",
        "OC1=CC=CC=N1",
        "[Na]OC(=O)C",
        "CC(=O)O",
        "[13CH3]O",
        "O=S(=O)(O)C(F)(F)F",
        "[2H]OC",
    ],
)
def test_the_short_way_gives_what_the_long_one_gives(smiles: str) -> None:
    full = answer(smiles)
    assert answer(smiles, "", str(full[1])) == full


def test_a_molecule_that_cannot_be_read_has_a_cause_and_an_action() -> None:
    assert len(answer("C1CC")) == 2
    assert len(answer("", "no molblock")) == 2
