"""The name by which tables, file names and candidate lists mean one spectrum of a run."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgui.spectra.spectrum import Spectrum


def with_ids(spectra: Iterable[Spectrum]) -> dict[str, Spectrum]:
    """Return the spectra by id: the file's own where it is unique, else file stem and index."""
    spectra = list(spectra)
    return {
        key: spectrum.with_(spectrum_id=key)
        for key, spectrum in zip(ids_of(spectra), spectra, strict=True)
    }


def ids_of(spectra: Iterable[Spectrum]) -> list[str]:
    """Return the id of each spectrum of a run, in their order; no two are equal."""
    spectra = list(spectra)
    counts = Counter(spectrum.spectrum_id for spectrum in spectra)
    taken: set[str] = set()
    ids = []
    for spectrum in spectra:
        own = spectrum.spectrum_id
        stem = Path(spectrum.origin.file).name.split(".")[0]
        key = own if own and counts[own] == 1 else f"{stem}_{spectrum.origin.index}"
        suffix = 2
        while key in taken:
            key, suffix = f"{stem}_{spectrum.origin.index}_{suffix}", suffix + 1
        taken.add(key)
        ids.append(key)
    return ids
