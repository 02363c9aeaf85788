"""A relay over HTTP on loopback, which gives receipts or misbehaves as a test wants it to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from tests.support.fake_federation import CHAIN_ID, TASK_ADDRESS
from tests.support.fake_relay import FakeRelay
from tests.support.hostile_daemon import Behaviour, answer_json
from tests.support.loopback import QuietHandler, serving


@dataclass
class RelayServer:
    """What a relay does, and what it was given.

    Attributes:
        place: host and port.
        behaviour: how it answers who hands it an update; None to give a receipt.
        files: how it answers who gives it a file; None to take it.
        whose: how it answers who asks whose it is; None to say so.
        relay: takes what is handed over.
        asked: method and path of each request.
    """

    place: str = ""
    behaviour: Behaviour | None = None
    files: Behaviour | None = None
    whose: Behaviour | None = None
    relay: FakeRelay = field(default_factory=FakeRelay)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{self.place}"

    def take_update(self, body: bytes) -> Behaviour:
        """Take an update, as the interface has it."""
        document = json.loads(body)
        parent, digest, signature = (
            bytes.fromhex(document[name][2:]) for name in ("parent_model", "digest", "signature")
        )
        domain = UpdateDomain(CHAIN_ID, TASK_ADDRESS, document["round"], Digest(parent))
        entry = BatchEntry(document["client"], Digest(digest), signature)
        receipt, signed = self.relay.hand_over(domain, entry, 1.0)
        if self.behaviour is not None:
            return self.behaviour
        return answer_json(
            {
                "receipt": {
                    "round": receipt.round,
                    "parent_model": "0x" + receipt.parent_model.hex(),
                    "client": receipt.client,
                    "digest": "0x" + receipt.digest.hex(),
                    "received_at": receipt.received_at,
                    "relayer": self.relay.signer.address,
                    "signature": "0x" + signed.hex(),
                }
            }
        )

    def tell_status(self, body: bytes) -> Behaviour:
        """Say whose it is."""
        if self.whose is not None:
            return self.whose
        status = self.relay.status(1.0)
        return answer_json({"task": status.task, "relayer": status.relayer, "open": True})

    def take_file(self, data: bytes) -> Behaviour:
        """Take a file."""
        self.relay.put_file(Digest.of(data), data)
        return self.files or answer_json({})


@contextmanager
def relay_server(**behaviour: Behaviour) -> Iterator[RelayServer]:
    """A relay that serves while the block runs.

    Args:
        behaviour: of it, see `RelayServer`.
    """
    server = RelayServer(**behaviour)  # type: ignore[arg-type]

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self._answer(server.tell_status)

        def do_POST(self) -> None:
            self._answer(server.take_update)

        def do_PUT(self) -> None:
            self._answer(server.take_file)

        def _answer(self, take: Callable[[bytes], Behaviour]) -> None:
            server.asked.append(f"{self.command} {self.path}")
            take(self.rfile.read(int(self.headers.get("Content-Length", 0))))(self)

    with serving(Handler) as server.place:
        yield server
