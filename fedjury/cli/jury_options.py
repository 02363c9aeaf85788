"""The options of `fedjury jury`: which juror looks, by which docket, and whom it asks."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fedjury.cli import options
from fedjury.cli.check_options import AddressOption, OptionalKeystoreOption
from fedjury.cli.network_options import parse_peers
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eth_account.signers.local import LocalAccount

    from fedjury.oracle.exchange.docket import Docket
    from fedjury.oracle.exchange.inquiry import Inquiry
    from fedjury.protocol.statements.signed import TaskDomain


@dataclass(frozen=True)
class JurorOptions:
    """The juror, by its keystore, or by its address alone where nobody is asked."""

    keystore: OptionalKeystoreOption = None
    password_file: options.PasswordFileOption = None
    address: AddressOption = None
    work_dir: options.WorkDirOption = None

    def open(self) -> "tuple[str, LocalAccount | None]":
        """The juror's address with its checksum, and its account if a keystore is given.

        Raises:
            ConfigError: both are given, or none, or the address is none.
            KeystoreError: the keystore does not open.
        """
        from eth_utils.address import is_address, to_checksum_address  # noqa: PLC0415 (slow)

        from fedjury.runtime.keystore import open_account  # noqa: PLC0415 (slow)

        if (self.keystore is None) == (self.address is None):
            raise ConfigError("say either --keystore or --address")
        if self.keystore is not None:
            account = open_account(self.keystore, self.password_file)
            return account.address, account
        if self.address is None or not is_address(self.address):
            raise ConfigError("--address takes the juror's address, 0x and 40 hexadecimal digits")
        return to_checksum_address(self.address), None

    def docket_path(self, deployment: Path, me: str, task: str) -> Path:
        """Where the juror's docket is, whether it is there or not."""
        files = options.DaemonOptions(deployment, work_dir=self.work_dir)
        return files.work_directory("oracle", me, task) / "jury.sqlite"


@contextmanager
def opened_docket(path: Path, domain: "TaskDomain", me: str) -> "Iterator[Docket]":
    """A juror's docket.

    Args:
        path: of its file.
        domain: of the task.
        me: the juror's address.

    Raises:
        ConfigError: there is none.
    """
    from fedjury.oracle.exchange.docket import Docket  # noqa: PLC0415 (slow)
    from fedjury.protocol.update_tag import task_name  # noqa: PLC0415 (slow)

    if not path.is_file():
        raise ConfigError(f"there is no docket at {path}: name the juror's --work-dir")
    owner = {"task": task_name(*domain), "juror": me.lower()}
    with closing(Docket(path, owner)) as docket:
        yield docket


@contextmanager
def opened_inquiry(
    account: "LocalAccount",
    domain: "TaskDomain",
    jurors: "Iterable[str]",
    docket: "Docket | None",
    peer: list[str] | None,
) -> "Iterator[Inquiry]":
    """Who asks the jurors, once it has found out where they are.

    Args:
        account: the juror's who asks.
        domain: of the task.
        jurors: who may be asked, in lower case.
        docket: the juror's own, which says where jurors were; None for none.
        peer: the values of --peer.

    Raises:
        ConfigError: one of them is neither a URL nor a file of announcements.
    """
    from fedjury.oracle.exchange.inquiry import Inquiry  # noqa: PLC0415 (slow)

    seeds, known = parse_peers(peer)
    kept = [] if docket is None else docket.announcements()
    with closing(Inquiry(account, domain, jurors, [*kept, *known], seeds)) as inquiry:
        inquiry.meet()
        yield inquiry
