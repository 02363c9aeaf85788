"""Run the contract tests: Brownie against a Ganache that lives just as long.

    python scripts/brownie_tests.py                  # all of tests/contracts
    python scripts/brownie_tests.py -x test_submit   # files by name; options go to pytest
    python scripts/brownie_tests.py --update-gas     # write the gas snapshot anew

Ganache listens on a free port of 127.0.0.1. Brownie gets a home of its own in .cache, so that
nothing of the user's is read or written, and the compiler of scripts/compile_contracts.py.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILE = ROOT / "scripts" / "compile_contracts.py"
SOLCX_FOLDER = ROOT / ".cache" / "solcx"
TESTS = ROOT / "tests" / "contracts"
HOME = ROOT / ".cache" / "brownie" / "home"
BUILD = ROOT / ".cache" / "brownie" / "build"
GANACHE = ROOT / "node_modules" / "ganache" / "dist" / "node" / "cli.js"
START_SECONDS = 60
STOP_SECONDS = 10
ACCOUNTS = 1010

NETWORK_CONFIG = """\
development:
  - name: Ganache of scripts/brownie_tests.py
    id: development
    cmd: ganache
    host: http://127.0.0.1
    cmd_settings:
      port: {port}
live: []
"""


class SetupError(Exception):
    """Something that must be installed first is not."""


def check_setup() -> None:
    """Raise SetupError when something is missing that only an installation can bring."""
    if shutil.which("node") is None:
        raise SetupError("node is not on the PATH: install Node.js 20 or later")
    if not GANACHE.exists():
        raise SetupError("node_modules has no ganache: run `npm ci` first")
    if find_spec("brownie") is None:
        raise SetupError("eth-brownie is not installed: pip install -e '.[contracts]'")


def install_compiler() -> None:
    """Put solc where Brownie will look for it."""
    command = [sys.executable, str(COMPILE), "--install"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetupError(done.stderr.strip())


def forget_stale_build() -> None:
    """Delete what Brownie compiled from sources that have moved or changed since.

    Brownie would stop at one that has moved. Of several it would compile the changed ones alone,
    and code through the intermediate language depends on what else is compiled with it.
    """
    newest = max(path.stat().st_mtime for path in (ROOT / "contracts").rglob("*.sol"))
    for path in BUILD.glob("contracts/*.json"):
        sources = json.loads(path.read_text("utf-8"))["allSourcePaths"].values()
        moved = not all((ROOT / source).exists() for source in sources)
        if moved or path.stat().st_mtime < newest:
            shutil.rmtree(BUILD)
            return


@contextmanager
def ganache() -> Iterator[int]:
    """Run a Ganache; yield its port; stop it, and only it, whatever happens."""
    port = _free_port()
    command = ["node", str(GANACHE), "--server.host", "127.0.0.1", "--server.port", str(port)]
    command += ["--chain.hardfork", "shanghai", "--chain.vmErrorsOnRPCResponse", "true"]
    command += ["--wallet.deterministic", "--wallet.totalAccounts", str(ACCOUNTS)]
    # One second a block: no test depends on how fast the machine is.
    command += ["--miner.timestampIncrement", "1", "--miner.blockGasLimit", "30000000"]
    command += ["--logging.quiet"]
    # No inherited pipe: node makes it non-blocking, which would cut pytest's output short.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_up(process, port)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SetupError(f"ganache ended at once, with exit code {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SetupError(f"ganache did not listen within {START_SECONDS} s")


def run_brownie(port: int, arguments: list[str]) -> int:
    """Run `brownie test` in a home of its own; return its exit code."""
    folder = HOME / ".brownie"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network-config.yaml").write_text(NETWORK_CONFIG.format(port=port), "utf-8")
    environment = {**os.environ, "HOME": str(HOME), "SOLCX_BINARY_PATH": str(SOLCX_FOLDER)}
    start = "from brownie._cli.__main__ import main; main()"
    command = [sys.executable, "-c", start, "test", *arguments, "--network", "development"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _paths(names: list[str]) -> list[str]:
    """Turn `test_submit`, `test_submit.py` and paths into paths; no name means all tests."""
    known = {path.stem: str(path) for path in TESTS.glob("test_*.py")}
    return [known.get(name.removesuffix(".py"), name) for name in names] or [str(TESTS)]


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Run the contract tests on Brownie and Ganache.")
    parser.add_argument("--update-gas", action="store_true", help="write gas_snapshot.json anew")
    options, others = parser.parse_known_args(argv)
    names = [other for other in others if other.startswith("test")]
    passed_on = [other for other in others if other not in names]
    if options.update_gas:
        os.environ["FEDJURY_UPDATE_GAS"] = "1"
    try:
        check_setup()
        install_compiler()
        forget_stale_build()
        with ganache() as port:
            return run_brownie(port, [*_paths(names), *passed_on])
    except SetupError as problem:
        print(f"cannot test the contracts: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
