"""Expected spectra beside measured ones and beside copies of the nearest compound's."""

import numpy as np
import pytest

from msgui.benchmark import intensities
from msgui.benchmark.intensities import Copies, LikenessRow, compare_intensities
from msgui.benchmark.queries import find_queries, sides
from msgui.chemistry.molecule import standardize
from msgui.errors import MsguiError
from msgui.library.store import Library
from tests.tiny_benchmark import split
from tests.tiny_forward import forward_model


def test_every_method_has_a_line_for_all_and_for_each_group(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intensities, "LEAST_QUERIES", 2)
    side = sides(split(library).side)
    queries = find_queries(library, side["test"])
    events = compare_intensities(queries, library.only(side["train"]), forward_model())
    rows = [event for event in events if isinstance(event, LikenessRow)]
    whole = [row for row in rows if not row.quality]
    assert [row.method for row in whole] == [
        "expected intensities",
        "the same ions, equally high",
        "copy of the nearest compound",
    ]
    assert {row.cosine.n for row in whole} == {4}
    assert {row.molecules for row in whole} == {2}
    assert ("collision energy", "below 15 eV") in {(row.quality, row.group) for row in rows}
    assert all(0 <= row.cosine.value <= 1 and 0 <= row.entropy.value <= 1 for row in rows)


def test_the_nearest_compound_is_not_the_asked_one(library: Library) -> None:
    copies = Copies(library)
    own = standardize("CCCCCO").inchikey14
    number = copies.nearest("CCCCCO", "[M+H]+", own)
    assert number is not None
    assert library.molecule(number).inchikey14 not in ("", own)
    assert copies.nearest("CCCCCO", "[M+K]+", own) is None


def test_the_nearest_energy_is_copied(library: Library) -> None:
    query = find_queries(library, ["S0_20"])[0]
    mz, intensity = Copies(library).peaks(query, 1000.0)
    rows = [
        library.spectrum(row)
        for row, accession in enumerate(library.accessions)
        if accession.endswith("_20") and accession != "S0_20"
    ]
    assert any(np.isin(mz, spectrum.mz).all() for spectrum in rows)
    assert mz.size == intensity.size


def test_without_peaks_nothing_is_compared(library: Library) -> None:
    with pytest.raises(MsguiError, match="No spectrum has a peak"):
        list(compare_intensities([], library, forward_model()))
