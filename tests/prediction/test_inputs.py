"""What a model is shown: peaks, precursor, conditions."""

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.prediction.card import Card
from msgui.prediction.inputs import (
    analyser,
    element_counts,
    energy_input,
    fragment_counts,
    precursor_of,
    prepare,
    select_peaks,
)
from msgui.spectra.spectrum import CollisionEnergy, Spectrum

CARD = Card(
    name="tiny",
    version="1",
    task="fingerprint",
    threshold=0.3,
    inputs=dict.fromkeys(
        ("mz", "intensity", "precursor_mz", "formula", "adduct", "instrument", "energy"), ("batch",)
    ),
    adducts=("[M+H]+", "[M-H]-", "other"),
    instruments=("orbitrap", "qtof", "other"),
)
CAFFEINE = "C8H10N4O2"


def spectrum(**changes: object) -> Spectrum:
    values: dict[str, object] = {
        "mz": [69.04, 110.07, 138.066, 195.088, 200.0],
        "intensity": [0.05, 30.0, 100.0, 80.0, 500.0],
        "precursor_mz": 195.0877,
        "instrument": "Q Exactive Plus Orbitrap Thermo Scientific",
        "collision_energy": CollisionEnergy("35 eV", 35.0, "eV"),
    }
    values.update(changes)
    return Spectrum(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Q Exactive Plus Orbitrap Thermo Scientific", "orbitrap"),
        ("LTQ Orbitrap XL Thermo Scientific", "orbitrap"),
        ("LC-ESI-QFT", "orbitrap"),
        ("TripleTOF 6600 SCIEX", "qtof"),
        ("maXis plus UHR-ToF-MS, Bruker Daltonics", "qtof"),
        ("LC-ESI-QTOF", "qtof"),
        ("6530 Accurate-Mass Q-TOF LC/MS", "qtof"),
        ("Agilent 6410 Triple Quadrupole LC/MS system", "triple quad"),
        ("LC-ESI-QQ", "triple quad"),
        ("LTQ XL", "ion trap"),
        ("LTQ FT Ultra", "ft-icr"),
        ("", "other"),
        ("N/A", "other"),
    ],
)
def test_analysers_are_told_by_name(text: str, name: str) -> None:
    assert analyser(text) == name


def test_peaks_above_the_precursor_and_below_the_floor_are_dropped() -> None:
    mz, intensity = select_peaks(spectrum().mz, spectrum().intensity, 195.0877)
    assert mz.tolist() == [110.07, 138.066, 195.088]
    assert intensity.tolist() == [0.3, 1.0, 0.8]


def test_of_many_peaks_the_most_intense_stay_in_order() -> None:
    mz = np.arange(100.0, 200.0)
    intensity = np.where(np.arange(100) % 2, 2.0, 1.0)
    kept, _ = select_peaks(mz, intensity, 500.0, max_peaks=60)
    assert kept.size == 60
    assert (np.diff(kept) > 0).all()
    assert set(mz[1::2]) <= set(kept)
    assert kept[:2].tolist() == [100.0, 101.0]


def test_a_spectrum_without_peaks_is_not_an_error() -> None:
    arrays = prepare([spectrum(mz=[], intensity=[])], [CAFFEINE], CARD, ["[M+H]+"])
    assert arrays["mz"].shape == (1, 1)
    assert not arrays["intensity"].any()


def test_all_inputs_have_the_contract_s_types_and_shapes() -> None:
    both = [spectrum(), spectrum(mz=[100.0], intensity=[1.0], instrument="LTQ XL")]
    arrays = prepare(both, [CAFFEINE, ""], CARD, ["[M+H]+", "[M+Li]+"])
    shapes = {name: (array.dtype.name, array.shape) for name, array in arrays.items()}
    assert shapes == {
        "mz": ("float32", (2, 3)),
        "intensity": ("float32", (2, 3)),
        "precursor_mz": ("float32", (2,)),
        "formula": ("float32", (2, 12)),
        "adduct": ("int64", (2,)),
        "instrument": ("int64", (2,)),
        "energy": ("float32", (2, 2)),
    }
    assert arrays["adduct"].tolist() == [0, 2]
    assert arrays["instrument"].tolist() == [0, 2]
    assert arrays["formula"].tolist()[0][:4] == [8, 10, 4, 2]
    assert not arrays["formula"][1].any()
    assert arrays["energy"].tolist() == [pytest.approx([0.35, 1.0])] * 2


def test_only_what_the_card_names_is_prepared() -> None:
    short = Card(
        name="t", version="1", task="fingerprint", threshold=0.3, inputs={"mz": ("batch", "peaks")}
    )
    assert list(prepare([spectrum()], [CAFFEINE], short, ["[M+H]+"])) == ["mz"]


def test_adducts_may_be_spelled_in_any_way() -> None:
    arrays = prepare([spectrum()] * 3, [CAFFEINE] * 3, CARD, ["M+H", "(M-H)-", "nonsense"])
    assert arrays["adduct"].tolist() == [0, 1, 2]


def test_the_precursor_is_computed_where_the_formula_agrees() -> None:
    exact = 195.08765
    assert precursor_of(spectrum(precursor_mz=195.1), CAFFEINE, "[M+H]+") == pytest.approx(exact)
    assert precursor_of(spectrum(precursor_mz=None), CAFFEINE, "[M+H]+") == pytest.approx(exact)
    assert precursor_of(spectrum(precursor_mz=217.07), CAFFEINE, "[M+H]+") == 217.07
    assert precursor_of(spectrum(precursor_mz=195.1), "", "[M+H]+") == 195.1
    assert precursor_of(spectrum(precursor_mz=None), "", "") == 0.0


def test_energies_out_of_range_count_as_unknown() -> None:
    assert energy_input(35.0) == (0.35, 1.0)
    assert energy_input(None) == energy_input(0.0) == energy_input(6000.0) == (0.0, 0.0)


def test_a_formula_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(MsguiError):
        element_counts("C8H10Xx4")


def test_the_instrument_type_helps_where_the_name_says_nothing() -> None:
    vague = spectrum(instrument="N/A", metadata={"AC$INSTRUMENT_TYPE": "ESI-QTOF"})
    assert prepare([vague], [CAFFEINE], CARD, ["[M+H]+"])["instrument"].tolist() == [1]


def test_peaks_are_named_as_parts_of_the_ion() -> None:
    counts = fragment_counts(np.array([110.0713, 138.0662, 150.0]), CAFFEINE, "[M+H]+")
    carbon, hydrogen, nitrogen, oxygen = counts[1, :4].tolist()
    assert (carbon, hydrogen, nitrogen, oxygen) == (6, 8, 3, 1)
    assert not counts[2].any()
    assert not fragment_counts(np.array([138.0662]), "", "[M+H]+").any()
    assert not fragment_counts(np.array([138.0662]), CAFFEINE, "").any()
    assert fragment_counts(np.zeros(0), CAFFEINE, "[M+H]+").shape == (0, 12)
