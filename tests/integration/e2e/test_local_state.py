"""State that clients keep to themselves, through kills and restarts of the commands."""

import json
from contextlib import ExitStack
from pathlib import Path

from fedjury.protocol.tensors import decode
from tests.support.commands import succeed
from tests.support.keys import Keys
from tests.support.processes import Daemon

MODEL = "tests.support.personal:digits_with_own_norm"
ROUNDS = 3
LOCAL = {"2.bias", "2.num_batches_tracked", "2.running_mean", "2.running_var", "2.weight"}


def _kept(directory: Path) -> list[Path]:
    return sorted(directory.rglob("local-*.safetensors"))


def test_each_client_goes_on_from_its_own_after_a_kill(ganache: str, tmp_path: Path) -> None:
    keys, store = Keys(tmp_path), f"dir:{tmp_path / 'store'}"
    task = ["--data", "digits", "--rounds", ROUNDS, "--model", MODEL, "--exclude", "2.*"]
    model = ["--model-arguments", json.dumps({})]
    succeed(*keys.deploy(tmp_path, ganache, store, *task, *model))
    where = ["--deployment", tmp_path / "deployment.json", "--poll", 0.1, "--allow-model", MODEL]

    def start(kind: str, account: int, *options: object, **more: tuple[str, int]) -> Daemon:
        log = tmp_path / f"{kind}-{account}.log"
        return Daemon(kind, *keys.options(account), *where, *options, log=log, **more)

    with ExitStack() as stack:
        oracle = start("oracle", 1)
        daemons = [stack.enter_context(each) for each in (oracle, start("client", 2))]
        first = stack.enter_context(start("client", 3, kill_at=("trained", 2)))
        first.was_killed()
        (work,) = tmp_path.glob(f"client-{keys.accounts[3].address}/*")
        assert "local-1.safetensors" in {path.name for path in _kept(work)}
        daemons.append(stack.enter_context(start("client", 3)))
        for daemon in daemons:
            daemon.until("task-finished")
            daemon.finish()
    names = [path.name for path in _kept(work)]
    assert names == [f"local-{number}.safetensors" for number in (1, 2, 3)]
    states = [decode(path.read_bytes())[0] for path in _kept(tmp_path)]
    assert len(states) == 2 * ROUNDS
    assert all(state.keys() == LOCAL for state in states)
    assert len({state["2.running_mean"].numpy().tobytes() for state in states}) == 2 * ROUNDS
    audit = ["audit", *where[:2], "--allow-model", MODEL, "--json"]
    with_samples = ["--verification", keys.slices(tmp_path)]
    assert succeed(*audit, *with_samples).document["passed"] is True
