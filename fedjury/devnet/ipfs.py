"""An IPFS daemon that talks to nobody: Kubo where it is installed, else js-ipfs."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from fedjury.devnet.ipfs_config import edit_config, offline_jsipfs, offline_kubo
from fedjury.devnet.node import node_command, npm_program
from fedjury.devnet.ports import loopback_url
from fedjury.devnet.process import environment
from fedjury.devnet.service import Service
from fedjury.devnet.status import IpfsKind
from fedjury.errors import DevnetError
from fedjury.store import IpfsStore

_INIT_SECONDS = 60.0
# js-ipfs ends itself over an error that it throws when the wait for a missing block of a file is
# over: anybody who publishes half a file could end it. Run before it, this lets it end itself over
# any error but that one.
_SURVIVE_ABORTS = "data:text/javascript," + quote(
    "const once = process.once;"
    "process.once = (event, listener) => event.startsWith('un')"
    " ? process.on(event, (error, ...rest) =>"
    " /aborted/.test(error?.message) ? console.error(error) : listener(error, ...rest))"
    " : once.call(process, event, listener)"
)
_PROOF = b"fedjury devnet\n"


@dataclass(frozen=True, slots=True)
class _Daemon:
    """What differs between the two daemons."""

    name: str
    program: tuple[str, ...]
    init: tuple[str, ...]
    daemon: tuple[str, ...]
    configure: Callable[[Path, int], None]
    lock: str | None = None


def choose_ipfs(wanted: Literal["auto", "kubo", "jsipfs"], node_modules: Path | None) -> IpfsKind:
    """The daemon to run: for "auto" Kubo, if it is installed and runs."""
    if wanted != "auto":
        return wanted
    return "jsipfs" if _find_kubo(node_modules) is None else "kubo"


def ipfs_service(
    kind: IpfsKind, port: int, repo: Path, log: Path, node_modules: Path | None = None
) -> Service:
    """An IPFS daemon whose API listens on 127.0.0.1 and that opens no other socket.

    Raises:
        DevnetError: it is not installed.
    """
    daemon = _kubo(node_modules) if kind == "kubo" else _jsipfs(node_modules)
    store = IpfsStore(loopback_url(port))
    return Service(
        name=daemon.name,
        port=port,
        command=(*daemon.program, *daemon.daemon),
        log=log,
        prove=lambda: _prove(store),
        prepare=lambda: _prepare(daemon, repo, port),
        env=_env(repo),
    )


def _kubo(node_modules: Path | None) -> _Daemon:
    program = _find_kubo(node_modules)
    if program is None:
        raise DevnetError(
            "Kubo is not installed, or does not run: there is no `ipfs` on the PATH that answers "
            "`ipfs version`; install it, or let the devnet choose the daemon"
        )
    return _Daemon(
        name="Kubo",
        program=(program,),
        init=("init", "--empty-repo", "--profile=test"),
        daemon=("daemon", "--offline", "--routing=none"),
        configure=lambda path, port: edit_config(path, lambda old: offline_kubo(old, port)),
    )


def _jsipfs(node_modules: Path | None) -> _Daemon:
    node, script = node_command("ipfs/src/cli.js", node_modules)
    return _Daemon(
        name="js-ipfs",
        program=(node, "--import", _SURVIVE_ABORTS, script),
        init=("init", "--empty-repo"),
        daemon=("daemon", "--offline", "--enable-preload=false"),
        configure=lambda path, port: edit_config(path, lambda old: offline_jsipfs(old, port)),
        lock="repo.lock",
    )


def _find_kubo(node_modules: Path | None) -> str | None:
    """Kubo's program; npm's `kubo` leaves one that cannot run where its download failed."""
    for program in (shutil.which("ipfs"), npm_program("ipfs", node_modules)):
        if program is not None and _runs(str(program)):
            return str(program)
    return None


def _runs(program: str) -> bool:
    try:
        found = subprocess.run(
            [program, "version", "--number"],
            env=environment({}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_INIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0


def _env(repo: Path) -> dict[str, str]:
    """Its repo, and not to call home: Kubo would to report, js-ipfs to look for updates."""
    return {"IPFS_PATH": str(repo), "IPFS_TELEMETRY": "off", "NO_UPDATE_NOTIFIER": "1"}


def _prepare(daemon: _Daemon, repo: Path, port: int) -> None:
    config = repo / "config"
    if not config.exists():
        _init(daemon, repo)
    daemon.configure(config, port)
    if daemon.lock is not None:
        # js-ipfs believes the lock of a daemon that was killed; our port is free, so it is gone.
        shutil.rmtree(repo / daemon.lock, ignore_errors=True)


def _init(daemon: _Daemon, repo: Path) -> None:
    """Make the repo beside its place, so that a half-made one is never taken for a repo."""
    new = repo.with_name(f".{repo.name}.new")
    for leftover in (new, repo):
        shutil.rmtree(leftover, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        done = subprocess.run(
            [*daemon.program, *daemon.init],
            env=environment(_env(new)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DevnetError(f"{daemon.name} took over {_INIT_SECONDS:g} s to make a repo") from error
    if done.returncode != 0:
        raise DevnetError(f"{daemon.name} cannot make a repo in {repo}: {done.stderr.strip()}")
    new.rename(repo)


def _prove(store: IpfsStore) -> None:
    digest = store.add(_PROOF)
    store.fetch(digest, len(_PROOF), timeout=10)
