"""Settings: what the boxes show is what Apply gives."""

import pytest
from pytestqt.qtbot import QtBot

from msgui.gui.dialogs.settings import PEAK_SWITCHES, SettingsDialog
from msgui.gui.settings import Preferences
from msgui.tools import Settings

pytestmark = pytest.mark.gui


def test_every_kind_of_peak_has_a_switch(qtbot: QtBot) -> None:
    dialog = SettingsDialog(Preferences(), Settings(radicals=False))
    qtbot.addWidget(dialog)
    assert [name.replace("_", " ") for name, _, _ in PEAK_SWITCHES] == list(Settings().peak_kinds)
    assert dialog.values()[1] == Settings(radicals=False)
    dialog.switches["isotopes"].setChecked(False)
    assert dialog.values()[1] == Settings(radicals=False, isotopes=False)
