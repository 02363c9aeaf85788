"""`fedjury jury`, by a docket on disk."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import JuryAnnounced
from fedjury.cli.displays.jury import Known, show_status
from fedjury.cli.options import ChainReadOptions
from fedjury.cli.output import Output
from fedjury.errors import ExitCode
from fedjury.oracle.exchange.docket import FINDINGS, Docket
from fedjury.oracle.exchange.evidence import (
    MOST_EVIDENCE_BYTES,
    Contradiction,
    write_evidence,
)
from fedjury.oracle.exchange.juror_state import JurorState
from fedjury.oracle.exchange.status import said_document
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.signed import RoundKey, TaskDomain, sign
from fedjury.protocol.update_tag import task_name
from tests.support.commands import command
from tests.support.example_deployment import ADDRESS, deployment
from tests.support.fake_federation import (
    CHAIN_ID,
    JUROR,
    OTHER_JUROR,
    TASK_ADDRESS,
    FakeFederation,
    weights,
)
from tests.support.statements import findings, vote

SEATED = JuryAnnounced(
    block_number=1,
    log_index=0,
    transaction_hash=bytes(32),
    version=1,
    jury=bytes(32),
    enters_from=0,
    jurors=(JUROR.address,),
    quorum=1,
)
DOMAIN, KEY = TaskDomain(1337, ADDRESS), RoundKey(3, bytes(32))


@pytest.fixture
def docket(elsewhere: Path) -> Docket:
    """Of a juror, at its place, in which both jurors voted otherwise."""
    deployment().save(elsewhere / "deployment.json")
    place = elsewhere / f"oracle-{JUROR.address}" / ADDRESS
    place.mkdir(parents=True)
    owner = {"task": task_name(1337, ADDRESS), "juror": JUROR.address.lower()}
    found = Docket(place / "jury.sqlite", owner)
    found.open(KEY, [JUROR.address.lower(), OTHER_JUROR.address.lower()])
    mine, theirs = findings("one", 5, 0), findings("two", 6, 1)
    for each in (mine, theirs):
        found.keep_body(each.hash, FINDINGS, KEY.round, each.to_bytes())
    found.say(sign(JUROR, vote(KEY, mine, 1), DOMAIN))
    found.hear(sign(OTHER_JUROR, vote(KEY, theirs, 2), DOMAIN))
    return found


ME = ("--address", JUROR.address, "--deployment", "deployment.json")


def test_where_jurors_differ_is_told_by_update_counts_and_versions(docket: Docket) -> None:
    ended = command("jury", "diff", 3, *ME, "--json")
    assert ended.code == ExitCode.PROBLEMS_FOUND
    (found,) = ended.document["differences"]
    assert (found["software"], found["other_software"]) == ("one", "two")
    assert found["other"] == OTHER_JUROR.address
    (update,) = found["findings"]
    assert (update["update"], update["count"], update["other_count"]) == (0, 5, 6)
    assert update["code"] != update["other_code"]


def test_a_round_that_the_docket_does_not_know_is_an_error(docket: Docket) -> None:
    ended = command("jury", "diff", 4, *ME)
    assert (ended.code, "knows nothing of round 4" in ended.err) == (ExitCode.CONFIG, True)


def test_evidence_is_exported_and_verified_without_a_docket(docket: Docket) -> None:
    assert command("jury", "evidence", *ME).code == ExitCode.OK
    docket.hear(sign(OTHER_JUROR, vote(KEY, findings("two", 6, 1), 3), DOMAIN))
    ended = command("jury", "evidence", *ME, "--export", "evidence.json", "--json")
    assert ended.code == ExitCode.PROBLEMS_FOUND
    (found,) = ended.document["evidence"]
    assert (found["juror"], found["fault"]) == (OTHER_JUROR.address, None)
    checked = command("jury", "evidence", "--verify", "evidence.json", "--json")
    assert checked.code == ExitCode.PROBLEMS_FOUND
    assert checked.document == ended.document


def test_evidence_that_was_changed_proves_nothing(docket: Docket) -> None:
    docket.hear(sign(OTHER_JUROR, vote(KEY, findings("two", 6, 1), 3), DOMAIN))
    command("jury", "evidence", *ME, "--export", "evidence.json")
    document = json.loads(Path("evidence.json").read_text())
    Path("evidence.json").write_text(json.dumps({**document, "chain_id": 1}))
    ended = command("jury", "evidence", "--verify", "evidence.json", "--json")
    assert ended.code == ExitCode.OK
    assert ended.document["evidence"][0]["fault"] is not None


@pytest.fixture
def federation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeFederation:
    """A task that commands find, whose first round one juror of the two judges."""
    made = FakeFederation(tmp_path / "federation")
    made.submit_weights(weights(0))
    location = SimpleNamespace(on_chain=lambda patience: made.task)
    monkeypatch.setattr(ChainReadOptions, "location", lambda options: location)
    return made


def write_twice(federation: FakeFederation, juror: LocalAccount, address: str) -> None:
    """Two HAVEs of a juror on the task's round, in a file."""
    state, domain = federation.contract.current_round(), TaskDomain(CHAIN_ID, address)
    one, other = (
        sign(
            juror,
            Have(round=1, updates_hash=state.updates_hash, batches=b"", entries=entries),
            domain,
        )
        for entries in (b"\x80", b"\0")
    )
    Path("evidence.json").write_bytes(write_evidence([Contradiction(one, other)], domain))


