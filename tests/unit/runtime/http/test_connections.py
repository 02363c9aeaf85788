import asyncio

import pytest

from fedjury.runtime.http.connections import Connection, Connections
from fedjury.runtime.http.proxies import Proxies


class Peer(asyncio.BaseTransport):
    """The transport of a connection from this address."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 40_000)})


def admitted(connections: Connections, peers: list[Peer]) -> int:
    """How many of these connections are let in."""
    watched = Connection(connections, asyncio.Protocol())
    return sum(connections.admit(watched, each) for each in peers)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1"])
def test_only_the_limit_of_all_connections_is_for_a_proxys(address: str) -> None:
    connections = Connections(
        asyncio.Protocol, most=7, most_of_an_address=3, proxies=Proxies(["10.1.0.0/16"])
    )
    peers = [Peer(address) for _ in range(10)]
    assert admitted(connections, peers) == 7
    for each in peers:
        connections.leave(each)
    assert admitted(connections, peers) == 7


def test_an_address_that_is_no_proxys_has_its_own_limit() -> None:
    connections = Connections(
        asyncio.Protocol, most=7, most_of_an_address=3, proxies=Proxies(["10.1.0.0/16"])
    )
    strangers = [Peer("10.2.0.1") for _ in range(5)]
    assert admitted(connections, strangers) == 3
    assert admitted(connections, [Peer("10.2.0.2"), Peer("10.1.0.1")]) == 2
    connections.leave(strangers[0])
    assert admitted(connections, strangers[3:]) == 1
