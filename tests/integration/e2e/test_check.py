"""`fedjury check` of a task on a real chain: what is so is found, and nothing is changed."""

from pathlib import Path

from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ExitCode
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command
from tests.support.keys import CLIENTS, Keys


def test_each_role_of_a_task_that_was_just_deployed(tmp_path: Path, own_anvil: str) -> None:
    keys, store = Keys(tmp_path), f"dir:{tmp_path / 'store'}"
    command(*keys.deploy(tmp_path, own_anvil, store, "--min-updates", CLIENTS)).checked()
    factory = load_deployment(tmp_path / "deployment.json").factory
    head, files = Chain.connect(own_anvil).block(), {each.name for each in tmp_path.iterdir()}
    where = ["--deployment", tmp_path / "deployment.json", "--json"]

    for role, account in (("coordinator", 0), ("juror", 1), ("client", 2)):
        found = command("check", role, *keys.options(account), *where).checked().document
        assert (found["problems"], found["warnings"]) == (0, 0), found
        subjects = {each["subject"]: each["found"] for each in found["checks"]}
        assert subjects["contract's code"].endswith("whose code is this package's, byte for byte")
        assert subjects["factory"].startswith(factory)
    audit = command("check", "auditor", *where).checked().document
    assert audit["problems"] == 0

    wrong = command("check", "relayer", *keys.options(3), *where, "--rpc", "http://127.0.0.1:1")
    assert wrong.code == ExitCode.PROBLEMS_FOUND
    outcomes = {each["subject"]: each["outcome"] for each in wrong.document["checks"]}
    assert outcomes["RPC http://127.0.0.1:1"] == "problem"
    assert (outcomes["contract"], outcomes["role"]) == ("skipped", "skipped")
    assert outcomes[f"store {store}"] == "ok"

    assert Chain.connect(own_anvil).block() == head
    assert {each.name for each in tmp_path.iterdir()} == files
