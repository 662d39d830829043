"""The folder of one annotation run: finished spectra are kept, whatever happens.

While a run goes on, each table grows in a ``.part`` file, and a journal holds the length of every
part after each finished spectrum. A run that was stopped, even by ``kill -9``, is continued by
cutting the parts back to the last line of the journal. It stays when the run is complete, so that
``--resume`` then finds nothing left to do.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from msgui.annotation import Annotation
from msgui.errors import MsguiError
from msgui.export.files import safe_name, sync_folder, write_text
from msgui.export.spectra import annotated_mgf, annotated_msp
from msgui.export.tables import TABLES

JOURNAL = ".journal.jsonl"
FILES = (*(f"{table.name}.tsv" for table in TABLES), "annotated.mgf", "annotated.msp")


class RunFolder:
    """Receives annotations one by one and leaves complete files.

    Parameters
    ----------
    folder : Path
    identity : mapping
        What defines the run (inputs, parameters, versions); a resumed run must have the same.
    resume, force : bool
        Continue a stopped run; replace an existing one.

    Raises
    ------
    MsguiError
        When the folder holds results and neither was asked for, or belongs to another run.
    """

    def __init__(
        self, folder: Path, identity: Mapping[str, Any], *, resume: bool, force: bool
    ) -> None:
        self.folder = folder
        self.identity = json.loads(json.dumps(identity))
        self.finished: dict[str, str] = {}
        self._parts: dict[str, IO[bytes]] = {}
        self._taken: set[str] = set()
        with self._in_words():
            self._prepare(resume=resume, force=force)

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MsguiError(
                f"The results cannot be written here: {error.strerror or error}.",
                "Choose another folder, or free some space; what is finished is kept.",
                str(self.folder),
            ) from error

    def _prepare(self, *, resume: bool, force: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        journal = self.folder / JOURNAL
        exists = any((self.folder / name).exists() for name in (*FILES, "run.json", JOURNAL))
        lengths: dict[str, int] = {}
        if exists and resume:
            lengths = self._read_journal(journal)
        elif exists and not force:
            raise MsguiError(
                "The folder already holds results.",
                "Use --resume to go on with a stopped run, --force to replace it, or another "
                "folder.",
                file=str(self.folder),
            )
        for name in FILES:
            part = self.folder / f"{name}.part"
            if lengths and not part.exists() and (self.folder / name).exists():
                (self.folder / name).replace(part)
            file = part.open("r+b" if lengths and part.exists() else "w+b")
            file.truncate(lengths.get(name, 0))
            file.seek(0, os.SEEK_END)
            self._parts[name] = file
        if not lengths:
            for table in TABLES:
                self._parts[f"{table.name}.tsv"].write(table.header().encode())
        self._journal = journal.open("a" if lengths else "w", encoding="utf-8")
        if not lengths:
            self._note({"identity": self.identity})

    def _read_journal(self, journal: Path) -> dict[str, int]:
        lengths: dict[str, int] = {}
        lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
        for position, line in enumerate(lines):
            try:
                entry = json.loads(line)
            except ValueError:
                break  # the last line of a killed run may be cut
            if position == 0 and entry.get("identity") != self.identity:
                raise MsguiError(
                    "The folder belongs to a run with other files or settings.",
                    "Use --force to replace it, or another folder.",
                    file=str(self.folder),
                )
            if "spectrum_id" in entry:
                self.finished[entry["spectrum_id"]] = entry["status"]
                self._taken.add(entry["name"].lower())
                lengths = entry["lengths"]
        return lengths

    def _note(self, entry: Mapping[str, Any]) -> None:
        self._journal.write(json.dumps(entry) + "\n")
        self._journal.flush()

    def append(self, spectrum_id: str, annotation: Annotation) -> str:
        """Write what was found for one spectrum; return the file name for its figure and report.

        Raises
        ------
        MsguiError
            When it cannot be written (disk full, no permission).
        """
        with self._in_words():
            return self._append(spectrum_id, annotation)

    def _append(self, spectrum_id: str, annotation: Annotation) -> str:
        name = safe_name(spectrum_id, self._taken)
        for table in TABLES:
            self._parts[f"{table.name}.tsv"].write(table.text(spectrum_id, annotation).encode())
        self._parts["annotated.mgf"].write(annotated_mgf(annotation, spectrum_id).encode())
        self._parts["annotated.msp"].write(annotated_msp(annotation, spectrum_id).encode())
        for part in self._parts.values():
            part.flush()
        self.finished[spectrum_id] = annotation.status
        self._note(
            {
                "spectrum_id": spectrum_id,
                "status": annotation.status,
                "name": name,
                "lengths": {key: part.tell() for key, part in self._parts.items()},
            }
        )
        return name

    def finish(self, *, complete: bool) -> None:
        """Put the files in place and write ``run.json``; a stopped run can still be resumed.

        Raises
        ------
        MsguiError
            When they cannot be written (disk full, no permission).
        """
        with self._in_words():
            self._finish(complete=complete)

    def _finish(self, *, complete: bool) -> None:
        for name, part in self._parts.items():
            part.flush()
            os.fsync(part.fileno())
            part.close()
            (self.folder / f"{name}.part").replace(self.folder / name)
        self._parts = {}
        self._journal.close()
        failed = sum(status == "failed" for status in self.finished.values())
        summary = {"complete": complete, "annotated": len(self.finished), "failed": failed}
        write_text(
            self.folder / "run.json",
            json.dumps({**self.identity, **summary}, indent=1, ensure_ascii=False) + "\n",
        )
        sync_folder(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._parts:
            self.finish(complete=False)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of a folder, as hex."""
    digest = hashlib.sha256()
    root = Path(path)
    files = sorted(p for p in root.rglob("*") if p.is_file()) if root.is_dir() else [root]
    for file in files:
        if root.is_dir():
            digest.update(file.relative_to(root).as_posix().encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
