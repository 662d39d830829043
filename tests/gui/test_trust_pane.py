"""The trust pane says the verdict, how often it is right, and what each check found."""

from dataclasses import replace

from msgui.gui.panes.trust import TrustPane
from msgui.gui.session import Session
from msgui.gui.spectra_table import SpectraTable
from msgui.gui.verdicts import acceptance_of, look_of
from msgui.gui.widgets.run_label import RunLabel
from msgui.trust.values import Frequency, TrustCheck, Usefulness, Verdict
from tests.gui.caffeine import caffeine_annotation

GOOD = Verdict(
    "good",
    "The structure in first place is probably right.",
    0.8,
    0.9,
    Frequency(0.72, 0.75, 83, 57),
    "new compounds",
    accepted=(20, 30),
)
CHECK = TrustCheck("intensities", "warn", 0.9, "A sentence.", Usefulness(0.69, 0.6, 0.8, 90, 90))


def shown(session: Session, verdict: Verdict) -> None:
    annotation = replace(caffeine_annotation(), verdict=verdict, trust=(CHECK,))
    [entry] = session.add([annotation.spectrum])
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, annotation)


def texts(pane: TrustPane) -> list[str]:
    return [label.text() for label in pane.area.widget().findChildren(RunLabel)]


def test_frequencies_and_usefulness_stand_beside_the_verdict(qtbot):
    session = Session()
    pane = TrustPane(session)
    qtbot.addWidget(pane)
    shown(session, GOOD)
    words = texts(pane)
    assert {"57 new compounds", "72 %", "75 %", "AUROC 0.69"} <= set(words)
    assert "worse where the answer was wrong" in pane.lines["intensities"].long.text()


def test_unknown_gives_its_reason_and_no_number(qtbot):
    session = Session()
    pane = TrustPane(session)
    qtbot.addWidget(pane)
    unknown = Verdict("unknown", "Judge by the checks.", reason="The adduct is a guess.")
    shown(session, unknown)
    assert "first place" not in texts(pane)
    look = look_of(session.current_entry.annotation)
    assert (look.word, look.sentence) == ("unknown", "The adduct is a guess.")


def test_error_rate_marks_what_is_accepted(qtbot):
    session = Session()
    pane, table = TrustPane(session), SpectraTable(session)
    qtbot.addWidget(pane)
    shown(session, GOOD)
    entry = session.current_entry
    assert acceptance_of(entry.annotation, 0) is None
    with qtbot.waitSignal(session.error_rate_changed):
        pane.error_rate.setCurrentIndex(pane.error_rate.findData(5))
        pane.error_rate.activated.emit(pane.error_rate.currentIndex())
    assert acceptance_of(entry.annotation, session.error_percent) is False
    assert table._mark(entry) == " –"
    session.set_error_percent(20)
    assert table._mark(entry) == " ✓"
