"""A juror's part of the exchange over HTTP: its server, and the threads that follow the others."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from eth_account.signers.local import LocalAccount

from fedjury.oracle.exchange.announcements import Announcements
from fedjury.oracle.exchange.board import Board
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.followers import Followers
from fedjury.oracle.exchange.following import Following
from fedjury.oracle.exchange.http_events import ServingPeers
from fedjury.oracle.exchange.http_jurors import HttpJurors
from fedjury.oracle.exchange.http_server import ExchangeServer
from fedjury.oracle.exchange.peers import Peers
from fedjury.oracle.exchange.software import software_name
from fedjury.oracle.exchange.sources import Sources
from fedjury.oracle.exchange.traffic import NOBODY, Traffic
from fedjury.oracle.slices import Slices
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain
from fedjury.runtime.events import Listener
from fedjury.runtime.http.proxies import Proxies
from fedjury.runtime.http.thread import HttpThread
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class NetworkSettings:
    """How a juror is reached, and reaches others.

    Attributes:
        host, port: where it listens; port 0 takes a free one.
        announce: the URL that others are told; None for the place where it listens.
        seeds: URLs of other jurors.
        known: announcements of other jurors that a person gave.
        proxies: peers whose ``X-Forwarded-For`` is believed.
    """

    host: str
    port: int
    announce: str | None = None
    seeds: tuple[str, ...] = ()
    known: tuple[Signed[Announcement], ...] = ()
    proxies: Proxies = field(default_factory=Proxies)


@contextmanager
def network_exchange(
    task: OpenedTask,
    account: LocalAccount,
    board: Board,
    slices: Slices,
    settings: NetworkSettings,
    listener: Listener,
    traffic: Traffic = NOBODY,
) -> Iterator[Exchange]:
    """A juror's part of the exchange, served while the block runs.

    Args:
        task: opened.
        account: the juror's.
        board: what it serves.
        slices: the juror's; keeps those that others give.
        settings: how it is reached.
        listener: is told where jurors are, and who misbehaves.
        traffic: counts requests.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    domain = TaskDomain(task.chain.chain_id, task.contract.address)
    announcements = Announcements(board.docket, domain, board.admits, listener)
    hear = announcements.take
    server = ExchangeServer(
        board, account.address, domain, hear, proxies=settings.proxies, count=traffic.served
    )
    with HttpThread(server, settings.host, settings.port) as http:
        own = announcements.announce(account, settings.announce or http.url, time.time())
        listener(ServingPeers(url=http.url, announced=own.statement.url))
        jurors = HttpJurors(account, domain, announcements, settings.seeds, listener)
        peers = Peers(jurors.find, listener, traffic.asked)
        following = Following(board.docket, peers, listener)
        others = partial(_others, following, board, own.signer)
        meet = partial(_meet, announcements, jurors, board, settings.known)
        with Followers(others, following.pull, meet, listener):
            yield Exchange(
                board.docket,
                board,
                peers,
                following,
                Sources(task.store, peers),
                software_name(),
                pulls=False,
                take_slice=slices.take,
            )


def _others(following: Following, board: Board, me: str) -> list[str]:
    """The other jurors of the round that is followed; nobody where none is."""
    key = following.key
    return [] if key is None else [each for each in board.docket.jurors(key) if each != me]


def _meet(
    announcements: Announcements,
    jurors: HttpJurors,
    board: Board,
    known: Sequence[Signed[Announcement]],
) -> None:
    """Learn where jurors are, from what a person gave, from seeds and from other jurors."""
    for each in known:
        announcements.take(each)
    jurors.look_up_seeds()
    sitting = board.sitting
    jurors.learn(sorted(jurors.at_seeds() | sitting.jurors | sitting.next_jurors))
