"""The trust pane says the verdict, how often it is right, and what each check found."""

from dataclasses import replace

from PySide6.QtCore import Qt

from msgui.gui.panes.trust import TrustPane
from msgui.gui.session import Session
from msgui.gui.spectra_table import SpectraTable
from msgui.gui.verdicts import acceptance_of, look_of
from msgui.gui.widgets.run_label import RunLabel
from msgui.trust.influence import Influence
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


def test_training_spectra_behind_the_answer_unfold(qtbot):
    session = Session()
    pane = TrustPane(session)
    qtbot.addWidget(pane)
    conditions = ("MSBNK-X-1", "[M+H]+", "Orbitrap", "35 NCE")
    caffeine = ("CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "RYYVLZVUVIJVGH", "C8H10N4O2", "Caffeine")
    helped = Influence(1.0, *caffeine, *conditions, True)
    hurt = Influence(-0.25, "CCO", "LFQSCWFLJHTTHZ", "C2H6O", "", *conditions, False)
    annotation = replace(caffeine_annotation(), influences=(helped, hurt))
    [entry] = session.add([annotation.spectrum])
    session.set_current(entry.uid)
    session.set_annotation(entry.uid, annotation)
    first, second = pane.influences.lines
    assert (first.title.text(), first.number.text()) == ("same compound  Caffeine", "+1.00")
    assert (second.title.text(), second.number.text()) == ("C2H6O", "-0.25")
    said: list[str] = []
    session.message.connect(said.append)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert first.is_open
    assert "MSBNK-X-1" in first.long.text()
    assert "keeps no peaks" in said[0]
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert not first.is_open
