"""What is to be checked: a role, where its task is, and what belongs to it on this machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.clients.relay_endpoint import RelayEndpoint
from fedjury.oracle.exchange.inquiry import Inquiry
from fedjury.preflight.web_time import date_of
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import Signed
from fedjury.runtime.endpoint import Endpoint
from fedjury.store import ContentStore, open_store
from fedjury.task.deployment_file import Deployment
from fedjury.task.on_chain import TaskOnChain


class Role(StrEnum):
    """Who has a part in a task."""

    COORDINATOR = "coordinator"
    JUROR = "juror"
    CLIENT = "client"
    RELAYER = "relayer"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Place:
    """Where a task is.

    Attributes:
        rpcs: URLs of RPC endpoints of one chain, at least one.
        stores: locations of content stores; none where nobody said any.
        task: the contract's address.
        from_block: first block to read events from.
        chain_id: that each endpoint has to serve; None where nobody said it.
        deployment: the deployment file's content; None where options stand in its stead.
    """

    rpcs: tuple[str, ...]
    stores: tuple[str, ...]
    task: str
    from_block: int
    chain_id: int | None
    deployment: Deployment | None


@dataclass(frozen=True)
class Belongings:
    """What belongs to the role on this machine.

    Attributes:
        open_account: opens the keystore, or raises KeystoreError; None without one.
        address: the account's, where no keystore is to be opened; None for nobody's.
        work_directory: gives the directory of the daemon's files by the account's address; None
            for a role that has no daemon.
        verification: sample files, and directories of them, that were named.
        beside: directories in which sample files may lie without being named.
        commitments: the file of commitments; None where there is none.
        relays: URLs of the client's relays.
        peers: URLs of other jurors.
        announcements: of other jurors, that a person gave.
        allowed_models: model callables beyond the built-in ones that this user trusts.
        confirmations: with which the daemon reads the chain; None as the deployment file says.
        max_fee_gwei: the most to offer per unit of gas; None for no limit.
    """

    open_account: Callable[[], LocalAccount] | None = None
    address: str | None = None
    work_directory: Callable[[str], Path] | None = None
    verification: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()
    commitments: Path | None = None
    relays: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    announcements: tuple[Signed[Announcement], ...] = ()
    allowed_models: frozenset[str] = frozenset()
    confirmations: int | BlockTag | None = None
    max_fee_gwei: int | None = None


def _connect(url: str, number: int) -> Chain:
    return Chain.connect(url, number=number)


def _open_store(location: str, number: int) -> ContentStore:
    return open_store(location, number=number)


@dataclass(frozen=True)
class Reach:
    """How services are reached; tests put their own in place.

    Attributes:
        connect: to an RPC endpoint, by its URL and its number among several.
        open_store: by its location and its number among several.
        find_task: on a chain, by the contract's address and the first block of its events.
        open_relay: by its URL.
        open_inquiry: of jurors; arguments as of `Inquiry`.
        now: Unix seconds by this machine's clock.
        date_of: Unix seconds by another machine's, None where it does not tell.
    """

    connect: Callable[[str, int], Chain] = _connect
    open_store: Callable[[str, int], ContentStore] = _open_store
    find_task: Callable[[Chain, str, int], TaskOnChain] = TaskOnChain.at
    open_relay: Callable[[str], RelayEndpoint] = RelayEndpoint
    open_inquiry: Callable[..., Inquiry] = Inquiry
    now: Callable[[], float] = time.time
    date_of: Callable[[Endpoint], float | None] = date_of


@dataclass(frozen=True)
class Subject:
    """A role, its task and its belongings.

    Attributes:
        role: whose part is checked.
        place: where the task is.
        own: what belongs to the role here.
        reach: how services are reached.
    """

    role: Role
    place: Place
    own: Belongings = field(default_factory=Belongings)
    reach: Reach = field(default_factory=Reach)
