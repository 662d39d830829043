"""All formats behind one door: found by content, in batches, never another exception."""

import gzip
import socket
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spectrum_text import mgf_record, mzml, mzml_spectrum, mzxml, mzxml_scan, read_text, split

from msgui.errors import MsguiError
from msgui.spectra import readers
from msgui.spectra.checking import check
from msgui.spectra.spectrum import Spectrum

MASSBANK = (
    "ACCESSION: A1\nRECORD_TITLE: Caffeine; MS2\nCH$FORMULA: C8H10N4O2\nAC$MASS_SPECTROMETRY: "
    "MS_TYPE MS2\nMS$FOCUSED_ION: PRECURSOR_M/Z 195.0877\nPK$NUM_PEAK: 2\n"
    "PK$PEAK: m/z int. rel.int.\n  100.5 10 500\n  200.5 20 999\n//\n"
)
MSP = "Name: a\nPrecursorMZ: 300.1\nNum Peaks: 2\n100.5 10\n200.5 20\n\n"
JSON = '[{"precursor_mz": 300.1, "peaks_json": [[100.5, 10], [200.5, 20]], "name": "a"}]'
MS = ">compound a\n>parentmass 300.1\n\n>ms2\n100.5 10\n200.5 20\n"
SAMPLES = {
    "mgf": mgf_record(),
    "msp": MSP,
    "mzml": mzml(mzml_spectrum(1)),
    "mzxml": mzxml(mzxml_scan(1)),
    "massbank": MASSBANK,
    "json": JSON,
    "ms": MS,
    "peaks": "100.5 10\n200.5 20\n",
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_is_known_by_its_content(tmp_path: Path, name: str, packed: bool) -> None:
    data = SAMPLES[name].encode()
    path = tmp_path / "nameless"
    path.write_bytes(gzip.compress(data) if packed else data)
    assert readers.sniff(path).name == name
    spectra, _ = split(path)
    assert [(s.mz.tolist(), s.intensity.tolist()) for s in spectra] == [
        ([100.5, 200.5], [10.0, 20.0])
    ]


def test_content_wins_over_the_suffix(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.msp", mgf_record())
    assert len(spectra) == 1
    assert "Mascot Generic Format, although its name ends in .msp" in problems[0].cause


@pytest.mark.parametrize("name", ["mgf", "mzml", "json"])
def test_a_format_without_spectra_is_said(tmp_path: Path, name: str) -> None:
    texts = {"mgf": "COM=nothing\nMASS=x\n", "mzml": mzml(), "json": "[]"}
    path = tmp_path / "a"
    path.write_text(texts[name])
    with pytest.raises(MsguiError, match="no spectra found"):
        list(readers.read(path))


def test_batches_are_small_at_first_and_count_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 3000)
    batches = list(readers.read_batches(path, batch_size=400))
    sizes = [len(batch.spectra) for batch in batches]
    assert sizes[0] == 50
    assert max(sizes) == 400
    assert sum(sizes) == 3000
    done = [batch.step.done for batch in batches]
    assert done == sorted(done)
    assert batches[-1].step.done == batches[-1].step.total == path.stat().st_size


def test_the_first_batch_needs_only_the_start_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 50_000)
    first = next(readers.read_batches(path))
    assert first.step.done <= 65_536


def test_a_reader_can_be_left_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.mgf"
    path.write_text(mgf_record() * 3000)
    items = readers.read(path)
    next(items)
    items.close()


def test_numbers_of_records_count_through_the_file(tmp_path: Path) -> None:
    spectra, _ = read_text(tmp_path, "a.mgf", mgf_record() * 4000)
    assert [spectrum.origin.index for spectrum in spectra] == list(range(4000))


@pytest.mark.parametrize("name", SAMPLES)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_damaged_files_never_raise_anything_else(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    content = bytearray((SAMPLES[name] * 3).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 20))
        content[place : place + length] = data.draw(st.binary(max_size=20))
    path = tmp_path / f"a.{name}"
    path.write_bytes(bytes(content))
    report = check(path)
    assert report.found == report.loaded + report.skipped
    assert (report.status == "error") == (report.loaded == 0)
    assert all(message.cause and message.file for message in report.messages)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.binary(max_size=400), suffix=st.sampled_from([".mgf", ".msp", ".mzML", ".json", ""])
)
def test_arbitrary_bytes_never_raise_anything_else(
    tmp_path: Path, content: bytes, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    report = check(path)
    assert report.found == report.loaded + report.skipped


def test_reading_opens_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a file was read and something connected to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "http://localhost:1/">]>'
    for name, text in {**SAMPLES, "xxe": mzml(mzml_spectrum(1), before=entity)}.items():
        path = tmp_path / name
        path.write_text(text)
        check(path)


def test_the_readers_do_not_load_what_makes_the_start_slow(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = tmp_path / "a.mgf"
    path.write_text(mgf_record())
    code = (
        "import sys; from msgui.spectra.readers import read; "
        f"assert len(list(read({str(path)!r}))) == 1; "
        "heavy = {'matchms', 'torch', 'pandas', 'numba', 'rdkit', 'onnxruntime', 'duckdb'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_all_shared_files_load(shared_data: Path) -> None:
    counts = {
        "171103_PMA_TK_QC_04-4to5min.mzML": 507,
        "GNPS-FAULKNERLEGACY.json": 127,
        "GNPS-MSMLS.mgf": 799,
        "MS_DIAL_example.mgf": 1837,
        "matchms_testdata.mzXML": 5,
        "matchms_testdata.mzml": 12,
        "openms_AssayGeneratorMetabo_input.mzML": 259,
        "openms_GNPSExport_3_out.mgf": 199,
        "pesticides.mgf": 62,
        "sulfamethizine_positive.mzXML": 102,
    }
    for name, count in counts.items():
        items = list(readers.read(shared_data / "spectra" / name))
        spectra = [item for item in items if isinstance(item, Spectrum)]
        assert len(spectra) == count, name
        for spectrum in spectra:
            assert np.all(np.diff(spectrum.mz) >= 0)
            assert np.all(spectrum.intensity > 0)
