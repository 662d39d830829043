"""Projects in the window: what is saved, what is found again, what is asked."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from msgui.gui.dialogs.project_questions import DamagedDialog, SaveChangesDialog
from msgui.gui.window import MainWindow
from msgui.project.file import ProjectFile
from msgui.project.lock import Lock
from msgui.project.recovery import leftovers
from tests.gui.caffeine import caffeine_spectrum
from tests.gui.windows import MGF, annotated, idle, settings_in, write_mgf
from tests.project.values_for_projects import notes_in, same


class Windows:
    """Opens windows one after the other, as a user would."""

    def __init__(self, qtbot, folder: Path) -> None:
        self.qtbot, self.folder = qtbot, folder
        self.settings = settings_in(folder)

    def open(self, *paths: Path) -> MainWindow:
        window = MainWindow(self.settings)
        self.qtbot.addWidget(window)
        window.keeps_work = True
        window.open_paths(paths)
        window.start()
        keeper = window.projects.keeper
        self.qtbot.waitUntil(lambda: keeper.is_on and idle(window), timeout=240_000)
        return window

    def open_annotated(self, *paths: Path) -> MainWindow:
        window = self.open(*(paths or (write_mgf(self.folder),)))
        self.qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
        return window

    def save(self, window: MainWindow, path: Path) -> None:
        with self.qtbot.waitSignal(window.projects.keeper.saved, timeout=20_000):
            window.projects.save_to(str(path))
        self.qtbot.waitUntil(lambda: idle(window), timeout=10_000)

    def dialog(self, window: MainWindow, kind: type):
        found: list = []

        def there() -> bool:
            found[:] = [d for d in window.findChildren(kind) if d.isVisible()]
            return bool(found)

        self.qtbot.waitUntil(there, timeout=10_000)
        return found[0]


@pytest.fixture
def windows(qtbot, tmp_path) -> Iterator[Windows]:
    yield Windows(qtbot, tmp_path)
    QApplication.processEvents()


def press(dialog, text: str) -> None:
    buttons = dialog.findChildren(QPushButton)
    [button] = [b for b in buttons if b.text() == text and not b.isHidden()]
    button.click()


def state_of(window: MainWindow) -> list:
    return [
        (e.spectrum, e.annotation, dict(e.calls), e.note, e.reviewed, e.adduct_source)
        for e in window.session.spectra
    ]


def same_state(one: list, other: list) -> bool:
    return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))


def decide_something(window: MainWindow) -> None:
    session = window.session
    session.decide("accepted", 0)
    session.write_note(session.current, "checked with a standard – äöü")
    session.mark_reviewed([entry.uid for entry in session.spectra], True)


def test_a_saved_project_is_opened_again_with_everything(windows, tmp_path) -> None:
    first = windows.open_annotated()
    decide_something(first)
    before = state_of(first)
    path = tmp_path / "wörk one.msgui"
    windows.save(first, path)
    assert first.windowTitle() == "wörk one.msgui[*] – msgui"
    assert not first.isWindowModified()
    first.close()
    (tmp_path / "three.mgf").unlink()  # the data are in the project

    second = windows.open(path)
    assert same_state(state_of(second), before)
    assert second.session.current is not None
    assert second.loader.outcomes[0].name == "three.mgf"
    assert second.loader.outcomes[0].uids == [e.uid for e in second.session.spectra]
    assert str(path) in second.settings_file.recent()
    assert not second.projects.keeper.has_unsaved_work
    second.session.write_note(second.session.current, "more")
    assert second.isWindowModified()
    second.do("save_project")
    windows.qtbot.waitUntil(lambda: idle(second), timeout=20_000)
    assert "more" in notes_in(path).values()
    assert notes_in(path.with_name("wörk one.msgui.bak"))[1].startswith("checked")


def test_unsaved_work_without_a_name_is_there_at_the_next_start(windows) -> None:
    first = windows.open_annotated()
    decide_something(first)
    before = state_of(first)
    assert first.isWindowModified()
    first.close()
    second = windows.open()
    assert same_state(state_of(second), before)
    assert second.projects.keeper.has_unsaved_work
    # Its file is given again with the next start: nothing is put in place of what the user opens.
    second.close()
    third = windows.open(write_mgf(windows.folder))
    assert len(third.session.spectra) == 3
    assert third.session.spectra[0].note == ""
    buttons = {b.text(): b for b in third.workbench.notice.buttons()}
    buttons["Open It"].click()
    windows.qtbot.waitUntil(lambda: idle(third), timeout=20_000)
    assert third.session.spectra[0].note.startswith("checked")


def test_spectra_that_were_only_looked_at_leave_nothing_behind(windows) -> None:
    windows.open_annotated().close()
    assert leftovers() == []
    assert windows.open().session.spectra == []


DECIDES_AND_IS_KILLED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from msgui.gui.app import build_window
app, window = build_window([sys.argv[1]])
def ready():
    entry = window.session.current_entry
    if entry is None or window.runner.running(visible_only=False):
        return
    window.session.write_note(entry.uid, "written a second before the end")
    ready_timer.stop()
    QTimer.singleShot(1000, lambda: os.kill(os.getpid(), signal.SIGKILL))
ready_timer = QTimer()
ready_timer.timeout.connect(ready)
ready_timer.start(50)
app.exec()
"""


