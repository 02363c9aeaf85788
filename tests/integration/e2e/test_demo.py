"""`fedjury demo`, small: its files agree with what it said and with what it put on chain."""

import json
from pathlib import Path
from typing import Any

from fedjury.devnet import status
from fedjury.store import DirectoryStore, digest_from_cid
from tests.integration.e2e.processes import Finished, succeed

SMALL = ["--clients", 4, "--poisoners", 1, "--rounds", 2, "--name", "small", "--json"]


def demo(directory: Path, *options: object) -> tuple[Finished, dict[str, Any], Path]:
    """Run it; what it said, and its run.json."""
    runs = directory / "runs"
    done = succeed("demo", *SMALL, "--runs", runs, *options, directory=directory)
    return done, json.loads((runs / "small" / "run.json").read_text()), runs / "small"


def check(done: Finished, run: dict[str, Any], directory: Path) -> None:
    """What was told while it ran is what the files say."""
    assert done.document == run
    assert (directory / "accuracy.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert run["audit"]["passed"] is True
    assert run["audit"]["full"] is True
    assert [row["round"] for row in run["rounds"]] == [1, 2]
    deployment = json.loads((directory / "deployment.json").read_text())
    for row in run["rounds"]:
        assert [client["address"] for client in row["clients"]] == deployment["clients"]
        assert sum(client["poisoned"] for client in row["clients"]) == 1
        told = [line for line in done.lines if line.get("round") == row["round"]]
        judged = {
            line["client"]: (line["code"], line["correct"])
            for line in told
            if line.get("event") == "judged"
        }
        assert judged == {
            client["address"]: (client["verdict"], client["correct"]) for client in row["clients"]
        }
        (summary,) = [line for line in told if line.get("event") == "round-judged"]
        assert summary["baseline_correct"] == row["baseline_correct"]
        assert summary["model_correct"] == row["model_correct"]
        assert summary["accepted"] == sum(client["accepted"] for client in row["clients"])
        assert sum(line.get("event") == "round-finalized" for line in told) == 1
        assert sum(line.get("event") == "submitted" for line in told) == 4
    gas = [line["gas"] for line in done.lines if line.get("event") == "submitted"]
    assert run["gas"]["submit_updates"] == sum(gas)
    audited = run["audit"]["rounds"]
    assert [each["model"] for each in audited] == [row["model"] for row in run["rounds"]]


def test_embedded(tmp_path: Path) -> None:
    done, run, directory = demo(tmp_path)
    check(done, run, directory)
    store = DirectoryStore(directory / "store")
    for row in run["rounds"]:
        assert store.fetch(digest_from_cid(row["model"]), 1 << 20, 1.0)


def test_on_ganache_and_ipfs(tmp_path: Path) -> None:
    done, run, directory = demo(tmp_path, "--chain", "ganache", "--store", "ipfs")
    check(done, run, directory)
    assert run["settings"]["task"].startswith("eip155:1337:0x")
    assert not status(directory / "devnet").running
