"""Ganache as the devnet's chain."""

from pathlib import Path

from fedjury.devnet.chain_program import BLOCK_GAS_LIMIT, ChainOptions, ChainProgram, flatten
from fedjury.devnet.node import node_command
from fedjury.devnet.ports import LOOPBACK

HARDFORK = "shanghai"


def ganache(port: int, options: ChainOptions, node_modules: Path | None) -> ChainProgram:
    """How Ganache is run. Raises DevnetError when it is not installed."""
    program = node_command("ganache/dist/node/cli.js", node_modules)
    return ChainProgram(
        name="Ganache",
        command=(*program, *_arguments(port, options)),
        prepare=lambda database: database.mkdir(parents=True, exist_ok=True),
    )


def _arguments(port: int, options: ChainOptions) -> list[str]:
    arguments: dict[str, object] = {
        "--server.host": LOOPBACK,
        "--server.port": port,
        "--chain.hardfork": HARDFORK,
        "--chain.chainId": options.chain_id,
        "--chain.networkId": options.chain_id,
        "--miner.blockGasLimit": BLOCK_GAS_LIMIT,
        "--wallet.totalAccounts": options.accounts,
    }
    if options.block_time is not None:
        arguments["--miner.blockTime"] = f"{options.block_time:g}"
    if options.database is not None:
        arguments["--database.dbPath"] = options.database
    return [*flatten(arguments), "--wallet.deterministic", "--logging.quiet"]
