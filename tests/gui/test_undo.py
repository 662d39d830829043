"""Whatever the user does can be taken back, all of it, and done again: the states are equal."""

from dataclasses import fields, replace
from typing import Any

import pytest
from caffeine import caffeine_annotation, caffeine_spectrum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msgui.annotation import MeasuredLoss
from msgui.gui.session import Session
from msgui.gui.undo import AddSpectra, ChangeSettings, ReplaceSpectra
from msgui.tools import Settings

pytestmark = pytest.mark.gui

WHICH = st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.just("decide"), WHICH, st.sampled_from(["accepted", "tentative", "rejected"])),
    st.tuples(st.just("level"), WHICH, st.sampled_from(["", "1", "2a", "3"])),
    st.tuples(st.just("note"), WHICH, st.text(max_size=4)),
    st.tuples(st.just("reviewed"), WHICH, st.booleans()),
    st.tuples(st.just("remove"), WHICH, st.none()),
    st.tuples(st.just("formula"), WHICH, st.sampled_from([None, "C8H10N4O2", "C7H14O6"])),
    st.tuples(st.just("adduct"), WHICH, st.sampled_from(["[M+Na]+", "[M+H]+"])),
    st.tuples(st.just("losses"), WHICH, st.integers(0, 3)),
    st.tuples(st.just("add"), WHICH, st.none()),
    st.tuples(st.just("settings"), WHICH, st.floats(1, 20).map(lambda ppm: round(ppm, 1))),
)


def new_session() -> Session:
    session = Session()
    session.set_settings(Settings())
    entries = session.add([caffeine_spectrum() for _ in range(4)])
    for entry in entries:
        session.set_annotation(entry.uid, caffeine_annotation())
    session.set_current(entries[0].uid)
    return session


def state_of(session: Session) -> list[Any]:
    """Return all that a step may change; results are those of the method and not the user's."""
    kept = {"annotation", "stale"}
    rows = [
        tuple(
            dict(value) if isinstance(value := getattr(entry, f.name), dict) else value
            for f in fields(entry)
            if f.name not in kept
        )
        for entry in session.spectra
    ]
    return [rows, session.settings]


def do(session: Session, what: str, which: int, value: Any) -> None:
    if what == "add":
        [new] = session.add([caffeine_spectrum()])
        session.undo_stack.push(AddSpectra(session, [new.uid], "Paste"))
        return
    if what == "settings":
        after = replace(session.settings, ppm=value)
        if after != session.settings:
            session.undo_stack.push(ChangeSettings(session.set_settings, session.settings, after))
        return
    if not session.spectra:
        return
    entry = session.spectra[which % len(session.spectra)]
    session.set_current(entry.uid)
    if what == "decide":
        session.decide(value, which % 2)
    elif what == "level":
        session.choose_level(value, which % 2)
    elif what == "note":
        session.write_note(entry.uid, value)
    elif what == "reviewed":
        session.mark_reviewed([e.uid for e in session.spectra], value)
    elif what == "remove":
        session.remove([entry.uid])
    elif what == "formula":
        session.give_formula(entry.uid, value)
    elif what == "losses":
        session.keep_losses([MeasuredLoss(value + 1, value)], "Keep the loss")
    elif what == "adduct":
        changed = {entry.uid: entry.spectrum.with_(adduct=value)}
        session.undo_stack.push(ReplaceSpectra(session, changed, "given", f"Choose {value}"))


@given(st.lists(STEPS, max_size=25))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_undo_all_and_redo_all_pass_through_equal_states(qapp, steps) -> None:
    session = new_session()
    stack = session.undo_stack
    states = {0: state_of(session)}
    for step in steps:
        do(session, *step)
        states[stack.index()] = state_of(session)
    for index in range(stack.count(), 0, -1):
        assert state_of(session) == states[index]
        assert stack.undoText()
        stack.undo()
    assert state_of(session) == states[0]
    for index in range(1, stack.count() + 1):
        stack.redo()
        assert state_of(session) == states[index]
    session.deleteLater()


def test_hundreds_of_steps_can_be_taken_back(qapp) -> None:
    session = new_session()
    before = state_of(session)
    for number in range(300):
        session.write_note(session.spectra[number % 4].uid, f"note {number}")
    session.mark_reviewed([entry.uid for entry in session.spectra], True)
    assert session.undo_stack.count() == 301
    assert session.undo_stack.undoText() == "Mark 4 spectra as reviewed"
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    assert state_of(session) == before
    session.deleteLater()


def test_a_setting_says_what_it_changes(qapp) -> None:
    taken: list[Settings] = []
    usual = Settings()
    one = ChangeSettings(taken.append, usual, replace(usual, fragment_ppm=5.0))
    assert one.text() == "Change fragment ppm to 5.0"
    several = ChangeSettings(taken.append, usual, replace(usual, ppm=5.0, top=10))
    assert several.text() == "Change settings"
    one.redo()
    one.undo()
    assert taken == [replace(usual, fragment_ppm=5.0), usual]
