"""The prices that matter, once on a chain that knows EIP-7623's floor: Anvil with prague."""

import json
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import signing
from helpers import ACCEPTED, CONFIG, digest_of
from merkle import Crowd, Roster, rooted_at_depth
from test_gas import LIMITS, SNAPSHOT, full_digest
from web3 import HTTPProvider, Web3

ROOT = Path(__file__).resolve().parents[2]
SIZE = 1000
# Zeros in addresses and signatures fall differently here, and tasks of lone updates have no last
# round.
NEAR = 0.005


def artifact(name):
    return json.loads((ROOT / "fedjury" / "artifacts" / f"{name}.json").read_text("utf-8"))


@contextmanager
def anvil():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The program itself, not npm's wrapper around it: it ends when it is told to.
    (program,) = ROOT.glob("node_modules/@foundry-rs/anvil-*/bin/anvil")
    command = [str(program), "--hardfork", "prague", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--accounts", str(SIZE), "--quiet", "--prune-history", "128"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        chain = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
        end = time.monotonic() + 60
        while not chain.is_connected() and time.monotonic() < end:
            time.sleep(0.1)
        yield chain
    finally:
        process.terminate()
        process.wait(10)


class Chain:
    """A factory on Anvil, and what its tasks cost."""

    def __init__(self, chain):
        self.chain = chain
        self.accounts = chain.eth.accounts
        built = artifact("TaskFactory")
        made = self.send(
            chain.eth.contract(abi=built["abi"], bytecode=built["bytecode"]).constructor()
        )
        self.factory = chain.eth.contract(made["contractAddress"], abi=built["abi"])
        self.jurors = signing.make_jurors(4)

    def send(self, call, sender=None):
        sent = call.transact({"from": sender or self.accounts[0], "gas": 16_000_000})
        receipt = self.chain.eth.wait_for_transaction_receipt(sent, poll_latency=0.005)
        assert receipt["status"] == 1
        return receipt

    def create(self, roster, nonce, relayers=(), rounds=0):
        config = {**CONFIG, "roundSeconds": 86_400, "minUpdates": 1, "maxUpdates": 100_000}
        config["rounds"] = rounds
        jury = signing.addresses(self.jurors)
        terms = (tuple(config.values()), roster, jury, 3, list(relayers), nonce)
        address = self.factory.functions.addressOf(self.accounts[0], *terms).call()
        receipt = self.send(self.factory.functions.createTask(*terms))
        return self.chain.eth.contract(address, abi=artifact("FederatedTask")["abi"]), receipt

    def submit_round(self, task, roster, number):
        return [
            self.send(
                task.functions.submitUpdate(
                    number,
                    full_digest(f"round {number}, client {index}"),
                    roster.proof(member) if number == 1 else [],
                ),
                member,
            )["gasUsed"]
            for index, member in enumerate(roster.members)
        ]

    def finalize(self, task):
        number, submitted, _, _, _, version, updates_hash, parent = (
            task.functions.currentRound().call()
        )
        report = signing.Report(
            round=number,
            jury_version=version,
            updates_hash=updates_hash,
            attempt=0,
            accuracy=910,
            model_digest=digest_of(f"model {number}"),
            record_digest=digest_of(f"record {number}"),
            next_jury=signing.jury_hash(self.jurors, 3),
        )
        verdicts = ACCEPTED * submitted
        signed = b"".join(
            signing.sign(juror, report, parent, verdicts, task.address, self.chain.eth.chain_id)
            for juror in self.jurors[:3]
        )
        call = task.functions.finalizeRound(report.as_tuple(), verdicts, signed)
        return self.send(call)["gasUsed"]

    def life(self, size, measured_rounds, nonce):
        roster = Roster(self.accounts[:size])
        task, creation = self.create(roster.as_tuple(), nonce)
        rounds, reports = [], []
        for number in range(1, measured_rounds + 1):
            rounds.append(sum(self.submit_round(task, roster, number)))
            reports.append(self.finalize(task))
        rest = 10 - measured_rounds
        total = creation["gasUsed"] + sum(rounds) + sum(reports)
        return (total + rest * (rounds[-1] + reports[-1])) / (10 * size), reports[-1]

    def batched_life(self, size, nonce):
        relayer = self.accounts[1]
        task, creation = self.create(Crowd(size).as_tuple(), nonce, [relayer], rounds=10)
        total = creation["gasUsed"]
        for number in range(1, 11):
            digest = full_digest(f"batch {number}")
            call = task.functions.submitBatch(number, size, digest)
            total += self.send(call, relayer)["gasUsed"]
            deadline = task.functions.currentRound().call()[3]
            self.chain.provider.make_request("evm_setNextBlockTimestamp", [deadline])
            total += self.finalize(task)
        return total / (10 * size)


@pytest.fixture(scope="module")
def measured():
    with anvil() as node:
        chain = Chain(node)
        ten, _ = chain.life(10, 10, nonce=1)
        thousand, report = chain.life(SIZE, 2, nonce=2)
        root, _ = rooted_at_depth(chain.accounts[0], 17)
        _, creation = chain.create((root, 100_000, full_digest("roster")), nonce=3)
        batched = {
            f"life of an update, {size}x10 batched": chain.batched_life(size, nonce=size)
            for size in (100, 1000, 10_000)
        }
        return {
            **batched,
            "life of an update, 10x10 alone": ten,
            "life of an update, 1000x10 alone": thousand,
            "createTask, roster of 100000": creation["gasUsed"],
            "finalizeRound, 1000 updates, 3 of 4": report,
        }


@pytest.mark.parametrize("key", LIMITS)
def test_prague_asks_what_the_snapshot_says(measured, key):
    assert measured[key] <= LIMITS[key]
    expected = json.loads(SNAPSHOT.read_text("utf-8"))["gas"][key]
    assert measured[key] == pytest.approx(expected, rel=NEAR)
