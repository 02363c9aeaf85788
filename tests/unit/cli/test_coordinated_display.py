"""What `fedjury coordinator` says of what it has done."""

import json
from dataclasses import replace
from typing import Any

import pytest

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.events import JuryAnnounced, RosterSet
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.receipts import Receipt
from fedjury.cli.displays.coordinated import show_jury, show_relayer, show_roster, show_voided
from fedjury.cli.output import Output
from fedjury.deploy.jury_notes import notes_on_jury
from fedjury.protocol.digest import Digest
from tests.support.fake_federation import NO_DIGEST

RECEIPT = Receipt(b"\1" * 32, 7, 21_000, 1)
MINED = {"block": 7, "gas": 21_000, "transaction": "0x" + "01" * 32}
CONFIG = Config(NO_DIGEST, NO_DIGEST, 100, 0, 25, 100, 86_400, 2, 3, 10)
AT: dict[str, Any] = {"block_number": 7, "log_index": 0, "transaction_hash": b"\1" * 32}
ROSTER = RosterSet(version=2, root=b"\5" * 32, size=3, digest=Digest(b"\6" * 32), **AT)
HASH = "0x" + "07" * 32


def announced(size: int, quorum: int) -> JuryAnnounced:
    jurors = tuple(f"0x{number:040x}" for number in range(1, size + 1))
    return JuryAnnounced(
        version=4, jury=b"\7" * 32, enters_from=1_700_000_000, jurors=jurors, quorum=quorum, **AT
    )


def both(
    show: Any, *arguments: Any, capsys: pytest.CaptureFixture[str], **options: Any
) -> tuple[str, Any]:
    """What people read, and what machines do."""
    show(*arguments, Output(), **options)
    text = capsys.readouterr().out
    show(*arguments, Output(as_json=True), **options)
    return text, json.loads(capsys.readouterr().out)


def test_a_voided_round(capsys: pytest.CaptureFixture[str]) -> None:
    text, document = both(show_voided, CONFIG, 3, RECEIPT, capsys=capsys)
    assert text.startswith("round 3 is voided; the model stays, and the next round is open")
    assert document == {"call": "voidRound", "round": 3, "finished": False, **MINED}


def test_after_the_last_round_is_voided_none_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    text, document = both(show_voided, CONFIG, 10, RECEIPT, capsys=capsys)
    assert text.startswith("round 10 is voided; the model stays, and as it was the last round, the")
    assert "the next round" not in text
    assert document["finished"] is True
    endless = replace(CONFIG, rounds=0)
    assert both(show_voided, endless, 10, RECEIPT, capsys=capsys)[1]["finished"] is False


def test_a_roster(capsys: pytest.CaptureFixture[str]) -> None:
    text, document = both(show_roster, CONFIG, ROSTER, RECEIPT, capsys=capsys)
    assert text.splitlines() == [
        "roster 2 of 3 members counts from the next round on (block 7, 21000 gas)",
        "root 0x" + "05" * 32,
        f"file {ROSTER.digest.cid}",
    ]
    assert document == {
        "call": "setRoster",
        "version": 2,
        "size": 3,
        "root": "0x" + "05" * 32,
        "file": ROSTER.digest.cid,
        "notes": [],
        **MINED,
    }


@pytest.mark.parametrize(
    ("changes", "members"),
    [({"size": 1}, "1 member"), ({"size": 0, "root": bytes(32), "digest": NO_DIGEST}, "0 members")],
)
def test_a_roster_with_which_no_round_closes_is_noted(
    changes: dict[str, Any], members: str, capsys: pytest.CaptureFixture[str]
) -> None:
    event = replace(ROSTER, **changes)
    text, document = both(show_roster, CONFIG, event, RECEIPT, capsys=capsys)
    (note,) = document["notes"]
    assert note.startswith(f"a round needs 2 updates to close, and this roster has {members}:")
    assert f"note: {note}" in text
    assert ("roster 2 of nobody" in text, document["file"] is None) == (not event.size,) * 2


