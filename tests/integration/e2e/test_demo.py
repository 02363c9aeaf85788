"""`fedjury demo`, small: its files agree with what it said and with what it put on chain."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from fedjury.devnet import status
from fedjury.errors import ExitCode
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.store import DirectoryStore
from tests.support import commands, processes
from tests.support.example_deployment import deployment
from tests.support.processes import Finished

SMALL = ["demo", "--clients", 4, "--rounds", 2, "--name", "small", "--json"]


def read_run(directory: Path) -> dict[str, Any]:
    """What a run's run.json says."""
    run: dict[str, Any] = json.loads((directory / "run.json").read_text())
    return run


def check(done: Finished, directory: Path) -> None:
    """What was told while it ran is what the files say."""
    run = read_run(directory)
    assert done.document == run
    assert (directory / "accuracy.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert run["audit"]["passed"] is True
    assert run["audit"]["full"] is True  # with the samples that the jury disclosed
    assert run["gas"]["disclose_slices"] > 0
    assert [row["round"] for row in run["rounds"]] == [1, 2]
    deployment = json.loads((directory / "deployment.json").read_text())
    addresses = [[client["address"] for client in row["clients"]] for row in run["rounds"]]
    assert addresses[0] == addresses[1]
    assert len(set(addresses[0])) == deployment["clients"] == 4
    for row in run["rounds"]:
        assert sum(client["poisoned"] for client in row["clients"]) == 1
        told = [line for line in done.lines if line.get("round") == row["round"]]
        judged = {
            line["client"]: (line["code"], line["correct"])
            for line in told
            if line.get("event") == "update-judged"
        }
        assert judged == {
            client["address"]: (client["verdict"], client["correct"]) for client in row["clients"]
        }
        (summary,) = [line for line in told if line.get("event") == "round-judged"]
        assert summary["baseline_correct"] == row["baseline_correct"]
        assert summary["model_correct"] == row["model_correct"]
        assert summary["accepted"] == sum(client["accepted"] for client in row["clients"])
        assert sum(line.get("event") == "round-finalized" for line in told) == 1
        turns = [line.get("client") for line in told if line.get("event") == "turn-taken"]
        assert set(turns) == {0, 1, 2, 3, None}
        assert turns.index(None) == len(turns) - 1 == 4  # the jury's turn is the last
        assert sum(line.get("event") == "update-submitted" for line in told) == 4
        honest = {each["client"] for each in row["clients"] if not each["poisoned"]}
        assert honest & set(row["comparison"]["accepted"])
        assert 0 < row["comparison"]["accuracy"] <= 1
    assert (run["rule"], run["compared_rule"], run["compared_lambda"]) == ("paper", "selection", 0)
    assert run["final_compared_accuracy"] == run["rounds"][-1]["comparison"]["accuracy"]
    gas = [line["gas"] for line in done.lines if line.get("event") == "update-submitted"]
    assert run["gas"]["submit_updates"] == sum(gas)
    audited = run["audit"]["rounds"]
    assert [each["model"] for each in audited] == [row["model"] for row in run["rounds"]]


def test_embedded(tmp_path: Path) -> None:
    options = ["--poisoners", 1, "--runs", "runs"]
    done, directory = (
        processes.succeed(*SMALL, *options, directory=tmp_path),
        tmp_path / "runs/small",
    )
    check(done, directory)
    store = DirectoryStore(directory / "store")
    run = read_run(directory)
    roster = json.loads((directory / "deployment.json").read_text())["roster"]
    members = Roster.from_bytes(store.fetch(Digest.from_cid(roster), 80, 1.0)).members
    assert set(members) == {client["address"] for client in run["rounds"][0]["clients"]}
    for row in run["rounds"]:
        assert store.fetch(Digest.from_cid(row["model"]), 1 << 20, 1.0)


def test_through_a_relay_the_jury_finds_the_same_and_clients_pay_nothing(tmp_path: Path) -> None:
    options = ["--poisoners", 1, "--runs", tmp_path]
    processes.succeed(*SMALL, *options)
    alone = read_run(tmp_path / "small")
    done = processes.succeed(*SMALL, *options, "--name", "relayed", "--relay")
    run = read_run(tmp_path / "relayed")
    assert done.document == run
    assert (run["audit"]["passed"], run["audit"]["full"]) == (True, True)
    assert [each["batches"] for each in run["audit"]["rounds"]] == [1, 1]
    verdicts, same = (
        [{each["client"]: each["verdict"] for each in row["clients"]} for row in found["rounds"]]
        for found in (alone, run)
    )
    assert verdicts == same
    assert run["gas"]["submit_updates"] == alone["gas"]["submit_batches"] == 0
    posted = [line["gas"] for line in done.lines if line.get("event") == "batch-posted"]
    assert run["gas"]["submit_batches"] == sum(posted) < alone["gas"]["submit_updates"] / 4
    assert sum(line.get("event") == "handed-to-relay" for line in done.lines) == 8
    assert not [line for line in done.lines if line.get("event") == "update-submitted"]
    assert run["gas"]["per_update"] < alone["gas"]["per_update"]
    keys = {each.stem for each in (tmp_path / "relayed" / "keys").glob("0x*.json")}
    clients = {each["address"] for each in run["rounds"][0]["clients"]}
    assert len(keys - clients) == 2  # who pays: the juror and the relay


def test_four_jurors_of_whom_three_sign_find_what_one_finds(tmp_path: Path) -> None:
    options = ["--poisoners", 1, "--runs", tmp_path]
    commands.succeed(*SMALL, *options)
    done = commands.succeed(*SMALL, *options, "--name", "four", "--jurors", 4)
    one, run = read_run(tmp_path / "small"), read_run(tmp_path / "four")
    assert done.document == run
    assert (run["audit"]["passed"], run["audit"]["full"]) == (True, True)
    codes, same = (
        [{each["client"]: each["verdict"] for each in row["clients"]} for row in found["rounds"]]
        for found in (one, run)
    )
    assert codes == same
    assert [row["signers"] for row in one["rounds"]] == [[0], [0]]
    for row, audited in zip(run["rounds"], run["audit"]["rounds"], strict=True):
        assert len(set(row["signers"])) == len(audited["signers"]) == 3
        assert set(row["signers"]) < {0, 1, 2, 3}
    assert len({each.stem for each in (tmp_path / "four" / "keys").glob("0x*.json")}) == 4 + 4


def test_in_a_pipe_it_shows_a_line_a_round_and_commands_that_work(tmp_path: Path) -> None:
    small = ["--clients", 4, "--rounds", 2, "--poisoners", 1, "--runs", tmp_path]
    lines = commands.succeed("demo", *small).out.splitlines()
    rounds = [line for line in lines if line.startswith("round ")]
    assert [line.split(":")[0] for line in rounds] == ["round  1", "round  2"]
    assert not [line for line in lines if "setting up" in line or "trains" in line]
    assert [line for line in lines if line.startswith("honest updates accepted: ")]
    start = lines.index("try next:")
    steps = [shlex.split(line, comments=True) for line in lines[start + 1 :]]
    assert len(steps) == 3
    for program, *arguments in steps:
        assert program == "fedjury"
        ended = commands.succeed(*arguments)
        assert "audit: passed; the jury disclosed its samples" in ended.out
        assert "try next:" in ended.out
    names = ["", "-alie", "-dirichlet-0.5", "-selection"]
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        f"digits-1of4-seed1{name}" for name in names
    ]


