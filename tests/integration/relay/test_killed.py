"""A relay that is killed at any moment loses nothing it has given a receipt for, nor repeats it."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.types import RoundState
from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import devnet_accounts
from fedjury.devnet.ports import free_port
from fedjury.protocol.batch_file import BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.relay.daemon import Settings
from fedjury.relay.records import SignedUpdate
from fedjury.relay.schedule import Schedule
from tests.support import relay_process
from tests.support.fake_federation import spec
from tests.support.relay_process import RelayPlace
from tests.support.relayed_task import RelayedTask, create_relayed_task, hand_in, signers
from tests.support.services import Anvil

KILLS = 100
LEAST_ROUNDS = 4
CLIENTS, THREADS = 36, 3
LONGEST_LIFE = 0.4
BLOCK_SECONDS = 0.1  # so that transactions are on their way for a while
SEED = 20_130
PATIENCE_SECONDS = 120.0


@dataclass
class Handing:
    """Clients that hand in updates, as often as it takes.

    Attributes:
        task: that they take part in.
        url: of the relay.
        receipts: rounds and entries with a receipt.
    """

    task: RelayedTask
    url: str
    receipts: Counter[tuple[int, BatchEntry]] = field(default_factory=Counter)

    def hand_in_all(self, state: RoundState) -> None:
        """Have every client hand in an update for a round, some side by side."""
        parts = [self.task.clients[place::THREADS] for place in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda clients: self._hand_in(clients, state), parts))

    def _hand_in(self, clients: Sequence[LocalAccount], state: RoundState) -> None:
        for client in clients:
            digest = Digest.of(f"{client.address} {state.number}".encode())
            update = self.task.signed(client, digest, state)
            received_at, signature = self._until_taken(update)
            receipt = update.receipt(received_at)
            chain_id, address = self.task.chain.chain_id, self.task.made.task.address
            assert receipt.signer(signature, chain_id, address) == self.task.relayer.address
            self.receipts[state.number, update.entry] += 1
            time.sleep(0.02)

    def _until_taken(self, update: SignedUpdate) -> tuple[int, bytes]:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                status, answer = hand_in(self.url, update)
            except (OSError, ValueError):  # killed, or between two lives
                time.sleep(0.01)
                continue
            if status == 200:
                receipt = answer["receipt"]
                return int(receipt["received_at"]), bytes.fromhex(receipt["signature"][2:])
            assert answer["later"], answer
            time.sleep(0.01)
        raise AssertionError("no receipt")


class Killer:
    """Starts a relay, and kills it at random instants; the one after the last kill lives on.

    Attributes:
        kills: how often it did.
    """

    def __init__(self, place: RelayPlace) -> None:
        self._place, self._random = place, random.Random(SEED)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.kills = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Kill no more, and then the one that lives on."""
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._end.is_set():
            process = relay_process.start(self._place)
            if self.kills == KILLS:
                self._end.wait()
            else:
                process.join(self._random.uniform(0.0, LONGEST_LIFE))
                if not process.is_alive():
                    return  # by itself: the test finds too few kills
                self.kills += 1
            process.kill()
            process.join()


def until(condition: Callable[[], bool], log: Path) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, log.read_text()[-4000:]
        time.sleep(0.05)


def test_a_relay_killed_a_hundred_times_keeps_every_receipt_and_posts_nothing_twice(
    tmp_path: Path,
) -> None:
    with Anvil(tmp_path / "anvil", block_time=BLOCK_SECONDS) as anvil:
        task = create_relayed_task(
            Chain.connect(anvil.url),
            devnet_accounts(5),
            tmp_path / "store",
            spec(),
            signers(CLIENTS),
        )
        place = _place(anvil.url, task, tmp_path)
        _play(task, place)
        _require_found_again(place.log)


def _place(url: str, task: RelayedTask, directory: Path) -> RelayPlace:
    settings = Settings(
        Schedule(every=5, margin=600),
        port=free_port(),
        poll_seconds=0.02,
        send_poll_seconds=0.02,
        client_rate=0,
    )
    return RelayPlace(
        rpc=url,
        task=task.made.task.address,
        store=directory / "store",
        work=directory / "work",
        log=directory / "log",
        key=bytes(task.relayer.key),
        settings=settings,
    )


def _play(task: RelayedTask, place: RelayPlace) -> None:
    """Rounds, until there were as many kills as wanted; then all must be as it has to be."""
    handing = Handing(task, f"http://127.0.0.1:{place.settings.port}")
    killer = Killer(place)
    killer.start()
    number = 0
    try:
        while killer.kills < KILLS or number < LEAST_ROUNDS:
            number += 1
            state = task.made.task.current_round()
            assert state.number == number
            handing.hand_in_all(state)
            task.end_batches(before=300)
            until(lambda: sum(task.posted().values()) >= sum(handing.receipts.values()), place.log)
            assert task.posted() == handing.receipts
            task.end_round()
            task.made.finalize(Digest(bytes([number]) * 32))
    finally:
        killer.finish()
    assert task.posted() == handing.receipts
    assert killer.kills == KILLS
    assert set(handing.receipts.values()) == {1}
    assert len(handing.receipts) == number * CLIENTS
    count = task.chain.request("eth_getTransactionCount", task.relayer.address, "latest")
    assert int(count, 16) == len(task.batches())


def _require_found_again(log: Path) -> None:
    """Some of the kills hit a batch on its way: only the chain told that it was mined."""
    posted = [each for each in log.read_text().splitlines() if each.startswith("batch-posted")]
    assert any("gas" not in each for each in posted)
    assert any("gas" in each for each in posted)
