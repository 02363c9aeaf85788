"""What the measurement of exchanges counts is what goes over the wire."""

import socket
from pathlib import Path

from experiments.exchange.rounds import measure
from experiments.exchange.wire import Asked, Counts, Wire

HEADERS = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_a_wire_passes_both_ways_and_counts_every_byte() -> None:
    question, answer, counts = (
        b"GET /files/Qm" + HEADERS,
        b"HTTP/1.1 200 OK\r\n\r\n" * 9_000,
        Counts(),
    )
    with socket.create_server(("127.0.0.1", 0)) as server, Wire(counts) as wire:
        wire.port = server.getsockname()[1]
        place = "127.0.0.1", int(wire.url.rpartition(":")[2])
        with socket.create_connection(place) as asking:
            asking.sendall(question)
            answering, _ = server.accept()
            with answering:
                assert answering.recv(1_000) == question
                answering.sendall(answer)
            found = b"".join(iter(lambda: asking.recv(1 << 16), b""))
    assert found == answer
    assert counts.copy() == {"files": Asked(1, len(question), len(answer))}


def test_a_round_of_four_jurors_is_one_transaction_and_asks_for_no_files_that_the_store_has(
    tmp_path: Path,
) -> None:
    found = measure(10, 4, tmp_path)
    assert found.transactions == 1
    assert set(found.asked) == {"announcements", "feed", "healthz"}
    assert found.asked["feed"].requests >= 3 * 3
