"""What the contract would refuse is told before anything of a task exists."""

import pytest

from fedjury.deploy.refusals import require_acceptable
from fedjury.errors import ExitCode, TransactionReverted
from fedjury.task.creation import Members, RoundLimits

CLIENTS = ["0x3", "0x4", "0x5"]


def limits(least: int, most: int) -> RoundLimits:
    return RoundLimits(60, 60, least, most, 3)


def test_what_the_contract_takes_passes() -> None:
    require_acceptable(limits(1, 3), Members("0x1", ["0x2"], 1, CLIENTS))
    require_acceptable(limits(5, 5), Members("0x1", ["0x2", "0x3", "0x4"], 2, CLIENTS))


@pytest.mark.parametrize(
    ("least", "most", "jurors", "quorum", "clients", "error", "words"),
    [
        (
            20,
            3,
            ["0x2"],
            1,
            CLIENTS,
            "InvalidUpdateBounds",
            "a round is to close with at least 20 updates, but there are 3 clients",
        ),
        (
            20,
            10,
            ["0x2"],
            1,
            CLIENTS,
            "InvalidUpdateBounds",
            "a round is to close with at least 20 updates, but it takes at most 10",
        ),
        (
            1,
            3,
            ["0x2"],
            7,
            CLIENTS,
            "InvalidQuorum",
            "7 jurors are to sign, but the jury has 1",
        ),
        (
            1,
            3,
            ["0x2", "0x6"],
            1,
            CLIENTS,
            "InvalidQuorum",
            "more than half of a jury has to sign: of 2 jurors 1 are too few",
        ),
        (1, 3, ["0x2", "0x2"], 2, CLIENTS, "DuplicateJuror", "the juror 0x2 is named twice"),
        (
            1,
            3,
            ["0x2"],
            1,
            ["0x3", "0x4", "0x3"],
            "AlreadyRegistered",
            "the client 0x3 is named twice",
        ),
    ],
)
def test_what_it_would_refuse_is_told_with_the_members(
    *,
    least: int,
    most: int,
    jurors: list[str],
    quorum: int,
    clients: list[str],
    error: str,
    words: str,
) -> None:
    with pytest.raises(TransactionReverted) as refused:
        require_acceptable(limits(least, most), Members("0x1", jurors, quorum, clients))
    assert (refused.value.error, str(refused.value)) == (error, words)
    assert refused.value.exit_code == ExitCode.TRANSACTION
