"""`fedjury jury status` and `diff`, which ask jurors that are served on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from fedjury.devnet.keystores import write_keystores
from fedjury.errors import ExitCode
from fedjury.oracle.exchange.docket import FINDINGS
from fedjury.oracle.exchange.software import software_name
from fedjury.protocol.statements.signed import sign
from fedjury.task.location import TaskLocation
from tests.support.commands import command
from tests.support.example_deployment import deployment
from tests.support.exchange_server import (
    DOMAIN,
    JURY,
    KEY,
    ME,
    OTHER,
    THIRD,
    ServedBoard,
    owned_docket,
    served_board,
)
from tests.support.fake_federation import CHAIN_ID, TASK_ADDRESS, FakeFederation
from tests.support.processes import Finished
from tests.support.statements import findings, vote

SERVED, ASKING, SILENT = (each.address.lower() for each in (ME, OTHER, THIRD))


@pytest.fixture(autouse=True)
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task with a jury of three, in a deployment file; its chain is in memory."""
    federation = FakeFederation(tmp_path / "federation")
    federation.contract.seat([ME, OTHER, THIRD], 3)
    monkeypatch.setattr(TaskLocation, "on_chain", lambda *_: federation.task)
    monkeypatch.chdir(tmp_path)
    place = {"task": TASK_ADDRESS, "chain_id": CHAIN_ID}
    deployment().model_copy(update=place).save(tmp_path / "deployment.json")
    write_keystores(tmp_path / "keys", tmp_path / "password.txt", [ME, OTHER, THIRD])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedBoard]:
    """The first juror, with something to say of itself."""
    with served_board(tmp_path / "served", software=software_name()) as made:
        wrong = {"wrong_macs": {SILENT: 2}}
        made.board.status = lambda: {"round": 3, "step": "votes", **wrong}
        yield made


def asked(*arguments: object) -> Finished:
    """What `fedjury jury` says to the second juror."""
    key = ("--keystore", f"keys/1-{OTHER.address}.json", "--password-file", "password.txt")
    return command("jury", *arguments, "--deployment", "deployment.json", *key, "--json")


def test_each_juror_is_asked_how_it_is(served: ServedBoard) -> None:
    ended = asked("status", "--peer", served.url)
    assert ended.code == ExitCode.PROBLEMS_FOUND
    rows: dict[str, Any] = {each["juror"]: each for each in ended.document["jurors"]}
    assert tuple(map(str.lower, rows)) == JURY
    one = rows[ME.address]
    assert (one["reachable"], one["url"]) == (True, served.url)
    assert (one["software"], one["round"], one["step"]) == (software_name(), 3, "votes")
    assert one["wrong_macs"] == {THIRD.address: 2}
    assert abs(one["clock_ahead"]) < 5
    assert (rows[THIRD.address]["reachable"], rows[THIRD.address]["url"]) == (False, None)
    assert f"for {ME.address}, {THIRD.address} has not judged" in "".join(
        ended.document["troubles"]
    )
    assert "1 of 3 jurors answer, and 3 have to sign" in "".join(ended.document["troubles"])
    assert ended.document["docket"] is None


def test_what_a_juror_says_of_the_others_places_is_gone_by(served: ServedBoard) -> None:
    with served_board(Path("third"), whose=THIRD, software=software_name()) as third:
        served.board.status = third.board.status = lambda: {"step": "no closed round seen yet"}
        served.announcements.announce(ME, served.url, 1000.0)
        served.announcements.take(third.announcements.announce(THIRD, third.url, 1000.0))
        rows = {
            each["juror"]: each for each in asked("status", "--peer", served.url).document["jurors"]
        }
    assert rows[THIRD.address]["url"] == third.url
    assert rows[THIRD.address]["reachable"]


def test_a_seed_that_leads_to_no_juror_is_a_trouble() -> None:
    ended = asked("status", "--peer", "http://127.0.0.1:9")
    assert "--peer http://127.0.0.1:9 leads to no juror" in ended.document["troubles"][0]


def test_findings_that_the_docket_lacks_are_asked_for(served: ServedBoard) -> None:
    mine, theirs = findings("one", 5), findings("two", 6)
    votes = sign(OTHER, vote(KEY, mine, 1), DOMAIN), sign(ME, vote(KEY, theirs, 2), DOMAIN)
    served.docket.open(KEY, JURY)
    served.docket.keep_body(theirs.hash, FINDINGS, KEY.round, theirs.to_bytes())
    for each in votes:
        served.docket.hear(each)
    place = Path(f"oracle-{OTHER.address}") / to_checksum_address(TASK_ADDRESS)
    with owned_docket(place, OTHER) as docket:
        docket.open(KEY, JURY)
        docket.keep_body(mine.hash, FINDINGS, KEY.round, mine.to_bytes())
        for each in votes:
            docket.hear(each)
        (unknown,) = asked("diff", KEY.round).document["differences"]
        (found,) = asked("diff", KEY.round, "--peer", served.url).document["differences"]
    assert unknown["findings"] is None
    (update,) = found["findings"]
    assert (update["update"], update["count"], update["other_count"]) == (0, 5, 6)


def test_an_announcement_is_a_file_that_leads_to_its_juror(served: ServedBoard) -> None:
    key = ("--keystore", f"keys/0-{ME.address}.json", "--password-file", "password.txt")
    made = command("jury", "announce", "--url", served.url, *key, "--deployment", "deployment.json")
    assert made.code == ExitCode.OK
    Path("juror.json").write_text(made.out)
    rows = {
        each["juror"]: each for each in asked("status", "--peer", "juror.json").document["jurors"]
    }
    assert rows[ME.address]["url"] == served.url
    assert rows[ME.address]["reachable"]
