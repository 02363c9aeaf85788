"""Changing a task's newest roster: who is added, who is taken off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from fedjury.chain.contracts.events import RosterSet
from fedjury.checks.counts import counted
from fedjury.errors import ConfigError
from fedjury.protocol.roster import Roster
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import fetch_roster, find_roster_set


@dataclass(frozen=True)
class NewestRoster:
    """The roster that was set last; it may count only from the next round on.

    Attributes:
        event: with which it was set.
        members: of it.
    """

    event: RosterSet
    members: Roster

    @classmethod
    def read(cls, task: TaskOnChain, store: ContentStore) -> Self:
        """The newest roster by the newest block.

        Raises:
            ChainUnavailable, StoreUnavailable: no usable answer.
            WrongRoster: its file is not what the chain says of it.
        """
        stamp = task.chain.block()
        known = task.contract.next_roster(at=stamp) or task.contract.roster(at=stamp)
        event = find_roster_set(task, known.version, known.root, stamp.number)
        return cls(event, fetch_roster(store, event))

    def with_members(self, addresses: Sequence[str]) -> Roster:
        """The roster with further members.

        Args:
            addresses: checksummed (EIP-55), each once.

        Raises:
            ConfigError: one is a member already, or there are more than a roster holds.
        """
        known = [address for address in addresses if address in self.members]
        self._refuse(known, "already in")
        return roster_of([*self.members.members, *addresses])

    def without_members(self, addresses: Sequence[str]) -> Roster:
        """The roster without some of its members.

        Args:
            addresses: checksummed (EIP-55), each once.

        Raises:
            ConfigError: one is no member.
        """
        strangers = [address for address in addresses if address not in self.members]
        self._refuse(strangers, "not in")
        gone = set(addresses)
        return roster_of([each for each in self.members.members if each not in gone])

    def _refuse(self, addresses: Sequence[str], where: str) -> None:
        if addresses:
            rest = len(addresses) - 1
            others = f"; so {'is' if rest == 1 else 'are'} {counted(rest, 'other')} of those given"
            raise ConfigError(
                f"{addresses[0]} is {where} roster {self.event.version}{others if rest else ''}"
            )


def roster_of(addresses: Sequence[str]) -> Roster:
    """The roster of these addresses.

    Raises:
        ConfigError: there are more than a roster holds.
    """
    try:
        return Roster.of(addresses)
    except ValueError as error:
        raise ConfigError(str(error)) from None