def test_a_decision_survives_kill_9_one_second_later(windows, monkeypatch) -> None:
    config = windows.folder / "config"
    config.mkdir()
    monkeypatch.setenv("MSGUI_CONFIG", str(config))
    settings = settings_in(config, auto_annotate=False)
    settings.save()
    program = [sys.executable, "-c", DECIDES_AND_IS_KILLED, str(write_mgf(windows.folder))]
    subprocess.run(program, check=False, timeout=120, capture_output=True)
    window = windows.open()
    assert window.session.spectra[0].note == "written a second before the end"
    assert len(window.session.spectra) == 3


def test_closing_with_unsaved_changes_asks_once(windows, tmp_path) -> None:
    window = windows.open_annotated()
    windows.save(window, tmp_path / "p.msgui")
    window.session.write_note(window.session.current, "unsaved")
    window.close()
    assert window.isVisible()
    press(windows.dialog(window, SaveChangesDialog), "Cancel")
    assert window.isVisible()
    window.close()
    press(windows.dialog(window, SaveChangesDialog), "Save")
    windows.qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert notes_in(tmp_path / "p.msgui")[1] == "unsaved"
    assert leftovers() == []
    assert not Lock(tmp_path / "p.msgui").path.exists()


def test_changes_that_are_not_wanted_are_gone(windows, tmp_path) -> None:
    window = windows.open_annotated()
    windows.save(window, tmp_path / "p.msgui")
    window.session.write_note(window.session.current, "unsaved")
    window.close()
    press(windows.dialog(window, SaveChangesDialog), "Don't Save")
    assert not window.isVisible()
    assert notes_in(tmp_path / "p.msgui")[1] != "unsaved"
    assert leftovers() == []


def test_a_project_that_is_open_elsewhere_is_read_only(windows, tmp_path) -> None:
    first = windows.open_annotated()
    path = tmp_path / "p.msgui"
    windows.save(first, path)
    before = path.read_bytes()
    second = windows.open(path)
    assert "read only" in second.windowTitle()
    assert "It is open in msgui" in second.workbench.notice.label.text()
    second.session.write_note(second.session.current, "mine")
    windows.save(second, tmp_path / "mine.msgui")
    assert second.windowTitle().startswith("mine.msgui[*]")
    assert path.read_bytes() == before
    problems: list = []
    second.projects.keeper.problem.connect(problems.append)
    second.projects.save_to(str(path))
    windows.qtbot.waitUntil(lambda: bool(problems), timeout=10_000)
    assert "It is open in" in problems[0].cause
    assert path.read_bytes() == before


def test_a_damaged_project_offers_its_backup_and_what_is_readable(windows, tmp_path) -> None:
    window = windows.open_annotated()
    path = tmp_path / "p.msgui"
    windows.save(window, path)
    window.session.write_note(window.session.current, "second state")
    windows.save(window, path)
    window.close()
    whole = path.read_bytes()
    with ProjectFile(path) as file:
        body = file.body(("spectra", 2))
    place = whole.index(body[-400:-300]) + 50
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])

    other = windows.open(path)
    assert other.session.spectra == []
    press(windows.dialog(other, DamagedDialog), "Open Backup")
    windows.qtbot.waitUntil(lambda: len(other.session.spectra) == 3, timeout=20_000)
    windows.qtbot.waitUntil(lambda: idle(other), timeout=240_000)
    assert other.session.spectra[0].note == ""
    assert other.windowTitle().startswith("p.msgui[*]")
    other.projects.keeper.is_dirty = False
    other.projects.open(str(path))
    press(windows.dialog(other, DamagedDialog), "Open What Is Readable")
    windows.qtbot.waitUntil(lambda: len(other.session.spectra) == 2, timeout=20_000)
    assert other.session.spectra[0].note == "second state"
    windows.qtbot.waitUntil(lambda: "are lost" in other.workbench.notice.label.text())