@pytest.mark.parametrize("chain", ["ganache", "anvil"])
def test_on_a_devnet_of_its_own(chain: str, tmp_path: Path) -> None:
    options = ["--poisoners", 1, "--runs", tmp_path, "--chain", chain, "--store", "ipfs"]
    done, directory = commands.succeed(*SMALL, *options), tmp_path / "small"
    check(done, directory)
    assert read_run(directory)["settings"]["task"].startswith("eip155:1337:0x")
    assert not status(directory / "devnet").running


def test_without_poisoners(tmp_path: Path) -> None:
    commands.succeed(*SMALL, "--poisoners", 0, "--runs", tmp_path)
    run = read_run(tmp_path / "small")
    assert run["poisoned_updates"] == 0
    assert run["honest_updates"] == 8
    assert run["audit"]["passed"] is True


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--rule", "none"], ExitCode.SPEC),
        (["--attack", "none"], ExitCode.CONFIG),
        (["--data", "none"], ExitCode.DATA),
        (["--clients", 5000], ExitCode.CONFIG),
        (["--chain", "none"], ExitCode.CONFIG),
        (["--store", "http://"], ExitCode.CONFIG),
        (["--keystore", "none.json", "--password-file", "none.txt"], ExitCode.KEY),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, list) else "",
)
def test_a_mistyped_option_costs_no_earlier_run(
    tmp_path: Path, options: list[object], code: ExitCode
) -> None:
    earlier = tmp_path / "small" / "deployment.json"
    deployment().save(earlier)
    ended = commands.command(*SMALL, "--runs", tmp_path, *options)
    assert ended.code == code, ended.out
    assert earlier.exists()


def test_without_matplotlib_it_ends_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ended = commands.command("demo", "--runs", tmp_path)
    assert ended.code == ExitCode.CONFIG
    assert ended.err == "error: plots need matplotlib: pip install 'fedjury[demo]'\n"
    assert list(tmp_path.iterdir()) == []


def test_on_a_chain_that_stays_no_key_is_lost_and_no_secret_is_written(
    tmp_path: Path, ganache: str
) -> None:
    options = ["--poisoners", 1, "--runs", tmp_path, "--chain", f"{ganache}/?key=a-token"]
    for number in (1, 2):
        done = commands.succeed(*SMALL, *options)
        assert read_run(tmp_path / "small")["settings"]["chain"] == ganache
        assert "a-token" not in done.out + (tmp_path / "small" / "run.json").read_text()
        names = {each.name for each in tmp_path.iterdir()}
        assert names == {"small", *(f"small-keys-{before}" for before in range(1, number))}
    people = [option for option in SMALL if option != "--json"]
    printed = commands.succeed(*people, *options, "--name", "other").out
    (again,) = [line for line in printed.splitlines() if "fedjury audit" in line]
    _, *arguments = shlex.split(again, comments=True)
    assert commands.succeed(*arguments, "--json").document["full"] is True
    first = {each.name for each in (tmp_path / "small-keys-1").iterdir()}
    second = {each.name for each in (tmp_path / "small" / "keys").iterdir()}
    assert first & second == {"password.txt"}
    assert len(first) == len(second) == 6
