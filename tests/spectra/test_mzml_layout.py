"""mzML spectra of one layout: the short way finds what the careful way finds."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from spectrum_text import mzml, mzml_precursor, mzml_spectrum, read_text, term

from msgui.errors import Problem
from msgui.spectra.mzml_layout import Layouts
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum

UNDERSTOOD = Layouts.read
THERMO = term("MS:1000512", "FTMS + c ESI d Full ms2 {}@hcd30.00 [50-320]")


def _run() -> str:
    """Return a run with escapes, normalised energies, changing fields and a change of layout."""
    energy = mzml_precursor(activation=term("MS:1000045", 30, "UO:0000266"))
    return mzml(
        *(mzml_spectrum(number, scan=THERMO.format(300.5 + number)) for number in range(1, 4)),
        *(mzml_spectrum(number, precursor=energy) for number in range(4, 8)),
        *(
            mzml_spectrum(number, precursor=energy, scan=THERMO.format(300 + number))
            for number in range(8, 12)
        ),
        *(
            mzml_spectrum(
                number, own=f'<userParam name="note" value="a &lt; {number} &quot;b&quot;"/>'
            )
            for number in range(12, 15)
        ),
        mzml_spectrum(15, level=1),
        mzml_spectrum(16, level=1),
        mzml_spectrum(17, level=3),
        mzml_spectrum(18, own=term("MS:1000129")),
        mzml_spectrum(19, length=7),
        mzml_spectrum(20, precursor=""),
        mzml_spectrum(21),
    )


def _same(short: Spectrum | Problem, careful: Spectrum | Problem) -> None:
    if isinstance(short, Problem) or isinstance(careful, Problem):
        assert short == careful
        return
    for field in fields(Spectrum):
        one, other = getattr(short, field.name), getattr(careful, field.name)
        if isinstance(one, np.ndarray):
            assert one.tobytes() == other.tobytes()
            assert not one.flags.writeable
        else:
            assert one == other
    assert list(short.metadata) == list(careful.metadata)


def _both_ways(path: Path, patch: pytest.MonkeyPatch) -> int:
    """Compare both ways of reading a file; return how many spectra went the short way."""
    taken = 0

    def counted(layouts: Layouts, data: bytes) -> object:
        nonlocal taken
        found = UNDERSTOOD(layouts, data)
        taken += found is not None
        return found

    patch.setattr(Layouts, "read", counted)
    short = list(read(path))
    patch.setattr(Layouts, "read", lambda _layouts, _data: None)
    careful = list(read(path))
    assert len(short) == len(careful)
    for one, other in zip(short, careful, strict=True):
        _same(one, other)
    return taken


def test_both_ways_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mzML"
    path.write_text(_run())
    assert _both_ways(path, monkeypatch) >= 8


def test_a_very_long_head_is_not_learnt(tmp_path: Path) -> None:
    spectra, _ = read_text(
        tmp_path,
        "a.mzML",
        mzml(*(mzml_spectrum(n, own=f'<x y="{"z" * 1_000_000}"/>') for n in range(1, 4))),
    )
    assert len(spectra) == 3


def test_a_spectrum_keeps_its_own_words(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.mzML", mzml(*map(mzml_spectrum, range(1, 6))))
    assert problems == []
    assert [spectrum.spectrum_id for spectrum in spectra] == [f"scan={n}" for n in range(1, 6)]
    assert [spectrum.title for spectrum in spectra] == [f"scan {n}" for n in range(1, 6)]
    assert [spectrum.origin.index for spectrum in spectra] == list(range(5))


def test_real_files_agree(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {
        path.name: _both_ways(path, monkeypatch)
        for path in (shared_data / "spectra").iterdir()
        if path.suffix.lower() == ".mzml"
    }
    assert taken["171103_PMA_TK_QC_04-4to5min.mzML"] > 490
