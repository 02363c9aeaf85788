"""What a task's contract would refuse, found out before anything is written, published or sent."""

from collections.abc import Sequence

from fedjury.chain.contracts.limits import (
    GRACE_FACTOR,
    JURORS_LIMIT,
    NOTICE_MAX,
    NOTICE_MIN,
    SECONDS_LIMIT,
    UPDATES_LIMIT,
)
from fedjury.errors import ConfigError, SpecError, TransactionReverted
from fedjury.protocol.juries import is_quorum, sorted_jurors
from fedjury.task.creation import Members, RoundLimits

_NOBODY = "0x" + "0" * 40


def require_acceptable(limits: RoundLimits, members: Members) -> None:
    """Make sure that the contract takes a task's numbers, in the words of who knows its options.

    Raises:
        TransactionReverted: the refusal that the contract would give, with no transaction sent.
        SpecError: a time is more than the contract keeps.
        ConfigError: relayers are named, and no round takes batches.
    """
    _check_times(limits)
    _check_updates(limits)
    _check_jury(members.jurors, members.quorum)
    if members.relayers and not limits.batch_seconds:
        raise ConfigError(
            "--relayer names who may submit batches, but with --batch-seconds 0 no round takes "
            "any, for good: leave --batch-seconds out, or the relayers"
        )


def _check_times(limits: RoundLimits) -> None:
    length, batch = limits.round_seconds, limits.batch_seconds
    if length < 1:
        _refuse("ZeroRoundSeconds", (), "a round has to last a second or more: --round-seconds")
    if batch >= length:
        words = (
            f"--batch-seconds {batch} leaves no time to whoever is missing from the batches: it "
            f"has to be less than a round's {length} s"
        )
        _refuse("InvalidBatchSeconds", (batch, length), words)
    if limits.availability_seconds < 1:
        words = "a round's files need a second or more to appear: --availability-seconds"
        _refuse("ZeroAvailabilitySeconds", (), words)
    if limits.availability_seconds > SECONDS_LIMIT // GRACE_FACTOR:
        raise SpecError(
            f"--availability-seconds {limits.availability_seconds} is too long: a round may be "
            f"voided after four times that, and the contract keeps at most {SECONDS_LIMIT} s, so "
            f"that it takes {SECONDS_LIMIT // GRACE_FACTOR} at most"
        )
    grace, least = limits.grace_seconds, GRACE_FACTOR * limits.availability_seconds
    if grace < least:
        _refuse(
            "GraceTooShort",
            (grace, least),
            f"--grace-seconds {grace} is too short: a round's files may take "
            f"{limits.availability_seconds} s, and the jury needs four times that, {least} s, "
            "before the round may be voided",
        )
    notice = limits.notice_seconds
    if not NOTICE_MIN <= notice <= NOTICE_MAX:
        _refuse(
            "InvalidNoticeSeconds",
            (notice, NOTICE_MIN, NOTICE_MAX),
            f"another jury is announced 1 to 90 days ahead: --notice-seconds takes {NOTICE_MIN} to "
            f"{NOTICE_MAX}, not {notice}",
        )


def _check_updates(limits: RoundLimits) -> None:
    least, most = limits.min_updates, limits.max_updates
    if 1 <= least <= most <= UPDATES_LIMIT:
        return
    words = (
        f"a round is to close with at least {least} updates, but it takes at most {most} that "
        "clients submit themselves"
    )
    if most > UPDATES_LIMIT:
        words = (
            f"a round takes at most {UPDATES_LIMIT:,} updates that clients submit themselves, not "
            f"--max-updates {most:,}"
        )
    _refuse("InvalidUpdateBounds", (least, most, UPDATES_LIMIT), words)


def _check_jury(jurors: Sequence[str], quorum: int) -> None:
    size = len(jurors)
    if size > JURORS_LIMIT:
        words = f"a jury has at most {JURORS_LIMIT} jurors, not {size}"
        _refuse("JuryTooLarge", (size, JURORS_LIMIT), words)
    if quorum > size:
        words = f"{quorum} jurors are to sign, but the jury has {size}"
        _refuse("InvalidQuorum", (quorum, size), words)
    if not is_quorum(quorum, size):
        words = (
            f"more than two thirds of a jury have to sign: of {size} jurors {quorum} are too few"
        )
        _refuse("InvalidQuorum", (quorum, size), words)
    previous = _NOBODY
    for juror in sorted_jurors(jurors):
        if juror == previous:
            twice = f"the juror {juror} is named twice"
            words = "the zero address can be no juror" if juror == _NOBODY else twice
            _refuse("JurorsNotAscending", (previous, juror), words)
        previous = juror


def _refuse(error: str, arguments: tuple[object, ...], sentence: str) -> None:
    raise TransactionReverted(error, arguments, sentence)
