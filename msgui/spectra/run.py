"""The spectra of one run and how they hang together: MS1 scans, their MS2, and MSn below."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from msgui.spectra.spectrum import Spectrum

# Metadata field in which mzML and mzXML name the spectrum that the precursor was seen in.
PRECURSOR_SPECTRUM = "precursor spectrum"
# What of an MS1 scan is kept for a precursor: the isotope patterns of tin and of many bromines span
# twelve nominal masses, and lighter isotopologues stand below the m/z that was chosen.
BELOW_PRECURSOR_DA: Final = 2.5
ABOVE_PRECURSOR_DA: Final = 12.0
# How many MS1 scans are looked through, or kept while a file is read: the precursor was seen in
# one of the last.
_RECENT_SCANS = 50
# MS1 records of compound lists repeat the precursor of their MS2, some rounded.
_SAME_PRECURSOR_DA = 0.01


class Run:
    """Finds the scan that a spectrum was made from, and those that were made from it.

    Parameters
    ----------
    spectra : iterable of Spectrum
        Of any files, in any order; each file is a run of its own.
    """

    def __init__(self, spectra: Iterable[Spectrum] = ()) -> None:
        self._by_id: dict[tuple[str, str], Spectrum] = {}
        self._ms1: dict[str, list[Spectrum]] = {}
        self._ms1_by_id: dict[tuple[str, str], Spectrum] = {}
        self._children: dict[tuple[str, str], list[Spectrum]] = {}
        self.add(spectra)

    def add(self, spectra: Iterable[Spectrum]) -> None:
        """Take in further spectra."""
        for spectrum in sorted(spectra, key=lambda one: (one.origin.file, one.origin.index)):
            file = spectrum.origin.file
            if spectrum.spectrum_id:
                self._by_id.setdefault((file, spectrum.spectrum_id), spectrum)
            if spectrum.ms_level == 1:
                scans = self._ms1.setdefault(file, [])
                scans.append(spectrum)
                if len(scans) > 1 and scans[-2].origin.index > spectrum.origin.index:
                    scans.sort(key=lambda scan: scan.origin.index)
                if spectrum.spectrum_id:
                    self._ms1_by_id.setdefault((file, spectrum.spectrum_id), spectrum)
            else:
                made_from = spectrum.metadata.get(PRECURSOR_SPECTRUM, "")
                if made_from:
                    self._children.setdefault((file, made_from), []).append(spectrum)

    def forget_old_scans(self) -> None:
        """Drop all but the last MS1 scans of each file; records of one compound's MS1 stay."""
        for file, scans in self._ms1.items():
            whole = [scan for scan in scans if scan.precursor_mz is None]
            for scan in whole[:-_RECENT_SCANS]:
                for names in (self._by_id, self._ms1_by_id):
                    if names.get((file, scan.spectrum_id)) is scan:
                        del names[file, scan.spectrum_id]
            recent = set(map(id, whole[-_RECENT_SCANS:]))
            self._ms1[file] = [s for s in scans if s.precursor_mz is not None or id(s) in recent]

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
        polarity, or MS1 record with the same precursor. None when the file has none.

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
        for scan in reversed(scans[max(0, place - _RECENT_SCANS) : place]):
            if None not in (scan.polarity, spectrum.polarity) and (
                scan.polarity != spectrum.polarity
            ):
                continue
            # Lists of compounds hold the MS1 of one precursor; it says nothing about another.
            if scan.precursor_mz is None or _is_of_one_compound(scan, spectrum):
                return scan
        return None


def _is_of_one_compound(ms1: Spectrum, spectrum: Spectrum) -> bool:
    """Do two records of a compound list belong together: same precursor, id or moment."""
    if ms1.precursor_mz is None or spectrum.precursor_mz is None:
        return False
    if abs(ms1.precursor_mz - spectrum.precursor_mz) > _SAME_PRECURSOR_DA:
        return False
    if not ms1.spectrum_id or not spectrum.spectrum_id:
        return True
    times = ms1.retention_time_s, spectrum.retention_time_s
    return None not in times and times[0] == times[1]


def around_precursor(scan: Spectrum, precursor_mz: float) -> Spectrum:
    """Return the part of an MS1 scan that can hold the isotope pattern of a precursor."""
    edges = (precursor_mz - BELOW_PRECURSOR_DA, precursor_mz + ABOVE_PRECURSOR_DA)
    first, last = np.searchsorted(scan.mz, edges)
    part = slice(int(first), int(last))
    return scan.with_(mz=scan.mz[part], intensity=scan.intensity[part], metadata={}, remarks=())


class PrecursorScans:
    """The parts of MS1 scans around the precursors of a file, collected while it is read.

    Of the scans themselves only the last are kept, so that a long run takes little memory.
    """

    def __init__(self) -> None:
        self._run = Run()
        self._waiting: list[Spectrum] = []
        self._parts: dict[tuple[str, int], Spectrum] = {}

    def add(self, spectra: Sequence[Spectrum]) -> None:
        """Take in the next spectra of a file, in its order."""
        self._run.add(spectra)
        chosen = [one for one in spectra if one.ms_level != 1 and one.precursor_mz is not None]
        self._waiting += [one for one in chosen if not self._find(one)]
        self._run.forget_old_scans()

    def finish(self) -> None:
        """Look once more for MS1 records that stand behind their MS2, and drop everything else."""
        for spectrum in self._waiting:
            self._find(spectrum)
        self._run, self._waiting = Run(), []

    def of(self, spectrum: Spectrum) -> Spectrum | None:
        """Return the MS1 scan around the precursor of a spectrum, None when there is none."""
        return self._parts.get((spectrum.origin.file, spectrum.origin.index))

    def _find(self, spectrum: Spectrum) -> bool:
        scan = self._run.ms1_for(spectrum)
        if scan is None or spectrum.precursor_mz is None:
            return False
        key = spectrum.origin.file, spectrum.origin.index
        self._parts[key] = around_precursor(scan, spectrum.precursor_mz)
        return True


def find_ms1(spectrum: Spectrum, spectra: Iterable[Spectrum]) -> Spectrum | None:
    """Return the MS1 scan of a spectrum among others of its file; see :meth:`Run.ms1_for`."""
    return Run(spectra).ms1_for(spectrum)
