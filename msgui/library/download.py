"""Fetches public reference spectra, and only when asked to."""

import contextlib
import hashlib
import http.client
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgui
from msgui.errors import MsguiError, Problem
from msgui.progress import Step

CHUNK: Final = 256 * 1024
TIMEOUT_SECONDS: Final = 20.0
TRIES: Final = 5
WAIT_SECONDS: Final = 1.0
MOST_BYTES: Final = 20_000_000_000
MOST_INDEX_BYTES: Final = 5_000_000


@dataclass(frozen=True)
class Release:
    """A public collection of reference spectra.

    Parameters
    ----------
    title, licence, homepage : str
        For people.
    url : str
        Of the file, or of the description of its newest release when there is an ``asset``.
    asset : str
        Regular expression for the name of the file in a GitHub release; the description gives its
        address, size and (since 2025) SHA-256.
    """

    title: str
    licence: str
    homepage: str
    url: str
    asset: str = ""


# The only network addresses in msgui. They are contacted by `msgui library download` and by the
# button of the same name, never by anything else.
RELEASES: Final[Mapping[str, Release]] = {
    "massbank": Release(
        title="MassBank, all contributors",
        licence="each record states its own: CC0, CC BY, CC BY-SA, CC BY-NC-SA, dl-de/by-2-0",
        homepage="https://massbank.eu",
        url="https://api.github.com/repos/MassBank/MassBank-data/releases/latest",
        # The name has changed over the years: MassBank_NIST.msp, MassBank.msp_NIST,
        # MassBank_NISTformat.msp.
        asset=r"MassBank.*NIST.*",
    ),
    "gnps": Release(
        title="GNPS libraries without propagated annotations",
        licence="CC0 for most parts; see the home page",
        homepage="https://external.gnps2.org/gnpslibrary",
        url="https://external.gnps2.org/gnpslibrary/ALL_GNPS_NO_PROPOGATED.mgf",
    ),
}


@dataclass(frozen=True)
class Target:
    """A file to fetch: where it is, what it is called, and what is known about it."""

    url: str
    file_name: str
    size: int = 0
    sha256: str = ""
    version: str = ""


def download(
    name: str, folder: str | Path, base_url: str | None = None
) -> Iterator[Step | Problem | Path]:
    """Fetch a release into a folder; yields steps in bytes, and last the path of the file.

    What an interrupted download left is gone on with. The file has its name only when it is
    complete and its checksum is right.

    Parameters
    ----------
    name : str
        Key in ``RELEASES``.
    folder : str or Path
    base_url : str or None
        Scheme and host of a mirror that has the same paths.

    Raises
    ------
    MsguiError
        When there is no such release, the server cannot be reached, or the file is not what the
        publisher says it is.
    """
    release = RELEASES.get(name.lower())
    if release is None:
        raise MsguiError(
            f"There is no public library called {name}.", f"Known are: {', '.join(RELEASES)}."
        )
    yield Step(0, 0, f"Asking for {release.title}")
    target = _target(release, base_url)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    yield from fetch(target, folder)


def fetch(target: Target, folder: Path) -> Iterator[Step | Problem | Path]:
    """Fetch one file; see :func:`download`."""
    path = folder / target.file_name
    part = folder / f"{target.file_name}.part"
    if path.exists() and (yield from _is_complete(path, target)):
        yield path
        return
    yield from _fetch_with_patience(target, part)
    yield Step(0, 0, "Checking the file")
    digest = yield from _sha256(part)
    if target.sha256 and digest != target.sha256:
        part.unlink(missing_ok=True)
        raise MsguiError(
            f"The file was damaged on the way: its SHA-256 is {digest}, the publisher says "
            f"{target.sha256}.",
            "Download it again. If it happens twice, do not use the file.",
            str(path),
        )
    if not target.sha256:
        yield Problem(
            "warning",
            f"The publisher gives no checksum for this file; its SHA-256 is {digest}.",
            "Only its length could be checked.",
            str(path),
        )
    part.replace(path)
    path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n", "utf-8")
    yield path


def _target(release: Release, base_url: str | None) -> Target:
    url = _on(release.url, base_url)
    if not release.asset:
        return Target(url, _safe_name(urllib.parse.urlsplit(url).path))
    try:
        with _open(url, {"Accept": "application/json"}) as answer:
            description = json.loads(answer.read(MOST_INDEX_BYTES))
        assets = description["assets"]
        asset = next(one for one in assets if re.fullmatch(release.asset, one["name"], re.I))
        kind, _, digest = str(asset.get("digest") or "").partition(":")
        return Target(
            _on(asset["browser_download_url"], base_url),
            _safe_name(asset["name"]),
            int(asset.get("size") or 0),
            digest.lower() if kind == "sha256" else "",
            str(description.get("tag_name", "")),
        )
    except (OSError, http.client.HTTPException) as fault:
        raise _unreachable(url, fault) from fault
    except (ValueError, KeyError, TypeError, StopIteration) as fault:
        raise MsguiError(
            f"The newest release of {release.title} holds no spectrum file that is known.",
            f"Download it by hand from {release.homepage} and give the file to "
            "`msgui library build`.",
            url,
        ) from fault


