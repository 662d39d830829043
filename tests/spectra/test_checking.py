"""Reports: found = loaded + skipped, and the form of the message contract."""

import json
from pathlib import Path

from spectrum_text import mgf_record

from msgui.spectra.checking import check


def test_a_clean_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 3)
    report = check(path)
    assert report.as_dict() == {
        "file": str(path),
        "status": "load",
        "format": "mgf",
        "found": 3,
        "loaded": 3,
        "skipped": 0,
        "messages": [],
    }


def test_a_file_with_one_bad_record(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 99 + mgf_record("foo bar\n"))
    report = check(path)
    assert (report.status, report.found, report.loaded, report.skipped) == ("warn+load", 100, 99, 1)
    (message,) = report.as_dict()["messages"]
    assert set(message) == {"kind", "file", "where", "cause", "action"}
    assert all(message.values())
    json.dumps(report.as_dict())


def test_a_file_of_which_nothing_loads(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record("foo bar\n"))
    report = check(path)
    assert (report.status, report.found, report.loaded, report.skipped) == ("error", 1, 0, 1)
    path.write_text(mgf_record()[:40])
    report = check(path)
    assert (report.status, report.found, report.skipped) == ("error", 1, 1)
    assert [message.kind for message in report.messages] == ["error", "warning"]
    missing = check(tmp_path / "missing.mgf")
    assert (missing.status, missing.format, missing.found) == ("error", "", 0)
    assert missing.messages[0].where == ""


def test_a_table_with_column_names_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mz,intensity\n")
    report = check(path)
    assert (report.status, report.found) == ("error", 0)
    assert "no spectra found" in report.messages[0].cause


def test_json_that_is_nothing_but_brackets(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" * 100_000)
    report = check(path)
    assert (report.status, report.found, report.skipped) == ("error", 1, 1)
    assert "too deeply nested" in report.messages[0].cause


def test_doubts_of_a_further_look_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 5)
    report = check(path, lambda spectrum: ("odd", "look") if spectrum.origin.index else None)
    (message,) = report.messages
    assert message.cause == "odd (in 4 places, the first is named)"
    assert "spectrum 2" in message.where
