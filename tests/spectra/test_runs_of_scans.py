"""MS1 scans and parents: by name, by order, and never over compounds."""

import numpy as np

from msgui.spectra.run import PRECURSOR_SPECTRUM, PrecursorScans, Run, find_ms1
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


def test_an_ms1_record_beside_belongs_to_the_same_compound() -> None:
    def record(index: int, level: int, mz: float, time: float | None) -> Spectrum:
        return scan(index, level, precursor_mz=mz, retention_time_s=time)

    spectra = [record(0, 1, 195.0, 60.0), record(1, 2, 195.004, 60.0), record(2, 2, 195.0, 61.0)]
    run = Run(spectra)
    assert run.ms1_for(spectra[1]) is spectra[0]
    assert run.ms1_for(spectra[2]) is None


def wide_scan(index: int, level: int, precursor_mz: float | None = None) -> Spectrum:
    mz = np.arange(100.0, 1000.0)
    intensity = np.full(mz.size, 1.0 + index)
    one = scan(index, level, precursor_mz=precursor_mz)
    return one.with_(mz=mz, intensity=intensity)


def test_only_what_surrounds_the_precursor_is_kept() -> None:
    spectra = [wide_scan(0, 1), wide_scan(1, 2, 300.2), wide_scan(2, 1), wide_scan(3, 2, 400.2)]
    scans = PrecursorScans()
    scans.add(spectra[:2])
    scans.add(spectra[2:])
    scans.finish()
    for spectrum, source in ((spectra[1], spectra[0]), (spectra[3], spectra[2])):
        part = scans.of(spectrum)
        assert part is not None
        assert part.spectrum_id == source.spectrum_id
        assert part.mz[0] == np.floor(spectrum.precursor_mz - 1.5)  # type: ignore[operator]
        assert part.mz[-1] == np.floor(spectrum.precursor_mz + 12)  # type: ignore[operator]
        assert part.intensity[0] == source.intensity[0]
    assert scans.of(wide_scan(9, 2, 300.0)) is None


def test_a_long_run_keeps_the_last_scans_only() -> None:
    scans = PrecursorScans()
    for index in range(0, 400, 2):
        scans.add([wide_scan(index, 1), wide_scan(index + 1, 2, 300.2)])
    assert len(scans._run._ms1["run.mzML"]) <= 50
    part = scans.of(wide_scan(399, 2, 300.2))
    assert part is not None
    assert part.spectrum_id == "s398"


def test_ms1_records_behind_their_ms2_are_found() -> None:
    def feature(index: int, level: int) -> Spectrum:
        return scan(index, level, precursor_mz=100.5).with_(spectrum_id="7")

    scans = PrecursorScans()
    scans.add([feature(0, 2)])
    scans.add([feature(1, 1)])
    scans.finish()
    assert scans.of(feature(0, 2)) is not None
