from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ablate import store
from ablate.core.study import Study
from ablate.report import watch
from tests.synthetic import LOSS, build, factor, record, settings, study, write_manifest


def small() -> Study:
    return study(factors=(factor("loss", LOSS),), seeds=(0, 1), contrasts=())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[watch.Server, Path]]:
    own = small()
    folder = build(tmp_path, own, keep=lambda number: number < 3)
    server = watch.server(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server, folder
    server.shutdown()
    server.server_close()
    thread.join()


def get(server: watch.Server, path: str = "/", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_the_page_shows_what_is_stored_and_reloads_itself(served: tuple[watch.Server, Path]) -> None:
    status, text = get(served[0])
    assert status == 200
    assert '<meta http-equiv="refresh"' in text
    assert "3 of 6 planned trials are here" in text
    assert 'href="tables/' not in text
    assert 'href="figures/' not in text


def test_new_shards_appear(served: tuple[watch.Server, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SHARE", 1e9)
    server, folder = served
    get(server)
    own = small()
    with store.writer(folder, own.name) as writer:
        writer.add(record(own, settings(own)[2], 1, lambda *_: "escaped"))
    assert "4 of 6 planned trials are here" in get(server)[1]


def test_an_unchanged_store_is_read_once(served: tuple[watch.Server, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []
    whole = watch.live
    monkeypatch.setattr(watch, "live", lambda folder: (calls.append(folder), whole(folder))[1])
    assert get(served[0]) == get(served[0])
    assert len(calls) == 1


def test_watching_writes_nothing(served: tuple[watch.Server, Path]) -> None:
    server, folder = served
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    get(server)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize("path", ["/manifest.json", "/../../etc/passwd", "/%2e%2e/", "/?x=1"])
def test_no_file_can_be_asked_for(served: tuple[watch.Server, Path], path: str) -> None:
    assert get(served[0], path)[0] == 404


def test_another_sites_name_is_refused(served: tuple[watch.Server, Path]) -> None:
    assert get(served[0], Host="evil.example")[0] == 403


def test_it_listens_on_this_machine_alone(served: tuple[watch.Server, Path]) -> None:
    assert served[0].server_address[0] == "127.0.0.1"


def connect(server: watch.Server, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.server_port), timeout=60)
    client.sendall(sent)
    return client


def handlers() -> int:
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def wait_until_no_client_is_served() -> None:
    until = time.monotonic() + 60
    while handlers() and time.monotonic() < until:
        time.sleep(0.01)
    assert not handlers()


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"])
def test_a_client_that_closes_within_a_request_is_not_worth_a_word(
    served: tuple[watch.Server, Path], capfd: pytest.CaptureFixture[str], sent: bytes
) -> None:
    for _ in range(5):
        client = connect(served[0], sent)
        # Closing resets the connection, so that the server's next read or write fails.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    wait_until_no_client_is_served()
    assert get(served[0])[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.0\r\nHost: localhost\r\n"])
def test_an_idle_client_is_let_go(
    served: tuple[watch.Server, Path],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    sent: bytes,
) -> None:
    monkeypatch.setattr(watch.Handler, "timeout", 0.1)
    with connect(served[0], sent) as client:
        assert client.recv(1) == b""
    wait_until_no_client_is_served()
    assert capfd.readouterr() == ("", "")


def test_a_fault_of_the_page_is_still_shown(
    served: tuple[watch.Server, Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> str:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(watch, "live", broken)
    with pytest.raises(http.client.RemoteDisconnected):
        get(served[0])
    wait_until_no_client_is_served()
    assert "ZeroDivisionError: a fault of ours" in capfd.readouterr().err


def test_an_empty_study_waits(tmp_path: Path) -> None:
    own = small()
    write_manifest(own, tmp_path / own.name)
    text = watch.Board(folder=tmp_path / own.name).page()
    assert "No trials yet" in text
    assert 'http-equiv="refresh"' in text


def test_a_broken_manifest_is_said_not_raised(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("<b>")
    text = watch.Board(folder=tmp_path).page()
    assert "No trials yet" in text or "manifest" in text
    assert "<b>" not in text
