"""``msgui --desktop``: an entry in the menu of applications, and files that open with msgui."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from msgui.errors import MsguiError
from msgui.paths import resources

# Names by the patterns that tell them; common types (JSON, text, XML) stay with their editors.
FILE_TYPES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "application/x-msgui-project": ("msgui project", ("*.msgui",)),
    "chemical/x-mgf": ("Mascot generic format", ("*.mgf", "*.mgf.gz")),
    "chemical/x-msp": ("NIST spectra", ("*.msp", "*.msp.gz")),
    "application/x-mzml": ("mzML spectra", ("*.mzML", "*.mzml", "*.mzML.gz")),
    "application/x-mzxml": ("mzXML spectra", ("*.mzXML", "*.mzxml")),
}
ENTRY = """[Desktop Entry]
Type=Application
Name=msgui
GenericName=MS/MS annotation
Comment=Name the peaks of MS/MS spectra and weigh candidate structures
Exec={command} %F
Icon=msgui
Terminal=false
Categories=Science;Chemistry;
Keywords=mass spectrometry;spectrum;annotation;metabolomics;
MimeType={types};
StartupWMClass=msgui
"""


def run() -> int:
    """Write the entry for this user and say where.

    Raises
    ------
    MsguiError
        On systems without the freedesktop menus, and when nothing can be written.
    """
    if sys.platform in ("win32", "darwin"):
        raise MsguiError(
            "The entry is written for the desktops of Linux and BSD only.",
            "Pin msgui-gui to the Start menu or Dock, and choose it under 'Open with' of a file.",
        )
    try:
        for path in write_entry(_data_home(), command()):
            print(path)
    except OSError as error:
        cause = f"The entry cannot be written: {error.strerror or error}."
        raise MsguiError(cause, "Check XDG_DATA_HOME.", str(error.filename or "")) from error
    print("msgui is in the menu of applications, and opens its files. Log in again if it is not.")
    return 0


def write_entry(folder: Path, start: str) -> list[Path]:
    """Write menu entry, icon and file types below a data folder, and return their paths.

    Parameters
    ----------
    folder : Path
        As ``XDG_DATA_HOME``.
    start : str
        Quoted command that opens the window.
    """
    entry = folder / "applications" / "msgui.desktop"
    icon = folder / "icons" / "hicolor" / "scalable" / "apps" / "msgui.svg"
    types = folder / "mime" / "packages" / "msgui.xml"
    for path in (entry, icon, types):
        path.parent.mkdir(parents=True, exist_ok=True)
    entry.write_text(ENTRY.format(command=start, types=";".join(FILE_TYPES)), encoding="utf-8")
    icon.write_bytes((resources() / "icons" / "msgui.svg").read_bytes())
    types.write_text(_types(), encoding="utf-8")
    for program, argument in (
        ("update-mime-database", folder / "mime"),
        ("update-desktop-database", folder / "applications"),
    ):
        # Without them the desktop finds the files by itself, only later.
        if (found := shutil.which(program)) is not None:
            subprocess.run([found, str(argument)], check=False, capture_output=True)
    return [entry, icon, types]


def _types() -> str:
    lines = ["<?xml version='1.0' encoding='utf-8'?>"]
    lines.append("<mime-info xmlns='http://www.freedesktop.org/standards/shared-mime-info'>")
    for name, (title, patterns) in FILE_TYPES.items():
        lines.append(f"  <mime-type type={quoteattr(name)}><comment>{title}</comment>")
        lines += [f"    <glob pattern={quoteattr(pattern)}/>" for pattern in patterns]
        lines.append("  </mime-type>")
    return "\n".join([*lines, "</mime-info>", ""])


def command() -> str:
    """Return the quoted command that starts this msgui again."""
    if getattr(sys, "frozen", False):
        return quoted(sys.executable)
    beside = Path(sys.executable).with_name("msgui")
    if beside.is_file():
        return quoted(str(beside))
    return f"{quoted(sys.executable)} -m msgui"


def quoted(path: str) -> str:
    """Return a path as the key Exec of a desktop entry wants it: percent signs doubled."""
    text = path.replace("%", "%%")
    if shlex.quote(path) == path:
        return text
    for letter in '\\"`$':
        text = text.replace(letter, f"\\{letter}")
    # The value is unescaped once more before the quotes are read.
    return '"' + text.replace("\\", "\\\\") + '"'


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
