"""Putting together what a juror of a jury of several is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from fedjury.oracle.exchange.certifying import Certifying
from fedjury.oracle.exchange.comparing import Comparing
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.lapses import Lapses
from fedjury.oracle.exchange.proposing import Proposing
from fedjury.oracle.exchange.rounds import Rounds
from fedjury.oracle.exchange.slice_asking import SliceAsking
from fedjury.oracle.exchange.together import Together
from fedjury.oracle.exchange.voting import Voting
from fedjury.oracle.file_time import TimeForFiles
from fedjury.oracle.reporting import Reporter
from fedjury.oracle.round_clock import RoundClock
from fedjury.oracle.round_files import RoundFileReader
from fedjury.oracle.round_judge import RoundJudge
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class Kit:
    """What a juror has anyway.

    Attributes:
        task: opened.
        account: the juror's.
        files: gets a round's files.
        judge: judges them.
        reporter: writes reports and signs them.
        seconds: for the files of a round.
        clock: tells the time.
    """

    task: OpenedTask
    account: LocalAccount
    files: RoundFileReader
    judge: RoundJudge
    reporter: Reporter
    seconds: TimeForFiles
    clock: RoundClock


def assemble(
    kit: Kit, exchange: Exchange, holds: Callable[[Digest], bool], listener: Listener
) -> Together:
    """A juror's part in its jury.

    Args:
        kit: what it has anyway.
        exchange: what it says, hears, asks and serves.
        holds: whether a file is here.
        listener: is told what happens.
    """
    me, docket, peers = kit.account.address.lower(), exchange.docket, exchange.peers
    now, account = kit.clock.latest, kit.account
    proposing = Proposing(account, docket, kit.files, kit.reporter, kit.seconds, now, listener)
    voting = Voting(
        account,
        docket,
        kit.files,
        exchange.sources,
        kit.judge,
        kit.reporter,
        exchange.software,
        now,
        listener,
    )
    return Together(
        me,
        exchange,
        Rounds(kit.task, now),
        proposing,
        voting,
        Comparing(me, docket, peers, listener),
        Certifying(me, docket, peers, listener),
        Lapses(me, docket, peers, exchange.sources, listener),
        SliceAsking(
            peers,
            lambda number: kit.task.spec.verification.slices[number - 1].most_bytes,
            exchange.take_slice,
            listener,
        ),
        holds,
    )
