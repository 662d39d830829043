"""The short way gives what the careful way gives, or leaves the record to it."""

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spectrum_text import one

from msgui.spectra.plain import shape_of
from msgui.spectra.spectrum import Spectrum

VALUES = {
    "TITLE": ["a title", "-1", "", "N/A"],
    "FEATURE_ID": ["7"],
    "SCANS": ["12", "-1"],
    "SPECTRUMID": ["LIB1"],
    "NAME": ["Caffeine", "Caffeine M+H", "nan"],
    "PEPMASS": ["195.0877", "195.0877 100", "0", "abc", "195,0877"],
    "CHARGE": ["1+", "1-", "0", "1", "2+", "abc", "1.0"],
    "IONMODE": ["positive", "Negative", "both", ""],
    "ADDUCT": ["[M+H]+", "M+H", "[M-H]-", "", "N/A", "odd"],
    "COLLISION_ENERGY": ["20 eV", "35 NCE", "15,30,45", "", "high"],
    "INSTRUMENT": ["Q Exactive", "N/A"],
    "INSTRUMENT_TYPE": ["LC-ESI-QFT"],
    "MSLEVEL": ["2", "MS2", "1", "3"],
    "RTINSECONDS": ["312.5", "-1", "5.2 min", "abc"],
    "RETENTION_TIME": ["5.2", "5.2 min"],
    "FORMULA": ["C8H10N4O2", "N/A"],
    "SMILES": ["CN1C=NC2=C1", "nan"],
    "INCHIKEY": ["RYYVLZVUVIJVGH-UHFFFAOYSA-N", ""],
    "INCHI": ["InChI=1S/C8H10N4O2/c1-10", "N/A"],
    "LAB": ["Jena"],
}


@st.composite
def headers(draw: st.DrawFn) -> list[tuple[str, str]]:
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, min_size=1, max_size=12))
    return [(key, draw(st.sampled_from(VALUES[key]))) for key in keys]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    header=headers(), peaks=st.sampled_from(["100.5 10\n200.5 20\n", "100 0\n", "200 1\n100 2\n"])
)
def test_both_ways_agree(tmp_path: Path, header: list[tuple[str, str]], peaks: str) -> None:
    lines = "".join(f"{key}={value}\n" for key, value in header)
    plain = one(tmp_path, "a.mgf", f"BEGIN IONS\n{lines}{peaks}END IONS\n")
    # A comment in the header makes a record one for the careful way.
    careful = one(tmp_path, "a.mgf", f"BEGIN IONS\n# x\n{lines}{peaks}END IONS\n")
    for name in (field.name for field in fields(Spectrum)):
        found, expected = getattr(plain, name), getattr(careful, name)
        if name in ("mz", "intensity"):
            found, expected = found.tolist(), expected.tolist()
        elif name == "metadata":
            found, expected = dict(found), dict(expected)
        assert found == expected, name


def test_shapes_know_their_headers() -> None:
    shape = shape_of(("TITLE", "PEPMASS"), "=", "", "(?=[0-9])")
    assert shape is not None
    match = shape.pattern.match("TITLE=a=b\nPEPMASS=5\n100 1\n")
    assert match is not None
    assert match.groups() == ("a=b", "5", "")
    assert shape.pattern.match("TITLE=a\nCHARGE=1\n100 1\n") is None


@pytest.mark.parametrize(
    "keys", [("NAME", "COMPOUND_NAME"), ("X", "X"), ("PEPMASS", "PRECURSOR_MZ")]
)
def test_headers_that_say_one_thing_twice_have_no_shape(keys: tuple[str, ...]) -> None:
    assert shape_of(keys, "=") is None
