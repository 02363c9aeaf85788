"""What was measured of exchanges between jurors, its file, and its tables in the docs."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from experiments.exchange.demo import GOAL, DemoTimes
from experiments.exchange.rounds import JointRound
from experiments.exchange.wire import Asked
from experiments.reporting.tables import markdown
from fedjury.errors import ConfigError
from fedjury.runtime.files import write_whole

FAMILY = "exchange-"
_DIGITS = 4  # of seconds


@dataclass(frozen=True)
class Results:
    """All of it.

    Attributes:
        machine: that it was measured on, in words.
        rounds: ascending by number of updates.
        demo: runs with one juror and with several.
    """

    machine: str
    rounds: list[JointRound]
    demo: DemoTimes

    def with_round(self, found: JointRound) -> "Results":
        """The same with a round in place of an earlier one of that size."""
        others = [each for each in self.rounds if each.updates != found.updates]
        return replace(self, rounds=sorted([*others, found], key=lambda each: each.updates))

    def to_json(self) -> dict[str, Any]:
        """As it is written: seconds rounded."""
        found = asdict(self)
        for each in found["rounds"]:
            each["seconds"] = round(each["seconds"], _DIGITS)
        return found


def write_results(results: Results, path: Path) -> None:
    """Write a file of JSON, indented, so that differences can be read."""
    write_whole(path, json.dumps(results.to_json(), indent=1) + "\n")


def read_results(path: Path) -> Results:
    """Read a file that `write_results` wrote.

    Raises:
        ConfigError: there is no such file, or it holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rounds = [
            JointRound(**{**each, "asked": {kind: Asked(**n) for kind, n in each["asked"].items()}})
            for each in found["rounds"]
        ]
        return Results(found["machine"], rounds, DemoTimes(**found["demo"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} holds no figures of this measurement: {error}") from error


def round_table(results: Results) -> str:
    """Requests and bytes by kind of path, seconds, and the chain's transactions."""
    rows = [
        [
            f"{each.updates:,}",
            kind,
            f"{asked.requests:,}",
            f"{asked.sent:,}",
            f"{asked.received:,}",
            f"{each.seconds:.1f}",
            str(each.transactions),
        ]
        for each in results.rounds
        for kind, asked in sorted(each.asked.items())
    ]
    asked_for = ["asked for", "requests", "their bytes", "bytes of answers"]
    return markdown(["updates", *asked_for, "seconds to the report", "transactions"], rows)


def demo_sentence(results: Results) -> str:
    """How long several jurors take, beside one."""
    demo = results.demo
    return (
        f"The demo's federation of {demo.rounds} rounds takes {demo.ratio:.1f} times as long with "
        f"{demo.jurors} jurors as with one (goal: at most {GOAL:g}); measured on {results.machine}."
    )


TABLES: dict[str, Callable[[Results], str]] = {
    "exchange-rounds": round_table,
    "exchange-demo": demo_sentence,
}


def tables_of(results: Results) -> dict[str, Callable[[], str]]:
    """What stands between a page's markers, by their names."""
    return {name: partial(table, results) for name, table in TABLES.items()}
