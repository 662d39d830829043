"""The SQLite file of a project: four tables of blocks, each with its checksum, sealed as a whole.

SQLite has no checksums of its own. Every row carries a digest of its block, and ``about`` the
combination of all digests and the number of rows of each table, so that a flipped bit or a lost row
is noticed. The combination (exclusive or) is kept up to date by each transaction.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from msgui.errors import MsguiError

Table = Literal["spectra", "annotations", "decisions", "files"]
Key = tuple[Table, int]

TABLES: tuple[Table, ...] = ("spectra", "annotations", "decisions", "files")
SUFFIX = ".msgui"
# Version of the form of the file, and the oldest one whose msgui reads it without loss.
FORMAT = 1
OLDEST_READER = 1
APPLICATION_ID = 0x6D736775  # "msgu"
SQLITE_SIGN = b"SQLite format 3\0"
# Most spectra fit into a page or two; a larger page would waste space in small projects.
PAGE_BYTES = 8192
DIGEST_BYTES = 16

ABOUT_SQL = "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
TABLE_SQL = "CREATE TABLE {} (uid INTEGER PRIMARY KEY, digest BLOB NOT NULL, body BLOB NOT NULL)"
SCHEMA = (ABOUT_SQL, *(TABLE_SQL.format(table) for table in TABLES))

PRAGMAS = (
    "synchronous=FULL",
    "journal_mode=DELETE",
    # A project may come from a stranger: nothing in its schema is run, nothing is mapped.
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
)


def digest_of(table: Table, uid: int, body: bytes) -> bytes:
    """Return the checksum of a row, its place included."""
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES, key=f"{table} {uid}".encode()).digest()


class ProjectFile:
    """One open file. All methods may be called from one thread at a time.

    Parameters
    ----------
    path : Path or None
        None keeps everything in memory: for a computer on which nothing can be written.
    create : bool
        Make a new, empty file.

    Raises
    ------
    MsguiError
        When it cannot be opened or is no project.
    """

    def __init__(self, path: Path | None, *, create: bool = False) -> None:
        self.path = path
        self._name = str(path) if path else ":memory:"
        if path is not None and not create:
            check_kind(path)
        try:
            self._connection = sqlite3.connect(
                self._name, timeout=2.0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._broken(error) from error
        try:
            if create or path is None:
                self._make()
            for pragma in PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            self.close()
            raise self._broken(error) from error

    def _make(self) -> None:
        run = self._connection.execute
        run(f"PRAGMA page_size={PAGE_BYTES}")
        run(f"PRAGMA application_id={APPLICATION_ID}")
        run("BEGIN IMMEDIATE")
        for statement in SCHEMA:
            run(statement)
        about = {"format": str(FORMAT), "oldest_reader": str(OLDEST_READER), "revision": "0"}
        about.update((f"seal {table}", sealed(0, 0)) for table in TABLES)
        self._put_about(about)
        run("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # Reading

    @property
    def about(self) -> dict[str, str]:
        """What the file says about itself: format, revision, seals."""
        try:
            return dict(self._connection.execute("SELECT key, value FROM about"))
        except (sqlite3.Error, ValueError) as error:
            raise self._broken(error) from error

    @property
    def revision(self) -> int:
        """How often it was written to: later states have higher numbers, whatever clocks say."""
        return int(self.about.get("revision", "0"))

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        return int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def rows(self, table: Table) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield uid, digest and body of each row in the order of uids."""
        try:
            yield from self._connection.execute(
                f"SELECT uid, digest, body FROM {table} ORDER BY uid"
            )
        except (sqlite3.Error, ValueError) as error:
            raise self._broken(error) from error

    def body(self, key: Key) -> bytes | None:
        """Return the block of one row, None when there is none or it is damaged."""
        table, uid = key
        try:
            found = self._connection.execute(
                f"SELECT digest, body FROM {table} WHERE uid=?", (uid,)
            ).fetchone()
        except (sqlite3.Error, ValueError):
            return None
        if found is None or not isinstance(found[1], bytes):
            return None
        digest, body = found
        return body if digest == digest_of(table, uid, body) else None

    def damage(self) -> Iterator[str]:
        """Yield what is wrong with the file, in a few words each; nothing for a whole one.

        Nothing that was found here has been read as if it were right.
        """
        yield from self._structural_damage()
        try:
            about = self.about
            if about.get("check") != _check(about):
                yield "the description of the project does not fit its checksum"
            for table in TABLES:
                seal, rows = 0, 0
                for uid, digest, body in self.rows(table):
                    if not isinstance(body, bytes) or digest != digest_of(table, uid, body):
                        yield f"{table}: entry {uid} does not fit its checksum"
                        return
                    seal ^= int.from_bytes(digest, "big")
                    rows += 1
                if about.get(f"seal {table}") != sealed(seal, rows):
                    yield f"{table}: entries are missing"
        except MsguiError as error:
            yield error.cause

    def _structural_damage(self) -> Iterator[str]:
        try:
            if not self.has_own_tables:
                yield "its tables are not those of a project"
            found = [row[0] for row in self._connection.execute("PRAGMA integrity_check(1)")]
            if found != ["ok"]:
                yield str(found[0]).splitlines()[-1]
        except (sqlite3.Error, ValueError) as error:
            yield str(error)

    @property
    def is_about_whole(self) -> bool:
        """Does what the file says about itself fit its checksum."""
        about = self.about
        return about.get("check") == _check(about)

    @property
    def has_own_tables(self) -> bool:
        """Are the tables those of a project, and is there nothing that would run by itself."""
        try:
            schema = list(self._connection.execute("SELECT type, sql FROM sqlite_schema"))
        except (sqlite3.Error, ValueError):
            return False
        return {sql for _, sql in schema} >= set(SCHEMA) and {kind for kind, _ in schema} == {
            "table"
        }

    @property
    def size(self) -> int:
        """Bytes that the file takes."""
        [(pages,)] = self._connection.execute("PRAGMA page_count")
        [(page,)] = self._connection.execute("PRAGMA page_size")
        return int(pages) * int(page)

    def highest_uid(self, table: Table) -> int:
        """Return the highest uid that can be reached from either end; 0 without rows."""
        highest = 0
        for order in ("DESC LIMIT 1", "ASC"):
            try:
                for (uid,) in self._connection.execute(
                    f"SELECT uid FROM {table} ORDER BY uid {order}"
                ):
                    highest = max(highest, int(uid))
            except (sqlite3.Error, ValueError):
                continue
            if highest:
                break
        return highest

    def stated_count(self, table: Table) -> int:
        """Return how many rows the seal of a table states; 0 when it cannot be read."""
        try:
            return _unsealed(self.about[f"seal {table}"])[1]
        except (MsguiError, KeyError, ValueError):
            return 0

    # Writing

    def migrate(
        self, versions: Iterable[int], steps: Mapping[int, Callable[[sqlite3.Connection], None]]
    ) -> None:
        """Bring the file to the present form: all steps or none."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        try:
            for version in versions:
                steps[version](self._connection)
            about = self.about
            about.update(format=str(FORMAT), oldest_reader=str(OLDEST_READER))
            self._put_about(about)
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise

    def write(
        self, changes: Mapping[Key, bytes | None], about: Mapping[str, str] | None = None
    ) -> None:
        """Write rows (None deletes) and words about the project: all of it or nothing.

        Raises
        ------
        MsguiError
            When it cannot be written; the file then is as it was.
        """
        run = self._connection.execute
        try:
            run("BEGIN IMMEDIATE")
            try:
                known = dict(run("SELECT key, value FROM about"))
                seals = {table: _unsealed(known[f"seal {table}"]) for table in TABLES}
                for key, body in changes.items():
                    self._write_row(key, body, seals[key[0]])
                known.update((f"seal {table}", sealed(*seals[table])) for table in TABLES)
                known.update(about or {}, revision=str(int(known["revision"]) + 1))
                self._put_about(known)
                run("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    run("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def _write_row(self, key: Key, body: bytes | None, seal: list[int]) -> None:
        run = self._connection.execute
        table, uid = key
        old = run(f"SELECT digest FROM {table} WHERE uid=?", (uid,)).fetchone()
        if old is not None:
            seal[0] ^= int.from_bytes(old[0], "big")
            seal[1] -= 1
        if body is None:
            run(f"DELETE FROM {table} WHERE uid=?", (uid,))
            return
        digest = digest_of(table, uid, body)
        seal[0] ^= int.from_bytes(digest, "big")
        seal[1] += 1
        run(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", (uid, digest, body))

    def _put_about(self, about: dict[str, str]) -> None:
        about["check"] = _check(about)
        self._connection.executemany(
            "INSERT OR REPLACE INTO about VALUES (?, ?)", sorted(about.items())
        )

    def copy_to(self, path: Path) -> None:
        """Write a compact copy of this state to a new file.

        Raises
        ------
        MsguiError
            When the copy cannot be written.
        """
        try:
            self._connection.execute("VACUUM INTO ?", (str(path),))
        except sqlite3.Error as error:
            raise MsguiError(*words_of(error, str(path))) from error

    def interrupt(self) -> None:
        """Stop a running copy; may be called from another thread."""
        self._connection.interrupt()

    def _broken(self, error: Exception) -> MsguiError:
        return MsguiError(*words_of(error, self._name))


def sealed(combined: int, rows: int) -> str:
    """Return how a seal is written: the combined digests and the number of rows."""
    return f"{combined:0{2 * DIGEST_BYTES}x} {rows}"


def _unsealed(text: str) -> list[int]:
    combined, rows = text.split(" ")
    return [int(combined, 16), int(rows)]


def _check(about: Mapping[str, str]) -> str:
    text = "\n".join(f"{key}={value}" for key, value in sorted(about.items()) if key != "check")
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def check_kind(path: Path) -> None:
    """Look at the first bytes of a file.

    Raises
    ------
    MsguiError
        When it is not there, or is not a project.
    """
    if not path.is_file():
        raise MsguiError("There is no such file.", "Was it moved or renamed?", str(path))
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise MsguiError(f"The project cannot be read: {error.strerror}.", "", str(path)) from error
    if not head:
        raise MsguiError("The file is empty.", "Open a backup of it.", str(path))
    if head[:16] != SQLITE_SIGN or head[68:72] != APPLICATION_ID.to_bytes(4, "big"):
        raise MsguiError("This is not a project of msgui.", "", str(path))


def words_of(error: Exception, file: str) -> tuple[str, str, str]:
    """Return cause, action and file for what SQLite says."""
    text = str(error)
    if "full" in text:
        return (
            "There is no space left to write the project.",
            "Free some space or save it elsewhere.",
            file,
        )
    if "locked" in text:
        return "Another program is using the project.", "Close it there and try again.", file
    if "readonly" in text or "unable to open" in text:
        return "The project cannot be written here.", "Save it in another folder.", file
    if "malformed" in text or "not a database" in text:
        return "The project is damaged.", "Open a backup of it.", file
    if "interrupted" in text:
        return "Saving was stopped; the old file is as it was.", "", file
    return f"The project cannot be written: {text}.", "Save it elsewhere.", file
