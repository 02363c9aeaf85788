"""The compiled contracts that this package ships: ABI and creation code."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fedjury.errors import ConfigError


@dataclass(frozen=True)
class Artifact:
    """One compiled contract.

    Attributes:
        name: the contract's.
        abi: its ABI entries.
        bytecode: its creation code.
        runtime: the code that a created contract has, with zeros where its immutables go.
        evm_version: the compiler's name for the EVM that it is compiled for.
    """

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes
    runtime: bytes
    evm_version: str


@cache
def load_artifact(name: str) -> Artifact:
    """Load a contract ("FederatedTask", "TaskFactory") that is shipped with the package.

    Raises:
        ConfigError: the package does not contain the contract, or its file is damaged.
    """
    try:
        raw = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
        code = bytes.fromhex(raw["bytecode"].removeprefix("0x"))
        runtime = bytes.fromhex(raw["deployedBytecode"].removeprefix("0x"))
        version = str(raw["compiler"]["settings"]["evmVersion"])
        return Artifact(name, tuple(raw["abi"]), code, runtime, version)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"the compiled contract {name} is missing from this installation or damaged: "
            f"install fedjury anew"
        ) from error
