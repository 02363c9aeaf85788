"""A task's rosters with their members, and changing the newest one."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import RosterSet
from fedjury.checks.counts import counted
from fedjury.errors import ConfigError
from fedjury.protocol.roster import ADDRESS_BYTES, Roster
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.roster_file import roster_of
from fedjury.task.rosters import fetch_roster, find_roster_set


@dataclass(frozen=True)
class KnownRoster:
    """A roster that is set, and its members.

    Attributes:
        event: with which it was set.
        members: of it.
    """

    event: RosterSet
    members: Roster

    def with_members(self, addresses: Sequence[str]) -> Roster:
        """The roster with further members.

        Args:
            addresses: checksummed (EIP-55), each once.

        Raises:
            ConfigError: one is a member already, or there are more than a roster holds.
        """
        known = [address for address in addresses if address in self.members]
        self._refuse(known, "already in")
        return roster_of([*_plain(self.members), *addresses])

    def without_members(self, addresses: Sequence[str]) -> Roster:
        """The roster without some of its members.

        Args:
            addresses: checksummed (EIP-55), each once.

        Raises:
            ConfigError: one is no member.
        """
        strangers = [address for address in addresses if address not in self.members]
        self._refuse(strangers, "not in")
        gone = {address.lower() for address in addresses}
        return roster_of([each for each in _plain(self.members) if each not in gone])

    def _refuse(self, addresses: Sequence[str], where: str) -> None:
        if addresses:
            rest = len(addresses) - 1
            others = f"; so {'is' if rest == 1 else 'are'} {counted(rest, 'other')} of those given"
            raise ConfigError(
                f"{addresses[0]} is {where} roster {self.event.version}{others if rest else ''}"
            )


def read_roster(task: TaskOnChain, store: ContentStore, *, newest: bool = True) -> KnownRoster:
    """A task's roster by the newest block, with its file.

    Args:
        task: whose roster it is.
        store: that has the file.
        newest: whether the one that was set last is wanted, which may count only from the next
            round on; else that of the round that is on.

    Raises:
        ChainUnavailable, StoreUnavailable: no usable answer.
        WrongRoster: the file is not what the chain says of it.
    """
    stamp = task.chain.block()
    following = task.contract.next_roster(at=stamp) if newest else None
    known = following or task.contract.roster(at=stamp)
    event = find_roster_set(task, known.version, known.root, stamp.number)
    return KnownRoster(event, fetch_roster(store, event))


def _plain(roster: Roster) -> list[str]:
    """The members in lower case, which takes a fraction of the time that checksums do."""
    content = roster.to_bytes()
    starts = range(0, len(content), ADDRESS_BYTES)
    return ["0x" + content[at : at + ADDRESS_BYTES].hex() for at in starts]
