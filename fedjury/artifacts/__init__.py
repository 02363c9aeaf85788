"""The compiled contracts that this package ships: ABI and creation code."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fedjury.errors import ConfigError


@dataclass(frozen=True)
class Artifact:
    """One compiled contract: its name, its ABI entries, and its creation code."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes


@cache
def load_artifact(name: str) -> Artifact:
    """Load a contract ("FederatedTask", "TaskFactory") that is shipped with the package.

    Raises:
        ConfigError: the package does not contain the contract, or its file is damaged.
    """
    try:
        raw = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
        code = bytes.fromhex(raw["bytecode"].removeprefix("0x"))
        return Artifact(name, tuple(raw["abi"]), code)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"the compiled contract {name} is missing from this installation or damaged: "
            f"install fedjury anew"
        ) from error
