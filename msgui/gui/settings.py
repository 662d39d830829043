"""What the user set and where the window stood, kept in one ini file."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from msgui.gui.theme import ThemeChoice
from msgui.paths import config_folder
from msgui.tools import Settings

log = logging.getLogger(__name__)

RECENT_FILES = 12
NOT_MISSED_FILES = 200


@dataclass(frozen=True)
class Preferences:
    """What the user chose, apart from how spectra are annotated.

    Parameters
    ----------
    theme : "light", "dark" or "system"
    text_size : int
        Percent of the system's text size, 80 to 200.
    model : str
        Name or folder; "auto" is the recommended one, "none" works without.
    structures : str
        Name or path of the candidate store; "auto" is the bundled one.
    library : str
        Name or path of reference spectra; empty: none.
    auto_annotate : bool
        Annotate a spectrum as soon as it is shown.
    error_percent : int
        Rate of wrong first places at which answers are accepted; 0: none is chosen.
    """

    theme: ThemeChoice = "system"
    text_size: int = 100
    model: str = "auto"
    structures: str = "auto"
    library: str = ""
    auto_annotate: bool = True
    error_percent: int = 0


CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("light", "dark", "system"),
    "by": ("formula", "mass"),
    "formula": ("auto", "record"),
}
RANGES: dict[str, tuple[float, float]] = {
    "text_size": (80, 200),
    "error_percent": (0, 100),
    "ppm": (0.1, 1000),
    "fragment_ppm": (0.1, 1000),
    "top": (1, 10_000),
    "max_bonds": (1, 3),
}


class SettingsFile:
    """Reads and writes ``settings.ini`` in the folder of settings.

    What cannot be understood is left as it is and read as the default: a file of a newer version
    or a damaged one never stops the window.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / "settings.ini"
        self._file = QSettings(str(self.path), QSettings.Format.IniFormat)

    def preferences(self) -> Preferences:
        """Return the user's choices, defaults where there are none."""
        return self._read("window", Preferences())

    def method(self) -> Settings:
        """Return how spectra are annotated, defaults where nothing was set."""
        return self._read("method", Settings())

    def keep(self, preferences: Preferences, method: Settings) -> None:
        """Write what differs from the file."""
        for group, values in (("window", preferences), ("method", method)):
            for field in fields(values):
                # A formula belongs to one spectrum, not to the next session.
                if field.name != "given_formula":
                    self._write(f"{group}/{field.name}", getattr(values, field.name))

    def _read(self, group: str, default: Any) -> Any:
        values = {}
        for field in fields(default):
            raw = self._file.value(f"{group}/{field.name}")
            if raw is None:
                continue
            try:
                values[field.name] = _understood(field.name, raw, getattr(default, field.name))
            except ValueError:
                log.warning("%s: %s/%s = %r is not used", self.path, group, field.name, raw)
        return replace(default, **values)

    def _write(self, key: str, value: Any) -> None:
        text = "" if value is None else str(value)
        if self._file.value(key) != text:
            self._file.setValue(key, text)

    def recent(self) -> list[str]:
        """Return the files opened last, newest first."""
        value = self._file.value("files/recent")
        if isinstance(value, str):
            value = [value] if value else []
        return [str(path) for path in value or []][:RECENT_FILES]

    def keep_recent(self, paths: Sequence[str]) -> None:
        """Put files on top of the list of files opened last."""
        merged = list(dict.fromkeys([*paths, *self.recent()]))[:RECENT_FILES]
        self._file.setValue("files/recent", merged)

    def forget_recent(self) -> None:
        """Empty the list of files opened last."""
        self._file.remove("files/recent")

    def not_missed(self) -> set[str]:
        """Return the files that are gone and were not asked about again."""
        value = self._file.value("files/not_missed")
        return set(value if isinstance(value, list) else [value] if value else [])

    def keep_not_missed(self, paths: Sequence[str]) -> None:
        """Do not ask any more where these files are."""
        kept = list(dict.fromkeys([*paths, *sorted(self.not_missed())]))[:NOT_MISSED_FILES]
        self._file.setValue("files/not_missed", kept)

    def bytes_of(self, key: str) -> QByteArray | None:
        """Return a kept window or splitter state."""
        value = self._file.value(f"layout/{key}")
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def keep_bytes(self, key: str, value: QByteArray) -> None:
        """Keep a window or splitter state."""
        self._file.setValue(f"layout/{key}", value)

    def sizes_of(self, key: str) -> list[int]:
        """Return the kept sizes of a splitter, empty when there are none."""
        value = self._file.value(f"layout/{key}")
        texts = value if isinstance(value, list) else [value]
        try:
            return [int(text) for text in texts]
        except (TypeError, ValueError):
            return []

    def keep_sizes(self, key: str, sizes: Sequence[int]) -> None:
        """Keep the sizes of a splitter."""
        self._file.setValue(f"layout/{key}", [str(size) for size in sizes])

    def layout_name(self) -> str:
        """Return the name of the layout of the last time, empty when there is none."""
        return str(self._file.value("layout/name") or "")

    def keep_layout_name(self, name: str) -> None:
        """Keep the name of a layout."""
        self._file.setValue("layout/name", name)

    def forget_layout(self) -> None:
        """Let the window open with its first sizes."""
        self._file.remove("layout")

    def save(self) -> None:
        """Write to disk now; a folder that cannot be written is only logged."""
        self._file.sync()
        if self._file.status() != QSettings.Status.NoError:
            log.warning("%s cannot be written; settings are not kept", self.path)


def _understood(name: str, raw: Any, default: Any) -> Any:
    text = str(raw)
    if name in CHOICES:
        if text not in CHOICES[name]:
            raise ValueError(text)
        return text
    if isinstance(default, bool):
        return text.lower() in ("true", "1", "yes")
    if isinstance(default, int | float):
        number = type(default)(text)
        low, high = RANGES[name]
        if not low <= number <= high:
            raise ValueError(text)
        return number
    return text or default
