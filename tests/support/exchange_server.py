"""A juror's exchange over HTTP on loopback, around a board that a test fills."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from fedjury.oracle.exchange.announcements import Announcements
from fedjury.oracle.exchange.board import Board, Sitting
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.http_peer import HttpPeer
from fedjury.oracle.exchange.http_server import ExchangeServer
from fedjury.oracle.exchange.peer_limits import PeerLimits
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.signed import RoundKey, TaskDomain, sign
from fedjury.protocol.update_tag import task_name
from fedjury.runtime.events import Listener, ignore
from fedjury.runtime.http.connections import Connections
from fedjury.runtime.http.limits import RateLimit
from fedjury.runtime.http.proxies import Proxies
from fedjury.runtime.http.thread import HttpThread
from fedjury.store import DirectoryStore
from tests.support.fake_federation import CHAIN_ID, JUROR, OTHER_JUROR, TASK_ADDRESS, account

DOMAIN = TaskDomain(CHAIN_ID, TASK_ADDRESS)
ME, OTHER, THIRD = JUROR, OTHER_JUROR, account(6)
JURY = tuple(sorted(each.address.lower() for each in (ME, OTHER, THIRD)))
KEY = RoundKey(1, b"\7" * 32)
SLICE = b"the samples of slice 1" * 50
UNLIMITED = PeerLimits(RateLimit(0, 0), RateLimit(0, 0), RateLimit(0, 0))


class ServedBoard:
    """A juror that is served.

    Attributes:
        docket, cache, board: what is served.
        announcements: where the jurors are, as this one knows it.
        server: that answers.
        counted: every answer in a word.
        url: where it is.
    """

    def __init__(
        self,
        directory: Path,
        limits: PeerLimits,
        now: Callable[[], float],
        proxies: Proxies,
        whose: LocalAccount,
        software: str,
    ) -> None:
        identity = {
            "juror": whose.address.lower(),
            "task": task_name(*DOMAIN),
            "software": software,
        }
        self.docket, self.cache = Docket(None, identity), DirectoryStore(directory / "files")
        slices = {1: SLICE, 2: b"of another round"}
        self.board = Board(identity, self.docket, self.cache, slices.get)
        self.board.sit(Sitting(frozenset(JURY), frozenset(), 1))
        self.announcements = Announcements(self.docket, DOMAIN, self.board.admits, ignore)
        self.counted: list[str] = []
        self.server = ExchangeServer(
            self.board,
            whose.address,
            DOMAIN,
            self.announcements.take,
            proxies=proxies,
            limits=limits,
            count=lambda kind, answer, size: self.counted.append(answer),
            now=now,
        )
        self.url = ""

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", int(self.url.rpartition(":")[2])

    def say(self, number: int = 0) -> bytes:
        """Say something on the round; what others read of it."""
        have = Have(round=KEY.round, updates_hash=KEY.updates_hash, batches=b"", entries=b"\x80")
        signed = sign((ME, OTHER, THIRD)[number], have, DOMAIN)
        self.docket.open(KEY, JURY)
        (self.docket.hear if number else self.docket.say)(signed)
        return signed.to_bytes()


@contextmanager
def served_board(
    directory: Path,
    *,
    limits: PeerLimits = UNLIMITED,
    now: Callable[[], float] = time.time,
    proxies: tuple[str, ...] = (),
    port: int = 0,
    whose: LocalAccount = ME,
    software: str = "fedjury 0",
    **connections: Any,
) -> Iterator[ServedBoard]:
    """A juror that answers while the block runs.

    Args:
        directory: for its files.
        limits: of what others ask; by default there are none.
        now: its clock, in Unix seconds.
        proxies: that it believes.
        port: where it listens; 0 takes a free one.
        whose: the juror.
        software: that it says it runs.
        connections: limits of the connections.
    """
    served = ServedBoard(directory, limits, now, Proxies(proxies), whose, software)
    watched = partial(Connections, **connections)
    with HttpThread(served.server, "127.0.0.1", port, watched) as http:
        served.url = http.url
        yield served
    served.docket.close()


@contextmanager
def owned_docket(directory: Path, juror: LocalAccount) -> Iterator[Docket]:
    """A juror's docket in the directory of its daemon."""
    directory.mkdir(parents=True)
    owner = {"task": task_name(*DOMAIN), "juror": juror.address.lower()}
    with closing(Docket(directory / "jury.sqlite", owner)) as docket:
        yield docket


def peer_of(
    url: str | None,
    asking: LocalAccount = OTHER,
    listener: Listener = ignore,
    asked: LocalAccount = ME,
    **options: Any,
) -> HttpPeer:
    """A juror as another one sees it.

    Args:
        url: where it is said to be.
        asking: who asks.
        listener: of the asking juror.
        asked: who is asked.
        options: of `HttpPeer`.
    """
    return HttpPeer(asked.address, lambda: url, asking, DOMAIN, listener, **options)
