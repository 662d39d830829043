"""What was measured once is read as it was written, and applies to its set-up only."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.prediction.card import TRUST_FILE
from msgui.trust.calibration import Calibration
from tests.trust.builders import SET_UP, calibrated


def test_file_gives_back_what_was_written(tmp_path: Path) -> None:
    entry = calibrated()
    Calibration((entry,)).save(tmp_path)
    [found] = Calibration.load(tmp_path).entries
    assert found.as_dict() == entry.as_dict()
    assert found.limits == entry.limits
    assert np.isnan(found.acceptances[0].error)
    assert found.acceptances[0].threshold is None
    gap = {"gap": 0.37}
    assert found.first.chance_of(gap) == pytest.approx(entry.first.chance_of(gap))


def test_nothing_applies_to_another_set_up() -> None:
    calibration = Calibration((calibrated(),))
    assert calibration.of(SET_UP, "known") is not None
    assert calibration.of(SET_UP, "computed") is None
    for name in ("model", "forward", "ranking", "candidates"):
        assert calibration.of(replace(SET_UP, **{name: "other"}), "known") is None


def test_entries_of_other_stores_stay_and_those_of_old_models_go() -> None:
    here = calibrated()
    there = calibrated(set_up=replace(SET_UP, candidates="3-def"))
    both = Calibration((there,)).with_entries((here,))
    assert both.entries == (there, here)
    new = calibrated(set_up=replace(SET_UP, model="retrained"))
    assert both.with_entries((new,)).entries == (new,)


def test_damaged_file_is_named(tmp_path: Path) -> None:
    assert Calibration.load(tmp_path).entries == ()
    (tmp_path / TRUST_FILE).write_text('{"format": 1, "entries": [{}]}', encoding="utf-8")
    with pytest.raises(MsguiError, match="cannot be read"):
        Calibration.load(tmp_path)


def test_limits_say_nothing_where_none_was_found() -> None:
    limits = calibrated().limits
    states = [limits["intensities"].state(value) for value in (0.5, 0.8, 0.95)]
    assert states == ["ok", "warn", "problem"]
    assert limits["conditions"].state(0.0) == "unknown"


def test_file_is_readable_json(tmp_path: Path) -> None:
    record = json.loads(Calibration((calibrated(),)).save(tmp_path).read_text(encoding="utf-8"))
    assert record["entries"][0]["first"]["signals"]["gap"] == {
        "mean": 0.2,
        "scale": 0.1,
        "weight": 2.0,
    }
