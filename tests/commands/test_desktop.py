"""The entry in the menu of applications, and the files that open with msgui."""

import configparser
import sys
from pathlib import Path

import pytest
from lxml import etree

from msgui.cli import main
from msgui.commands.desktop import FILE_TYPES, quoted, write_entry


def test_the_entry_names_command_icon_and_types(tmp_path) -> None:
    entry, icon, types = write_entry(tmp_path / "ä b", "/opt/msgui/msgui")
    reader = configparser.ConfigParser(interpolation=None)
    reader.read(entry, encoding="utf-8")
    said = reader["Desktop Entry"]
    assert said["Exec"] == "/opt/msgui/msgui %F"
    assert said["MimeType"].strip(";").split(";") == list(FILE_TYPES)
    assert said["Icon"] == icon.stem
    assert b"<svg" in icon.read_bytes()
    globs = {glob.get("pattern") for glob in etree.parse(str(types)).iter("{*}glob")}
    assert {"*.mgf", "*.msgui", "*.mzML"} <= globs


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/usr/bin/msgui", "/usr/bin/msgui"),
        ("/home/a b/msgui", '"/home/a b/msgui"'),
        ("/odd/100%/msgui", "/odd/100%%/msgui"),
        ("/odd $/msgui", '"/odd \\\\$/msgui"'),
    ],
)
def test_paths_are_quoted_as_desktops_read_them(path: str, text: str) -> None:
    assert quoted(path) == text


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="freedesktop menus only")
def test_the_option_writes_for_this_user(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["--desktop"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert Path(first) == tmp_path / "applications" / "msgui.desktop"
    assert Path(first).is_file()


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch, capsys) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(file))
    assert main(["--desktop"]) == 2
    assert "cannot be written" in capsys.readouterr().err
