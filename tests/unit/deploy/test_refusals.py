"""What the contract would refuse is told before anything of a task exists."""

from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.contracts import limits
from fedjury.deploy.refusals import require_acceptable
from fedjury.errors import ConfigError, ExitCode, SpecError, TransactionReverted
from fedjury.protocol.roster import Roster
from fedjury.task.creation import Members, RoundLimits
from tests.support.plans import round_limits

ADDRESSES = [f"0x{number:040x}" for number in range(200)]
CONTRACTS = Path(__file__).parents[3] / "contracts"


def members(jurors: int = 1, quorum: int = 1, clients: int = 3) -> Members:
    return Members(ADDRESSES[1 : 1 + jurors], quorum, Roster.of(ADDRESSES[150 : 150 + clients]))


@pytest.mark.parametrize(
    ("limits", "chosen"),
    [
        (round_limits(1, 3), members()),
        (round_limits(5, 5), members(3, 3)),
        (round_limits(1, 100_000), members(4, 3)),
        (round_limits(1, 1), members(128, 86, 0)),
        (replace(round_limits(), notice_seconds=90 * 86_400, batch_seconds=59), members()),
    ],
)
def test_what_the_contract_takes_passes(limits: RoundLimits, chosen: Members) -> None:
    require_acceptable(limits, chosen)


def refused(limits: RoundLimits, chosen: Members) -> TransactionReverted:
    with pytest.raises(TransactionReverted) as found:
        require_acceptable(limits, chosen)
    assert found.value.exit_code == ExitCode.TRANSACTION
    return found.value


@pytest.mark.parametrize(
    ("changes", "error", "arguments", "words"),
    [
        ({"round_seconds": 0}, "ZeroRoundSeconds", (), "a round has to last a second or more"),
        (
            {"batch_seconds": 60},
            "InvalidBatchSeconds",
            (60, 60),
            "--batch-seconds 60 leaves no time to whoever is missing from the batches: it has to "
            "be less than a round's 60 s",
        ),
        (
            {"availability_seconds": 0},
            "ZeroAvailabilitySeconds",
            (),
            "a round's files need a second or more to appear",
        ),
        (
            {"grace_seconds": 239},
            "GraceTooShort",
            (239, 240),
            "--grace-seconds 239 is too short: a round's files may take 60 s, and the jury needs "
            "four times that, 240 s",
        ),
        (
            {"notice_seconds": 86_399},
            "InvalidNoticeSeconds",
            (86_399, 86_400, 7_776_000),
            "--notice-seconds takes 86400 to 7776000, not 86399",
        ),
        (
            {"notice_seconds": 7_776_001},
            "InvalidNoticeSeconds",
            (7_776_001, 86_400, 7_776_000),
            "another jury is announced 1 to 90 days ahead",
        ),
        (
            {"min_updates": 20, "max_updates": 10},
            "InvalidUpdateBounds",
            (20, 10, 100_000),
            "a round is to close with at least 20 updates, but it takes at most 10 that clients",
        ),
        (
            {"max_updates": 100_001},
            "InvalidUpdateBounds",
            (1, 100_001, 100_000),
            "a round takes at most 100,000 updates that clients submit themselves, not "
            "--max-updates 100,001",
        ),
    ],
)
def test_times_and_numbers_that_it_would_refuse_are_told_by_their_options(
    changes: dict[str, int], error: str, arguments: tuple[int, ...], words: str
) -> None:
    found = refused(replace(round_limits(), **changes), members())
    assert (found.error, found.args_) == (error, arguments)
    assert words in str(found)


@pytest.mark.parametrize(
    ("chosen", "error", "words"),
    [
        (members(1, 7), "InvalidQuorum", "7 jurors are to sign, but the jury has 1"),
        (members(2, 1), "InvalidQuorum", "of 2 jurors 1 are too few"),
        (members(3, 2), "InvalidQuorum", "more than two thirds of a jury have to sign: of 3"),
        (members(6, 4), "InvalidQuorum", "of 6 jurors 4 are too few"),
        (members(0, 0), "InvalidQuorum", "of 0 jurors 0 are too few"),
        (members(129, 128), "JuryTooLarge", "a jury has at most 128 jurors, not 129"),
        (
            replace(members(), jurors=[ADDRESSES[5], ADDRESSES[2], ADDRESSES[5]], quorum=3),
            "JurorsNotAscending",
            f"the juror {ADDRESSES[5]} is named twice",
        ),
        (
            replace(members(), jurors=[ADDRESSES[0]]),
            "JurorsNotAscending",
            "the zero address can be no juror",
        ),
    ],
)
def test_a_jury_that_it_would_refuse_is_told(chosen: Members, error: str, words: str) -> None:
    found = refused(round_limits(), chosen)
    assert found.error == error
    assert words in str(found)


def test_relayers_of_a_task_without_batches_are_refused() -> None:
    chosen = replace(members(), relayers=[ADDRESSES[9]])
    with pytest.raises(ConfigError, match="with --batch-seconds 0 no round takes any, for good"):
        require_acceptable(round_limits(), chosen)
    require_acceptable(replace(round_limits(), batch_seconds=40), chosen)


def test_a_time_for_files_whose_grace_the_contract_cannot_keep_is_told() -> None:
    most = (2**32 - 1) // 4
    longest = replace(round_limits(), availability_seconds=most, grace_seconds=4 * most)
    require_acceptable(longest, members())
    longer = replace(longest, availability_seconds=most + 1, grace_seconds=4 * (most + 1))
    with pytest.raises(SpecError, match=f"--availability-seconds 1073741824 .* {most} at most"):
        require_acceptable(longer, members())


def test_the_limits_are_the_contracts_own() -> None:
    codec = (CONTRACTS / "libraries" / "ConfigCodec.sol").read_text()
    juries = (CONTRACTS / "libraries" / "Juries.sol").read_text()
    assert f"UPDATES_LIMIT = {limits.UPDATES_LIMIT:_};" in codec
    assert f"ENTRIES_LIMIT = {limits.ENTRIES_LIMIT:_};" in codec
    assert f"GRACE_FACTOR = {limits.GRACE_FACTOR};" in codec
    assert f"NOTICE_MIN = {limits.NOTICE_MIN // 86_400} days;" in codec
    assert f"NOTICE_MAX = {limits.NOTICE_MAX // 86_400} days;" in codec
    assert f"SIZE_LIMIT = {limits.JURORS_LIMIT};" in juries
