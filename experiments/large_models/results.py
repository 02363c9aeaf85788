"""What was measured, its file, and its tables."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from experiments.large_models.stages import Stage
from experiments.reporting.tables import markdown
from fedjury.errors import ConfigError
from fedjury.runtime.files import write_whole

_MEGABYTE = 10**6
_DIGITS = 3  # of seconds


@dataclass(frozen=True)
class Measured:
    """One federation with a large model.

    Attributes:
        megabytes: of the model, as asked for.
        bytes: of its file.
        store: what kind of content store it was.
        clients: how many took part.
        stages: of all processes, in order.
    """

    megabytes: int
    bytes: int
    store: str
    clients: int
    stages: list[Stage] = field(default_factory=list)


def to_json(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """As it is written: seconds rounded."""
    found = [asdict(each) for each in measured]
    for each in found:
        for stage in each["stages"]:
            stage["seconds"] = round(stage["seconds"], _DIGITS)
    return found


def write_results(measured: Sequence[Measured], path: Path) -> None:
    """Write a file of JSON, a stage a line, so that differences can be read."""
    parts = []
    for each in to_json(measured):
        stages = ",\n".join(json.dumps(stage) for stage in each.pop("stages"))
        parts.append(f'{json.dumps(each)[:-1]}, "stages": [\n{stages}\n]}}')
    write_whole(path, "[\n" + ",\n".join(parts) + "\n]\n")


def read_results(path: Path) -> list[Measured]:
    """Read a file that `write_results` wrote.

    Raises:
        ConfigError: there is no such file, or it holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [
            Measured(**{**each, "stages": [Stage(**stage) for stage in each["stages"]]})
            for each in found
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} holds no figures of this benchmark: {error}") from error


def table(measured: Measured) -> str:
    """The stages of one federation, as Markdown."""
    rows = [
        [
            each.role,
            each.name,
            f"{each.seconds:.1f}",
            f"{each.peak / measured.bytes:.1f}",
            str(each.asked),
            str(each.chain),
            f"{each.sent / _MEGABYTE:.0f}",
            f"{each.received / _MEGABYTE:.0f}",
        ]
        for each in measured.stages
    ]
    columns = ["process", "what it does", "s", "peak, files", "to IPFS", "to the chain"]
    return markdown([*columns, "MB sent", "MB received"], rows)


def report(measured: Sequence[Measured]) -> str:
    """All tables, each below a sentence."""
    return "\n\n".join(
        f"A model of {each.bytes / _MEGABYTE:.0f} MB, {each.clients} clients, one juror, "
        f"{each.store}:\n\n{table(each)}"
        for each in measured
    )
