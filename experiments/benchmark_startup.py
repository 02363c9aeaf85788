"""How long commands take to start, as ratios to what they cannot do without (machines are noisy).

python experiments/benchmark_startup.py --repeats 11

Whole processes, in pairs that alternate: `--help` of every command beside the import of typer and
rich, and `fedjury status` and `events` beside the import of web3, with a task that is deployed on
a devnet of Anvil and IPFS for the occasion. `--no-devnet` leaves these out.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from fedjury import devnet
from fedjury.cli.app import root_command
from fedjury.cli.lazy import every_command

FEDJURY = ["-c", "import sys; from fedjury.cli import main; sys.exit(main())"]  # as the script does
HELP_BASE, HELP_GOAL = "import typer, rich", 3.0
READ_BASE, READ_GOAL = "import web3", 2.5


@dataclass(frozen=True)
class Startup:
    """How long a command takes beside an import.

    Attributes:
        command: as after `fedjury`.
        base: the import.
        seconds, base_seconds: median wall times of the two processes.
        ratio: median over the pairs.
        goal: the most that the ratio is to be.
    """

    command: str
    base: str
    seconds: float
    base_seconds: float
    ratio: float
    goal: float


def seconds_of(arguments: list[str], directory: Path) -> float:
    """Wall time of a Python process from start to end.

    Raises:
        CalledProcessError: it fails.
    """
    command, environment = [sys.executable, *arguments], _environment(directory)
    started = time.perf_counter()
    subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=True)
    return time.perf_counter() - started


def _environment(directory: Path) -> dict[str, str]:
    """This process's own, less what stands in for options; compiled modules are kept, as they are
    after the first start of an installed program."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FEDJURY_")}
    compiled = str(directory / "compiled")
    return {**own, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}


def measure(
    words: tuple[str, ...], base: str, goal: float, directory: Path, repeats: int
) -> Startup:
    """Run a command and an import in turn; the first pair does not count."""
    pairs = [
        (seconds_of([*FEDJURY, *words], directory), seconds_of(["-c", base], directory))
        for _ in range(repeats + 1)
    ][1:]
    taken, based = zip(*pairs, strict=True)
    return Startup(
        command=" ".join(words),
        base=base,
        seconds=statistics.median(taken),
        base_seconds=statistics.median(based),
        ratio=statistics.median(mine / its for mine, its in pairs),
        goal=goal,
    )


def measure_help(directory: Path, repeats: int) -> Iterator[Startup]:
    """Help of every command."""
    for words, _ in every_command(root_command()):
        yield measure((*words, "--help"), HELP_BASE, HELP_GOAL, directory, repeats)


def measure_reading(directory: Path, repeats: int) -> Iterator[Startup]:
    """The commands that only read, with a task on a devnet."""
    devnet.up(directory / "devnet", accounts=4, chain="anvil")
    try:
        seconds_of([*FEDJURY, "verification", "new"], directory)
        deploy = ["deploy", "--devnet", "devnet", "--devnet-clients", "2", "--model-arguments"]
        seconds_of([*FEDJURY, *deploy, '{"hidden": 8}'], directory)
        for name in ("status", "events"):
            yield measure((name,), READ_BASE, READ_GOAL, directory, repeats)
    finally:
        devnet.down(directory / "devnet")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=11, help="pairs to take the median of")
    parser.add_argument("--no-devnet", action="store_true", help="only help")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    measured: list[Startup] = []
    with tempfile.TemporaryDirectory() as name:
        for measure_some in (
            (measure_help,) if options.no_devnet else (measure_help, measure_reading)
        ):
            for found in measure_some(Path(name), options.repeats):
                measured.append(found)
                if not options.json:
                    print(_line(found), flush=True)
    if options.json:
        print(json.dumps([asdict(found) for found in measured]))


def _line(found: Startup) -> str:
    missed = "" if found.ratio <= found.goal else f", more than {found.goal:g}"
    return (
        f"fedjury {found.command:<28} {found.ratio:5.2f} × {found.base:<19} "
        f"({found.seconds:.3f} s, {found.base_seconds:.3f} s){missed}"
    )


if __name__ == "__main__":
    main()
