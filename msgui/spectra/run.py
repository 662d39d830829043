"""The spectra of one run and how they hang together: MS1 scans, their MS2, and MSn below."""

from bisect import bisect_left
from collections.abc import Iterable

from msgui.spectra.spectrum import Spectrum

# Metadata field in which mzML and mzXML name the spectrum that the precursor was seen in.
PRECURSOR_SPECTRUM = "precursor spectrum"


class Run:
    """Finds the scan that a spectrum was made from, and those that were made from it.

    Parameters
    ----------
    spectra : iterable of Spectrum
        Of any files, in any order; each file is a run of its own.
    """

    def __init__(self, spectra: Iterable[Spectrum]) -> None:
        self._by_id: dict[tuple[str, str], Spectrum] = {}
        self._ms1: dict[str, list[Spectrum]] = {}
        self._ms1_by_id: dict[tuple[str, str], Spectrum] = {}
        self._children: dict[tuple[str, str], list[Spectrum]] = {}
        for spectrum in sorted(spectra, key=lambda one: (one.origin.file, one.origin.index)):
            file = spectrum.origin.file
            if spectrum.spectrum_id:
                self._by_id.setdefault((file, spectrum.spectrum_id), spectrum)
            if spectrum.ms_level == 1:
                self._ms1.setdefault(file, []).append(spectrum)
                if spectrum.spectrum_id:
                    self._ms1_by_id.setdefault((file, spectrum.spectrum_id), spectrum)
            else:
                made_from = spectrum.metadata.get(PRECURSOR_SPECTRUM, "")
                if made_from:
                    self._children.setdefault((file, made_from), []).append(spectrum)

    def parent_of(self, spectrum: Spectrum) -> Spectrum | None:
        """Return the spectrum that the precursor was isolated from, or None when it is not here."""
        name = spectrum.metadata.get(PRECURSOR_SPECTRUM, "") or spectrum.parent
        return self._by_id.get((spectrum.origin.file, name)) if name else None

    def children_of(self, spectrum: Spectrum) -> tuple[Spectrum, ...]:
        """Return the spectra of ions that were isolated from this one."""
        return tuple(self._children.get((spectrum.origin.file, spectrum.spectrum_id), ()))

    def ms1_for(self, spectrum: Spectrum) -> Spectrum | None:
        """Return the MS1 scan in which the precursor was seen, for its isotope pattern.

        The one that the file names, through MSn up to MS1; else an MS1 record with the same id, as
        feature lists have it; else the last MS1 scan before the spectrum in its file with the same
        polarity. None when the file has none.

        Parameters
        ----------
        spectrum : Spectrum
            Of MS level 2 or higher.
        """
        above = self.parent_of(spectrum)
        # As many steps up as there are levels; a file in which scans name each other ends here.
        for _ in range(spectrum.ms_level):
            if above is None:
                break
            if above.ms_level == 1:
                return above
            above = self.parent_of(above)
        of_feature = self._ms1_by_id.get((spectrum.origin.file, spectrum.spectrum_id))
        if of_feature is not None:
            return of_feature
        scans = self._ms1.get(spectrum.origin.file, [])
        place = bisect_left(scans, spectrum.origin.index, key=lambda scan: scan.origin.index)
        for scan in reversed(scans[:place]):
            # Lists of compounds hold the MS1 of one precursor; it says nothing about another.
            if scan.precursor_mz is not None:
                continue
            if None in (scan.polarity, spectrum.polarity) or scan.polarity == spectrum.polarity:
                return scan
        return None


def find_ms1(spectrum: Spectrum, spectra: Iterable[Spectrum]) -> Spectrum | None:
    """Return the MS1 scan of a spectrum among others of its file; see :meth:`Run.ms1_for`."""
    return Run(spectra).ms1_for(spectrum)
