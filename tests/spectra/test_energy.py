"""Collision energies in the words of libraries and instruments."""

import pytest

from msgui.spectra.energy import parse_energy


@pytest.mark.parametrize(
    ("text", "value", "unit", "steps"),
    [
        ("30 eV", 30.0, "eV", ()),
        ("30eV", 30.0, "eV", ()),
        ("6V", 6.0, "eV", ()),
        ("30 V", 30.0, "eV", ()),
        ("10.0 ev", 10.0, "eV", ()),
        ("30 eV stepped", 30.0, "eV", ()),
        ("22,5 eV", 22.5, "eV", ()),
        ("-35 eV", 35.0, "eV", ()),
        ("40", 40.0, "unknown", ()),
        ("0.70", 0.7, "unknown", ()),
        ("CE30", 30.0, "unknown", ()),
        ("20%", 20.0, "%", ()),
        ("30 % (nominal)", 30.0, "NCE", ()),
        ("35  (nominal)", 35.0, "NCE", ()),
        ("30(NCE)", 30.0, "NCE", ()),
        ("40.0 NCE", 40.0, "NCE", ()),
        ("NCE=35% 37eV", 35.0, "NCE", ()),
        ("HCD 45 NCE", 45.0, "NCE", ()),
        ("35 eV FT-MS II", 35.0, "eV", ()),
        ("15,30,45", 30.0, "unknown", (15.0, 30.0, 45.0)),
        ("15, 30, 45, 60, 70 or 90 (nominal)", 310 / 6, "NCE", (15, 30, 45, 60, 70, 90)),
        ("HCD 20/35/50 NCE", 35.0, "NCE", (20.0, 35.0, 50.0)),
        ("Ramp 5-60 V", 32.5, "eV", (5.0, 60.0)),
        ("Ramp 21.1-31.6 eV", 26.35, "eV", (21.1, 31.6)),
        ("Ramp 20%-70% (nominal)", 45.0, "NCE", (20.0, 70.0)),
        ("25,60,100% (stepped)", 185 / 3, "%", (25.0, 60.0, 100.0)),
        ("HCD (NCE 20-30-40%)", 30.0, "NCE", (20.0, 30.0, 40.0)),
        ("35±15 eV", 35.0, "eV", (20.0, 35.0, 50.0)),
        ("20; 40; 60 eV", 40.0, "eV", (20.0, 40.0, 60.0)),
        ("30-50", 40.0, "unknown", (30.0, 50.0)),
    ],
)
def test_words_of_libraries(text: str, value: float, unit: str, steps: tuple[float, ...]) -> None:
    energy = parse_energy(text)
    assert energy.text == text
    assert energy.value == pytest.approx(value)
    assert energy.unit == unit
    assert energy.steps == pytest.approx(steps)


@pytest.mark.parametrize(
    "text", ["", "N/A", "nan", "high", "SORI CID", "3 kV", "scaled by m/z", "0"]
)
def test_what_is_no_energy_stays_words(text: str) -> None:
    energy = parse_energy(text)
    assert (energy.text, energy.value) == (text, None)


@pytest.mark.parametrize(
    ("instrument", "unit"),
    [
        ("Q Exactive Plus Orbitrap Thermo Scientific", "NCE"),
        ("LTQ Orbitrap XL, LC-ESI-ITFT", "NCE"),
        ("LC-ESI-QFT", "NCE"),
        ("Bruker maXis Impact, LC-ESI-QTOF", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_bare_number_is_normalised_on_orbitraps(instrument: str, unit: str) -> None:
    assert parse_energy("35", instrument).unit == unit


def test_the_shared_library_is_understood_as_its_curators_did(shared_data) -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql(
        "select distinct ce_text, ce_ev, ce_nce, instrument, instrument_type "
        f"from '{shared_data}/massbank_ms2.parquet' where ce_text is not null"
    ).fetchall()
    agree = 0
    for text, ev, nce, instrument, kind in rows:
        energy = parse_energy(text, f"{instrument}, {kind}")
        expected = nce if nce is not None else ev
        found = energy.value
        agree += (found is None and expected is None) or (
            found is not None
            and expected is not None
            and abs(found - expected) < 0.5
            and (energy.unit in ("NCE", "%")) == (nce is not None)
        )
    assert agree / len(rows) > 0.97
