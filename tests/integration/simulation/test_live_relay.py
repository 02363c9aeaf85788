"""The relay of a live federation, on an embedded chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.clients.relay_endpoint import RelayRefused, RelayStatus
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.events import BatchPosted
from fedjury.simulation.live.relay import LiveRelay
from tests.support.federation import Federation, create_federation
from tests.support.recorder import Recorder

SECONDS = 10.0
FILES = [b"an update", b"another one"]


class Bench:
    """A federation of two clients with a relay that has seen its first round.

    Attributes:
        federation: the task and its accounts.
        relay: of the first of the strangers.
        told: every event.
    """

    def __init__(self, directory: Path) -> None:
        chain = Chain.connect("embedded")
        accounts = funded_accounts(chain.web3)
        self.federation: Federation = create_federation(
            directory, chain, accounts, clients=2, batch_seconds=3000, relayers=1
        )
        relayer = self.federation.strangers[0]
        self.told = Recorder()
        self.relay = LiveRelay(
            self.federation.task,
            relayer,
            self.federation.sender(relayer),
            directory / "relay",
            self.told,
        )
        self.relay.cycle()

    @property
    def domain(self) -> UpdateDomain:
        """Of the round that is on."""
        contract, chain = self.federation.task.contract, self.federation.chain
        state = contract.current_round()
        return UpdateDomain(chain.chain_id, contract.address, state.number, state.model_digest)

    def hand_over(self, index: int) -> None:
        """Have a client hand its update over, and look at the receipt."""
        domain, account = self.domain, self.federation.clients[index]
        entry = domain.sign(account, Digest.of(FILES[index]))
        receipt, signature = self.relay.hand_over(domain, entry, SECONDS)
        relayer = self.federation.strangers[0].address
        assert receipt.signer(signature, domain.chain_id, domain.task) == relayer
        assert (receipt.client, receipt.digest) == (account.address, entry.digest)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path)
    yield found
    found.relay.close()


def test_a_batch_stands_on_chain_as_soon_as_everybody_has_handed_in(bench: Bench) -> None:
    federation, contract = bench.federation, bench.federation.task.contract
    addresses = [client.address for client in federation.clients]
    bench.hand_over(0)
    for _ in range(3):
        bench.relay.cycle()
    assert contract.current_round().batched == 0
    bench.hand_over(1)
    while contract.current_round().batched == 0:
        bench.relay.cycle()
    assert [bench.relay.digest_of(1, each) for each in addresses] == list(map(Digest.of, FILES))
    assert bench.relay.digest_of(2, addresses[0]) is None
    (batch,) = federation.task.read_events(federation.chain.block().number, [BatchSubmitted])
    assert isinstance(batch, BatchSubmitted)
    file = BatchFile.from_bytes(federation.task.store.fetch(batch.digest, 1000, 1.0))
    assert [entry.client for entry in file] == sorted(addresses, key=str.lower)
    assert all(bench.domain.is_signed(entry) for entry in file)
    assert [each.count for each in bench.told.of(BatchPosted)] == [2]


def test_it_says_whose_it_is(bench: Bench) -> None:
    federation = bench.federation
    expected = RelayStatus(federation.task.name, federation.strangers[0].address)
    assert bench.relay.status() == expected


def test_a_clients_file_is_in_the_store_once_its_batch_is_on_chain(bench: Bench) -> None:
    store, digest = bench.federation.task.store, Digest.of(FILES[0])
    with pytest.raises(RelayRefused, match="no update"):
        bench.relay.put_file(Digest.of(b"not handed in"), b"not handed in")
    bench.hand_over(0)
    bench.relay.put_file(digest, FILES[0])
    bench.hand_over(1)
    for _ in range(6):
        bench.relay.cycle()
    assert store.fetch(digest, 1000, 1.0) == FILES[0]


def test_a_client_is_told_in_its_own_terms_why_its_update_is_not_taken_in(bench: Bench) -> None:
    stranger = bench.federation.strangers[1]
    with pytest.raises(RelayRefused, match=f"{stranger.address} is not in the roster of round 1"):
        bench.relay.hand_over(
            bench.domain, bench.domain.sign(stranger, Digest.of(b"mine")), SECONDS
        )
