from msgui.spectra.ids import ids_of
from msgui.spectra.spectrum import Origin, Spectrum


def spectrum(name: str, index: int) -> Spectrum:
    return Spectrum([100.0], [1.0], spectrum_id=name, origin=Origin("folder/run.mgf", index))


def test_ids_are_the_files_own_where_they_are_unique() -> None:
    spectra = [spectrum("x", 0), spectrum("", 1), spectrum("y", 2), spectrum("y", 3)]
    assert ids_of(spectra) == ["x", "run_1", "run_2", "run_3"]
    assert ids_of([spectrum("", 1), spectrum("", 1)]) == ["run_1", "run_1_2"]
