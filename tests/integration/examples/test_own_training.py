"""Clients that train in their users' own ways, as commands."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import own_trainer
import pytest

from fedjury.errors import ExitCode
from tests.support.commands import command, succeed
from tests.support.keys import Keys
from tests.support.processes import Daemon

EXAMPLE = Path(own_trainer.__file__).parent
ROUNDS = 2
Start = Callable[..., Daemon]


@pytest.fixture
def keys(ganache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """Keystores of a deployed task's members; commands run in the example's folder."""
    monkeypatch.chdir(EXAMPLE)
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLE.parents[1]))  # for the trainers of the tests
    keys, store = Keys(tmp_path), f"dir:{tmp_path / 'store'}"
    task = ["--data", "digits", "--rounds", ROUNDS]
    succeed(*keys.deploy(tmp_path, ganache, store, *task))
    keys.slices(tmp_path).rename(tmp_path / "samples")
    return keys


def _daemon(kind: str, account: int, keys: Keys, directory: Path, *options: object) -> Daemon:
    where = ["--deployment", directory / "deployment.json", "--poll", 0.1]
    log = directory / f"{kind}-{account}.log"
    return Daemon(kind, *keys.options(account), *where, *options, log=log)


def test_a_federation_of_their_own_trainers_is_judged_and_audited(
    keys: Keys, tmp_path: Path
) -> None:
    trainers = {2: "own_trainer:train", 3: "tests.support.trainers:sgd"}
    with ExitStack() as stack:
        samples = ["--verification", tmp_path / "samples"]
        daemons = [stack.enter_context(_daemon("oracle", 1, keys, tmp_path, *samples))]
        for account, name in trainers.items():
            client = _daemon("client", account, keys, tmp_path, "--trainer", name)
            daemons.append(stack.enter_context(client))
        for daemon in daemons:
            daemon.until("task-finished")
            daemon.finish()
    for client in daemons[1:]:
        said = [line["metadata"] for line in client.told("trained")]
        assert said == [{"trained-on": "cpu"}] * ROUNDS
        assert len(client.told("verdict-received")) == ROUNDS
    assert daemons[1].told("verdict-received", round=1, code="accepted")
    where = ["--deployment", tmp_path / "deployment.json"]
    assert succeed("audit", *where, *samples, "--json").document["passed"] is True


def test_a_trainer_that_never_works_ends_the_client_with_a_sentence(
    keys: Keys, tmp_path: Path
) -> None:
    where = ["--deployment", tmp_path / "deployment.json"]
    name = "tests.support.trainers:failing"
    ended = command("client", *keys.options(2), *where, "--trainer", name, "--json")
    assert ended.code == ExitCode.MODEL
    assert ended.document["error"] == "TrainingError"
    assert ended.document["message"].startswith(
        f"the trainer '{name}' raises in training: ValueError: no such column, in trainers.py, line"
    )
    assert not [line for line in ended.lines if line["event"] == "update-submitted"]


def test_a_trainer_that_fails_later_lets_its_client_wait(keys: Keys, tmp_path: Path) -> None:
    with ExitStack() as stack:
        samples = ["--verification", tmp_path / "samples"]
        stack.enter_context(_daemon("oracle", 1, keys, tmp_path, *samples))
        stack.enter_context(_daemon("client", 3, keys, tmp_path))
        name = "tests.support.trainers:failing_later"
        client = stack.enter_context(_daemon("client", 2, keys, tmp_path, "--trainer", name))
        failed = client.until("training-failed", round=2)
        client.interrupt()
        client.finish()
    assert "RuntimeError: the GPU fell off the bus, in trainers.py, line" in failed["reason"]
    assert failed["severity"] == "warning"
    assert failed["message"].endswith("; nothing is submitted, waiting for the next round")
    assert client.told("training-failed") == [failed]
