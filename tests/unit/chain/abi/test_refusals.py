"""What contracts refuse, told for people."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import get_abi_input_types

from fedjury.chain.abi.codec import abi_of, selector
from fedjury.chain.abi.refusals import SENTENCES, local_time, refusal_sentence
from fedjury.chain.abi.reverts import decode_revert

ERRORS: dict[str, Any] = {**abi_of("TaskFactory").errors, **abi_of("FederatedTask").errors}
A = "0xe1AB8145F7E55DC933d51a18c793F901A3A0b276"
DIGEST = bytes(31) + b"\x07"
AT = int(datetime(2026, 7, 1, 12, 5, 10, tzinfo=UTC).timestamp())
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
SAMPLES = {"address": A, "uint32": 3, "uint64": AT, "uint256": 7, "bytes32": DIGEST, "string": "x"}


@pytest.fixture
def nairobi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three hours before UTC all year."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EAT-3")
        time.tzset()
        yield
    time.tzset()


def refusal(name: str, *values: object) -> str:
    """What people are told of revert data with these arguments."""
    entry = ERRORS[name]
    raw = selector(entry) + encode(get_abi_input_types(entry), values)
    caught = decode_revert(raw)
    assert (caught.error, caught.args_) == (name, values)
    return str(caught)


def test_every_custom_error_has_a_sentence_and_no_other() -> None:
    assert len(ERRORS) > 40
    assert SENTENCES.keys() == ERRORS.keys() | {"Panic"}


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_sentence_is_one_for_people(name: str) -> None:
    values = [SAMPLES[kind] for kind in get_abi_input_types(ERRORS[name])]
    words = refusal(name, *values)
    assert " " in words
    assert not set(words) & set("{}\n")
    assert name not in words
    assert str(AT) not in words
    assert not words.endswith(".")


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        (
            "NotInRoster",
            (A, 3),
            f"{A} has not shown to be in the roster (version 3) of this round",
        ),
        (
            "RoundFull",
            (3, 1),
            "round 3 holds 1 update that clients submitted themselves, as many as it takes",
        ),
        (
            "RoundFull",
            (3, 9),
            "round 3 holds 9 updates that clients submitted themselves, as many as it takes",
        ),
        ("RosterTooLarge", (9, 5), "a roster has at most 5 members, not 9"),
        ("GraceTooShort", (3, 8), "at least 8 s, four times the time for files, not 3 s"),
        ("InvalidNoticeSeconds", (3, 5, 9), "the notice of a jury is 5 to 9 s, not 3 s"),
        ("InvalidBatchSeconds", (9, 8), "for 9 s of a round's 8 s"),
        ("TaskExists", (A,), f"this task exists already at {A}"),
        ("OwnableUnauthorizedAccount", (A,), f"{A} is not the coordinator of this task"),
        (
            "AlreadySubmitted",
            (A, 3),
            f"the client {A} has submitted its update of round 3 already",
        ),
        ("WrongRound", (9, 1), "the call is meant for round 9, but round 1 is on"),
        ("JurorsNotAscending", (A, A), f"the jurors {A} and {A} are not in the order"),
        (
            "QuorumNotReached",
            (1, 2),
            "the report has 1 of the 2 signatures that the jury's quorum ",
        ),
        ("WrongUpdatesHash", (DIGEST, bytes(32)), f"is 0x{'00' * 32}, the report says 0x00"),
        ("JuryTooLarge", (300, 256), "a jury has at most 256 jurors, not 300"),
        (
            "InvalidUpdateBounds",
            (20, 3, 1000),
            "a round needs at least 20 updates, but takes at most 3",
        ),
        (
            "InvalidUpdateBounds",
            (1, 2000, 1000),
            "clients may submit at most 1000 updates themselves, not 2000",
        ),
        ("InvalidUpdateBounds", (0, 3, 1000), "a round needs at least 1 update, not 0"),
        ("InvalidQuorum", (3, 2), "3 jurors would have to sign, but the jury has 2"),
        (
            "InvalidQuorum",
            (1, 2),
            "more than two thirds of a jury have to sign: of 2 jurors 1 are too few",
        ),
        ("InvalidQuorum", (1, 0), "a jury needs at least 1 juror"),
        ("StringTooLong", ("x{y}" * 40,), f"{'x{y}' * 20!r} is too long"),
    ],
)
def test_names_and_counts_are_told(name: str, values: tuple[object, ...], words: str) -> None:
    assert words in refusal(name, *values)


@pytest.mark.usefixtures("nairobi")
@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("TooEarlyToVoid", {"round": 3}, "round 3 may be voided only from 15:05:10 EAT on"),
        (
            "RoundClosed",
            {"round": 3},
            "round 3 is closed and takes no more updates; its deadline: 15:05:10 EAT",
        ),
        (
            "RoundNotClosed",
            {"round": 3, "submitted": 2},
            "round 3 is open and holds 2 updates: it closes when all of its roster have "
            "submitted, or with enough updates from 15:05:10 EAT on",
        ),
    ],
)
def test_times_are_told_by_the_local_clock(
    name: str, values: dict[str, object], words: str
) -> None:
    time_name = "voidableFrom" if name == "TooEarlyToVoid" else "deadline"
    assert refusal_sentence(name, {**values, time_name: AT}, NOON) == words


@pytest.mark.usefixtures("nairobi")
@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (AT, "15:05:10 EAT"),
        (AT + 6 * 3600, "21:05:10 EAT"),
        (AT + 9 * 3600, "2026-07-02 00:05:10 EAT"),
        (AT - 24 * 3600, "2026-06-30 15:05:10 EAT"),
        (2**64 - 1, "second 18446744073709551615 of Unix time"),
    ],
)
def test_a_date_is_told_where_it_is_not_today(seconds: int, words: str) -> None:
    assert local_time(seconds, NOON) == words


def test_a_panic_is_told_with_its_code() -> None:
    raw = bytes.fromhex("4e487b71") + encode(["uint256"], [0x11])
    assert str(decode_revert(raw)) == (
        "the contract failed: a number is too large or too small (panic 0x11)"
    )
    raw = bytes.fromhex("4e487b71") + encode(["uint256"], [0x77])
    assert str(decode_revert(raw)) == "the contract failed: an error of its own (panic 0x77)"


def test_machines_are_told_the_name_and_the_arguments() -> None:
    entry = ERRORS["WrongUpdatesHash"]
    raw = selector(entry) + encode(get_abi_input_types(entry), [DIGEST, bytes(32)])
    assert decode_revert(raw).fields() == {
        "refusal": "WrongUpdatesHash",
        "arguments": ["0x" + DIGEST.hex(), "0x" + "00" * 32],
    }
