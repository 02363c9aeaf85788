"""How a devnet is. Needs no npm package, so that it works when those are gone."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fedjury.devnet import layout, process
from fedjury.devnet.chain import chain_version
from fedjury.devnet.ports import loopback_url
from fedjury.devnet.process import ProcessRef
from fedjury.devnet.status import (
    CHAIN,
    IPFS,
    ChainKind,
    DevnetFile,
    DevnetStatus,
    IpfsKind,
    ServiceStatus,
)
from fedjury.errors import FedjuryError
from fedjury.store import IpfsStore


def running_processes(devnet: DevnetFile | None) -> dict[str, ProcessRef]:
    """The processes of a devnet that are alive, by name."""
    refs = devnet.processes if devnet else {}
    return {name: ref for name, ref in refs.items() if process.is_running(ref)}


def devnet_status(directory: Path, devnet: DevnetFile) -> DevnetStatus:
    """Ask both services how they are."""
    settings, running = devnet.settings, running_processes(devnet)
    chain_url, ipfs_url = loopback_url(settings.chain_port), loopback_url(settings.ipfs_port)
    return DevnetStatus(
        directory=directory,
        chain=_service_status(
            settings.chain,
            chain_url,
            running.get(CHAIN),
            lambda: chain_version(chain_url, settings.chain_id),
            layout.chain_log(directory, settings.chain),
        ),
        ipfs=_service_status(
            settings.ipfs,
            ipfs_url,
            running.get(IPFS),
            lambda: IpfsStore(ipfs_url).version(),
            layout.ipfs_log(directory, settings.ipfs),
        ),
        chain_id=settings.chain_id,
        accounts=tuple(_addresses(layout.keystores(directory))[: settings.accounts]),
        keystores=layout.keystores(directory),
        password_file=layout.password_file(directory),
    )


def _service_status(
    kind: ChainKind | IpfsKind,
    url: str,
    ref: ProcessRef | None,
    ask: Callable[[], str],
    log: Path,
) -> ServiceStatus:
    version = None
    # Whoever answers on the port of a service that does not run is a stranger.
    if ref is not None:
        with suppress(FedjuryError):
            version = ask()
    return ServiceStatus(
        kind=kind,
        url=url,
        pid=None if ref is None else ref.pid,
        healthy=version is not None,
        version=version,
        log=log,
    )


def _addresses(keystores: Path) -> list[str]:
    """From the names of the files, <n>-<address>.json."""
    names = [path.stem.partition("-") for path in keystores.glob("*-0x*.json")]
    return [address for _, _, address in sorted(names, key=lambda name: int(name[0]))]
