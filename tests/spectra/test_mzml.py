"""mzML: what a spectrum says, encodings, MSn, and every damage to one array costs one spectrum."""

import base64
import gzip
import zlib
from pathlib import Path

import pytest
from spectrum_text import (
    mzml,
    mzml_array,
    mzml_precursor,
    mzml_spectrum,
    one,
    peaks_of,
    read_text,
    split,
    term,
)

from msgui.errors import MsguiError
from msgui.spectra.readers import read
from msgui.spectra.run import Run

HEAD = (
    '<referenceableParamGroupList count="1"><referenceableParamGroup id="G">'
    + term("MS:1001911", name="Q Exactive")
    + term("MS:1000529", "SN 1", name="instrument serial number")
    + "</referenceableParamGroup></referenceableParamGroupList>"
    '<instrumentConfigurationList count="1"><instrumentConfiguration id="IC1">'
    '<referenceableParamGroupRef ref="G"/><componentList count="1"><analyzer order="1">'
    + term("MS:1000484", name="orbitrap")
    + "</analyzer></componentList></instrumentConfiguration></instrumentConfigurationList>"
)
INTENSITY = mzml_array("intensity", [10, 20])


def test_a_spectrum_says_all_it_knows(tmp_path: Path) -> None:
    precursor = mzml_precursor(
        term("MS:1000744", 195.0877) + term("MS:1000041", 1) + term("MS:1000042", 5000),
        term("MS:1000045", 20, "UO:0000266") + term("MS:1000133"),
        "scan=1",
    )
    spectrum = one(tmp_path, "a.mzML", mzml(mzml_spectrum(7, precursor=precursor), head=HEAD))
    assert peaks_of(spectrum) == [(100.5, 10.0), (200.5, 20.0)]
    assert (spectrum.spectrum_id, spectrum.title) == ("scan=7", "scan 7")
    assert (spectrum.precursor_mz, spectrum.charge, spectrum.polarity) == (195.0877, 1, "positive")
    assert spectrum.collision_energy_ev == 20.0
    assert spectrum.retention_time_s == pytest.approx(312.0)
    assert spectrum.instrument == "Q Exactive, orbitrap"
    assert (spectrum.ms_level, spectrum.is_profile) == (2, False)
    assert spectrum.metadata["precursor intensity"] == "5000"
    assert spectrum.metadata["activation"] == "CID"
    assert spectrum.remarks == ()


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
@pytest.mark.parametrize("compression", ["MS:1000574", "MS:1000576"])
def test_encodings(tmp_path: Path, dtype: str, compression: str) -> None:
    arrays = "".join(
        mzml_array(kind, numbers, dtype=dtype, compression=compression)
        for kind, numbers in (("mz", [100.5, 200.5]), ("intensity", [10, 20]))
    )
    assert peaks_of(one(tmp_path, "a.mzML", mzml(mzml_spectrum(1, arrays)))) == [
        (100.5, 10.0),
        (200.5, 20.0),
    ]


def test_numpress(tmp_path: Path) -> None:
    arrays = mzml_array(
        "mz", text="QPhqAAAAAACAlpgA0FmZACz+iDKr+tEQgpV0", compression="MS:1002312"
    ) + mzml_array("intensity", [1, 2, 3, 4, 5])
    spectrum = one(tmp_path, "a.mzML", mzml(mzml_spectrum(1, arrays, length=5)))
    assert spectrum.mz.tolist() == [100.0, 100.5, 138.0662, 195.0877, 1000.25]


@pytest.mark.parametrize("style", ["single quotes", "prefix", "reversed", "gzip", "utf-16"])
def test_other_ways_of_writing_the_same(tmp_path: Path, style: str) -> None:
    text = mzml(mzml_spectrum(1), mzml_spectrum(2))
    data = text.encode()
    if style == "single quotes":
        data = text.replace('"', "'").encode()
    elif style == "prefix":
        data = text.replace("</", "</m:").replace("<mz", "<m:mz").encode()
        for name in ("run", "spectrum", "scan", "cvParam", "binary", "precursor", "selected"):
            data = data.replace(f"<{name}".encode(), f"<m:{name}".encode())
        data = data.replace(b"<activation", b"<m:activation")
    elif style == "reversed":
        data = text.replace('cvRef="MS" accession=', "accession=").encode()
        import re

        data = re.sub(
            rb'accession="([^"]*)" name="" value="([^"]*)"', rb'value="\2" accession="\1"', data
        )
    elif style == "gzip":
        data = gzip.compress(data)
    elif style == "utf-16":
        data = text.encode("utf-16")
    spectra, problems = read_text(tmp_path, "a.mzML.gz" if style == "gzip" else "a.mzML", data)
    assert [(s.spectrum_id, s.precursor_mz, len(s)) for s in spectra] == [
        ("scan=1", 300.1, 2),
        ("scan=2", 300.1, 2),
    ]
    assert problems == []


