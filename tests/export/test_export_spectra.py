"""Spectra that are written and read back are the same spectra."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_annotations import annotation, peaks, spectrum

from msgui.annotation import PeakAnnotation
from msgui.errors import MsguiError, Problem
from msgui.export.spectra import (
    annotated_mgf,
    annotated_msp,
    ion_text,
    mgf_text,
    msp_text,
    one_line,
    peak_comment,
    read_peak_comment,
    write_spectra,
)
from msgui.overrides import PeakOverride
from msgui.spectra.readers import read
from msgui.spectra.spectrum import CollisionEnergy, Spectrum

FIELDS = (
    "precursor_mz",
    "adduct",
    "charge",
    "polarity",
    "collision_energy",
    "instrument",
    "ms_level",
    "retention_time_s",
    "title",
    "spectrum_id",
    "formula",
    "smiles",
    "inchikey",
)


def back(text: str, path: Path) -> Spectrum:
    """Return the only spectrum of a text, read from a file."""
    path.write_text(text, encoding="utf-8")
    found = list(read(path))
    assert not [item for item in found if isinstance(item, Problem)]
    (one,) = found
    assert isinstance(one, Spectrum)
    return one


def assert_same(one: Spectrum, other: Spectrum) -> None:
    np.testing.assert_array_equal(one.mz, other.mz)
    np.testing.assert_array_equal(one.intensity, other.intensity)
    for name in FIELDS:
        assert getattr(one, name) == getattr(other, name), name
    assert {key: other.metadata.get(key) for key in one.metadata} == dict(one.metadata)


words = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=30
).map(lambda text: " ".join(text.split()))
safe_words = words.filter(lambda text: text and text == text.strip("\"'") and text.isprintable())
positive = st.floats(1e-3, 1e9, allow_nan=False, allow_infinity=False)


@st.composite
def spectra(draw: st.DrawFn) -> Spectrum:
    mz = sorted(draw(st.lists(st.floats(10, 3000), min_size=1, max_size=20, unique=True)))
    intensity = draw(st.lists(positive, min_size=len(mz), max_size=len(mz)))
    polarity, adduct = draw(st.sampled_from([("positive", "[M+H]+"), ("negative", "[M-H]-")]))
    title = draw(safe_words.filter(lambda text: text.lower() not in ("n/a", "na", "none", "-")))
    keys = st.from_regex(r"X_[A-Z]{3,8}", fullmatch=True)
    return Spectrum(
        mz,
        intensity,
        precursor_mz=draw(st.floats(50, 3000)),
        adduct=adduct,
        charge=1 if polarity == "positive" else -1,
        polarity=polarity,  # type: ignore[arg-type]
        collision_energy=CollisionEnergy("35 eV", 35.0, "eV"),
        retention_time_s=draw(st.none() | st.floats(1e-6, 1e5)),
        title=title,
        spectrum_id=f"id-{draw(st.integers(0, 10**6))}",
        formula="C8H10N4O2",
        smiles="CC(=O)O",
        metadata=draw(st.dictionaries(keys, safe_words, max_size=4)),
    )


@pytest.mark.parametrize("suffix", [".mgf", ".msp", ".json"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=spectra())
def test_written_and_read_back(suffix: str, one: Spectrum, tmp_path: Path) -> None:
    path = tmp_path / f"written{suffix}"
    list(write_spectra([one], path))
    found = [item for item in read(path) if isinstance(item, Spectrum)]
    assert len(found) == 1
    np.testing.assert_array_equal(one.mz, found[0].mz)
    np.testing.assert_array_equal(one.intensity, found[0].intensity)
    for name in ("precursor_mz", "adduct", "charge", "polarity", "formula", "smiles"):
        assert getattr(found[0], name) == getattr(one, name), name
    assert found[0].spectrum_id == one.spectrum_id
    assert found[0].title == one.title
    assert found[0].retention_time_s == one.retention_time_s
    assert {key: found[0].metadata.get(key) for key in one.metadata} == dict(one.metadata)


@pytest.mark.parametrize("write", [mgf_text, msp_text])
def test_all_fields_come_back(write: object, tmp_path: Path) -> None:
    one = spectrum(
        retention_time_s=252.6,
        smiles="CC",
        formula="C8H10N4O2",
        inchikey="RYYVLZVUVIJVGH-UHFFFAOYSA-N",
        metadata={"LAB": "north; room 4", "NOTE": "Greek β, 100 %"},
    )
    suffix = "mgf" if write is mgf_text else "msp"
    assert_same(one, back(write(one), tmp_path / f"one.{suffix}"))  # type: ignore[operator]


@pytest.mark.parametrize("name", ["pesticides.mgf", "GNPS-MSMLS.mgf"])
def test_real_files_come_back(name: str, shared_data: Path, tmp_path: Path) -> None:
    before = [s for s in read(shared_data / "spectra" / name) if isinstance(s, Spectrum)][:100]
    for suffix in (".mgf", ".msp"):
        path = tmp_path / f"back{suffix}"
        list(write_spectra(before, path))
        after = [s for s in read(path) if isinstance(s, Spectrum)]
        for one, other in zip(before, after, strict=True):
            assert_same(one, other)


@pytest.mark.parametrize("write", [annotated_mgf, annotated_msp])
def test_annotated_spectra_keep_peaks_and_say_what_they_are(write: object, tmp_path: Path) -> None:
    suffix = "mgf" if write is annotated_mgf else "msp"
    found = back(write(annotation(), "my id"), tmp_path / f"a.{suffix}")  # type: ignore[operator]
    assert found.spectrum_id == "my id"
    assert_same(spectrum(spectrum_id="my id"), found)
    said = found.metadata["PEAK_COMMENTS" if suffix == "mgf" else "peak_comments"]
    for peak in peaks():
        assert (peak_comment(peak) or "label=") in said or not peak.formula
    assert found.metadata["MSGUI_FORMULA"] == "C8H10N4O2"
    assert found.metadata["MSGUI_TOP_SMILES"] == annotation().candidates[0].structure.smiles


def test_annotated_mgf_is_read_by_others(tmp_path: Path) -> None:
    mgf = pytest.importorskip("pyteomics.mgf")
    path = tmp_path / "a.mgf"
    path.write_text(annotated_mgf(annotation(), "x") * 2, encoding="utf-8")
    with mgf.read(str(path), use_index=False) as records:
        found = list(records)
    assert [len(record["m/z array"]) for record in found] == [5, 5]


def test_peak_comment_holds_the_whole_annotation() -> None:
    parts = read_peak_comment(peak_comment(peaks()[3]))
    assert parts == {
        "ion": "C6H8N3O+",
        "ppm": "0.10",
        "label": "fragment",
        "loss": "C2H3NO",
        "smiles": "CNC(=O)C",
        "atoms": "0,1,2,3",
        "cut": "3,7",
        "h": "+1",
        "seen": "yes",
    }
    assert peak_comment(peaks()[2]) == ""
    assert read_peak_comment("label=isotope") == {"label": "isotope"}


@pytest.mark.parametrize(
    ("formula", "charge", "text"),
    [("C6H8N3O", 1, "C6H8N3O+"), ("CHO2", -1, "CHO2-"), ("C9H12N2", 2, "[C9H12N2]2+"), ("", 0, "")],
)
def test_ion_text(formula: str, charge: int, text: str) -> None:
    assert ion_text(formula, charge) == text


@pytest.mark.parametrize(
    "title",
    ["BEGIN IONS\nEND IONS", "a\x00b\x1b[31m", "tab\there", "lone \ud800", "\u202eright to left"],
)
def test_hostile_text_stays_on_its_line(title: str, tmp_path: Path) -> None:
    text = mgf_text(spectrum(title=title, spectrum_id=title, metadata={"K": title}))
    text.encode("utf-8")
    assert len(back(text, tmp_path / "h.mgf")) == 5
    assert "\n" not in one_line(title)
    msp = msp_text(spectrum(title=title, metadata={"K": title}))
    assert len(back(msp, tmp_path / "h.msp")) == 5


def test_no_peaks(tmp_path: Path) -> None:
    one = Spectrum(np.array([]), np.array([]), precursor_mz=100.0, title="empty")
    assert mgf_text(one).startswith("BEGIN IONS\nTITLE=empty\nPEPMASS=100\n")
    assert "Num Peaks: 0" in msp_text(one)


def test_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match=r"\.raw"):
        list(write_spectra([spectrum()], tmp_path / "x.raw"))
    assert list(tmp_path.iterdir()) == []


def test_stopped_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.mgf"
    path.write_text("old")
    steps = write_spectra([spectrum()] * 1000, path)
    next(steps)
    steps.close()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.mgf"]


def test_what_the_chemist_said_stands_beside_the_peak() -> None:
    plain = peaks()[0]
    chosen = replace(plain, said=PeakOverride("C3H5N2", note='sure, 10 % "CO" = no'))
    marked = PeakAnnotation(4, 50.0, 1.0, 0.1, label="noise", said=PeakOverride(mark="noise"))

    found = read_peak_comment(peak_comment(chosen))
    assert (found["ion"], found["set"]) == ("C3H5N2+", "formula")
    assert found["note"] == 'sure, 10 % "CO" = no'
    assert '"' not in peak_comment(chosen)
    assert peak_comment(marked) == "label=noise set=noise"


def test_ring_closures_in_a_comment_stay() -> None:
    fragment = peaks()[1].fragment
    assert fragment is not None
    piece = replace(fragment, smiles="C%12CCC%12")
    comment = peak_comment(replace(peaks()[1], fragment=piece))

    assert read_peak_comment(comment)["smiles"] == "C%12CCC%12"
