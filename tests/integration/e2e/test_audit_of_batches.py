"""Batches that jurors lie about, and files of theirs that stores lose: the audit names it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.clients.training import train
from fedjury.devnet import devnet_accounts
from fedjury.errors import ExitCode
from fedjury.oracle.reporting import Draft
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.verdicts import VerdictCode
from tests.support.audit_bench import Bench, Misreport, with_record
from tests.support.federation import TRAINING, Federation, create_federation, rolled_back

ROUND_SECONDS = 3600
NO_BATCH = b"no batch file"
FORGED = 1
"""Client whose update in the batch another has signed, and who submits one itself."""


def update(federation: Federation, client: int, seed: int) -> bytes:
    """A file of a client that trained on all there is."""
    task = federation.task
    genesis = task.fetch_model(task.config.genesis_digest)
    trained = train(task.model, genesis, federation.data.train, TRAINING, seed)
    return encode_update(trained, task.tag(1, federation.clients[client].address))


@pytest.fixture(scope="module")
def submitted(own_anvil: str, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    """A round that is closed and not judged: a batch of two entries, one of which is forged, a
    batch of no batch file, and two lone updates."""
    directory = tmp_path_factory.mktemp("audit")
    made = create_federation(
        directory,
        Chain.connect(own_anvil),
        devnet_accounts(8),
        round_seconds=ROUND_SECONDS,
        min_updates=1,
        rounds=3,
        batch_seconds=ROUND_SECONDS // 2,
        relayers=2,
    )
    honest = made.signed(made.clients[0], update(made, 0, seed=1))
    forged = made.signed(made.clients[2], update(made, FORGED, seed=2))
    forged = replace(forged, client=made.clients[FORGED].address)
    one, other = made.strangers[:2]
    made.relay(one, [honest, forged])
    call = made.task.contract.submit_batch(1, 1, made.task.store.add(NO_BATCH))
    made.sender(other).send(call)
    for client, seed in ((FORGED, 3), (2, 4)):
        made.submit(made.clients[client], made.task.store.add(update(made, client, seed)))
    made.chain.request("evm_increaseTime", ROUND_SECONDS)
    made.chain.request("evm_mine")
    return made


@pytest.fixture
def bench(submitted: Federation) -> Iterator[Bench]:
    """The same, for one test."""
    with rolled_back(submitted):
        yield Bench(submitted)


def place_of(federation: Federation, client: int) -> int:
    """Index of the update in the first batch that is by a client or said to be."""
    addresses = [federation.clients[each].address for each in (0, FORGED)]
    return sorted(addresses, key=lambda each: int(each, 16)).index(
        federation.clients[client].address
    )


def test_an_honest_round_with_batches_passes(bench: Bench) -> None:
    bench.judge()
    codes = [code.label for code in bench.federation.record(1).verdicts()]
    honest, forged = (place_of(bench.federation, client) for client in (0, FORGED))
    assert (codes[honest], codes[forged]) == ("accepted", "bad-signature")
    assert codes[2:] == ["malformed", "accepted", "accepted"]
    assert bench.audit() == (0, "")
    assert bench.audit(full=True) == (0, "")
    first = bench.run().document["rounds"][0]
    assert (first["updates"], first["alone"], first["batches"], first["notes"]) == (5, 2, 2, [])


def test_whoever_is_no_relayer_any_more_was_one_by_then(bench: Bench) -> None:
    bench.judge()
    federation = bench.federation
    relayer = federation.strangers[0].address
    federation.coordinate(federation.task.contract.set_relayer(relayer, allowed=False))
    assert bench.audit() == (0, "")


def with_code(place: int, code: VerdictCode) -> Misreport:
    """What changes one verdict."""

    def change(draft: Draft) -> Draft:
        verdicts = bytearray(draft.verdicts)
        verdicts[place] = code
        return replace(draft, verdicts=bytes(verdicts))

    return change


@pytest.mark.parametrize("code", [VerdictCode.ACCEPTED, VerdictCode.UNAVAILABLE])
def test_a_forged_entry_is_called_nothing_else(bench: Bench, code: VerdictCode) -> None:
    place = place_of(bench.federation, FORGED)
    bench.misreport(with_code(place, code))
    for full in (False, True):
        found, difference = bench.audit(full)
        assert found == ExitCode.AUDIT_MISMATCH
        client = bench.federation.clients[FORGED].address
        assert difference.startswith(
            f"update {place} of {client} is {code.label}, but the entry is bad-signature"
        )


def test_a_batch_that_is_none_holds_nothing_that_could_be_accepted(bench: Bench) -> None:
    bench.misreport(with_code(2, VerdictCode.ACCEPTED))
    found, difference = bench.audit()
    assert found == ExitCode.AUDIT_MISMATCH
    assert difference.startswith(
        "update 2 in the batch at update 2 is accepted, but the batch is malformed (no batch file: "
    )


@pytest.mark.parametrize(
    ("place", "key", "value", "says"),
    [
        (0, "count", 3, "the record says count 3 of the batch at update 0, the chain says 2"),
        (1, "code", 0, "the record says code 0 of the batch at update 2, derived is 5"),
        (0, "code", 3, ", but the batch is unavailable (the jury did not get the batch file in"),
    ],
)
def test_a_record_that_says_something_else_of_a_batch(
    bench: Bench, place: int, key: str, value: int, says: str
) -> None:
    bench.misreport(lambda draft: with_record(draft, "batches", place, key, value=value))
    found, difference = bench.audit()
    assert found == ExitCode.AUDIT_MISMATCH
    assert says in difference


def test_a_record_that_leaves_a_batch_out(bench: Bench) -> None:
    bench.misreport(lambda draft: with_record(draft, "batches", value=[]))
    assert bench.audit() == (
        ExitCode.AUDIT_MISMATCH,
        "the record is on 0 batches, the round has 2",
    )


@pytest.mark.parametrize("place", [0, 20, 60, 100, -1])
def test_a_byte_of_a_batch_file_that_was_changed(bench: Bench, place: int) -> None:
    bench.judge()
    digest = bench.federation.record(1).batches[0].digest
    data = bytearray(bench.file(digest).read_bytes())
    data[place] ^= 1
    bench.file(digest).write_bytes(data)
    found, difference = bench.audit()
    assert found == ExitCode.AUDIT_MISMATCH
    assert difference.startswith(
        f"the batch at update 0, {digest.cid}, which the signers keep, cannot be had: "
    )


def test_a_malformed_batch_file_that_is_gone_is_noted(bench: Bench) -> None:
    bench.judge()
    digest = Digest.of(NO_BATCH)
    bench.file(digest).unlink()
    assert bench.notes() == [
        f"the batch at update 2, {digest.cid}, (malformed) is gone from the store"
    ]


def test_a_roster_that_is_gone_though_batches_rest_on_it(bench: Bench) -> None:
    bench.judge()
    digest = bench.federation.record(1).roster.digest
    bench.file(digest).unlink()
    found, difference = bench.audit()
    assert found == ExitCode.AUDIT_MISMATCH
    assert difference.startswith(f"roster 1, {digest.cid}, which the signers keep, is gone")
