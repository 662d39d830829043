"""How panes name peaks: the same words in plot, table and tooltip."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape

from msgui.annotation import PeakAnnotation
from msgui.export.words import meaning_words
from msgui.gui.widgets.runs import MINUS, Run, Runs, formula_runs
from msgui.spectra.spectrum import Spectrum

DAGGER = "†"
LABEL_WORDS = {
    "precursor": "precursor",
    "isotope": "isotope peak",
    "adduct": "fragment that picked up water or nitrogen",
    "noise": "marked as noise by you",
    "contaminant": "marked as contaminant by you",
}


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign, the minus as wide as the plus: "+0.3", "−1.2"."""
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        text = f"{0.0:.{digits}f}"
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """Return a share of 0 to 1 as percent: whole numbers, one digit below one percent."""
    value = 100.0 * share
    if value >= 0.95 or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.05 else "<0.1"


def peak_formula_runs(peak: PeakAnnotation, *, bold: bool = False) -> Runs:
    """Return the ion formula of a peak, with a dagger when training never met it."""
    if not peak.formula:
        return ()
    runs = formula_runs(peak.formula, peak.charge, bold=bold)
    if peak.said.formula:
        # What the user chose is never mistaken for what was found.
        runs = tuple(replace(run, italic=True) for run in runs)
    if peak.seen_in_training is False:
        return (*runs, Run(f" {DAGGER}", bold=bold))
    return runs


def loss_runs(peak: PeakAnnotation, *, bold: bool = False, sign: bool = True) -> Runs:
    """Return the neutral loss of a peak."""
    if not peak.neutral_loss:
        return ()
    minus = (Run(MINUS, bold=bold),) if sign else ()
    return (*minus, *formula_runs(peak.neutral_loss, bold=bold))


def _html(runs: Runs) -> str:
    tags = {-1: "sub", 0: "", 1: "sup"}
    parts = []
    for run in runs:
        tag = tags[run.script]
        text = escape(run.text)
        parts.append(f"<{tag}>{text}</{tag}>" if tag else text)
    return "".join(parts)


def peak_tip(
    spectrum: Spectrum,
    index: int,
    peak: PeakAnnotation | None,
    structure_name: str = "",
    more: Sequence[str] = (),
) -> str:
    """Return the tooltip of a peak: measured values first, then what it is taken for.

    All text is escaped: a structure's name is a file's word.
    """
    mz, intensity = float(spectrum.mz[index]), float(spectrum.intensity[index])
    relative = percent(float(spectrum.relative_intensity[index]))
    lines = [f"<b>{mz:.4f}</b>&nbsp;&nbsp; {escape(relative)} %&nbsp;&nbsp; ({intensity:.4g})"]
    if peak is not None:
        lines.extend(_meaning(peak, structure_name))
    lines.extend(more)
    return "<qt>" + "<br>".join(line.replace(" ", "&nbsp;") for line in lines) + "</qt>"


def _meaning(peak: PeakAnnotation, structure_name: str) -> list[str]:
    note = [f"<i>{escape(short(peak.said.note, 120))}</i>"] if peak.said.note else []
    if not peak.formula:
        nothing = "no formula is likely" if peak.alternatives else "no formula fits"
        return [LABEL_WORDS.get(peak.label, nothing), *note, *_alternatives(peak)]
    formula = _html(formula_runs(peak.formula, peak.charge))
    lines = [f"<b>{formula}</b>   {signed(peak.error_ppm)} ppm"]
    if peak.said.formula:
        lines.append("formula chosen by you")
    lines += note
    if meaning := meaning_words(peak):
        lines.append(meaning)
    if peak.neutral_loss:
        lines.append(f"loss of {_html(formula_runs(peak.neutral_loss))}")
    if peak.fragment is not None:
        lines.append(_fragment(peak, structure_name))
    elif structure_name and peak.label != "precursor":
        lines.append(f"no fragment of {escape(short(structure_name))}")
    if peak.seen_in_training is False:
        lines.append(f"{DAGGER} formula never met in training")
    elif peak.seen_in_training:
        lines.append("formula met in training")
    return [*lines, *_alternatives(peak)]


def _alternatives(peak: PeakAnnotation) -> list[str]:
    """Return other formulas with their plausibility in percent."""
    count = len(peak.alternatives)
    if not count:
        return []
    shares = peak.alternative_plausibilities or (None,) * count
    some = ", ".join(
        _html(formula_runs(text)) + ("" if share is None else f" ({percent(share)} %)")
        for text, share in list(zip(peak.alternatives, shares, strict=False))[:3]
    )
    more = " …" if count > 3 else ""
    return [f"{count} other formula{'s' if count > 1 else ''}: {some}{more}"]


def _fragment(peak: PeakAnnotation, structure_name: str) -> str:
    fragment = peak.fragment
    assert fragment is not None
    bonds = len(fragment.bonds_cut)
    cuts = "no bond cut" if bonds == 0 else f"{bonds} bond{'s' if bonds > 1 else ''} cut"
    count = 1 + len(peak.other_fragments)
    which = f", best of {count}" if count > 1 else ""
    how = f"{escape(fragment.rule)}, {cuts}" if fragment.rule else cuts
    return f"piece of {escape(short(structure_name or 'the structure'))}: {how}{which}"


def short(text: str, limit: int = 48) -> str:
    """Return the text, cut with an ellipsis when it is long."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def peaks_as_tsv(
    spectrum: Spectrum, peaks: Sequence[PeakAnnotation], indices: Iterable[int]
) -> str:
    """Return peaks as tab-separated text with units in the header."""
    relative = 100.0 * spectrum.relative_intensity
    lines = ["m/z\tintensity\trelative intensity (%)\tformula"]
    for index in indices:
        formula = peaks[index].formula if index < len(peaks) else ""
        lines.append(
            f"{spectrum.mz[index]:.6f}\t{spectrum.intensity[index]:.6g}"
            f"\t{relative[index]:.4g}\t{formula}"
        )
    return "\n".join(lines) + "\n"