def _on(url: str, base_url: str | None) -> str:
    if base_url is None:
        if not url.startswith("https://"):
            raise MsguiError("Only addresses with https are fetched.", "", url)
        return url
    return base_url.rstrip("/") + urllib.parse.urlsplit(url).path


def _safe_name(path: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", path.rsplit("/", 1)[-1]).lstrip(".")
    return name or "download"


def _open(url: str, headers: Mapping[str, str]) -> Any:
    agent = {"User-Agent": f"msgui/{msgui.__version__}"}
    request = urllib.request.Request(url, headers={**agent, **headers})
    answer = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    # A redirect may not lead from https to an address that anyone on the way can change.
    if url.startswith("https://") and not answer.url.startswith("https://"):
        answer.close()
        raise OSError(f"the server redirects to {answer.url}")
    return answer


def _is_complete(path: Path, target: Target) -> Generator[Step, None, bool]:
    """Return (as a generator) whether a file is there already and is the one that is wanted."""
    if target.size and path.stat().st_size != target.size:
        return False
    if not target.sha256:
        return bool(target.size)
    digest = yield from _sha256(path)
    return digest == target.sha256


def _sha256(path: Path) -> Generator[Step, None, str]:
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as stream:
        while block := stream.read(8 * 1024 * 1024):
            digest.update(block)
            done += len(block)
            yield Step(done, size, "Checking the file")
    return digest.hexdigest()


def _fetch_with_patience(target: Target, part: Path) -> Iterator[Step]:
    """Fetch, and after a cut go on where it stopped; gives up when nothing comes any more."""
    failures, most = 0, part.stat().st_size if part.exists() else 0
    while True:
        try:
            yield from _fetch_rest(target, part)
            return
        except (OSError, http.client.HTTPException) as fault:
            if isinstance(fault, urllib.error.HTTPError) and fault.code < 500:
                raise _unreachable(target.url, fault) from fault
            now = part.stat().st_size if part.exists() else 0
            # Only more than there ever was counts: a file that starts anew for ever is no progress.
            failures = 1 if now > most else failures + 1
            most = max(most, now)
            if failures >= TRIES:
                raise _unreachable(target.url, fault, resumable=now > 0) from fault
            yield Step(now, target.size, "The connection was cut; trying again")
            time.sleep(WAIT_SECONDS * failures)


def _fetch_rest(target: Target, part: Path) -> Iterator[Step]:
    marks = part.with_name(f"{part.name}.json")
    done, headers = _resume_from(part, marks, target)
    try:
        answer = _open(target.url, headers)
    except urllib.error.HTTPError as fault:
        if fault.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        if done and done == target.size:
            return
        # What is there does not belong to the file of today.
        part.unlink(missing_ok=True)
        raise ConnectionError("the server has another file now") from fault
    with answer:
        start = _start_of(answer)
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT or start != done:
            done = 0
        total = target.size or _total_of(answer, done)
        if total > MOST_BYTES:
            raise MsguiError(f"The file has {total:,} bytes; that is no library.", "", target.url)
        mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        marks.write_text(json.dumps({"url": target.url, "mark": mark}), "utf-8")
        with part.open("ab" if done else "wb") as stream:
            while block := answer.read(CHUNK):
                stream.write(block)
                done += len(block)
                yield Step(done, total, f"Downloading {target.file_name}")
    if total and done < total:
        raise ConnectionError(f"{done:,} of {total:,} bytes came")
    if total and done > total:
        part.unlink()
        raise ConnectionError("more bytes came than the file has")
    marks.unlink(missing_ok=True)


def _resume_from(part: Path, marks: Path, target: Target) -> tuple[int, dict[str, str]]:
    """Return how much is there already, and the request for the rest."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        noted = json.loads(marks.read_text("utf-8"))
        size = part.stat().st_size
        # Without a mark of the version there is no telling whether the parts would fit together,
        # unless the checksum of the whole will show it.
        if size and noted["url"] == target.url and (noted["mark"] or target.sha256):
            headers = {"Range": f"bytes={size}-"}
            # Weak marks may not be used for this (RFC 9110, section 13.1.5).
            if noted["mark"] and not noted["mark"].startswith("W/"):
                headers["If-Range"] = noted["mark"]
            return size, headers
    part.unlink(missing_ok=True)
    return 0, {}


def _start_of(answer: Any) -> int:
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range") or "")
    return int(match.group(1)) if match else 0


def _total_of(answer: Any, done: int) -> int:
    length = answer.headers.get("Content-Length")
    return done + int(length) if length and length.isdigit() else 0


def _unreachable(url: str, fault: BaseException, *, resumable: bool = False) -> MsguiError:
    reason = getattr(fault, "reason", None) or str(fault) or type(fault).__name__
    host = urllib.parse.urlsplit(url).hostname or url
    action = "Check the connection, or download the file by hand and use `msgui library build`."
    if resumable:
        action = "Run the same command again: it goes on where it stopped."
    return MsguiError(f"{host} could not be read: {reason}.", action, url)