def test_a_roster_larger_than_a_round_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    text, document = both(show_roster, CONFIG, replace(ROSTER, size=4), RECEIPT, capsys=capsys)
    (note,) = document["notes"]
    assert note.startswith("a round takes 3 updates at most, which was fixed when the task was")
    assert note.endswith("this roster has 4 members: in each round those who are late are shut out")
    assert f"note: {note}" in text


def test_a_roster_that_batches_hold_and_lone_submissions_do_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    batched = replace(CONFIG, batch_seconds=60)
    event = replace(ROSTER, size=4)
    text, document = both(show_roster, batched, event, RECEIPT, capsys=capsys)
    (note,) = document["notes"]
    assert note.startswith("where relayers fail, 3 of the roster's 4 clients can still submit")
    assert f"note: {note}" in text


def test_a_jury_that_may_miss_one(capsys: pytest.CaptureFixture[str]) -> None:
    event = announced(4, 3)
    text, document = both(show_jury, event, RECEIPT, capsys=capsys, sitting=False)
    assert text.splitlines()[:2] == [
        "jury 4 is announced: 3 of 4 must sign (block 7, 21000 gas)",
        f"hash {HASH}",
    ]
    assert f"opens from {local_time(event.enters_from)} on" in text
    assert f"\n  fedjury oracle --next-jury {HASH}\n" in text
    assert document == {
        "call": "setJury",
        "version": 4,
        "hash": HASH,
        "jurors": list(event.jurors),
        "quorum": 3,
        "enters_from": 1_700_000_000,
        "sitting": False,
        "notes": notes_on_jury(4, 3),
        **MINED,
    }


@pytest.mark.parametrize("size", [2, 3])
def test_a_jury_in_which_nobody_may_be_missing_is_noted(
    size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    jury = announced(size, size)
    text, document = both(show_jury, jury, RECEIPT, capsys=capsys, sitting=False)
    note, reaching = document["notes"]
    assert note.startswith(f"all {size} jurors have to sign, so that nobody may be missing")
    assert f"note: {note}\nnote: {reaching}\n" in text


def test_a_jury_of_one_goes_without_saying(capsys: pytest.CaptureFixture[str]) -> None:
    shown = both(show_jury, announced(1, 1), RECEIPT, capsys=capsys, sitting=False)
    assert shown[1]["notes"] == []


def test_the_sitting_jury_announced_takes_an_announcement_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    jury = announced(1, 1)
    text, document = both(show_jury, jury, RECEIPT, capsys=capsys, sitting=True)
    assert "this takes back what was announced before" in text
    assert "enters as a version of its own after the next report" in text
    assert "--next-jury" not in text
    assert document["sitting"] is True


# --- relayers ---

RELAYER = "0x" + "0a" * 20
BATCHES = replace(CONFIG, batch_seconds=60)


@pytest.mark.parametrize(
    ("allowed", "says"), [(True, "is a relayer and may submit batches"), (False, "is no relayer")]
)
def test_a_relayer_that_was_set(
    allowed: bool, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, document = both(show_relayer, BATCHES, RELAYER, RECEIPT, capsys=capsys, allowed=allowed)
    assert text.startswith(f"{RELAYER} {says}")
    assert text.endswith("(block 7, 21000 gas)\n")
    told = {"relayer": RELAYER, "allowed": allowed, "changed": True, "notes": []}
    assert document == {"call": "setRelayer", **told, **MINED}


@pytest.mark.parametrize(
    ("allowed", "says"), [(True, "is a relayer already"), (False, "is no relayer as it is")]
)
def test_a_relayer_that_the_contract_knew(
    allowed: bool, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, document = both(show_relayer, BATCHES, RELAYER, None, capsys=capsys, allowed=allowed)
    assert text == f"{RELAYER} {says}: nothing is sent\n"
    assert document == {"relayer": RELAYER, "allowed": allowed, "changed": False, "notes": []}


def test_a_relayer_of_a_task_without_batches_is_told_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for allowed, notes in [(True, 1), (False, 0)]:
        shown = both(show_relayer, CONFIG, RELAYER, RECEIPT, capsys=capsys, allowed=allowed)
        assert len(shown[1]["notes"]) == notes
