"""Spectrum: a value that cannot change, made by the constructor or by a reader."""

import pickle

import numpy as np
import pytest

from msgui.spectra.metadata import Metadata
from msgui.spectra.spectrum import CollisionEnergy, Origin, Spectrum, checked_spectrum


def test_peaks_are_sorted_together_and_cannot_be_changed() -> None:
    spectrum = Spectrum(np.array([200.0, 100.0]), np.array([2.0, 1.0]))
    assert spectrum.mz.tolist() == [100.0, 200.0]
    assert spectrum.intensity.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        spectrum.mz[0] = 5.0
    with pytest.raises(AttributeError):
        spectrum.title = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        spectrum.metadata["x"] = "y"  # type: ignore[index]


@pytest.mark.parametrize(
    ("mz", "intensity"), [([1.0], [1.0, 2.0]), ([np.nan], [1.0]), ([1.0], [np.inf])]
)
def test_impossible_peaks_are_refused(mz: list[float], intensity: list[float]) -> None:
    with pytest.raises(ValueError):
        Spectrum(np.array(mz), np.array(intensity))


def test_a_spectrum_survives_pickling() -> None:
    spectrum = Spectrum(np.array([1.0]), np.array([2.0]), title="x", metadata={"a": "b"})
    copy = pickle.loads(pickle.dumps(spectrum))
    assert copy.mz.tolist() == [1.0]
    assert (copy.title, dict(copy.metadata)) == ("x", {"a": "b"})


def test_a_checked_spectrum_is_a_spectrum_like_any_other() -> None:
    mz, intensity = np.array([1.0]), np.array([2.0])
    energy, origin = CollisionEnergy("20 eV", 20.0, "eV"), Origin("f", 3, "line 4")
    values = (5.0, "[M+H]+", 1, "positive", energy, "QTOF", 2, 60.0, "t", "id", "CH4", "C", "K")
    fields = Metadata(("a",), ("b",))
    checked = checked_spectrum(mz, intensity, *values, False, "p", origin, fields, ("remark",))
    made = Spectrum(mz, intensity, *values, False, "p", origin, {"a": "b"}, ("remark",))
    assert type(checked) is Spectrum
    assert repr(checked) == repr(made)
    assert checked.with_(title="u").title == "u"
    with pytest.raises(AttributeError):
        checked.title = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("energy", "mz", "charge", "expected"),
    [
        (CollisionEnergy("20 eV", 20.0, "eV"), None, None, 20.0),
        (CollisionEnergy("30", 30.0), None, None, 30.0),
        (CollisionEnergy("30 NCE", 30.0, "NCE"), 500.0, 1, 30.0),
        (CollisionEnergy("30 NCE", 30.0, "NCE"), 250.0, 2, 13.5),
        (CollisionEnergy("30 %", 30.0, "%"), None, 1, None),
        (CollisionEnergy("high"), 500.0, 1, None),
    ],
)
def test_energies_in_electronvolts(
    energy: CollisionEnergy, mz: float | None, charge: int | None, expected: float | None
) -> None:
    assert energy.in_ev(mz, charge) == expected
