"""What the spectrum pane says about an expected spectrum and about each peak of it."""

from html import escape

import numpy as np

from msgui.expectation import Expectation
from msgui.gui.peak_words import percent, short
from msgui.gui.spectrum_words import DOT, MATCH_PPM
from msgui.gui.widgets.runs import Run, Runs
from msgui.spectra.spectrum import Spectrum

MOST_LISTED = 8
MARKED_TIP = (
    "A cross marks what disagrees: an expected peak of 10 % or more that was not measured,\n"
    "a measured one of 20 % or more of which less than 1 % is expected."
)


def expected_runs(expected: Expectation, name: str) -> Runs:
    """Return the line below a plot with an expected spectrum."""
    energy = expected.energy_ev
    at = "energy not known" if energy is None else f"{energy:g} eV"
    at += "" if expected.is_measured_energy else " (chosen)"
    missing, tall = int(expected.is_missing.sum()), int(expected.is_tall.sum())
    return (
        Run("Below: ", tone="mirror", bold=True),
        Run("predicted, not measured, ", bold=True),
        Run(f"for {short(name, 40)}"),
        Run(f"{DOT}{at}"),
        Run(f"{DOT}cosine {expected.cosine:.2f}"),
        Run(f"{DOT}{missing} missing"),
        Run(f"{DOT}{tall} unexpected"),
        Run(f"{DOT}{expected.model}", muted=True),
    )


def expected_tip(expected: Expectation, spectrum: Spectrum) -> str:
    """Return the peaks that disagree, the highest first, each with its fragment."""
    lines = [MARKED_TIP]
    missing = np.flatnonzero(expected.is_missing)
    missing = missing[np.argsort(-expected.intensity[missing], kind="stable")]
    if missing.size:
        lines.append("\nExpected but missing:")
    for ion in missing[:MOST_LISTED].tolist():
        share = percent(float(expected.intensity[ion]))
        fragment, *reasons = expected.words[ion].split("; ")
        lines.append(f"{expected.mz[ion]:.4f}  {share} %  {fragment}")
        lines += [f"        {reason}" for reason in reasons]
    tall = np.flatnonzero(expected.is_tall)
    tall = tall[np.argsort(-expected.measured[tall], kind="stable")]
    if tall.size:
        lines.append("\nTall but unexpected:")
    for peak in tall[:MOST_LISTED].tolist():
        share = percent(float(expected.measured[peak]))
        lines.append(f"{spectrum.mz[peak]:.4f}  {share} % measured")
    return "\n".join(lines)


def expected_of_peak(expected: Expectation, spectrum: Spectrum, index: int) -> list[str]:
    """Return what a peak's tip says about its expected height and fragment, as HTML lines."""
    from msgui.prediction.ion_tolerance import ion_tolerance

    if index >= expected.at_peak.size or np.isnan(expected.at_peak[index]):
        return []
    share, measured = float(expected.at_peak[index]), float(expected.measured[index])
    difference = 100.0 * (share - measured)
    heights = f"predicted {percent(share)} %, measured {percent(measured)} %"
    lines = [f"{heights} of the highest fragment ({difference:+.0f})"]
    mz = float(spectrum.mz[index])
    tolerance = ion_tolerance(spectrum.mz, MATCH_PPM)[index]
    near = np.flatnonzero(np.abs(expected.mz - mz) <= tolerance)
    if near.size:
        best = int(near[np.argmax(expected.intensity[near])])
        lines += map(escape, expected.words[best].split("; "))
    return lines
