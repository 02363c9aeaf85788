"""Commands say what is wrong in a sentence, and exit with the documented code."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fedjury.devnet.ports import free_port, loopback_url
from fedjury.errors import ExitCode
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command, succeed
from tests.support.example_deployment import deployment
from tests.support.keys import Keys
from tests.support.processes import fedjury

ONE_SHOT = ["status", "audit", "events"]
# Writes a copy of the deployment file with other values.
Altered = Callable[..., Path]


@pytest.fixture(scope="module")
def deployed(ganache: str, ipfs: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deployment file of a task; the verification set lies beside it."""
    directory = tmp_path_factory.mktemp("deployed")
    succeed(*Keys(directory).deploy(directory, ganache, ipfs))
    return directory / "deployment.json"


@pytest.fixture
def altered(deployed: Path, tmp_path: Path) -> Altered:
    """Writes a copy of the deployment file with other values."""

    def write(**changes: object) -> Path:
        path = tmp_path / "deployment.json"
        load_deployment(deployed).model_copy(update=changes).save(path)
        return path

    return write


@pytest.fixture
def nowhere() -> str:
    """A URL where nobody listens."""
    return loopback_url(free_port())


@pytest.mark.parametrize("name", ONE_SHOT)
def test_no_chain(name: str, altered: Altered, nowhere: str) -> None:
    ended = command(name, "--deployment", altered(rpc=nowhere))
    assert ended.code == ExitCode.CHAIN_UNAVAILABLE
    assert nowhere in ended.err


def test_no_store(altered: Altered, nowhere: str) -> None:
    ended = command("audit", "--deployment", altered(store=nowhere))
    assert ended.code == ExitCode.STORE_UNAVAILABLE
    assert nowhere in ended.err


def test_events_need_no_store(altered: Altered, nowhere: str) -> None:
    succeed("events", "--deployment", altered(store=nowhere))


def test_status_without_a_store_leaves_out_what_only_the_spec_says(
    deployed: Path, altered: Altered, nowhere: str
) -> None:
    whole = succeed("status", "--deployment", deployed, "--json").document
    without = ["status", "--deployment", altered(store=nowhere)]
    missing = dict.fromkeys(
        ("name", "rule", "rule_parameters", "lambda", "verification_samples", "disclosed")
    )
    assert None not in (whole[key] for key in missing)
    assert succeed(*without, "--json").document == {**whole, **missing}
    assert "stands in the spec, which cannot be had now" in succeed(*without).out


