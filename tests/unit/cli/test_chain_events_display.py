"""What `fedjury events --all` shows."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import (
    KINDS,
    BatchSubmitted,
    ChainEvent,
    RelayerSet,
    RosterSet,
    RoundFinalized,
)
from fedjury.cli.displays.chain_events import (
    chosen_events,
    event_document,
    event_words,
    show_events,
    sitting_juries,
)
from fedjury.cli.output import Output
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.verdicts import VerdictCode, pack
from tests.support.fake_federation import (
    CLIENTS,
    JUROR,
    NO_DIGEST,
    OTHER_JUROR,
    RELAYER,
    STRANGER,
    FakeFederation,
    weights,
)
from tests.support.reports import NO_RECORD, report_on


@pytest.fixture
def events(tmp_path: Path) -> list[ChainEvent]:
    """Two rounds that ended, one with a report and one voided, and whatever else there is."""
    federation = FakeFederation(tmp_path, clients=2)
    contract = federation.contract
    contract.set_relayer_to(RELAYER.address, True)
    federation.submit_weights(weights(0), weights(1))
    contract.batch(RELAYER.address, 2, NO_RECORD)
    contract.set_relayer_to(RELAYER.address, False)
    contract.set_roster_of(Roster(), NO_DIGEST)
    contract.announce([JUROR, OTHER_JUROR], 2)
    verdicts = pack(
        [VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED, *[VerdictCode.UNAVAILABLE] * 2]
    )
    contract.finalize(report_on(contract, accuracy=934), verdicts, b"")
    contract.disclose(1, NO_RECORD, STRANGER.address)
    contract.void()
    return federation.task.read_all_events(federation.chain.block())


def names(events: list[ChainEvent]) -> list[str]:
    return [event_document(event)["event"] for event in events]


def test_everything_is_told_in_order(events: list[ChainEvent]) -> None:
    assert names(events) == [
        *("roster-set", "jury-announced", "round-opened"),
        *("relayer-set", "update-submitted", "update-submitted", "batch-submitted", "relayer-set"),
        *("roster-set", "jury-announced"),
        *("round-finalized", "round-opened", "slice-disclosed"),
        *("round-voided", "round-opened"),
    ]
    assert {type(event) for event in events} == set(KINDS)


def test_events_of_a_round_or_of_a_client_are_chosen(events: list[ChainEvent]) -> None:
    assert names(chosen_events(events, 2, None)) == ["round-opened", "round-voided"]
    (update,) = chosen_events(events, None, CLIENTS[1].address)
    assert event_document(update)["index"] == 1
    assert chosen_events(events, 2, CLIENTS[1].address) == []


def test_a_report_is_told_to_machines_whole(events: list[ChainEvent]) -> None:
    (report,) = [event for event in events if isinstance(event, RoundFinalized)]
    document: dict[str, Any] = event_document(report)
    assert document == {
        "event": "round-finalized",
        "block": report.block_number,
        "log": report.log_index,
        "transaction": "0x" + report.transaction_hash.hex(),
        "round": 1,
        "jury_version": 1,
        "updates_hash": "0x" + report.updates_hash.hex(),
        "attempt": 0,
        "accuracy": 0.934,
        "model": report.model_digest.cid,
        "record": NO_RECORD.cid,
        "next_jury": "0x" + report.next_jury.hex(),
        "verdicts": "0x01020303",
        "signatures": "0x",
    }


def test_batches_and_relayers_are_told(events: list[ChainEvent]) -> None:
    added, batch, removed = [each for each in events if type(each) in (RelayerSet, BatchSubmitted)]
    assert event_words(added) == f"{RELAYER.address} may submit batches"
    assert event_words(removed) == f"{RELAYER.address} may submit batches no more"
    who = f"by {RELAYER.address}: {NO_RECORD.cid}"
    assert event_words(batch) == f"batch of updates 2 to 3 {who}"
    one = replace(batch, count=1)  # type: ignore[call-arg]
    assert event_words(one) == f"batch of update 2 {who}"
    told = event_document(batch)
    keys = ("event", "round", "relayer", "index", "count", "file")
    assert [told[key] for key in keys] == [
        *("batch-submitted", 1, RELAYER.address, 2, 2, NO_RECORD.cid)
    ]
    assert (event_document(removed)["relayer"], event_document(removed)["allowed"]) == (
        RELAYER.address,
        False,
    )


def test_rosters_juries_and_disclosures_are_told_to_machines(events: list[ChainEvent]) -> None:
    told = {document["event"]: document for document in map(event_document, events)}
    assert (told["roster-set"]["version"], told["roster-set"]["size"]) == (2, 0)
    jurors = sorted((JUROR.address, OTHER_JUROR.address), key=lambda each: int(each, 16))
    assert (told["jury-announced"]["jurors"], told["jury-announced"]["quorum"]) == (jurors, 2)
    disclosed = told["slice-disclosed"]
    assert (disclosed["slice"], disclosed["file"]) == (1, NO_RECORD.cid)
    assert disclosed["discloser"] == STRANGER.address


def test_each_event_has_words_for_people(events: list[ChainEvent]) -> None:
    words = dict(zip(names(events), map(event_words, events), strict=True))
    assert words["roster-set"] == "roster 2 of nobody"
    assert "93.4 % right, record " + NO_RECORD.cid in words["round-finalized"]
    assert words["slice-disclosed"] == f"slice 1 is {NO_RECORD.cid}, says {STRANGER.address}"
    assert "jury 2, 2 of 2, hash 0x" in words["jury-announced"]
    first = next(event for event in events if isinstance(event, RosterSet))
    assert event_words(first) == f"roster 1 of 2 members: {first.digest.cid}"


def test_a_report_without_an_accuracy_says_none(tmp_path: Path) -> None:
    contract = FakeFederation(tmp_path).contract
    contract.finalize(report_on(contract, Digest(b"\1" * 32)), b"", b"")
    (report,) = [event for event in contract.events if isinstance(event, RoundFinalized)]
    assert event_document(report)["accuracy"] is None
    assert "right" not in event_words(report)


def test_a_report_that_consents_to_another_jury_is_told_with_its_hash(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    contract, other = federation.contract, b"\5" * 32
    contract.finalize(report_on(contract), b"", b"")
    contract.finalize(replace(report_on(contract), next_jury=other), b"", b"")
    events = federation.task.read_all_events(federation.chain.block())
    own, consenting = [event for event in events if isinstance(event, RoundFinalized)]
    juries = sitting_juries(events)
    assert "jury 0x" not in event_words(own, juries)
    assert event_words(consenting, juries).endswith(f", consents to jury 0x{other.hex()}")


def test_people_see_a_table_and_machines_a_line_an_event(
    events: list[ChainEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    show_events(events, "0xab", Output())
    printed = capsys.readouterr().out
    assert "15 events of 0xab" in printed
    assert "slice-disclosed" in printed
    show_events(events, "0xab", Output(as_json=True))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [event_document(event) for event in events]