BOMB = base64.b64encode(zlib.compress(bytes(100_000_000), 9)).decode()


@pytest.mark.parametrize(
    ("arrays", "length", "words"),
    [
        (mzml_array("mz", text=BOMB) + INTENSITY, 2, "unpacks to more"),
        (mzml_array("mz", [1, 2, 3]) + INTENSITY, 3, "do not belong together"),
        (mzml_array("mz", text="####") + INTENSITY, 2, "base64"),
        (
            mzml_array("mz", compression="MS:1000576", text=base64.b64encode(b"x" * 13).decode())
            + INTENSITY,
            2,
            "13 bytes",
        ),
        (mzml_array("mz", [1, 2], compression="MS:1000576") + INTENSITY, 2**31, "points"),
        (mzml_array("mz", [1, 2]) + INTENSITY, -1, "points"),
        (mzml_array("mz", [1, 2]) + INTENSITY, "many", "points"),
        (mzml_array("mz", [1, 2], compression="MS:1009999") + INTENSITY, 2, "reconvert"),
        (mzml_array("mz", [1, 2]), 2, "missing"),
    ],
)
def test_a_damaged_array_costs_one_spectrum(
    tmp_path: Path, arrays: str, length: object, words: str
) -> None:
    text = mzml(mzml_spectrum(1), mzml_spectrum(2, arrays, length=length), mzml_spectrum(3))
    spectra, problems = read_text(tmp_path, "a.mzML", text)
    assert [spectrum.spectrum_id for spectrum in spectra] == ["scan=1", "scan=3"]
    (problem,) = problems
    assert problem.skipped == 1
    assert words in problem.cause
    assert "scan=2" in problem.where


def test_a_wrong_count_loads_with_a_warning(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.mzML", mzml(mzml_spectrum(1, length=5)))
    assert len(spectra[0]) == 2
    assert "number of peaks differs" in problems[0].cause


def test_a_truncated_file_keeps_its_whole_spectra(tmp_path: Path) -> None:
    text = mzml(*(mzml_spectrum(number) for number in range(5)))
    spectra, problems = read_text(tmp_path, "a.mzML", text[: text.index("scan=3") + 500])
    assert len(spectra) == 3
    assert problems[0].skipped == 1
    assert "ends inside spectrum 4" in problems[0].cause
    spectra, problems = read_text(tmp_path, "b.mzML", text[: text.index('<spectrum index="3"')])
    assert len(spectra) == 3
    assert "ends early" in problems[0].cause


def test_an_index_is_never_believed(tmp_path: Path) -> None:
    index = (
        '<indexList count="1"><index name="spectrum"><offset idRef="scan=2">120</offset>'
        '<offset idRef="scan=1">-99</offset></index></indexList>'
    )
    text = mzml(mzml_spectrum(1), mzml_spectrum(2, INTENSITY + mzml_array("mz", [1, 2]))) + index
    spectra, problems = read_text(tmp_path, "a.mzML", text)
    assert [(s.spectrum_id, s.mz[0]) for s in spectra] == [("scan=1", 100.5), ("scan=2", 1.0)]
    assert problems == []


@pytest.mark.parametrize(
    "entity",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "http://localhost/x.dtd">',
    ],
)
def test_entities_are_refused(tmp_path: Path, entity: str) -> None:
    path = tmp_path / "a.mzML"
    path.write_text(mzml(mzml_spectrum(1), before=entity))
    with pytest.raises(MsguiError, match="DOCTYPE is not allowed"):
        list(read(path))


@pytest.mark.parametrize(
    "odd",
    [
        "<a>" * 20_000 + "</a>" * 20_000,
        "<x " + " ".join(f'a{number}="1"' for number in range(50_000)) + "/>",
        f'<x y="{"z" * 10_000_000}"/>',
    ],
    ids=["deep", "many attributes", "long attribute"],
)
def test_odd_xml_is_no_problem(tmp_path: Path, odd: str) -> None:
    text = mzml(mzml_spectrum(1), mzml_spectrum(2, own=odd), count=2)
    spectra, _ = read_text(tmp_path, "a.mzML", text)
    assert len(spectra) == 2


