"""What a juror's report and round record say."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.oracle.juror import Juror
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import jury_hash
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.round_record import RoundRecord
from fedjury.runtime.loop import Step
from tests.support.fake_federation import (
    CHAIN_ID,
    CLIENTS,
    JUROR,
    OTHER_JUROR,
    OTHER_RELAYER,
    RELAYER,
    TASK_ADDRESS,
    FakeFederation,
    verification,
    weights,
)
from tests.support.jurors import finalized_rounds, make_juror
from tests.support.sliced import SlicedFederation, make_slices, slices_spec

GONE = Digest(b"\7" * 32)


def _judged(federation: FakeFederation, juror: Juror) -> tuple[RoundFinalized, RoundRecord]:
    """The report on the round that is on, and the record that it names."""
    assert juror.cycle() is Step.PROGRESS
    finalized = finalized_rounds(federation)[-1]
    record = federation.store.fetch(finalized.record_digest, 2**20, 1)
    return finalized, RoundRecord.from_bytes(record)


def test_the_record_says_what_the_round_was_judged_from(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    contract, config = federation.contract, federation.task.config
    digests = federation.submit_weights(weights(0, 1), weights(0, 1))
    contract.submit(CLIENTS[2].address, GONE)
    updates_hash = contract.current_round().updates_hash
    _, record = _judged(federation, make_juror(federation, tmp_path))
    document = json.loads(record.to_bytes())
    entries = document.pop("entries")
    assert document == {
        "version": 2,
        "chain": CHAIN_ID,
        "task": TASK_ADDRESS.lower(),
        "round": 1,
        "attempt": 0,
        "updates_hash": "0x" + updates_hash.hex(),
        "parent": "0x" + config.genesis_digest.hex(),
        "roster": {
            "version": 1,
            "root": "0x" + federation.roster.root.hex(),
            "size": 3,
            "digest": "0x" + Digest.of(federation.roster.to_bytes()).hex(),
        },
        "jury": {
            "version": 1,
            "hash": "0x" + jury_hash([JUROR.address], 1).hex(),
            "size": 1,
            "quorum": 1,
        },
        "slice": 1,
        "haves": [{"juror": JUROR.address.lower(), "entries": "0xc0"}],
        "batches": [],
    }
    assert entries == [
        {
            "client": client.address.lower(),
            "digest": "0x" + digest.hex(),
            "code": code,
            "reason": reason,
            "arguments": arguments,
        }
        for client, digest, code, reason, arguments in zip(
            CLIENTS, [*digests, GONE], [1, 8, 3], [0, 11, 0], [[], [0], []], strict=False
        )
    ]


@pytest.mark.parametrize("other", [{}, {"disclosed": True}])
def test_of_a_single_slice_no_count_is_told(tmp_path: Path, other: dict[str, Any]) -> None:
    spec = slices_spec([verification()], **other)
    federation = FakeFederation(tmp_path, clients=1, verification=spec)
    federation.submit_weights(weights(0, 1))
    finalized, record = _judged(federation, make_juror(federation, tmp_path))
    assert finalized.accuracy == NO_ACCURACY
    assert (record.baseline, record.correct, record.entries[0].correct) == (None, None, None)


def test_of_a_slice_that_is_disclosed_and_serves_no_other_round_counts_are_told(
    tmp_path: Path,
) -> None:
    slices = make_slices(2)
    federation = SlicedFederation(tmp_path, slices, disclosed=True)
    juror = make_juror(federation, tmp_path, chosen=slices)
    federation.submit_weights(weights(0, 1))
    _, record = _judged(federation, juror)
    assert (record.slice, record.correct, record.entries[0].correct) == (1, 4, 4)
    federation.submit_weights(weights(0, 1, 2, scale=4))
    _, record = _judged(federation, juror)
    assert (record.slice, record.baseline, record.correct) == (2, 4, 6)


def test_accuracy_is_told_in_thousandths_rounded_down_where_the_spec_says_so(
    tmp_path: Path,
) -> None:
    spec = slices_spec([verification()], accuracy=True)
    federation = FakeFederation(tmp_path, clients=1, verification=spec)
    federation.submit_weights(weights(0, 1))
    finalized, _ = _judged(federation, make_juror(federation, tmp_path))
    assert finalized.accuracy == 666  # 4 of 6


def test_the_next_jury_is_the_sitting_one_unless_the_juror_was_told_another(
    tmp_path: Path,
) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    federation.contract.announce([OTHER_JUROR], 1)
    wanted = jury_hash([OTHER_JUROR.address], 1)
    federation.submit_weights(weights(0, 1))
    finalized, _ = _judged(federation, make_juror(federation, tmp_path))
    assert finalized.next_jury == jury_hash([JUROR.address], 1)
    assert federation.contract.jury_version == 1
    federation.submit_weights(weights(0, 1, 2, scale=4))
    finalized, _ = _judged(federation, make_juror(federation, tmp_path, next_jury=wanted))
    assert finalized.next_jury == wanted
    assert federation.contract.jury_version == 2


def test_a_restarted_juror_writes_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for directory in (tmp_path / "one", tmp_path / "two"):
        federation = FakeFederation(directory)
        federation.submit_three()
        finalized, record = _judged(federation, make_juror(federation, directory))
        found.append((finalized.report, finalized.signatures, record.to_bytes()))
    assert found[0] == found[1]


# --- rounds with batches ---

# The first three clients' addresses, as a batch holds them: those of client 1, 0 and 2.
LOW = "0x3da8d322cb2435da26e9c9fee670f9fb7fe74e49"
MIDDLE = "0x4cceba2d7d2b4fdce4304d3e09a1fea9fbeb1528"
HIGH = "0xdbc23ae43a150ff8884b02cea117b22d1c3b9796"
ONE_RELAYER = "0x1eff47bc3a10a45d4b230b5d10e37751fe6aa718"
ANOTHER = "0xe1ab8145f7e55dc933d51a18c793f901a3a0b276"


def test_the_record_of_a_round_with_batches_is_these_bytes(tmp_path: Path) -> None:
    """A batch that was read, one that nobody has, a lone update, and a batch that is none."""
    federation = FakeFederation(tmp_path)
    contract = federation.contract
    files = [federation.update(client, weights(0, 1)) for client in range(3)]
    read = federation.relay(*(federation.signed(client, files[client]) for client in range(3)))
    contract.batch(RELAYER.address, 2, GONE)
    federation.submit(2, files[2])
    none = contract.batch(OTHER_RELAYER.address, 1, federation.store.add(b"no batch file"))
    contract.close()
    updates_hash, parent = contract.current_round().updates_hash, contract.model
    _, record = _judged(federation, make_juror(federation, tmp_path))
    roster, jury = federation.roster, jury_hash([JUROR.address], 1)
    gone, (zero, one, two) = "07" * 32, (Digest.of(file).hex() for file in files)
    expected = (
        '{"attempt":0,"batches":['
        f'{{"code":0,"count":3,"digest":"0x{read.digest.hex()}","index":0,"relayer":"{ONE_RELAYER}"}},'
        f'{{"code":3,"count":2,"digest":"0x{gone}","index":3,"relayer":"{ONE_RELAYER}"}},'
        f'{{"code":5,"count":1,"digest":"0x{none.digest.hex()}","index":6,"relayer":"{ANOTHER}"}}'
        '],"chain":1337,"entries":['
        f'{{"arguments":[],"client":"{LOW}","code":1,"digest":"0x{one}","reason":0}},'
        f'{{"arguments":[0],"client":"{MIDDLE}","code":8,"digest":"0x{zero}","reason":11}},'
        f'{{"arguments":[5],"client":"{HIGH}","code":12,"digest":"0x{two}","reason":14}},'
        f'{{"arguments":[0],"client":"{HIGH}","code":8,"digest":"0x{two}","reason":11}}'
        # 101 and 1110011: all but the batch that nobody has, and its two updates
        f'],"haves":[{{"batches":"0xa0","entries":"0xe6","juror":"{JUROR.address.lower()}"}}],'
        f'"jury":{{"hash":"0x{jury.hex()}","quorum":1,"size":1,"version":1}},'
        f'"parent":"0x{parent.hex()}",'
        f'"roster":{{"digest":"0x{Digest.of(roster.to_bytes()).hex()}",'
        f'"root":"0x{roster.root.hex()}","size":3,"version":1}},'
        f'"round":1,"slice":1,"task":"{TASK_ADDRESS.lower()}",'
        f'"updates_hash":"0x{updates_hash.hex()}","version":2}}'
    )
    assert record.to_bytes().decode() == expected


def test_where_counts_are_told_updates_in_batches_have_theirs(tmp_path: Path) -> None:
    slices = make_slices(2)
    federation = SlicedFederation(tmp_path, slices, disclosed=True)
    juror = make_juror(federation, tmp_path, chosen=slices)
    federation.relay(federation.signed(0, federation.update(0, weights(0, 1))))
    federation.contract.batch(RELAYER.address, 1, GONE)
    federation.contract.close()
    _, record = _judged(federation, juror)
    assert [entry.correct for entry in record.entries] == [4]
