"""SHA-256 of files that may be large and rarely change."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from msgui.paths import cache_folder

# Below this size hashing takes less than a cache of hashes is worth.
CACHED_HASH_SIZE: Final = 64_000_000


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file; that of a large file is kept as long as it does not change."""
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns]
    notes = cache_folder() / "sha256.json"
    known: dict[str, Any] = {}
    if status.st_size > CACHED_HASH_SIZE:
        try:
            known = json.loads(notes.read_text("utf-8"))
            if known[str(path)][:2] == stamp:
                return str(known[str(path)][2])
        except (OSError, ValueError, KeyError, TypeError):
            pass
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if status.st_size > CACHED_HASH_SIZE and isinstance(known, dict):
        known[str(path)] = [*stamp, digest]
        temporary = notes.with_suffix(f".{os.getpid()}.tmp")
        try:
            temporary.write_text(json.dumps(known), "utf-8")
            temporary.replace(notes)
        except OSError:
            temporary.unlink(missing_ok=True)
    return digest
