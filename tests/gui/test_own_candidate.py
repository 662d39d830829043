"""A structure of the user's own: typed, checked, ranked, undone, taken out."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from windows import idle

from msgui.gui.dialogs.own_candidate import OwnCandidateDialog

pytestmark = pytest.mark.gui
OWN = "Cn1cnc2c(=O)n(C)c(=O)n(C)c12"


def dialog(qtbot, window) -> OwnCandidateDialog:
    qtbot.keyClick(
        window, "A", Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, OwnCandidateDialog)]
    return shown[-1]


def fresh(window) -> bool:
    entry = window.session.current_entry
    same = entry.annotation is not None and entry.annotation.overrides == entry.overrides
    return same and idle(window)


def test_it_is_typed_ranked_shown_undone_and_taken_out(qtbot, window):
    session = window.session
    count = session.current_entry.annotation.candidate_count
    asked = dialog(qtbot, window)
    qtbot.keyClicks(asked.box, OWN)
    qtbot.waitUntil(asked.use.isEnabled)
    assert "m/z 195.0877 as [M+H]+" in asked.words.text()
    qtbot.keyClicks(asked.name_box, "mine")
    qtbot.keyClick(asked.name_box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)

    annotation = session.current_entry.annotation
    assert annotation.candidate_count == count + 1
    assert session.candidate.structure.name == "mine"
    assert window.workbench.spectrum.change.isVisibleTo(window)
    assert session.undo_stack.undoText() == "Add Candidate mine"

    window.do("undo")
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)
    assert session.current_entry.annotation.candidate_count == count
    window.do("redo")
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)
    own = session.current_entry.overrides.structures[0]
    session.remove_candidate(own.inchikey14)
    qtbot.waitUntil(lambda: fresh(window), timeout=240_000)
    assert session.current_entry.annotation.candidate_count == count


@pytest.mark.parametrize(
    ("text", "words"), [("CCO", "Da off"), ("C1CC", "not a SMILES"), ("InChI=1S/x", "not an InChI")]
)
def test_what_cannot_be_it_is_refused_in_words(qtbot, window, text, words):
    asked = dialog(qtbot, window)
    qtbot.keyClicks(asked.box, text)
    qtbot.waitUntil(lambda: words in asked.words.text())
    assert not asked.use.isEnabled()
    asked.reject()