def test_deploying_without_chain_or_store(
    ganache: str, ipfs: str, nowhere: str, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    no_chain = command(*keys.deploy(tmp_path, nowhere, ipfs))
    assert no_chain.code == ExitCode.CHAIN_UNAVAILABLE
    no_store = command(*keys.deploy(tmp_path, ganache, nowhere))
    assert no_store.code == ExitCode.STORE_UNAVAILABLE
    assert not (tmp_path / "deployment.json").exists()
    succeed(*keys.deploy(tmp_path, ganache, ipfs))


def test_as_processes_too(altered: Altered, nowhere: str, tmp_path: Path) -> None:
    """The same as above, where not even a library or the interpreter's end may add a traceback."""
    keys = Keys(tmp_path)
    ended = fedjury("status", "--deployment", altered(rpc=nowhere))
    assert (ended.code, ended.out) == (ExitCode.CHAIN_UNAVAILABLE, "")
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1
    told = fedjury("audit", "--json", "--deployment", altered(store=nowhere))
    assert told.code == ExitCode.STORE_UNAVAILABLE == told.document["exit_code"]
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("wr0ng-p4ss\n")
    arguments = ["--deployment", altered(), "--password-file", wrong]
    for kind, account in (("oracle", 1), ("client", 2)):
        ended = fedjury(kind, *keys.options(account)[:2], *arguments)
        assert ended.code == ExitCode.KEY
        assert "the password does not open" in ended.err


class _Garbage(BaseHTTPRequestHandler):
    """Answers whatever it is asked with the server's `body` and `code`."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body, code = self.server.answer  # type: ignore[attr-defined]
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def garbage() -> Iterator[HTTPServer]:
    """A server that is neither chain nor store."""
    with HTTPServer(("127.0.0.1", 0), _Garbage) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    "answer",
    [
        (b"<html>It works!</html>", 200),
        (b"", 200),
        (b"[]", 200),
        (b"null", 200),
        (b'{"jsonrpc":"2.0","id":0}', 200),
        (b'{"jsonrpc":"2.0","id":0,"result":null}', 200),
        (b'{"jsonrpc":"2.0","id":0,"result":"0xzz"}', 200),
        (b'{"jsonrpc":"2.0","id":0,"error":"no"}', 200),
        (b'{"jsonrpc":"2.0","id":0,"error":{"code":-32601,"message":"what?"}}', 200),
        (b"\xff\xfe\x00", 200),
        (b"[" * 100_000, 200),
        (b"not here", 404),
        (b"", 503),
    ],
)
def test_garbage_instead_of_a_chain_or_a_store(
    altered: Altered, garbage: HTTPServer, answer: tuple[bytes, int]
) -> None:
    garbage.answer = answer  # type: ignore[attr-defined]
    url = loopback_url(garbage.server_port)
    chain = command("status", "--deployment", altered(rpc=url))
    assert chain.code == ExitCode.CHAIN_UNAVAILABLE, chain.err
    store = ["--deployment", altered(store=url), "--json"]
    assert command("audit", *store).code == ExitCode.STORE_UNAVAILABLE
    assert succeed("status", *store).document["rule"] is None


def test_another_chain(altered: Altered) -> None:
    for name in ONE_SHOT:
        ended = command(name, "--deployment", altered(chain_id=1))
        assert ended.code == ExitCode.WRONG_CHAIN
        assert "serves chain 1337, not 1" in ended.err


def test_no_contract_or_another(deployed: Path, altered: Altered) -> None:
    for address in ("0x" + "9" * 40, load_deployment(deployed).factory):
        for name in ONE_SHOT:
            ended = command(name, "--deployment", altered(task=address))
            assert ended.code == ExitCode.NO_CONTRACT, ended.err


def test_deployment_files(tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    odd = tmp_path / "odd.json"
    for text in ("", "[]", "{}", json.dumps({**deployment().model_dump(), "task": "0x1"}), "\xff"):
        odd.write_text(text, encoding="latin-1")
        for path in (missing, odd, tmp_path):
            ended = command("status", "--deployment", path)
            assert ended.code == ExitCode.CONFIG, ended.err
            assert str(path) in ended.err


def test_deploy_refuses(ganache: str, ipfs: str, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("wr0ng-p4ss\n")
    cases: list[tuple[ExitCode, list[object]]] = [
        (ExitCode.KEY, ["--password-file", wrong]),
        (ExitCode.KEY, ["--keystore", tmp_path / "none.json"]),
        (ExitCode.MODEL, ["--model", "no.such:model"]),
        (ExitCode.MODEL, ["--model", "torch.nn:Identity", "--model-arguments", "{}"]),
        (ExitCode.MODEL, ["--model-arguments", '{"inputs": 3}']),
        (ExitCode.MODEL, ["--model-arguments", '{"outputs": 9}']),
        (ExitCode.MODEL, ["--model-arguments", '{"hidden": -1}']),
        (ExitCode.DATA, ["--data", "nothing"]),
        (ExitCode.DATA, ["--partition", "nothing"]),
        (ExitCode.DATA, ["--commitments", tmp_path / "none.json"]),
        (ExitCode.DATA, ["--commitments", wrong]),
        (ExitCode.SPEC, ["--rule", "nothing"]),
        (ExitCode.SPEC, ["--lambda", 1]),
        (ExitCode.SPEC, ["--epochs", 0]),
        (ExitCode.SPEC, ["--model", "nonsense"]),
        (ExitCode.CONFIG, ["--model-arguments", "nonsense"]),
        (ExitCode.CONFIG, ["--juror", "nonsense"]),
        (ExitCode.CONFIG, ["--client", keys.accounts[2].address]),
        (ExitCode.CONFIG, ["--roster", tmp_path / "none.txt"]),
        (ExitCode.CONFIG, ["--roster", wrong]),
        (ExitCode.CONFIG, ["--disclose", "--rounds", 0]),
        (ExitCode.CONFIG, ["--store", "https://"]),
        (ExitCode.CONFIG, ["--rpc", "nonsense"]),
        (ExitCode.NO_CONTRACT, ["--factory", "0x" + "9" * 40]),
        (ExitCode.TRANSACTION, ["--quorum", 7]),
        (ExitCode.TRANSACTION, ["--min-updates", 3, "--max-updates", 2]),
        (ExitCode.TRANSACTION, ["--juror", keys.accounts[0].address, "--quorum", 1]),
        (ExitCode.TRANSACTION, ["--juror", keys.accounts[1].address]),
        (ExitCode.TRANSACTION, ["--availability-seconds", 60, "--grace-seconds", 239]),
        (ExitCode.TRANSACTION, ["--notice-seconds", 86_399]),
        (ExitCode.USAGE, ["--notice-seconds", 2**32]),
    ]
    for code, options in cases:
        ended = command(*keys.deploy(tmp_path, ganache, ipfs, *options))
        assert ended.code == code, f"{options}: {ended.code} {ended.err}"
        assert ended.err.startswith("error: ") is (code is not ExitCode.USAGE)
    assert not (tmp_path / "deployment.json").exists()


def test_a_model_of_ones_own(
    ganache: str, ipfs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_model.py").write_text(
        "from torch import nn\n"
        "def build():\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    own = ["--model", "own_model:build", "--model-arguments", "{}"]
    deployment = ["--deployment", tmp_path / "deployment.json"]
    allow = ["--allow-model", "own_model:build"]
    with monkeypatch.context() as installed:
        installed.syspath_prepend(tmp_path)
        succeed(*Keys(tmp_path).deploy(tmp_path, ganache, ipfs, *own))
        succeed("status", *deployment)
        slices = Keys(tmp_path).slices(tmp_path)
        full = ["audit", *deployment, "--verification", slices]
        refused = command(*full)
        assert refused.code == ExitCode.MODEL
        assert "--allow-model own_model:build" in refused.err
        succeed(*full, *allow)
    del sys.modules["own_model"]
    succeed("audit", *deployment)  # by files and signatures, without anybody's code
    gone = command(*full, *allow)
    assert gone.code == ExitCode.MODEL
    assert "cannot be loaded" in gone.err


def test_another_verification_set(deployed: Path, tmp_path: Path) -> None:
    keys, file = Keys(tmp_path), tmp_path / "file"
    other = keys.slices(tmp_path, seed=2)
    audit = ["audit", "--deployment", deployed, "--verification"]
    succeed(*audit, keys.slices(deployed.parent))
    file.write_text("no slice")
    for path, words in (
        (other, "with a slice of this task, which commits to 1 slice"),
        (next(other.glob("*.safetensors")), "is not the one that the task commits to"),
        (tmp_path / "none.safetensors", "cannot be read"),
        (file, "is no readable sample file"),
        (tmp_path, "has no file *.safetensors with a slice of this task"),
    ):
        ended = command(*audit, path)
        assert ended.code == ExitCode.DATA, ended.err
        assert words in ended.err
    arguments = ["--deployment", deployed, "--verification", other]
    assert command("oracle", *keys.options(1), *arguments).code == ExitCode.DATA
