"""What a contract's refusal means, told for people: a sentence for each custom error of the ABI.

The sentences name the errors' arguments as the ABI does. A time is told by this machine's clock.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from fedjury.checks.counts import counted

_TIMES = frozenset({"deadline", "end", "voidableFrom"})  # seconds since 1970
_LONG_TEXT = 80

_TASK = {
    "AlreadyInitialized": "the task is set up already, which is done once",
    "AlreadySubmitted": "the client {client} has submitted its update of round {round} already",
    "GraceTooShort": "the grace has to be at least {least} s, four times the time for files, not "
    "{graceSeconds} s",
    "IncompleteRoster": "a roster has a root, members and a file, or none of them; this one has "
    "root {root}, {size} members and the file's digest {digest}",
    "InvalidBatchSeconds": "batches would be taken for {batchSeconds} s of a round's "
    "{roundSeconds} s: some time has to be left for lone updates",
    "InvalidBatchCount": "a batch of {count} updates does not fit: the round has room for {room} "
    "in batches, and a batch holds 1 at least",
    "InvalidNoticeSeconds": "the notice of a jury is {least} to {most} s, not {noticeSeconds} s",
    "JurorsNotAscending": "the jurors {previous} and {juror} are not in the order of their "
    "addresses, or one is named twice",
    "JuryTooLarge": "a jury has at most {limit} jurors, not {size}",
    "NotInRoster": "{account} has not shown to be in the roster (version {rosterVersion}) of this "
    "round",
    "NotAJuror": "{signer} signed the report, but is not in jury {juryVersion} of this task, "
    "unless the signature is of another report",
    "NotARelayer": "{account} may not submit batches: the coordinator has not named it a relayer",
    "NotATask": "this is the contract that tasks share, not a task",
    "NotTheFactory": "{caller} is not the factory, which alone sets up a task",
    "OwnableInvalidOwner": "{owner} cannot be the coordinator of a task",
    "OwnableUnauthorizedAccount": "{account} is not the coordinator of this task, who "
    "alone may do this, or may do it now",
    "OwnershipNotRenounceable": "a task cannot be without a coordinator",
    "QuorumNotReached": "the report has {given} of the {needed} signatures that the jury's quorum "
    "needs",
    "RosterTooLarge": "a roster has at most {limit} members, not {size}",
    "RoundClosed": "round {round} is closed and takes no more updates; its deadline: {deadline}",
    "SignersNotAscending": "the signatures of {previous} and {signer} are not in the order of "
    "their addresses, or one juror signed twice",
    "TaskExists": "this task exists already at {task}: with the same config, roster and jury it "
    "needs another nonce",
    "TaskFinished": "the task is finished: its last round is over",
    "TooLateForBatches": "round {round} has taken no batches since {end}: the rest of it is left "
    "to clients that submit themselves",
    "TooEarlyToVoid": "round {round} may be voided only from {voidableFrom} on",
    "WrongJuryVersion": "the report is by jury {given}, but jury {expected} judges the round",
    "WrongRound": "the call is meant for round {given}, but round {current} is on",
    "WrongSignaturesLength": "signatures are 65 bytes each, which {given} bytes are not",
    "WrongUpdatesHash": "the report is about other updates than the round's: their running hash "
    "is {expected}, the report says {given}",
    "WrongVerdictsLength": "the verdicts have {given} bytes, but the round's updates need "
    "{expected}",
    "ZeroAvailabilitySeconds": "the files of a round need a second or more to appear",
    "ZeroDigest": "the digest of an update, a batch, a model, a record or a slice is zero",
    "ZeroGenesisDigest": "the task names no first model",
    "ZeroRoundSeconds": "a round has to last a second or more",
    "ZeroSlice": "verification slices are numbered from 1",
    "ZeroSpecDigest": "the task names no spec",
}
# Of the libraries that the contracts are built on.
_LIBRARIES = {
    "CloneArgumentsTooLong": "the task's config does not fit into a contract's code",
    "Create2EmptyBytecode": "the task's contract would have no code",
    "ECDSAInvalidSignature": "a signature of the report is no signature at all",
    "ECDSAInvalidSignatureLength": "a signature of the report has {length} bytes, not 65",
    "ECDSAInvalidSignatureS": "a signature of the report is not in its one valid form: its s, "
    "{s}, is too high",
    "FailedDeployment": "the task's contract could not be created",
    "InsufficientBalance": "the contract has {balance} wei and would need {needed}",
    "InvalidShortString": "a short string of the contract is malformed",
    "StringTooLong": "{str} is too long for the contract",
}
_PANICS = {
    "0x1": "an assertion failed",
    "0x11": "a number is too large or too small",
    "0x12": "a division by zero",
    "0x21": "a value that an enum does not have",
    "0x32": "an index out of range",
    "0x41": "too much memory",
    "0x51": "a call of no function",
}


def _update_bounds(minUpdates: int, maxUpdates: int, limit: int) -> str:  # the ABI's names
    if maxUpdates > limit:
        return f"clients may submit at most {limit} updates themselves, not {maxUpdates}"
    if minUpdates < 1:
        return f"a round needs at least 1 update, not {minUpdates}"
    return f"a round needs at least {minUpdates} updates, but takes at most {maxUpdates}"


def _quorum(quorum: int, size: int) -> str:
    if size == 0:
        return "a jury needs at least 1 juror"
    if quorum > size:
        return f"{quorum} jurors would have to sign, but the jury has {size}"
    return f"more than two thirds of a jury have to sign: of {size} jurors {quorum} are too few"


def _round_not_closed(round: int, submitted: int, deadline: str) -> str:
    return (
        f"round {round} is open and holds {counted(submitted, 'update')}: it closes when all of "
        f"its roster have submitted, or with enough updates from {deadline} on"
    )


def _round_full(round: int, limit: int) -> str:
    return (
        f"round {round} holds {counted(limit, 'update')} that clients submitted themselves, as "
        "many as it takes"
    )


def _panic(code: str) -> str:
    return f"the contract failed: {_PANICS.get(code, 'an error of its own')} (panic {code})"


_WORDED: dict[str, Callable[..., str]] = {
    "InvalidUpdateBounds": _update_bounds,
    "InvalidQuorum": _quorum,
    "Panic": _panic,
    "RoundFull": _round_full,
    "RoundNotClosed": _round_not_closed,
}
SENTENCES: dict[str, Callable[..., str]] = {
    **{name: words.format for name, words in {**_TASK, **_LIBRARIES}.items()},
    **_WORDED,
}
"""By the error's name: from its arguments, by the ABI's names, to the sentence."""


def refusal_sentence(
    error: str, arguments: Mapping[str, object], now: datetime | None = None
) -> str:
    """A refusal in a sentence for people.

    Args:
        error: name of the contract's custom error, one of `SENTENCES`.
        arguments: of the error, by name.
        now: the time, by which a date is said or not; None takes the clock's.
    """
    worded = {name: _told(name, value, now) for name, value in arguments.items()}
    return SENTENCES[error](**worded)


def local_time(seconds: int, now: datetime | None = None) -> str:
    """A time by this machine's clock: ``14:05:10 CEST``, with the date where that is not today.

    Args:
        seconds: since 1970, UTC.
        now: the time; None takes the clock's.
    """
    try:
        then = datetime.fromtimestamp(seconds, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return f"second {seconds} of Unix time"
    today = (now or datetime.now(UTC)).astimezone().date()
    return f"{then:%H:%M:%S %Z}" if then.date() == today else f"{then:%Y-%m-%d %H:%M:%S %Z}"


def _told(name: str, value: object, now: datetime | None) -> object:
    if name in _TIMES and isinstance(value, int):
        return local_time(value, now)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return repr(value[:_LONG_TEXT]) if name == "str" and isinstance(value, str) else value
