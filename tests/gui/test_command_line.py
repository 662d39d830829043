"""The command that is copied means the settings of the window, each of them."""

import argparse
import shlex
from dataclasses import fields, replace

import pytest
from caffeine import caffeine_spectrum

from msgui.commands import annotate
from msgui.gui.command_line import command_for
from msgui.gui.session import Entry
from msgui.gui.settings import Preferences
from msgui.spectra.spectrum import Origin
from msgui.tools import Settings

pytestmark = pytest.mark.gui

CHANGED = {
    "ppm": 5.0,
    "fragment_ppm": 2.5,
    "adduct": "[M+Na]+",
    "by": "mass",
    "formula": "record",
    "top": 12,
    "max_bonds": 2,
    "provider": "cpu",
    "elements": "Si, B2",
}


def entry(file: str) -> Entry:
    return Entry(1, caffeine_spectrum().with_(origin=Origin(file)))


def parsed(command: str) -> argparse.Namespace:
    parser = annotate.add_parser(argparse.ArgumentParser().add_subparsers())
    return parser.parse_args(shlex.split(command)[2:])


@pytest.mark.parametrize("name", [f.name for f in fields(Settings) if f.name != "given_formula"])
def test_every_setting_is_said_and_understood(name) -> None:
    usual = Settings()
    value = CHANGED.get(name, False)
    assert value != getattr(usual, name), "give it another value above"
    after = replace(usual, **{name: value})
    command, remark = command_for([entry(__file__)], after, Preferences())
    assert remark == ""
    assert annotate.settings_of(parsed(command)) == after


def test_what_is_usual_is_not_said() -> None:
    command, _ = command_for([entry("a b.mgf")], Settings(), Preferences())
    assert command == "msgui annotate 'a b.mgf' --out results"
    chosen = Preferences(model="none", structures="my list.csv", library="lib")
    command, _ = command_for([entry("a.mgf")], Settings(), chosen)
    options = parsed(command)
    assert options.no_model
    assert (options.structures, options.library) == ("my list.csv", "lib")


def test_what_no_command_can_give_is_said() -> None:
    one = entry("gone.mgf")
    assert "not where it was" in command_for([one], Settings(), Preferences())[1]
    pasted = command_for([entry("")], Settings(), Preferences())
    assert pasted[0] == ""
    assert "export them" in pasted[1]
