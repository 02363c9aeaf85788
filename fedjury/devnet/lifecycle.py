"""Bring a whole devnet up, take it down, say how it is."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from fedjury.devnet import layout, process
from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.health import devnet_status, running_processes
from fedjury.devnet.ipfs import choose_ipfs, ipfs_service
from fedjury.devnet.keystores import devnet_accounts, write_keystores
from fedjury.devnet.ports import free_port
from fedjury.devnet.process import ProcessRef
from fedjury.devnet.rpc import call
from fedjury.devnet.service import Service, launch, wait_healthy
from fedjury.devnet.status import (
    CHAIN,
    IPFS,
    ChainKind,
    DevnetFile,
    DevnetStatus,
    Settings,
    load,
)
from fedjury.errors import DevnetError
from fedjury.runtime.files import missing_directories, remove_empty

MAX_ACCOUNTS = 1000
_LOCK = "lock"
_MADE_WITH = ("chain", "accounts", "chain_id")
_RUNS_WITH = ("block_time", "chain_port", "ipfs_port", "ipfs")


def up(
    directory: Path,
    *,
    accounts: int = 20,
    chain_id: int = 1337,
    chain_port: int | None = None,
    ipfs_port: int | None = None,
    chain: ChainKind = "ganache",
    ipfs: Literal["auto", "kubo", "jsipfs"] = "auto",
    node_modules: Path | None = None,
    block_time: float | None = None,
) -> DevnetStatus:
    """Start a devnet in this directory, or what is missing of one, and wait until it works.

    Chain, IPFS repo and ports outlive `down`; only what was made in the same way is reused.

    Args:
        directory: created if need be; everything of the devnet is in it.
        accounts: how many funded accounts, 1 to 1000.
        chain_id: EIP-155 chain id.
        chain_port, ipfs_port: on 127.0.0.1; None takes the ports of the last time, or free ones.
        chain: which program is the chain.
        ipfs: "auto" takes Kubo if it is installed, else js-ipfs.
        node_modules: where Ganache, Anvil and js-ipfs are installed; None looks for it.
        block_time: seconds from block to block; None mines at once.

    Raises:
        DevnetError: something is missing, or a service does not become healthy; then what this
            call started is stopped again, and a directory that was new or empty is so again.
    """
    directory = directory.resolve()  # the services get it, and may run in another directory
    if not 1 <= accounts <= MAX_ACCOUNTS:
        raise DevnetError(f"a devnet has 1 to {MAX_ACCOUNTS} accounts, not {accounts}")
    with _undone_on_failure(directory):
        old = load(directory)
        kept = old.settings if old else None
        # "auto" must not leave a repo behind because Kubo was installed in the meantime.
        kind = kept.ipfs if kept and ipfs == "auto" else choose_ipfs(ipfs, node_modules)
        settings = Settings(
            accounts=accounts,
            chain_id=chain_id,
            block_time=block_time,
            chain_port=chain_port or (kept.chain_port if kept else free_port()),
            ipfs_port=ipfs_port or (kept.ipfs_port if kept else free_port()),
            chain=chain,
            ipfs=kind,
            node_modules=None if node_modules is None else str(node_modules.resolve()),
        )
        running = running_processes(old)
        if old is not None:
            _require_same(directory, old.settings, settings, running)
        write_keystores(
            layout.keystores(directory), layout.password_file(directory), devnet_accounts(accounts)
        )
        _start_missing(directory, settings, running)
        return devnet_status(directory, DevnetFile(settings, running))


def down(directory: Path) -> DevnetStatus:
    """Stop the devnet's processes; its data stay. Raises DevnetError when there is no devnet."""
    directory = directory.resolve()
    _require(directory)
    with _locked(directory):
        devnet = _require(directory)
        for ref in running_processes(devnet).values():
            process.stop(ref)
        stopped = DevnetFile(devnet.settings)
        stopped.save(directory)
        return devnet_status(directory, stopped)


def status(directory: Path) -> DevnetStatus:
    """How the devnet is now. Raises DevnetError when there is none in this directory."""
    directory = directory.resolve()
    devnet = _require(directory)
    return devnet_status(directory, devnet)


def _start_missing(directory: Path, settings: Settings, running: dict[str, ProcessRef]) -> None:
    """Start what does not run and add it to `running`; on failure take back what was started."""
    services = _services(directory, settings)
    started: dict[str, ProcessRef] = {}
    try:
        for name, service in services.items():
            if name not in running:
                started[name] = launch(service)
                # At once: if we are killed now, the next `up` or `down` still finds it.
                DevnetFile(settings, {**running, **started}).save(directory)
        for name, service in services.items():
            wait_healthy(service, {**running, **started}[name])
        _require_accounts(services[CHAIN].url, settings.accounts)
    except BaseException:
        for ref in started.values():
            process.stop(ref)
        raise
    running.update(started)


def _services(directory: Path, settings: Settings) -> dict[str, Service]:
    packages = None if settings.node_modules is None else Path(settings.node_modules)
    options = ChainOptions(
        accounts=settings.accounts,
        chain_id=settings.chain_id,
        block_time=settings.block_time,
        database=layout.chain_database(directory, settings.chain),
    )
    return {
        CHAIN: chain_service(
            settings.chain,
            settings.chain_port,
            layout.chain_log(directory, settings.chain),
            options,
            packages,
        ),
        IPFS: ipfs_service(
            settings.ipfs,
            settings.ipfs_port,
            layout.ipfs_repo(directory, settings.ipfs),
            layout.ipfs_log(directory, settings.ipfs),
            packages,
        ),
    }


def _require_same(
    directory: Path, old: Settings, new: Settings, running: dict[str, ProcessRef]
) -> None:
    """Refuse what neither the chain on disk nor a running process can be changed to."""
    for names, made, remedy in (
        (_MADE_WITH, "was made", "use another directory"),
        (_RUNS_WITH if running else (), "runs", "take it down first"),
    ):
        for name in names:
            before, now = getattr(old, name), getattr(new, name)
            if before != now:
                raise DevnetError(
                    f"the devnet in {directory} {made} with {name} = {before}, not {now}: {remedy}"
                )


def _require_accounts(url: str, count: int) -> None:
    """Our keystores must be the chain's accounts, whatever mnemonic this program uses."""
    ours = [account.address.lower() for account in devnet_accounts(count)]
    theirs = [str(address).lower() for address in call(url, "eth_accounts")]
    if ours != theirs:
        raise DevnetError(f"{url} has other accounts than the devnet's well-known ones")


def _require(directory: Path) -> DevnetFile:
    devnet = load(directory)
    if devnet is None:
        raise DevnetError(f"there is no devnet in {directory}")
    return devnet


@contextmanager
def _undone_on_failure(directory: Path) -> Iterator[None]:
    """As `_locked`; where that fails, a directory that held nothing is made as it was."""
    made = missing_directories(directory)
    with _locked(directory):
        is_fresh = [each.name for each in directory.iterdir()] == [_LOCK]
        try:
            yield
        except BaseException:
            if is_fresh:
                _empty(directory)
                remove_empty(made)
            raise


def _empty(directory: Path) -> None:
    for each in directory.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One `up` or `down` at a time; the lock goes with the process that holds it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