def test_results_of_other_settings_stay_and_are_marked(windows, tmp_path) -> None:
    first = windows.open_annotated()
    path = tmp_path / "p.msgui"
    windows.save(first, path)
    before = first.session.spectra[0].annotation
    first.close()
    second = windows.open()
    method = replace(second.session.settings, fragment_ppm=3.0)
    second.annotator.set_settings(method)
    second.open_paths([path])
    windows.qtbot.waitUntil(lambda: len(second.session.spectra) == 3, timeout=20_000)
    windows.qtbot.waitUntil(lambda: idle(second), timeout=240_000)
    windows.qtbot.wait(300)
    entry = second.session.spectra[0]
    assert entry.stale
    assert same(entry.annotation, before)
    assert "fragment ppm 10.0" in second.workbench.notice.label.text()
    second.do("annotate")
    windows.qtbot.waitUntil(lambda: not entry.stale and idle(second), timeout=240_000)
    assert not same(entry.annotation, before)
    assert not second.workbench.notice.isVisible()


def test_a_full_disk_is_said_and_the_work_stays(windows, tmp_path, monkeypatch) -> None:
    window = windows.open_annotated()
    problems: list = []
    window.projects.keeper.problem.connect(problems.append)
    window.projects.save_to(str(tmp_path / "gone" / "p.msgui"))
    windows.qtbot.waitUntil(lambda: bool(problems) and idle(window), timeout=10_000)
    assert str(tmp_path / "gone") in problems[0].file
    assert window.projects.keeper.is_dirty
    assert window.projects.title == ""
    windows.save(window, tmp_path / "p.msgui")
    assert len(notes_in(tmp_path / "p.msgui")) == 3


def test_removed_spectra_and_undo_are_kept_too(windows, tmp_path) -> None:
    window = windows.open_annotated()
    decide_something(window)
    uids = [entry.uid for entry in window.session.spectra]
    window.session.remove(uids[:2])
    # The one that is left is annotated a moment later; what is compared must not change any more.
    windows.qtbot.waitUntil(lambda: annotated(window), timeout=240_000)
    windows.save(window, tmp_path / "p.msgui")
    assert len(notes_in(tmp_path / "p.msgui")) == 1
    window.session.undo_stack.undo()
    windows.save(window, tmp_path / "p.msgui")
    assert len(notes_in(tmp_path / "p.msgui")) == 3
    before = state_of(window)
    window.close()
    assert same_state(state_of(windows.open(tmp_path / "p.msgui")), before)


def test_close_project_begins_with_nothing(windows) -> None:
    window = windows.open_annotated()
    decide_something(window)
    window.do("close_project")
    press(windows.dialog(window, SaveChangesDialog), "Don't Save")
    assert window.session.spectra == []
    assert not window.session.undo_stack.canUndo()
    window.close()
    assert leftovers() == []


def test_results_that_were_waited_for_are_kept_without_a_decision(windows) -> None:
    window = windows.open_annotated()
    keeper = window.projects.keeper
    assert not keeper.has_unsaved_work
    keeper.changes.results = 100
    assert keeper.has_unsaved_work
    window.close()
    assert len(windows.open().session.spectra) == 3


def test_thousands_of_spectra_are_handed_over_in_turns(windows) -> None:
    window = windows.open()
    spectra = [caffeine_spectrum() for _ in range(1200)]
    entries = window.session.add(spectra)
    window.session.write_note(entries[-1].uid, "comes first")
    keeper = window.projects.keeper
    first = keeper.changes.take(500)
    assert ("decisions", entries[-1].uid) in first
    assert len(first) <= 3 * 500
    assert keeper.changes.are_waiting
    rest = keeper.changes.take()
    assert not keeper.changes.are_waiting
    kept = [key for key in (*first, *rest) if key[0] == "spectra"]
    assert len(kept) == len(set(kept)) == 1200


