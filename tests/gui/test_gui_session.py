"""The session: one signal for each real change, and decisions that can be taken back."""

import pytest
from caffeine import caffeine_annotation, caffeine_spectrum

from msgui.gui.session import Session
from msgui.progress import Step

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot) -> Session:
    session = Session()
    yield session
    session.deleteLater()


def heard(signal) -> list:
    """Return a list that grows with each emission."""
    calls: list = []
    signal.connect(lambda *args: calls.append(args[0] if len(args) == 1 else args))
    return calls


def test_added_spectra_have_uids_that_are_never_used_twice(session):
    first = session.add([caffeine_spectrum(), caffeine_spectrum()])
    session.take([first[1].uid])
    second = session.add([caffeine_spectrum()])
    assert len({entry.uid for entry in [*first, *second]}) == 3


def test_a_signal_comes_only_for_a_real_change(session):
    [entry] = session.add([caffeine_spectrum()])
    signals = {
        "current": heard(session.current_changed),
        "hover": heard(session.peak_hovered),
        "pins": heard(session.peaks_pinned),
        "scale": heard(session.scale_changed),
        "theme": heard(session.theme_changed),
    }
    for _ in range(2):
        session.set_current(entry.uid)
        session.hover_peak(3)
        session.pin_peaks({1, 2})
        session.set_scale("log")
        session.set_theme("dark")
    assert {name: len(calls) for name, calls in signals.items()} == dict.fromkeys(signals, 1)


def test_an_annotation_of_the_shown_spectrum_selects_its_first_candidate(session):
    [entry] = session.add([caffeine_spectrum()])
    session.set_current(entry.uid)
    chosen, explained = heard(session.candidate_selected), heard(session.explanation_changed)
    annotation = caffeine_annotation()
    session.set_annotation(entry.uid, annotation)
    assert (session.selected_candidate, chosen, len(explained)) == (0, [0], 1)
    assert session.peaks is annotation.peaks


def test_marks_do_not_outlive_the_spectrum_they_stand_in(session):
    one, other = session.add([caffeine_spectrum(), caffeine_spectrum()])
    session.set_current(one.uid)
    session.set_annotation(one.uid, caffeine_annotation())
    session.hover_peak(13)
    session.pin_peaks({9})
    session.select_atoms({1})
    session.set_current(other.uid)
    assert session.hovered_peak is None
    assert (session.pinned_peaks, session.selected_atoms) == (frozenset(), frozenset())
    assert (session.peaks, session.selected_candidate) == ((), -1)


def test_an_explanation_that_came_too_late_is_ignored(session):
    [entry] = session.add([caffeine_spectrum()])
    session.set_current(entry.uid)
    annotation = caffeine_annotation()
    session.set_annotation(entry.uid, annotation)
    session.select_candidate(1)
    session.set_explanation(entry.uid, 1, None)
    assert session.explaining
    session.set_explanation(entry.uid, 0, ())
    assert session.peaks is annotation.peaks
    session.set_explanation(entry.uid, 1, annotation.peaks[:3])
    assert not session.explaining
    assert len(session.peaks) == 3


def test_lit_atoms_follow_the_hovered_peak_then_the_pins(session):
    [entry] = session.add([caffeine_spectrum()])
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    session.hover_peak(9)
    assert session.lit_atoms == frozenset(session.peaks[9].fragment.atoms)
    session.pin_peaks({2})
    session.hover_peak(None)
    assert session.lit_atoms == frozenset(session.peaks[2].fragment.atoms)
    session.hover_peak(1)
    assert session.lit_atoms == frozenset()


def test_one_candidate_is_accepted_at_a_time_and_undo_says_which(session):
    [entry] = session.add([caffeine_spectrum()])
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    first, second = (
        candidate.structure.inchikey14 for candidate in entry.annotation.candidates[:2]
    )
    session.decide("accepted", 0)
    session.decide("accepted", 1)
    assert entry.calls == {second: "accepted"}
    session.undo_stack.undo()
    assert entry.calls == {first: "accepted"}
    assert "caffeine" in session.undo_stack.undoText()
    session.decide("accepted", 0)
    assert entry.calls == {}


def test_removed_spectra_come_back_where_they_stood(session):
    entries = session.add([caffeine_spectrum(title=str(i)) for i in range(6)])
    session.set_current(entries[2].uid)
    session.remove([entries[2].uid, entries[4].uid])
    assert [entry.title for entry in session.spectra] == ["0", "1", "3", "5"]
    assert session.current_entry.title == "3"
    session.undo_stack.undo()
    assert [entry.title for entry in session.spectra] == list("012345")


def test_fifty_decisions_are_undone_to_the_first_state(session):
    [entry] = session.add([caffeine_spectrum()])
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, caffeine_annotation())
    states = ("accepted", "tentative", "rejected")
    for i in range(50):
        session.decide(states[i * 7 % 3], i % 2)
        session.write_note(entry.uid, f"note {i}")
        session.mark_reviewed([entry.uid], i % 2 == 0)
    after = (dict(entry.calls), entry.note, entry.reviewed)
    stack = session.undo_stack
    while stack.canUndo():
        stack.undo()
    assert (entry.calls, entry.note, entry.reviewed) == ({}, "", False)
    while stack.canRedo():
        stack.redo()
    assert (dict(entry.calls), entry.note, entry.reviewed) == after


def test_progress_of_an_annotation_ends_once(session):
    [entry] = session.add([caffeine_spectrum()])
    calls = heard(session.annotating_changed)
    session.set_annotating(entry.uid, Step(1, 2))
    session.set_annotating(entry.uid, None)
    session.set_annotating(entry.uid, None)
    assert calls == [(entry.uid, Step(1, 2)), (entry.uid, None)]
    assert session.annotating(entry.uid) is None
