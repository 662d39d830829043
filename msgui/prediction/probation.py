"""The first run of a model from elsewhere, in a process of its own.

A graph can be made to crash the runtime, to fill the memory or to run for ever. The process that
tries it may die of that; the one that a person works in does not.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from msgui.errors import MsguiError
from msgui.paths import cache_folder
from msgui.processes import command_of

TIME_LIMIT_S = 90.0
MEMORY_LIMIT_BYTES = 2 * 1024**3
KEPT_HASHES = 200
CHILD = "msgui.prediction.probation"


@dataclass(frozen=True, slots=True)
class Trial:
    """A passed first run.

    Parameters
    ----------
    notes : tuple of str
        What is to be said about the model's answers.
    milliseconds : float
        Time of one spectrum on the CPU.
    """

    notes: tuple[str, ...]
    milliseconds: float


def try_model(folder: Path) -> Trial:
    """Return how the first run of a model went.

    Raises
    ------
    MsguiError
        It was refused, crashed, asked for more than 2 GB or took longer than 90 s.
    """
    command = command_of(CHILD, str(folder.resolve()))
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=TIME_LIMIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        raise _failed(folder, f"it took longer than {TIME_LIMIT_S:.0f} s") from None
    try:
        answer = json.loads(done.stdout.decode("utf-8").splitlines()[-1])
    except (ValueError, IndexError):
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"code {done.returncode}"
        raise _failed(folder, f"it crashed the process that tried it ({how})") from None
    if "cause" in answer:
        raise MsguiError(answer["cause"], answer["action"], answer["file"], answer["where"])
    return Trial(tuple(answer["notes"]), float(answer["milliseconds"]))


def _failed(folder: Path, why: str) -> MsguiError:
    return MsguiError(
        f"The model failed its first run: {why}.",
        "Do not use it; tell its maker.",
        str(folder),
    )


def main() -> int:
    """Try the model of the first argument, print what happened as one line of JSON; return 0."""
    folder = sys.argv[1]
    from msgui.prediction.onnx_model import Model, trial_inputs

    _limit_memory()
    answer: Mapping[str, object]
    try:
        model = Model.open(folder, "cpu", threads=1)
        began = time.perf_counter()
        model.run(trial_inputs(model.card))
        milliseconds = (time.perf_counter() - began) * 500  # two spectra
        answer = {"notes": model.notes, "milliseconds": milliseconds}
    except MsguiError as error:
        problem = error.problem()
        answer = {
            "cause": problem.cause,
            "action": problem.action,
            "file": problem.file,
            "where": problem.where,
        }
    except MemoryError:
        answer = _failed(Path(folder), "it asked for more than 2 GB of memory").problem().message()
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
    sys.stdout.flush()
    return 0


def _limit_memory() -> None:
    """Let the process grow by the limit and no further (where the system can do that)."""
    try:
        import resource
    except ImportError:
        return
    from msgui.prediction.onnx_model import load_runtime

    load_runtime()  # first, so that its own size is not counted

    status = Path("/proc/self/statm")
    pages = int(status.read_text().split()[0]) if status.exists() else 0
    limit = pages * resource.getpagesize() + MEMORY_LIMIT_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _notebook() -> Path:
    return cache_folder() / "tried-models.json"


def has_passed(sha256: str) -> bool:
    """Return whether a model with this hash passed its first run on this machine."""
    try:
        return sha256 in json.loads(_notebook().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def note_passed(sha256: str) -> None:
    """Remember that a model passed; where nothing can be written it is tried again next time."""
    try:
        known = json.loads(_notebook().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = []
    known = [*(h for h in known if h != sha256), sha256][-KEPT_HASHES:]
    temporary = _notebook().with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(_notebook())
    except OSError:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