def test_a_backup_is_opened_in_place_of_its_project(windows, tmp_path) -> None:
    window = windows.open_annotated()
    path = tmp_path / "p.msgui"
    windows.save(window, path)
    window.session.write_note(window.session.current, "later")
    windows.save(window, path)
    window.close()
    other = windows.open(path.with_name("p.msgui.bak"))
    assert other.session.spectra[0].note == ""
    assert other.windowTitle().startswith("p.msgui[*]")
    assert other.projects.keeper.has_unsaved_work
    windows.save(other, path)
    assert notes_in(path)[1] != "later"
    assert notes_in(path.with_name("p.msgui.bak"))[1] == "later"


def test_where_nobody_is_asked_unsaved_changes_are_there_at_the_next_start(
    windows, tmp_path
) -> None:
    window = windows.open_annotated()
    path = tmp_path / "p.msgui"
    windows.save(window, path)
    window.session.write_note(window.session.current, "in a hurry")
    window.projects.asks = False
    window.close()
    assert not window.isVisible()
    assert notes_in(path)[1] != "in a hurry"
    other = windows.open()
    assert other.session.spectra[0].note == "in a hurry"
    assert other.windowTitle() == "p.msgui[*] – msgui"
    assert other.isWindowModified()
    windows.save(other, path)
    assert notes_in(path)[1] == "in a hurry"


def test_files_that_moved_are_asked_for_once_and_bring_their_neighbours(
    windows, tmp_path, monkeypatch
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    files = [write_mgf(before, "one.mgf"), write_mgf(before, "two.mgf", MGF + "\n")]
    first = windows.open_annotated(*files)
    path = tmp_path / "work" / "some.msgui"
    path.parent.mkdir()
    windows.save(first, path)
    first.close()
    after = before.rename(tmp_path / "after")

    second = windows.open(path)
    notice = second.workbench.notice
    windows.qtbot.waitUntil(lambda: notice.isVisible() and idle(second), timeout=10_000)
    assert notice.label.text().startswith("2 source files are not where they were read.")
    assert len(second.session.spectra) == 6
    other = write_mgf(tmp_path, "other.mgf", MGF.replace("Caffeine", "Another"))
    answers = iter((str(other), str(after / "one.mgf")))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(answers), ""))
    press(notice, "Locate…")
    windows.qtbot.waitUntil(lambda: "something else" in notice.label.text(), timeout=10_000)
    press(notice, "Locate…")
    windows.qtbot.waitUntil(lambda: not notice.isVisible() and idle(second), timeout=10_000)
    places = [outcome.place for outcome in second.loader.outcomes]
    assert places == [str(after / "one.mgf"), str(after / "two.mgf")]
    assert second.loader.place_of(str(files[1])) == str(after / "two.mgf")
    windows.qtbot.waitUntil(lambda: annotated(second), timeout=60_000)
    second.do("save_project")
    windows.qtbot.waitUntil(lambda: idle(second), timeout=20_000)
    second.close()

    third = windows.open(path)
    assert [outcome.place for outcome in third.loader.outcomes] == places
    assert not third.workbench.notice.isVisible()


def test_files_beside_the_project_are_found_without_a_word_and_dismissed_ones_not_missed(
    windows, tmp_path
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    first = windows.open_annotated(write_mgf(there))
    windows.save(first, there / "some.msgui")
    first.close()
    here = there.rename(tmp_path / "here")
    second = windows.open(here / "some.msgui")
    windows.qtbot.waitUntil(lambda: idle(second), timeout=10_000)
    assert second.loader.outcomes[0].place == str(here / "three.mgf")
    assert not second.workbench.notice.isVisible()
    assert not second.projects.keeper.is_dirty  # found again as quickly next time
    second.close()
    (here / "three.mgf").unlink()

    third = windows.open(here / "some.msgui")
    notice = third.workbench.notice
    windows.qtbot.waitUntil(notice.isVisible, timeout=10_000)
    press(notice, "Dismiss")
    third.close()
    fourth = windows.open(here / "some.msgui")
    windows.qtbot.waitUntil(lambda: idle(fourth), timeout=10_000)
    assert not fourth.workbench.notice.isVisible()
