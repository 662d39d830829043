"""What the user can say about peaks, and the menu that opens on a peak."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from msgui.errors import MsguiError
from msgui.gui.formula_words import subscripted
from msgui.gui.peak_words import signed
from msgui.gui.session import Session
from msgui.overrides import Mark, PeakOverride

if TYPE_CHECKING:
    from msgui.chemistry.adducts import Adduct
    from msgui.chemistry.formula import Formula

MARK_NAMES: dict[Mark, str] = {"noise": "noise", "contaminant": "contaminant"}
MOST_ALTERNATIVES = 9


def precursor_ion(session: Session) -> "tuple[Formula, Adduct]":
    """Return the atoms of the precursor ion that the peaks on screen are parts of.

    Raises
    ------
    MsguiError
        When no formula or adduct is known.
    """
    from msgui.chemistry.adducts import parse_adduct
    from msgui.chemistry.formula import Formula

    entry, candidate = session.current_entry, session.candidate
    annotation = entry.annotation if entry else None
    formula = annotation.formula if annotation else ""
    if candidate is not None:
        formula = candidate.structure.formula
    if annotation is None or not annotation.adduct or not formula:
        raise MsguiError("The precursor has no formula.", "Choose one first.")
    adduct = parse_adduct(annotation.adduct)
    return adduct.ion_formula(Formula.parse(formula)), adduct


def _peak_name(session: Session, peaks: tuple[int, ...]) -> str:
    entry = session.current_entry
    assert entry is not None
    if len(peaks) == 1:
        return f"{entry.spectrum.mz[peaks[0]]:.4f}"
    return f"{len(peaks)} Peaks"


def set_formula(session: Session, peak: int, formula: str) -> None:
    """Say which formula a peak has."""
    entry = session.current_entry
    if entry is not None:
        words = f"Set {_peak_name(session, (peak,))} to {formula}"
        said = replace(entry.overrides.of(peak), formula=formula, mark="")
        session.say_about_peaks({peak: said}, words)


def toggle_mark(session: Session, mark: Mark) -> None:
    """Mark the meant peaks; when all are marked so already, take it back."""
    entry, peaks = session.current_entry, session.meant_peaks
    if entry is None or not peaks:
        return
    marked = all(entry.overrides.of(peak).mark == mark for peak in peaks)
    after: Mark = "" if marked else mark
    said = {peak: replace(entry.overrides.of(peak), mark=after) for peak in peaks}
    name = _peak_name(session, peaks)
    words = f"Take {name} as Peak Again" if marked else f"Mark {name} as {mark.capitalize()}"
    session.say_about_peaks(said, words)


def write_note(session: Session, peaks: tuple[int, ...], note: str) -> None:
    """Keep a note on peaks; an empty one takes it away."""
    from msgui.overrides import LONGEST_NOTE

    entry = session.current_entry
    if entry is not None:
        text = " ".join(note.split())[:LONGEST_NOTE]
        said = {peak: replace(entry.overrides.of(peak), note=text) for peak in peaks}
        session.say_about_peaks(said, f"Write a Note on {_peak_name(session, peaks)}")


def take_back(session: Session) -> None:
    """Let the meant peaks be as computed; notes stay."""
    entry, peaks = session.current_entry, session.meant_peaks
    if entry is None or not peaks:
        return
    said = {peak: PeakOverride(note=entry.overrides.of(peak).note) for peak in peaks}
    session.say_about_peaks(said, f"Take {_peak_name(session, peaks)} as Computed")


def turn_fragment(session: Session, step: int) -> None:
    """Show the next of the fragments that explain the lit peak."""
    count = len(session.fragments_of_peak(session.lit_peak))
    if count > 1:
        session.set_fragment_turn((session.fragment_turn + step) % count)


def fill_peak_menu(menu: QMenu, session: Session, index: int) -> None:
    """Put what can be said about a peak into a menu."""
    entry = session.current_entry
    if entry is None or index >= len(entry.spectrum):
        return
    said = entry.overrides.of(index)
    annotated = index < len(session.peaks) and entry.annotation is not None

    def about(request: str) -> Callable[[], None]:
        def ask() -> None:
            # What is decided stays in sight: the peak that the menu was opened on is pinned.
            if index not in session.pinned_peaks:
                session.pin_peaks({index})
            session.request(request)

        return ask

    if annotated:
        _fill_formulas(menu.addMenu("Set formula"), session, index, about("peak_formula"))
    for mark, name in MARK_NAMES.items():
        action = menu.addAction(f"Mark as {name}", about(f"peak_{mark}"))
        action.setCheckable(True)
        action.setChecked(said.mark == mark)
    menu.addAction("Change note…" if said.note else "Add note…", about("peak_note"))
    if said.kind:
        menu.addAction("As computed", about("peak_computed"))
    pinned = session.pinned_peaks - {index}
    if len(pinned) == 1:
        other = next(iter(pinned))
        mz = f"{entry.spectrum.mz[other]:.4f}"

        def measure() -> None:
            session.pin_peaks({index, other})
            session.request("measure_loss")

        menu.addAction(f"Measure distance to {mz}", measure)
    menu.addSeparator()
    clipboard = QGuiApplication.clipboard()
    mz = f"{entry.spectrum.mz[index]:.4f}"
    menu.addAction(f"Copy m/z {mz}", lambda: clipboard.setText(mz))
    formula = session.peaks[index].formula if annotated else ""
    if formula:
        menu.addAction(f"Copy formula {subscripted(formula)}", lambda: clipboard.setText(formula))
    menu.addSeparator()


def _fill_formulas(menu: QMenu, session: Session, index: int, ask: Callable[[], None]) -> None:
    from msgui.chemistry.formula import Formula
    from msgui.overrides import chosen_ion

    peak = session.peaks[index]
    entry = session.current_entry
    assert entry is not None
    try:
        _, adduct = precursor_ion(session)
    except MsguiError:
        menu.setEnabled(False)
        return
    present = entry.overrides.of(index).formula
    for formula in [f for f in (peak.formula, *peak.alternatives[:MOST_ALTERNATIVES]) if f]:
        error = chosen_ion(Formula.parse(formula), peak.mz, adduct).error_ppm
        action = menu.addAction(f"{subscripted(formula)}   {signed(error)} ppm")
        action.setCheckable(True)
        action.setChecked(formula == present)
        action.triggered.connect(lambda _=False, f=formula: set_formula(session, index, f))
    if not menu.isEmpty():
        menu.addSeparator()
    menu.addAction("Other formula…", ask)
