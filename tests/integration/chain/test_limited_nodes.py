"""A real chain behind a proxy that limits what it serves: every reader is right, or says so."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.chain.rpc.connection import Chain
from fedjury.data.verification import save_verification_set
from fedjury.devnet import devnet_accounts
from fedjury.errors import ExitCode
from fedjury.oracle.round_submissions import RoundSubmissions
from fedjury.protocol.updates_hash import opening_hash
from fedjury.runtime.events import ignore
from fedjury.task.on_chain import TaskOnChain
from tests.support.commands import command, succeed
from tests.support.federation import Federation, create_federation, cycle_until, judge_round
from tests.support.processes import Finished
from tests.support.recording_server import Reply
from tests.support.rpc_proxy import RpcProxy, rpc_proxy
from tests.support.services import Anvil

CLIENTS, ROUNDS = 3, 2


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """Two rounds that were judged, many blocks apart, and a third with all its updates."""
    directory = tmp_path_factory.mktemp("federation")
    with Anvil(directory / "anvil") as node:
        chain = Chain.connect(node.url)
        made = create_federation(directory, chain, devnet_accounts(2 + CLIENTS))
        clients = [made.client(index, ignore) for index in range(CLIENTS)]
        juror = made.juror(ignore)
        for _ in range(ROUNDS):
            for client in clients:
                cycle_until(client.cycle)
            judge_round(made, juror)
            chain.request("anvil_mine", hex(300))
        for client in clients:
            cycle_until(client.cycle)
        save_verification_set(made.verification, directory / "verification.safetensors")
        yield made


@pytest.fixture
def proxy(federation: Federation) -> Iterator[RpcProxy]:
    with rpc_proxy(federation.chain.url) as made:
        yield made


def options(federation: Federation, proxy: RpcProxy) -> list[object]:
    task, first = federation.task.contract.address, federation.task.from_block
    return ["--task", task, "--rpc", proxy.url, "--from-block", first, "--json"]


def read_all(federation: Federation, proxy: RpcProxy) -> None:
    """Each reader of the chain says what is so."""
    where = options(federation, proxy)
    store = ["--store", f"dir:{federation.directory / 'store'}"]
    full = ["--verification", federation.directory / "verification.safetensors"]
    for more in ([], full):
        document = succeed("audit", *where, *store, *more).document
        assert document["passed"] is True
        assert [each["updates"] for each in document["rounds"]] == [CLIENTS] * (ROUNDS + 1)
    rows = succeed("events", *where).lines
    assert len(rows) == CLIENTS * (ROUNDS + 1)
    status = succeed("status", *where).document
    assert status["round"] == ROUNDS + 1
    assert status["model"] == federation.finalized()[-1].model_digest.cid
    chain = Chain.connect(proxy.url)
    task = TaskOnChain.at(chain, federation.task.contract.address, federation.task.from_block)
    stamp = chain.block()
    state, jury = task.contract.current_round(at=stamp), task.contract.jury(at=stamp)
    root = task.contract.roster(at=stamp).root
    opening = opening_hash(state.number, state.model_digest, root, jury.hash)
    updates = RoundSubmissions(task).read(state, opening, stamp)
    assert [update.index for update in updates] == [0, 1, 2]
    for number in range(1, ROUNDS + 1):
        assert task.read_round(number, stamp.number).size == CLIENTS


def test_without_limits(federation: Federation, proxy: RpcProxy) -> None:
    read_all(federation, proxy)


def rpc_error(code: int, words: str) -> bytes:
    return json.dumps(
        {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": words}}
    ).encode()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(413, b"<html>Request Entity Too Large</html>"),
        Reply(400, rpc_error(-32600, "ranges over 50 blocks are not supported")),
        Reply(500),
        Reply(504, b"upstream timed out"),
        Reply(200, rpc_error(-32005, "limit")),
        Reply(200, rpc_error(35, "block range too large")),
        Reply(200, b"{"),
    ],
    ids=lambda reply: f"{reply.status} {reply.body[:20]!r}",
)
def test_a_node_that_refuses_long_ranges(
    federation: Federation, proxy: RpcProxy, reply: Reply
) -> None:
    def limit(method: str, params: list[Any]) -> Reply | None:
        if method != "eth_getLogs":
            return None
        blocks = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
        return reply if blocks > 50 else None

    proxy.before = limit
    read_all(federation, proxy)


def test_a_node_that_takes_too_long_for_long_ranges(
    federation: Federation, proxy: RpcProxy
) -> None:
    def limit(method: str, params: list[Any]) -> Reply | None:
        if method == "eth_getLogs":
            blocks = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
            time.sleep(1.5 if blocks > 300 else 0)
        return None

    proxy.before = limit
    chain = Chain.connect(proxy.url, timeout=0.5)
    task = TaskOnChain.at(chain, federation.task.contract.address, federation.task.from_block)
    history = task.read_history(chain.block())
    assert [record.size for record in history.rounds.values()] == [CLIENTS] * (ROUNDS + 1)


def cut(keep: Callable[[list[Any]], list[Any]]) -> Callable[[str, Any], Any]:
    return lambda method, result: keep(result) if method == "eth_getLogs" else result


@pytest.mark.parametrize(
    "keep",
    [
        lambda logs: logs[:8],
        lambda logs: logs[-8:],
        lambda logs: logs if len(logs) <= 8 else [],
        lambda logs: [log for log in reversed(logs) for _ in range(2)],
    ],
    ids=["the first 8", "the last 8", "none of more than 8", "twice and backwards"],
)
def test_a_node_that_cuts_short_without_a_word(
    federation: Federation, proxy: RpcProxy, keep: Callable[[list[Any]], list[Any]]
) -> None:
    proxy.after = cut(keep)
    read_all(federation, proxy)


@pytest.mark.parametrize("name", ["audit", "events", "status"])
def test_a_node_that_leaves_out_an_update_whatever_one_asks_is_said(
    federation: Federation, proxy: RpcProxy, name: str
) -> None:
    hidden = federation.updates(2)[1]
    assert isinstance(hidden, UpdateSubmitted)
    proxy.after = cut(
        lambda logs: [
            log for log in logs if log["transactionHash"] != "0x" + hidden.transaction_hash.hex()
        ]
    )
    ended = run(federation, proxy, name)
    assert ended.code == ExitCode.CHAIN_UNAVAILABLE
    assert "2 events do not hash to what the contract holds of round 2" in ended.out


def run(federation: Federation, proxy: RpcProxy, name: str, *more: object) -> Finished:
    store = ["--store", f"dir:{federation.directory / 'store'}"] if name != "events" else []
    return command(name, *options(federation, proxy), *store, *more)


@pytest.mark.parametrize("name", ["audit", "events", "status"])
def test_one_shot_commands_wait_out_a_rate_limit_within_their_patience(
    federation: Federation, proxy: RpcProxy, name: str
) -> None:
    limited = iter(range(2))

    def limit(method: str, _: list[Any]) -> Reply | None:
        again = method == "eth_getLogs" and next(limited, None) is not None
        return Reply(429, b"slow down", {"Retry-After": "0"}) if again else None

    proxy.before = limit
    begun = time.monotonic()
    assert run(federation, proxy, name).code == ExitCode.OK
    assert time.monotonic() - begun >= 3  # 1 s, then 2 s
    proxy.before = lambda method, _: (
        Reply(200, rpc_error(-32029, "too many requests")) if method == "eth_getLogs" else None
    )
    ended = run(federation, proxy, name, "--patience", 0)
    assert ended.code == ExitCode.CHAIN_UNAVAILABLE
    assert "too many requests" in ended.out
