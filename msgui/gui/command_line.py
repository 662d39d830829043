"""What was done in the window as a command line."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from msgui.gui.session import Entry
from msgui.gui.settings import Preferences
from msgui.overrides import NO_OVERRIDES
from msgui.tools import Settings

# Settings by their options; what is as usual is not said.
OPTIONS = {
    "ppm": "--ppm",
    "fragment_ppm": "--fragment-ppm",
    "adduct": "--adduct",
    "by": "--by",
    "formula": "--formula",
    "top": "--top",
    "max_bonds": "--max-bonds",
    "elements": "--elements",
    "provider": "--provider",
}
OUT = "results"


def command_for(
    entries: Sequence[Entry],
    settings: Settings,
    preferences: Preferences,
    place_of: Callable[[str], str] = str,
) -> tuple[str, str]:
    """Return the ``msgui annotate`` line for the loaded files, and what it does not give.

    The line is empty when the spectra come from no file. The remark is empty when the tables will
    be equal to those of the window. ``place_of`` says where files are that were read from a path.
    """
    read = dict.fromkeys(e.spectrum.origin.file for e in entries if e.spectrum.origin.file)
    files = list(map(place_of, read))
    if not files:
        return "", "Pasted spectra are in no file: export them as MGF first"
    words = ["msgui", "annotate", *files]
    if preferences.model == "none":
        words.append("--no-model")
    elif preferences.model != "auto":
        words += ["--model", preferences.model]
    if preferences.structures not in ("", "auto"):
        words += ["--structures", preferences.structures]
    if preferences.library:
        words += ["--library", preferences.library]
    usual = Settings()
    unsaid = []
    for field in fields(settings):
        value, normal = getattr(settings, field.name), getattr(usual, field.name)
        if value == normal or field.name == "given_formula":
            continue
        if value is False:
            words += ["--without", field.name.replace("_", "-")]
        elif field.name in OPTIONS:
            words += [OPTIONS[field.name], f"{value:g}" if isinstance(value, float) else str(value)]
        else:
            unsaid.append(field.name.replace("_", " "))
    words += ["--out", OUT]
    command = shlex.join(words)
    return command, _remark(entries, files, unsaid)


def _remark(entries: Sequence[Entry], files: Sequence[str], unsaid: Sequence[str]) -> str:
    """Return what the command cannot know."""
    by_hand = sum(
        e.adduct_source == "given" or e.given_formula is not None or e.overrides != NO_OVERRIDES
        for e in entries
    )
    gone = [file for file in files if not Path(file).exists()]
    if gone:
        return f"Copied; {Path(gone[0]).name} is not where it was"
    if by_hand:
        return f"Copied; it does not know what you chose for {by_hand} spectra"
    if unsaid:
        return f"Copied; the command has no option for {', '.join(unsaid)}"
    return ""
