"""Jurors of a federation in memory whose exchanges reach each other over loopback."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.errors import ConfigError
from fedjury.oracle.exchange.board import Board, Sitting
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.http_events import PeerFound, ServingPeers
from fedjury.oracle.exchange.network import NetworkSettings, network_exchange
from fedjury.oracle.slices import Slices
from fedjury.protocol.update_tag import task_name
from fedjury.store import DirectoryStore
from tests.support.exchange_server import DOMAIN, JURY, ME, OTHER, THIRD
from tests.support.fake_federation import FakeFederation, verification
from tests.support.recorder import Recorder
from tests.support.waiting import until


@dataclass
class Served:
    """A juror whose exchange is on."""

    exchange: Exchange
    board: Board
    docket: Docket
    told: Recorder

    @property
    def url(self) -> str:
        """Where it is."""
        return self.told.of(ServingPeers)[0].url


def low(juror: LocalAccount) -> str:
    """A juror's address in lower case."""
    return juror.address.lower()


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    return FakeFederation(tmp_path / "federation")


@contextmanager
def served(
    federation: FakeFederation, juror: LocalAccount, directory: Path, **settings: Any
) -> Iterator[Served]:
    """A juror's exchange while the block runs; settings as of `NetworkSettings`."""
    me, told = low(juror), Recorder()
    docket = Docket(None, {"juror": me})
    identity = {"juror": me, "task": task_name(*DOMAIN), "software": "fedjury 0"}
    board = Board(identity, docket, DirectoryStore(directory / me), lambda _: None)
    board.sit(Sitting(frozenset(JURY)))
    slices = Slices.of(federation.spec, [verification()])
    network = NetworkSettings("127.0.0.1", **{"port": 0, **settings})
    opened = network_exchange(cast(Any, federation.task), juror, board, slices, network, told)
    with opened as exchange:
        yield Served(exchange, board, docket, told)
    docket.close()


def known(of: Served) -> dict[str, str]:
    """Where the jurors are, as one of them knows it."""
    return {each.signer: each.statement.url for each in of.docket.announcements()}


def test_one_seed_leads_each_juror_to_all_others(
    federation: FakeFederation, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(served(federation, ME, tmp_path))
        others = [
            stack.enter_context(served(federation, each, tmp_path, seeds=(first.url,)))
            for each in (OTHER, THIRD)
        ]
        jurors = (first, *others)
        where = dict(zip((low(each) for each in (ME, OTHER, THIRD)), jurors, strict=True))
        urls = {juror: each.url for juror, each in where.items()}
        until(lambda: all(known(each) == urls for each in jurors))
        last = others[-1]
        until(lambda: len(last.told.of(PeerFound)) == 2)
        assert last.exchange.peers.ask(low(ME), "/healthz", 1000, 20.0)


def test_what_is_announced_need_not_be_where_it_listens(
    federation: FakeFederation, tmp_path: Path
) -> None:
    with served(federation, ME, tmp_path, announce="https://juror.example/x") as one:
        assert known(one) == {low(ME): "https://juror.example/x"}
        assert one.url.startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_a_config_error(federation: FakeFederation, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=rf"cannot listen on 127\.0\.0\.1:{port}"),
            served(federation, ME, tmp_path, port=port),
        ):
            raise AssertionError("it was served")