VERIFY = ("jury", "evidence", "--verify", "evidence.json")
NAMED = ("--on-chain", "--task", TASK_ADDRESS, "--rpc", "http://127.0.0.1:8545")


def test_a_third_party_learns_that_who_signed_sits_in_the_jury(
    elsewhere: Path, federation: FakeFederation
) -> None:
    write_twice(federation, JUROR, TASK_ADDRESS)
    ended = command(*VERIFY, *NAMED, "--json")
    assert ended.code == ExitCode.PROBLEMS_FOUND
    (found,) = ended.document["evidence"]
    assert ended.document["block"] == federation.chain.height
    assert (found["juror"], found["fault"]) == (JUROR.address, None)
    assert found["on_chain"] == {"state": "open", "sat": True, "same_updates": True}
    words = command(*VERIFY, *NAMED).out
    assert "(it sits in the jury of this round, which is open)" in words
    assert f"as the chain is at block {federation.chain.height}" in words


def test_what_a_stranger_signed_is_no_evidence_against_a_juror(
    elsewhere: Path, federation: FakeFederation
) -> None:
    write_twice(federation, OTHER_JUROR, TASK_ADDRESS)
    ended = command(*VERIFY, *NAMED, "--json")
    assert ended.code == ExitCode.OK
    (found,) = ended.document["evidence"]
    assert "does not sit in the jury" in found["fault"]
    assert found["on_chain"]["sat"] is False


def test_without_the_chain_it_is_said_what_was_not_looked_at(
    elsewhere: Path, federation: FakeFederation
) -> None:
    write_twice(federation, OTHER_JUROR, TASK_ADDRESS)
    ended = command(*VERIFY)
    assert ended.code == ExitCode.PROBLEMS_FOUND
    assert "whether who signed sat in the round's jury" in ended.out
    assert "was not looked at (--on-chain does)" in ended.out
    document = command(*VERIFY, "--json").document
    assert (document["block"], document["evidence"][0]["on_chain"]) == (None, None)


def test_evidence_of_another_task_than_the_named_one_is_an_error(
    elsewhere: Path, federation: FakeFederation
) -> None:
    write_twice(federation, JUROR, ADDRESS)
    ended = command(*VERIFY, *NAMED)
    assert (ended.code, f"is of task {ADDRESS}" in ended.err) == (ExitCode.CONFIG, True)


def test_without_a_docket_nothing_is_made(elsewhere: Path) -> None:
    deployment().save(elsewhere / "deployment.json")
    ended = command("jury", "evidence", *ME)
    assert (ended.code, "there is no docket at" in ended.err) == (ExitCode.CONFIG, True)
    assert {each.name for each in elsewhere.iterdir()} == {"deployment.json"}


def test_one_of_a_kind_is_told_as_one(docket: Docket, capsys: pytest.CaptureFixture[str]) -> None:
    held = Have(round=KEY.round, updates_hash=KEY.updates_hash, batches=b"", entries=b"\x80")
    docket.say(sign(JUROR, held, DOMAIN))
    latest = {**said_document(docket, KEY), "proposals": [0]}
    show_status(JUROR.address, SEATED, None, Known(latest), [], Output())
    assert capsys.readouterr().out.splitlines()[0] == (
        "this juror's docket, round 3: 1 HAVE, 1 proposal, votes: 2 in attempt 0, not certified"
    )


@pytest.mark.parametrize(
    ("ahead", "shown"), [(-0.2, "+0 s"), (0.2, "+0 s"), (-0.6, "-1 s"), (2.4, "+2 s")]
)
def test_a_clock_that_shows_the_same_is_not_told_as_behind(
    ahead: float, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    juror = JurorState(JUROR.address.lower(), "http://a", software="one", clock_ahead=ahead)
    show_status(JUROR.address, SEATED, [juror], None, [], Output())
    (row,) = [each for each in capsys.readouterr().out.splitlines() if "http://a" in each]
    assert row.rstrip(" │|").endswith(f" {shown}")
    assert JUROR.address in row


def test_what_somebody_should_look_into_is_one_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_status(JUROR.address, SEATED, None, None, ["one\ntwo", "three\u202e"], Output())
    assert capsys.readouterr().out.splitlines() == ["one\\ntwo", "three\\u202e"]


def test_evidence_larger_than_any_is_not_read(elsewhere: Path) -> None:
    with Path("evidence.json").open("wb") as file:
        file.truncate(MOST_EVIDENCE_BYTES + 1)
    ended = command("jury", "evidence", "--verify", "evidence.json")
    assert "evidence.json has more than 67,108,864 bytes" in ended.err