def test_an_announced_number_of_spectra_is_not_allocated(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.mzML", mzml(mzml_spectrum(1), count=10**9))
    assert len(spectra) == 1
    assert "announces 1,000,000,000" in problems[0].cause


def test_terms_that_contradict_or_miss_are_unknown_and_said(tmp_path: Path) -> None:
    odd = term("MS:1000129") + '<referenceableParamGroupRef ref="nowhere"/>'
    spectra, problems = read_text(tmp_path, "a.mzML", mzml(mzml_spectrum(1, own=odd)))
    assert spectra[0].polarity is None
    causes = " / ".join(problem.cause for problem in problems)
    assert "polarity stands twice" in causes
    assert "'nowhere' is missing" in causes


def test_a_missing_precursor_loads(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.mzML", mzml(mzml_spectrum(1, precursor="")))
    assert spectra[0].precursor_mz is None
    assert "no precursor m/z" in problems[0].cause


def test_the_isolation_window_stands_in_for_a_selected_ion(tmp_path: Path) -> None:
    def window(width: float) -> str:
        return (
            '<precursorList count="1"><precursor><isolationWindow>'
            + term("MS:1000827", 300.1)
            + term("MS:1000828", width / 2)
            + term("MS:1000829", width / 2)
            + "</isolationWindow><activation/></precursor></precursorList>"
        )

    text = mzml(mzml_spectrum(1, precursor=window(1)), mzml_spectrum(2, precursor=window(25)))
    narrow, wide = split_text(tmp_path, text)
    assert narrow.precursor_mz == 300.1
    assert "centre of the isolation window" in narrow.remarks[0]
    assert wide.precursor_mz is None
    assert "25 Da wide" in wide.remarks[0]


def split_text(folder: Path, text: str) -> list:
    return read_text(folder, "a.mzML", text)[0]


def test_thermo_settings_are_normalised_energies(tmp_path: Path) -> None:
    precursor = mzml_precursor(activation=term("MS:1000045", 30, "UO:0000266"))
    scan = term("MS:1000512", "FTMS + c ESI d Full ms2 300.1@hcd30.00 [50-320]")
    spectrum = one(tmp_path, "a.mzML", mzml(mzml_spectrum(1, precursor=precursor, scan=scan)))
    assert spectrum.collision_energy is not None
    assert spectrum.collision_energy.unit == "NCE"
    assert "normalised" in spectrum.remarks[0]


def test_msn_names_its_parent_and_finds_its_ms1(tmp_path: Path) -> None:
    def below(reference: str) -> str:
        return mzml_precursor(reference=reference)

    text = mzml(
        mzml_spectrum(1, level=1),
        mzml_spectrum(2, precursor=below("scan=1")),
        mzml_spectrum(3, level=3, precursor=below("scan=2")),
        mzml_spectrum(4, level=1),
        mzml_spectrum(5),
    )
    spectra = split_text(tmp_path, text)
    assert [spectrum.parent for spectrum in spectra] == ["", "", "scan=2", "", ""]
    run = Run(spectra)
    assert run.ms1_for(spectra[2]) is spectra[0]
    assert run.ms1_for(spectra[4]) is spectra[3]
    assert run.children_of(spectra[1]) == (spectra[2],)
    assert run.parent_of(spectra[2]) is spectra[1]


def test_profile_data_are_marked_and_zeros_between_peaks_are_not_lost_peaks(tmp_path: Path) -> None:
    arrays = mzml_array("mz", [100, 100.01, 100.02]) + mzml_array("intensity", [0, 5, 0])
    text = mzml(mzml_spectrum(1, arrays, length=3)).replace("MS:1000127", "MS:1000128")
    spectra, problems = read_text(tmp_path, "a.mzML", text)
    assert spectra[0].is_profile
    assert [problem.cause for problem in problems] == ["profile data"]


def test_spectra_of_light_are_passed_over(tmp_path: Path) -> None:
    text = mzml(mzml_spectrum(1), mzml_spectrum(2, own=term("MS:1000806")))
    spectra, problems = read_text(tmp_path, "a.mzML", text)
    assert len(spectra) == 1
    assert "no mass spectra" in problems[0].cause
    assert problems[0].skipped == 0


def test_real_files(shared_data: Path) -> None:
    spectra, problems = split(shared_data / "spectra" / "171103_PMA_TK_QC_04-4to5min.mzML")
    assert problems == []
    second = [spectrum for spectrum in spectra if spectrum.ms_level == 2]
    assert len(second) == 381
    assert all(spectrum.precursor_mz and spectrum.polarity == "positive" for spectrum in second)
    run = Run(spectra)
    assert all(run.ms1_for(spectrum) for spectrum in second[10:])
