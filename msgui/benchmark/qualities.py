"""What spectra of a benchmark have in common: where and how they were measured."""

from msgui.benchmark.queries import Query
from msgui.prediction.inputs import analyser, instrument_text

LEAST_QUERIES = 20
_ENERGIES_EV = (15.0, 30.0, 50.0)
_LENGTHS = (10, 30, 100)
_PEAKS = (5, 15, 40)
_MASSES = (200.0, 350.0, 500.0)


def qualities_of(query: Query, candidates: int) -> dict[str, str]:
    """Return the qualities of a query, in words that sort in a sensible order."""
    spectrum = query.spectrum
    energy = spectrum.collision_energy_ev
    return {
        "laboratory": laboratory(spectrum.spectrum_id),
        "adduct": query.adduct,
        "analyzer": analyser(instrument_text(spectrum)),
        "collision energy": "not known" if energy is None else f"{_band(energy, _ENERGIES_EV)} eV",
        "precursor": f"m/z {_band(spectrum.precursor_mz or 0.0, _MASSES)}",
        "peaks": _band(len(spectrum), _PEAKS),
        "candidates": _band(candidates, _LENGTHS),
    }


def laboratory(accession: str) -> str:
    """Return the laboratory in an accession of MassBank ("MSBNK-Eawag-EQ300801": Eawag)."""
    parts = accession.split("-")
    return parts[1] if len(parts) > 2 else "not known"


def _band(value: float, bounds: tuple[float, ...]) -> str:
    """Return the band between bounds in which a value lies; the lower bound belongs to it."""
    number = sum(value >= bound for bound in bounds)
    low = f"{bounds[number - 1]:g}" if number else ""
    high = f"{bounds[number]:g}" if number < len(bounds) else ""
    if not low:
        return f"below {high}"
    return f"{low} to {high}" if high else f"from {low}"
