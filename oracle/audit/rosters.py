"""Who may submit: a round's roster, its file, and that every submission is a member's."""

from fedjury.chain.contracts.events import RosterSet
from fedjury.errors import ContentError, ContentTooLarge, NotAFile
from fedjury.oracle.audit.files import Fetcher
from fedjury.oracle.audit.result import Difference
from fedjury.protocol.roster import NO_ROOT, Roster
from fedjury.task.history import RoundHistory
from fedjury.task.rosters import WrongRoster, read_roster, roster_bytes


def check_roster_change(history: RoundHistory, previous: RoundHistory | None) -> None:
    """A round opens with the newest roster that was set before, the first one with roster 1.

    Args:
        history: of the round.
        previous: of the round before; None for the first one.

    Raises:
        Difference: it opens with another.
    """
    version = history.roster.version
    if previous is None:
        if version != 1:
            raise Difference(history.number, f"opens with roster {version}, the first one is 1")
        return
    before = previous.roster
    if history.roster == before:
        if history.next_roster is not None:
            raise Difference(
                history.number,
                f"opens with roster {version}, though roster {history.next_roster.version} had "
                "been set before",
            )
    elif version == before.version:
        raise Difference(history.number, f"roster {version} was set anew while it counted")
    elif version != before.version + 1:
        raise Difference(
            history.number, f"opens with roster {version}, right after roster {before.version}"
        )


class Rosters:
    """The rosters of a task, each fetched once.

    Args:
        fetcher: gets their files.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._latest: tuple[RosterSet, Roster | None] | None = None

    def find(self, history: RoundHistory) -> Roster | None:
        """The roster of a round; None where nobody has its file any more.

        Raises:
            Difference: the file contradicts the chain.
            StoreUnavailable: no statement can be made now.
        """
        event = history.roster
        if self._latest is None or self._latest[0] != event:
            self._latest = (event, self._fetch(history.number, event))
        return self._latest[1]

    def check_members(self, history: RoundHistory) -> list[str]:
        """Lone updates are by members of the round's roster, whose file is what the chain says.

        Each of them proved this to the contract. So a file that is gone from the store is held
        against nobody.

        Returns:
            Notes.

        Raises:
            Difference: the file contradicts the chain, or somebody else submitted.
            StoreUnavailable: no statement can be made now.
        """
        if not history.alone:
            return []
        event, roster = history.roster, self.find(history)
        if roster is None:
            gone = f"the file of roster {event.version}, {event.digest.cid}, is gone from the store"
            return [f"{gone}: only the contract has seen that the clients are in it"]
        for update in history.alone:
            if update.client not in roster:
                raise Difference(
                    history.number,
                    f"update {update.index}: {update.client} is not in roster {event.version}",
                )
        return []

    def _fetch(self, round_number: int, event: RosterSet) -> Roster | None:
        """The roster; None where nobody has its file any more."""
        name = f"roster {event.version}, {event.digest.cid},"
        try:
            data = b""
            if event.root != NO_ROOT:
                data = self._fetcher.fetch(event.digest, roster_bytes(event))
            return read_roster(event, data)
        except WrongRoster as error:
            raise Difference(round_number, str(error)) from error
        except ContentTooLarge as error:
            sentence = f"{name} is larger than the {event.size} members that the chain says"
            raise Difference(round_number, sentence) from error
        except NotAFile as error:
            raise Difference(round_number, f"{name} is no file: {error}") from error
        except ContentError:
            return None
