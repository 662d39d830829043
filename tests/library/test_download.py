"""Downloads against a server on this machine: resume after a cut, checksums, bad answers."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from msgui.errors import MsguiError, Problem
from msgui.library import download as module
from msgui.library.download import RELEASES, download
from msgui.progress import Step

CONTENT = bytes(range(256)) * 8000
INDEX = "/repos/MassBank/MassBank-data/releases/latest"
FILE = "/MassBank/MassBank-data/releases/download/2025.10/MassBank_NIST.msp"


class Server(ThreadingHTTPServer):
    """What the server says, and what it was asked."""

    content = CONTENT
    digest: str | None = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    cut_at: int | None = None
    etag = '"one"'
    ignores_ranges = False
    ranges: list[str | None]
    index: bytes | None = None


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == INDEX:
            self._send_index()
        elif self.path in (FILE, "/gnpslibrary/ALL_GNPS_NO_PROPOGATED.mgf"):
            self._send_file()
        else:
            self.send_error(404)

    def _send_index(self) -> None:
        assets = [
            {"name": "MassBank.tar.gz", "browser_download_url": "https://elsewhere/x"},
            {
                "name": "MassBank_NIST.msp",
                "browser_download_url": f"https://github.com{FILE}",
                "size": len(self.server.content),
                "digest": self.server.digest,
            },
        ]
        body = self.server.index or json.dumps({"tag_name": "2025.10", "assets": assets}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_file(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        start = 0
        same = self.headers.get("If-Range") in (None, server.etag)
        if asked and same and not server.ignores_ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        if start:
            size = len(server.content)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        end = len(server.content)
        if server.cut_at is not None and start < server.cut_at:
            end = server.cut_at
        self.wfile.write(server.content[start:end])
        if end < len(server.content):
            self.wfile.flush()
            self.connection.close()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    # A proxy of the environment must not be asked for an address of this machine.
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server(("127.0.0.1", 0), Handler) as server:
        server.ranges = []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def fetch(server: Server, folder: Path, name: str = "massbank") -> Path:
    path = list(download(name, folder, url(server)))[-1]
    assert isinstance(path, Path)
    return path


def test_a_file_comes_whole_and_with_progress(server: Server, tmp_path: Path) -> None:
    events = list(download("massbank", tmp_path, url(server)))
    path = events[-1]
    assert path.read_bytes() == CONTENT
    assert path.name == "MassBank_NIST.msp"
    steps = [e for e in events if isinstance(e, Step) and e.item.startswith("Downloading")]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].total) == (len(CONTENT), len(CONTENT))
    assert not [event for event in events if isinstance(event, Problem)]
    assert {p.name for p in tmp_path.iterdir()} == {path.name, f"{path.name}.sha256"}


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path)
    fetch(server, tmp_path)
    assert server.ranges == [None]


def test_a_cut_connection_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    server.cut_at = 1_000_000
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges[0] is None
    assert server.ranges[1].startswith("bytes=")
    assert 0 < int(server.ranges[1].removeprefix("bytes=").rstrip("-")) <= 1_000_000


def test_an_interrupted_download_is_gone_on_with_later(server: Server, tmp_path: Path) -> None:
    events = download("massbank", tmp_path, url(server))
    for event in events:
        if isinstance(event, Step) and event.done > 500_000:
            break
    events.close()
    assert not (tmp_path / "MassBank_NIST.msp").exists()
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1].startswith("bytes=")


def test_a_new_version_on_the_server_starts_anew(server: Server, tmp_path: Path) -> None:
    events = download("massbank", tmp_path, url(server))
    next(event for event in events if isinstance(event, Step) and event.done > 500_000)
    events.close()
    server.content = CONTENT[::-1]
    server.digest = "sha256:" + hashlib.sha256(server.content).hexdigest()
    server.etag = '"two"'
    assert fetch(server, tmp_path).read_bytes() == server.content


def test_a_server_without_ranges_starts_anew(server: Server, tmp_path: Path) -> None:
    server.ignores_ranges = True
    events = download("massbank", tmp_path, url(server))
    next(event for event in events if isinstance(event, Step) and event.done > 500_000)
    events.close()
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_nothing_kept(server: Server, tmp_path: Path) -> None:
    server.digest = "sha256:" + "0" * 64
    with pytest.raises(MsguiError, match="damaged on the way"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_checksum_is_said(server: Server, tmp_path: Path) -> None:
    server.digest = None
    events = list(download("massbank", tmp_path, url(server)))
    (warning,) = [event for event in events if isinstance(event, Problem)]
    assert "no checksum" in warning.cause
    assert hashlib.sha256(CONTENT).hexdigest() in warning.cause
    assert events[-1].read_bytes() == CONTENT


def test_a_plain_address_is_fetched(server: Server, tmp_path: Path) -> None:
    assert fetch(server, tmp_path, "gnps").name == "ALL_GNPS_NO_PROPOGATED.mgf"


def test_giving_up_says_how_to_go_on(server: Server, tmp_path: Path) -> None:
    server.content, server.cut_at = CONTENT[:-10], len(CONTENT)
    server.index = json.dumps(
        {
            "assets": [
                {
                    "name": "MassBank_NIST.msp",
                    "browser_download_url": f"https://github.com{FILE}",
                    "size": len(CONTENT),
                }
            ]
        }
    ).encode()
    with pytest.raises(MsguiError) as caught:
        fetch(server, tmp_path)
    assert "127.0.0.1 could not be read" in caught.value.cause


@pytest.mark.parametrize("index", [b"{}", b"<html>", b'{"assets": []}', b'{"assets": [{}]}'])
def test_an_answer_that_is_no_release_is_an_error(
    server: Server, tmp_path: Path, index: bytes
) -> None:
    server.index = index
    with pytest.raises(MsguiError, match="no spectrum file that is known"):
        fetch(server, tmp_path)


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="could not be read"):
        list(download("massbank", tmp_path, "http://127.0.0.1:9"))


def test_unknown_names_are_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(MsguiError) as caught:
        list(download("nothing", tmp_path))
    assert "massbank" in caught.value.action


def test_only_encrypted_addresses_are_listed() -> None:
    assert all(release.url.startswith("https://") for release in RELEASES.values())
