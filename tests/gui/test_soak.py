"""Twenty seconds of a restless user; ``make soak`` takes longer and looks at memory, too."""

from collections import Counter

from PySide6.QtWidgets import QFileDialog

from tests.gui.soak import leftovers, soak

SECONDS = 20


def test_random_clicks_keys_drops_and_sizes_break_nothing(qtbot, tmp_path, monkeypatch) -> None:
    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory"):
        # The soak replaces them for good: put them back after the test.
        monkeypatch.setattr(QFileDialog, name, getattr(QFileDialog, name))
    # Tests of crashes leave journals behind, as a crash does.
    before = Counter(leftovers())
    running, _growth = soak(tmp_path, SECONDS, seed=7)
    assert running.errors == [], running.done[-20:]
    assert Counter(leftovers()) - before == Counter()
    assert running.done
