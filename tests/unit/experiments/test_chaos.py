"""What the reliability harness breaks, and how it sees that something came out wrong."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import requests
from eth_account import Account

from experiments.chaos import daemon_process, unbound
from experiments.chaos.accomplices.hiding import Private, uploaded
from experiments.chaos.accomplices.messages import Answer, Fault, Request
from experiments.chaos.accomplices.peer_faults import asker, of_askers
from experiments.chaos.accomplices.rpc_faults import StandStill, of_methods, rpc_refusal
from experiments.chaos.accomplices.store_faults import truncated, wrong
from experiments.chaos.catalogue import SCENARIOS, sample
from experiments.chaos.daemon import Daemon
from experiments.chaos.federation import Federation, Stuck
from experiments.chaos.figures import Figures
from experiments.chaos.killer import Killer
from experiments.chaos.receipts import Given, Receipts
from experiments.chaos.rederiving import Rederiver
from experiments.chaos.results import COMMITTED, Seen, read_results, table, time_in_words
from experiments.chaos.scenario import Kind
from experiments.chaos.scenarios import lies, moments, one_juror
from experiments.chaos.scenarios.full_store import Writes
from experiments.chaos.settings import AROUND_SECONDS, QUICK_SECONDS, Settings
from fedjury.errors import FedjuryError
from fedjury.oracle.exchange.authorization import HEADER, authorize
from fedjury.oracle.exchange.events import WrongMac
from fedjury.oracle.exchange.lapse_events import LeaderSilent
from fedjury.oracle.figures import JurorFigures
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.signed import TaskDomain
from fedjury.protocol.verdicts import VerdictCode
from tests.support.audited_story import Story
from tests.support.fake_federation import verification, weights
from tests.support.joint import FOUR

DATA = b"the file of a client"
GOOD, USELESS = weights(0, 1), weights()


def met(fault: Fault, request: Request, answer: bytes = b"") -> tuple[list[Request], bytes | None]:
    """What reaches the service behind a fault, and the body that comes back."""
    passed: list[Request] = []

    def forward(asked: Request) -> Answer | None:
        passed.append(asked)
        return Answer(200, {}, answer)

    found = fault(request, forward, random.Random(1))
    return passed, found.body if found else None


def call(method: str, number: int = 1) -> Request:
    """A JSON-RPC request."""
    document = {"jsonrpc": "2.0", "id": number, "method": method, "params": []}
    return Request("/", {}, json.dumps(document).encode())


def upload(data: bytes) -> Request:
    """As daemons put a file into IPFS."""
    made = requests.Request("POST", "http://ipfs/api/v0/add?pin=true", files={"file": data})
    prepared = made.prepare()
    return Request(prepared.path_url, dict(prepared.headers), cast(bytes, prepared.body))


def reading(data: bytes) -> Request:
    """As daemons ask IPFS for a file."""
    return Request(f"/api/v0/cat?arg={Digest.of(data).cid}&timeout=5000ms", {}, b"")


# --- accomplices ---


def test_what_a_client_puts_into_the_store_is_hidden_from_others_until_they_have_it() -> None:
    private = Private()
    publish, hide = private.mark(), private.hide()
    assert met(hide, reading(DATA))[0] == [reading(DATA)]
    met(publish, upload(DATA))
    assert private.size == 1
    (asked,), _ = met(hide, reading(DATA))
    assert Digest.of(DATA).cid not in asked.path
    assert met(hide, reading(b"another"))[0] == [reading(b"another")]
    met(hide, upload(DATA))
    assert met(hide, reading(DATA))[0] == [reading(DATA)]
    assert Digest.of(DATA).cid not in met(private.hide(), reading(DATA))[0][0].path


def test_the_file_in_an_upload_is_found_whatever_it_holds() -> None:
    data = bytes(range(256)) + b"\r\n\r\n--\r\n"
    assert uploaded(upload(data)) == data
    assert uploaded(reading(data)) is None


@pytest.mark.parametrize("fault", [wrong, truncated])
def test_files_are_spoiled_and_nothing_else_is(fault: Fault) -> None:
    body = met(fault, reading(DATA), DATA)[1]
    assert body is not None
    assert body != DATA
    assert len(body) == len(DATA) or DATA.startswith(body)
    assert met(fault, upload(DATA), DATA)[1] == DATA


def test_a_node_that_stands_still_answers_what_it_answered_first() -> None:
    still = StandStill()
    assert met(still, call("eth_blockNumber", 1), b'{"id": 1, "result": "0x1"}')[0]
    passed, body = met(still, call("eth_blockNumber", 7), b'{"id": 7, "result": "0x2"}')
    assert (passed, json.loads(body or b"")) == ([], {"id": 7, "result": "0x1"})
    sent = call("eth_sendRawTransaction")
    assert met(still, sent, b"1") == met(still, sent, b"1") == ([sent], b"1")


def test_only_requests_of_the_named_methods_are_refused() -> None:
    refuse = of_methods(["eth_sendRawTransaction"], rpc_refusal(-32000, "nonce too low"))
    passed, body = met(refuse, call("eth_sendRawTransaction", 5))
    document = json.loads(body or b"")
    assert (passed, document["id"], document["error"]["message"]) == ([], 5, "nonce too low")
    assert met(refuse, call("eth_call"), b"fine")[1] == b"fine"


def test_what_the_store_refuses_to_write_is_counted_and_passed_on() -> None:
    writes, refusal = Writes(), Answer(500, {}, b"no space left on device")
    for path in ("/api/v0/add?pin=true", "/api/v0/pin/add?arg=Qm", "/api/v0/cat?arg=Qm"):
        assert writes(Request(path, {}, b""), lambda _: refusal, random.Random(1)) is refusal
    taken = upload(DATA)
    assert met(writes, taken, b"{}") == ([taken], b"{}")
    assert writes.seen == {"refused": 2, "taken": 1}


def test_jurors_are_told_apart_by_what_they_sign() -> None:
    mine, other = (Account.from_key(bytes([number]) * 32) for number in (1, 2))
    domain = TaskDomain(1337, "0x" + "ab" * 20)

    def signed(by: object) -> Request:
        value = authorize(by, domain, "0x" + "cd" * 20, "/status", 5)  # type: ignore[arg-type]
        return Request("/status", {HEADER: value}, b"", "GET")

    assert asker(signed(mine)) == mine.address.lower()
    assert asker(Request("/healthz", {}, b"")) is None
    fault = of_askers([other.address.lower()])
    assert met(fault, signed(mine), b"yes")[1] == b"yes"
    assert met(fault, signed(other), b"yes") == ([], None)


# --- what comes out ---


def receipt(digest: bytes = b"\2" * 32, parent: bytes = b"\3" * 32) -> bytes:
    """What a relay answers."""
    return json.dumps(
        {
            "receipt": {
                "round": 1,
                "client": "0x" + "11" * 20,
                "digest": "0x" + digest.hex(),
                "parent_model": "0x" + parent.hex(),
            }
        }
    ).encode()


def test_a_receipt_is_lost_unless_the_round_has_the_update(tmp_path: Path) -> None:
    story, receipts = Story(tmp_path), Receipts()
    story.judge(GOOD, USELESS)
    history = story.round(1)
    parent, there = bytes(history.opened.model_digest), history.alone[0]
    taken = Request("/updates", {}, b"")
    receipts.witness(taken, Answer(200, {}, receipt(parent=parent)))
    receipts.witness(taken, Answer(503, {}, receipt(b"\4" * 32, parent)))
    receipts.witness(taken, Answer(200, {}, receipt(b"\5" * 32)))  # for another model
    receipts.given.add(Given(1, there.client, there.digest, Digest(parent)))
    assert [each.digest for each in receipts.lost(history, [])] == [Digest(b"\2" * 32)]


def derived_wrong(story: Story) -> list[str]:
    """What the reference finds wrong in the first round of a story."""
    task = story.federation.task
    rederiver = Rederiver(task, Slices.of(task.spec, [verification()]))
    return list(rederiver.derive(story.round(1)).wrong)


def test_an_honest_round_is_derived_as_it_was_reported(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.missing = {1}
    story.judge(GOOD, USELESS, USELESS)
    assert derived_wrong(story) == []


def test_another_verdict_than_the_references_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(GOOD, USELESS)
    story.falsify_verdict(1, VerdictCode.ACCEPTED)
    assert derived_wrong(story) == ["round 1: the reference gives other verdicts"]


def test_another_model_than_the_references_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(GOOD, USELESS)
    story.falsify(model_digest=Digest(b"\1" * 32))
    assert derived_wrong(story) == ["round 1: the reference gives another model"]


def test_an_available_file_that_is_gone_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.judge(GOOD, USELESS)
    story.forget(story.digests[0])
    with pytest.raises(FedjuryError, match="a file that a record rests on is gone"):
        derived_wrong(story)


# --- the harness ---


def test_a_program_beyond_its_limit_goes_on_and_what_it_tells_is_written(tmp_path: Path) -> None:
    script = "ulimit -f 1; head -c 9999 /dev/zero > file; echo $?; head -c 9999 /dev/zero"
    with (tmp_path / "out").open("wb") as out:
        command = [sys.executable, unbound.__file__, "sh", "-c", script]
        # the end of its errors comes with the end of whoever writes for it
        subprocess.run(command, check=True, cwd=tmp_path, stdout=out, stderr=subprocess.PIPE)
    assert (tmp_path / "file").stat().st_size < 9999
    assert (tmp_path / "out").read_bytes() == b"1\n" + bytes(9999)


@dataclass
class Victim:
    """A daemon that only counts."""

    name: str
    events: list[str] = field(default_factory=list)

    def kill(self) -> bool:
        """Be killed."""
        self.events.append("killed")
        return True

    def start(self) -> None:
        """Be started again."""
        self.events.append("started")


def test_as_many_are_killed_as_wanted_and_each_is_started_again() -> None:
    victims = [Victim("relay"), Victim("juror-1"), Victim("client-1")]
    killer = Killer(cast(list[Daemon], victims), kills=20, seconds=0.0, seed=3)
    killer.start()
    killer._thread.join()
    assert 20 <= killer.total <= 22
    for victim in victims:
        assert killer.killed[victim.name] == victim.events.count("killed") > 0
        assert victim.events == ["killed", "started"] * killer.killed[victim.name]


def test_a_sample_has_one_scenario_of_each_kind_and_another_for_another_seed() -> None:
    names = [each.name for each in SCENARIOS]
    assert len(set(names)) == len(names)
    kinds = dict.fromkeys(each.kind for each in SCENARIOS)

    def drawn(seed: int) -> list[str]:
        return [each.name for each in sample(SCENARIOS, seed)]

    assert [each.kind for each in sample(SCENARIOS, 1)] == list(kinds)
    assert drawn(1) == drawn(1)
    assert len({tuple(drawn(seed)) for seed in range(20)}) > 1


def test_whatever_the_seed_a_quick_sample_fits_into_its_three_minutes() -> None:
    samples = [sample(SCENARIOS, seed) for seed in range(300)]
    longest = max(sum(each.seconds for each in scenarios) for scenarios in samples)
    drawn = {each.name for scenarios in samples for each in scenarios}
    assert drawn == {each.name for each in SCENARIOS if each.seconds <= 30}
    assert 100 < longest <= QUICK_SECONDS - AROUND_SECONDS
    assert QUICK_SECONDS == 180


def test_a_run_says_how_long_it_took_and_a_quick_one_when_that_was_too_long() -> None:
    assert time_in_words(122.3, True) == time_in_words(122.3, False) == "in all: 122 s"
    assert time_in_words(3000, False) == "in all: 3000 s"
    assert time_in_words(191, True).startswith("in all: 191 s, and 180 s is what a quick run takes")


# --- a liar ---


@dataclass
class Lied:
    """A federation in which a juror lies, and what its others tell of that.

    Attributes:
        told, counted: how often in their logs and in their metrics, once it lies.
        quick: whether the run is.
        rounds: that were played meanwhile.
        is_lying: whether it does by now.
        jurors, clients: nobody does anything with them.
    """

    told: int
    counted: int
    quick: bool = False
    rounds: int = 0
    is_lying: bool = False
    jurors: list[Victim] = field(default_factory=lambda: [Victim(f"juror-{n}") for n in range(4)])
    clients: list[Victim] = field(default_factory=lambda: [Victim(f"client-{n}") for n in range(6)])

    @property
    def settings(self) -> Settings:
        """Of the run."""
        return Settings(seed=1, quick=self.quick)

    def next_round(self) -> int:
        """The round that is on."""
        return self.rounds

    def wait_for_round(self, number: int) -> None:
        """Play until this one."""
        self.rounds = number

    def wait(self, condition: Callable[[], bool], seconds: float, complaint: str) -> None:
        """As the federation, of things that never change."""
        if not condition():
            raise Stuck(complaint)

    def play(self, name: str, monkeypatch: pytest.MonkeyPatch) -> Figures:
        """Have a juror lie in this way."""

        @contextmanager
        def wrong_inside(*_: object) -> Iterator[None]:
            self.is_lying = True
            yield

        def play_to_one(*_: object) -> int:
            self.rounds += 1
            return 2

        monkeypatch.setattr(lies, "wrong_inside", wrong_inside)
        monkeypatch.setattr(lies, "play_to_one", play_to_one)
        monkeypatch.setattr(lies, "told_of_peers", lambda *_: 3 + self.told * self.is_lying)
        monkeypatch.setattr(lies, "metrics_of", lambda *_: 4 + self.counted * self.is_lying)
        return lies.lying(name)(cast(Federation, self), 1)


@pytest.mark.parametrize("name", sorted(lies.TOLD))
def test_a_lie_has_to_be_told_of_in_the_log_and_to_be_counted_in_metrics(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = Lied(told=6, counted=5).play(name, monkeypatch).values
    assert values["times that the others told of it"] == 6
    assert values["counts of it in their metrics"] == 5
    for told, counted in ((6, 0), (0, 5)):
        with pytest.raises(Stuck, match="in log and metrics"):
            Lied(told, counted).play(name, monkeypatch)


@pytest.mark.parametrize(("told", "counted"), [(1, 2), (1, 0), (0, 2)])
def test_a_juror_that_does_not_work_has_to_be_told_of_in_the_log_and_to_be_counted_in_metrics(
    told: int, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Lied(told, counted, quick=True)

    def disturb(federation: object, index: int) -> AbstractContextManager[None]:
        made.is_lying = True
        return nullcontext()

    monkeypatch.setattr(one_juror, "told_of_peers", lambda *_: told * made.is_lying)
    monkeypatch.setattr(one_juror, "metrics_of", lambda *_: counted * made.is_lying)
    monkeypatch.setattr(one_juror, "is_heard", lambda *_: not made.is_lying)
    stuck = pytest.raises(Stuck, match="in log and metrics")
    with nullcontext() if told and counted else stuck:
        figures = one_juror.in_turn(disturb)(cast(Federation, made), 1)
        assert figures.values["counts of it in their metrics"] == 2


def test_rounds_are_added_while_nobody_tells_but_for_a_quick_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient, quick = Lied(0, 0), Lied(0, 0, quick=True)
    with pytest.raises(Stuck):
        patient.play("files-for-one", monkeypatch)
    assert patient.rounds == 13
    assert quick.play("files-for-one", monkeypatch).values["rounds with a liar"] == 1
    assert quick.rounds == 1


def test_what_the_metrics_of_others_count_of_a_juror_is_counted_by_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = [JurorFigures() for _ in FOUR]
    liar, other = FOUR[1].address, FOUR[2].address
    for figures in shown:
        figures.event(WrongMac(round=1, attempt=0, juror=liar))
    shown[0].event(WrongMac(round=2, attempt=0, juror=liar))
    shown[0].event(WrongMac(round=2, attempt=0, juror=other))
    shown[0].event(LeaderSilent(round=2, attempt=0, juror=liar))

    def get(url: str, timeout: float) -> SimpleNamespace:
        port = int(url.removeprefix("http://127.0.0.1:").removesuffix("/metrics"))
        if port == 3:
            raise requests.ConnectionError("nobody listens there")
        return SimpleNamespace(text=shown[port].text().decode())

    monkeypatch.setattr(requests, "get", get)
    room = SimpleNamespace(jurors=FOUR)
    federation = cast(Federation, SimpleNamespace(room=room, monitors=[0, 1, 2, 3]))
    assert moments.metrics_of(federation, 1, ["wrong-mac"]) == 3
    assert moments.metrics_of(federation, 1, ["wrong-mac", "leader-silent"]) == 4
    assert moments.metrics_of(federation, 1, ["equivocation"]) == 0


@pytest.mark.parametrize(
    ("said", "is_heard"),
    [
        ({"0": " 1.0", "2": " 1.0", "3": " 1.0"}, True),
        ({"0": " 1.0", "2": " 0.0", "3": " 1.0"}, False),  # one waits for it yet
        ({"0": " 1.0", "2": "", "3": " 1.0"}, False),  # one has not asked it yet
    ],
)
def test_a_juror_is_heard_when_it_answers_all_others(
    said: dict[str, str], is_heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = f'fedjury_juror_peer_reachable{{peer="{FOUR[1].address.lower()}"}}'

    def get(url: str, timeout: float) -> SimpleNamespace:
        value = said[url.removeprefix("http://127.0.0.1:").removesuffix("/metrics")]
        return SimpleNamespace(text=f"{figure}{value}" if value else "")

    monkeypatch.setattr(requests, "get", get)
    room = SimpleNamespace(jurors=FOUR)
    federation = cast(Federation, SimpleNamespace(room=room, monitors=[0, 1, 2, 3]))
    assert moments.is_heard(federation, 1) is is_heard


def test_all_that_has_to_be_told_of_a_lie_is_counted_by_a_jurors_metrics() -> None:
    figures = JurorFigures()
    figures.watch(lambda: 0, lambda: None, lambda: None, lambda: [FOUR[0].address])
    kinds = {kind for told in lies.TOLD.values() for kind in told}
    counted = re.findall(r'peer_events_total\{kind="([\w-]+)"', figures.text().decode())
    assert kinds <= set(counted)


def test_figures_add_up() -> None:
    figures, more = Figures({"kills": 2}), Figures({"kills": 3, "rounds": 1}, ["bad"])
    figures.take(more)
    figures.require(False, "worse")
    figures.require(True, "fine")
    assert (figures.values, figures.wrong) == ({"kills": 5, "rounds": 1}, ["bad", "worse"])


def test_the_table_has_a_row_for_each_scenario_that_was_run_and_says_what_is_not_right() -> None:
    seen = {
        "kills": Seen(1, 60, {"kills": 1300, "rounds": 31, "updates": 180}, []),
        "cut-2-2": Seen(1, 20, {"rounds": 2}, ["round 3 is open"]),
    }
    rows = table(seen).splitlines()[2:]
    assert [row for row in rows if row.startswith("| **")] == [
        f"| **{kind.value}** " + "|" * 9 for kind in (Kind.KILLS, Kind.CUT)
    ]
    assert "| `kills` | 31 | 180 |  |  |  | 1,300 kills | yes |" in rows[1]
    assert rows[3].endswith("| `cut-2-2` | 2 |  |  |  |  |  | **no** |")


def test_committed_figures_are_of_every_scenario_and_all_right() -> None:
    seen = read_results(COMMITTED)
    assert list(seen) == [each.name for each in SCENARIOS]
    assert {name: each.wrong for name, each in seen.items() if each.wrong} == {}


@dataclass
class Process:
    """A process that has ended."""

    exitcode: int
    pid: int = 1

    def is_alive(self) -> bool:
        """It is not."""
        return False


@pytest.mark.parametrize(("code", "ends"), [(-9, []), (0, [0]), (20, [20])])
def test_a_daemon_that_ended_by_itself_is_told_from_one_that_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, ends: list[int]
) -> None:
    monkeypatch.setattr(daemon_process, "start", lambda *_: Process(code))
    daemon = Daemon("relay", ["relay"], tmp_path, {})
    daemon.start()
    daemon.start()
    assert (daemon.ends, daemon.lives) == (ends, 2)


def test_a_line_that_a_kill_cut_is_left_out(tmp_path: Path) -> None:
    daemon = Daemon("relay", ["relay"], tmp_path, {})
    assert daemon.lines() == []
    daemon.out.write_text('{"event": "a", "round": 1}\n{"event": "b", "rou\n{"event": "a"}\n')
    assert daemon.told("a") == [{"event": "a", "round": 1}, {"event": "a"}]
    assert daemon.told("a", round=1) == [{"event": "a", "round": 1}]
