"""MS1 scans and parents: by name, by order, and never over compounds."""

import numpy as np

from msgui.spectra.run import PRECURSOR_SPECTRUM, Run, find_ms1
from msgui.spectra.spectrum import Origin, Spectrum


def scan(
    index: int, level: int, above: str = "", polarity: str | None = None, **more: object
) -> Spectrum:
    return Spectrum(
        np.array([100.0]),
        np.array([1.0]),
        ms_level=level,
        spectrum_id=f"s{index}",
        polarity=polarity,  # type: ignore[arg-type]
        origin=Origin("run.mzML", index),
        metadata={PRECURSOR_SPECTRUM: above} if above else {},
        **more,  # type: ignore[arg-type]
    )


def test_the_named_scan_comes_before_the_nearest() -> None:
    spectra = [scan(0, 1), scan(1, 1), scan(2, 2, "s0"), scan(3, 2)]
    run = Run(spectra)
    assert run.ms1_for(spectra[2]) is spectra[0]
    assert run.ms1_for(spectra[3]) is spectra[1]
    assert run.children_of(spectra[0]) == (spectra[2],)


def test_polarity_must_fit() -> None:
    spectra = [scan(0, 1, "", "positive"), scan(1, 1, "", "negative"), scan(2, 2, "", "positive")]
    assert find_ms1(spectra[2], spectra) is spectra[0]


def test_the_ms1_of_another_compound_is_no_answer() -> None:
    spectra = [scan(0, 1, precursor_mz=195.0), scan(1, 2, precursor_mz=300.0)]
    assert find_ms1(spectra[1], spectra) is None


def test_scans_that_name_each_other_end() -> None:
    spectra = [scan(0, 3, "s1"), scan(1, 3, "s0")]
    assert find_ms1(spectra[0], spectra) is None


def test_features_have_their_ms1_under_the_same_id() -> None:
    def feature(index: int, level: int, name: str) -> Spectrum:
        return scan(index, level, precursor_mz=195.0).with_(spectrum_id=name)

    spectra = [feature(0, 1, "7"), feature(1, 2, "7"), feature(2, 1, "8"), feature(3, 2, "9")]
    run = Run(spectra)
    assert run.ms1_for(spectra[1]) is spectra[0]
    assert run.ms1_for(spectra[3]) is None
