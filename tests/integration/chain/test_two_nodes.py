"""One chain behind two proxies, as two nodes: one stands still, one dies, and all goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.nodes import pool
from fedjury.chain.nodes.events import NodeBack, NodeLeft
from fedjury.chain.nodes.failover import connect_several
from fedjury.chain.rpc.connection import Chain
from fedjury.cli.app import main
from fedjury.data.verification import save_verification_set
from fedjury.devnet import devnet_accounts
from fedjury.errors import ExitCode
from fedjury.runtime.events import ignore
from fedjury.runtime.loop import Step
from tests.support.commands import command, succeed
from tests.support.example_deployment import deployment
from tests.support.federation import Federation, create_federation, cycle_until, judge_round
from tests.support.recorder import Recorder
from tests.support.recording_server import Asked, Reply, recording_server
from tests.support.rpc_proxy import RpcProxy, ask, rpc_proxy
from tests.support.services import Anvil
from tests.support.waiting import until

CLIENTS, ROUNDS = 2, 2


@pytest.fixture
def anvil_url(tmp_path: Path) -> Iterator[str]:
    with Anvil(tmp_path / "anvil") as node:
        yield node.url


@pytest.fixture
def proxies(anvil_url: str) -> Iterator[list[RpcProxy]]:
    with rpc_proxy(anvil_url) as first, rpc_proxy(anvil_url) as second:
        yield [first, second]


def stand_still(proxy: RpcProxy, chain: Chain) -> None:
    """Have a node know no block after the one that is the newest now."""
    newest = chain.request("eth_getBlockByNumber", "latest", False)

    def after(method: str, result: Any) -> Any:
        if method == "eth_getBlockByNumber" and int(result["number"], 16) > int(
            newest["number"], 16
        ):
            return newest
        return None if method == "eth_getTransactionReceipt" else result

    proxy.after = after


def play(federation: Federation) -> None:
    """A round of all clients and the juror, by the federation's own chain."""
    clients = [federation.client(index, ignore) for index in range(CLIENTS)]
    for client in clients:
        cycle_until(client.cycle)
    judge_round(federation, federation.juror(ignore))


def write_deployment(federation: Federation, path: Path) -> None:
    """The file by which commands find the task."""
    task = federation.task
    known = deployment().model_copy(
        update={
            "chain_id": federation.chain.chain_id,
            "store": f"dir:{federation.directory / 'store'}",
            "task": task.contract.address,
            "block": task.from_block,
        }
    )
    known.save(path)


def test_daemons_go_on_while_one_node_stands_still_and_then_the_other_dies(
    anvil_url: str, proxies: list[RpcProxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 20 blocks at a time take this chain 200 s ahead of the clock
    monkeypatch.setattr(pool, "AHEAD_SECONDS", 600.0)
    first, second = proxies
    direct = Chain.connect(anvil_url)
    stand_still(first, direct)
    direct.request("anvil_mine", hex(20), hex(10))
    told = Recorder()
    chain = connect_several([first.url, second.url], direct.chain_id, listener=told)
    (left,) = told.of(NodeLeft)
    assert left.endpoint == first.url
    assert "it stands still at block 0, where others are at 20" in left.reason
    federation = create_federation(
        tmp_path, chain, devnet_accounts(2 + CLIENTS), clients=CLIENTS, rounds=ROUNDS
    )
    play(federation)
    first.after = lambda method, result: result
    until(lambda: bool(chain.block() and told.of(NodeBack)))
    second.before = lambda method, params: Reply(502, b"gone")
    play(federation)
    assert [each.endpoint for each in told.of(NodeLeft)] == [first.url, second.url]
    assert len(federation.finalized()) == ROUNDS
    assert federation.juror(ignore).cycle() is Step.FINISHED
    _read_by_commands(federation, proxies, tmp_path)


def _read_by_commands(federation: Federation, proxies: list[RpcProxy], directory: Path) -> None:
    """Commands with both nodes, of which the second is dead, say what is so; the dry run among
    them needs no key."""
    write_deployment(federation, directory / "deployment.json")
    save_verification_set(federation.verification, directory / "samples.safetensors")
    where = ["--deployment", directory / "deployment.json", "--json"]
    both = [option for proxy in proxies for option in ("--rpc", proxy.url)]
    for order in (both, [*both[2:], *both[:2]]):
        done = succeed("status", *where, *order)
        assert done.document["model"] == federation.finalized()[-1].model_digest.cid
        assert proxies[1].url in done.err
    before = sorted(path.name for path in (federation.directory / "store").iterdir())
    samples = ["--verification", directory / "samples.safetensors"]
    lines = succeed("oracle", "--dry", *where, *both, *samples).lines
    names = [line["event"] for line in lines]
    assert names.count("node-left") == 1
    assert names[-1] == "task-finished"
    compared = [line for line in lines if line["event"] == "dry-compared"]
    assert [line["differences"] for line in compared] == [[]] * ROUNDS
    assert [line["record"] for line in compared] == [
        each.record_digest.cid for each in federation.finalized()
    ]
    assert sorted(path.name for path in (federation.directory / "store").iterdir()) == before
    assert not list(directory.glob("oracle-*"))
    refused = command("oracle", *where, *both, *samples)
    assert refused.code == ExitCode.CONFIG
    assert "--keystore" in refused.out


@pytest.mark.parametrize("liar", [0, 1])
def test_a_node_that_tells_too_high_nonces_and_fees_costs_no_round(
    liar: int, anvil_url: str, proxies: list[RpcProxy], tmp_path: Path
) -> None:
    def after(method: str, result: Any) -> Any:
        if method == "eth_getTransactionCount":
            return hex(int(result, 16) + 5)
        return hex(10**15) if method == "eth_maxPriorityFeePerGas" else result

    chain = connect_several([each.url for each in proxies], None)
    federation = create_federation(
        tmp_path, chain, devnet_accounts(2 + CLIENTS), clients=CLIENTS, rounds=1
    )
    proxies[liar].after = after
    play(federation)
    assert len(federation.finalized()) == 1
    assert "eth_getTransactionCount" in proxies[liar].asked
    latest = Chain.connect(anvil_url).request("eth_getBlockByNumber", "latest", True)
    (report,) = latest["transactions"]
    assert int(report["maxPriorityFeePerGas"], 16) < 10**15


def test_each_node_gets_the_headers_of_its_own_variables(
    anvil_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def node(request: Asked) -> Reply:
        return Reply(body=ask(anvil_url, request.body))

    monkeypatch.setenv("FEDJURY_RPC_AUTHORIZATION", "Bearer t0ken-1")
    monkeypatch.setenv("FEDJURY_RPC_2_AUTHORIZATION", "Bearer t0ken-2")
    with recording_server(node) as first, recording_server(node) as second:
        monkeypatch.setenv("FEDJURY_RPC", f"http://{first.place} http://{second.place}")
        task = ["--task", "0x" + "1" * 40, "--from-block", "0"]
        with pytest.raises(SystemExit) as ended:
            main(["status", *task, "--store", "dir:none"])
    assert ended.value.code == ExitCode.NO_CONTRACT
    for server, header in ((first, "Bearer t0ken-1"), (second, "Bearer t0ken-2")):
        assert server.asked
        assert {each.headers["authorization"] for each in server.asked} == {header}
