"""What `fedjury status` says."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.types import (
    Config,
    JuryState,
    NextJury,
    Phase,
    RosterState,
    RoundState,
)
from fedjury.cli.displays.status import status_text
from fedjury.protocol.task_spec import TaskSpec
from fedjury.task.status import PUBLIC_GRACE_FACTOR, TaskStatus
from tests.support.fake_federation import NO_DIGEST, spec

ROOT = Path(__file__).parents[3]
HASH = "0x" + "07" * 32
STATUS = TaskStatus(
    task="eip155:1337:0xab",
    config=Config(NO_DIGEST, NO_DIGEST, 100, 0, 25, 100, 86_400, 2, 3, 10),
    block=7,
    time=1_699_999_900,
    phase=Phase.OPEN,
    coordinator="0x12",
    round=RoundState(4, 1, 1_700_000_000, 2, 3, bytes(32), NO_DIGEST),
    roster=RosterState(2, bytes(32), 120),
    next_roster=None,
    jury=JuryState(3, b"\7" * 32, 2, 2),
    next_jury=None,
    jurors=("0xaa", "0xbb"),
    next_jurors=(),
    is_judged=True,
    accuracy=934,
    relayers=(),
    batch_room=None,
    disclosed=(),
    spec=spec(0.25),
)


def lines(store: str | None = "dir:store", **changes: Any) -> dict[str, str]:
    """The lines by their first word."""
    text = status_text(replace(STATUS, **changes), store)
    return {line[:8].strip(): line[8:] for line in text.splitlines()}


def test_a_task_in_words() -> None:
    found = lines()
    assert found["task"] == "eip155:1337:0xab “tiny”"
    assert found["round"] == "4 of 10, open"
    assert found["updates"].startswith("1 (2 to 3), deadline 2023-11-1")
    assert found["roster"] == "version 2: 120 members"
    assert found["jury"] == f"version 3: 2 of 2 must sign, hash {HASH}: 0xaa, 0xbb"
    assert found["rule"] == "paper, λ = 0.25"
    assert found["samples"] == "6 for all rounds; never disclosed"
    assert found["model"] == f"{NO_DIGEST.cid}: 93.4 % of the verification samples right"


def test_a_rule_is_told_with_its_parameters() -> None:
    strict = spec(0.25, rule={"name": "paper", "parameters": {"z": 5}})
    assert lines(spec=strict)["rule"] == "paper (z=5), λ = 0.25"


def test_the_coordinator_is_told() -> None:
    assert lines()["owner"] == "0x12, the coordinator"


def test_a_time_has_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Africa/Nairobi")
    time.tzset()
    try:
        assert lines()["updates"] == "1 (2 to 3), deadline 2023-11-15 01:13:20 EAT"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_of_a_closed_round_it_is_told_from_when_on_it_may_be_voided() -> None:
    found = lines(phase=Phase.CLOSED)
    coordinator, anybody = local_time(1_700_000_100), local_time(1_700_001_000)
    assert found[""] == (
        f"may be voided from {coordinator} on by the coordinator, from {anybody} on by anybody"
    )
    assert "" not in lines()


def test_the_factor_for_anybody_is_the_contracts() -> None:
    contract = (ROOT / "contracts" / "FederatedTask.sol").read_text()
    assert f"PUBLIC_GRACE_FACTOR = {PUBLIC_GRACE_FACTOR};" in contract


@pytest.mark.parametrize(
    ("phase", "coordinator", "anybody"),
    [
        (Phase.OPEN, 1_700_000_100, None),
        (Phase.CLOSED, 1_700_000_100, 1_700_001_000),
        (Phase.FINISHED, None, None),
    ],
)
def test_machines_are_told_when_a_round_may_be_voided(
    phase: Phase, coordinator: int | None, anybody: int | None
) -> None:
    document = replace(STATUS, phase=phase).to_json()
    assert (document["voidable_from"], document["anybody_voids_from"]) == (coordinator, anybody)


def test_of_a_finished_task_nothing_is_said_to_enter() -> None:
    found = lines(
        phase=Phase.FINISHED,
        next_roster=RosterState(3, bytes(32), 1),
        next_jury=NextJury(4, b"\1" * 32, 4, 3, 1_700_086_400),
        next_jurors=("0xcc",),
    )
    assert found["roster"] == "version 2: 120 members; version 3 never entered: 1 member"
    assert found[""].endswith("0xcc; it never entered")


def test_equal_bounds_are_told_once() -> None:
    config = replace(STATUS.config, min_updates=1, max_updates=1)
    assert lines(config=config)["updates"].startswith("1 of 1, deadline")


def test_a_task_without_end_and_one_that_is_over() -> None:
    endless = replace(STATUS.config, rounds=0)
    assert lines(config=endless)["round"] == "4 of ∞, open"
    over = lines(phase=Phase.FINISHED)
    assert (over["round"], over["updates"]) == ("all 10 are over", "none are taken any more")


@pytest.mark.parametrize(
    ("store", "rule"),
    [
        (None, "stands in the spec: say --store to see it"),
        ("dir:store", "stands in the spec, which cannot be had now"),
    ],
)
def test_without_its_spec_it_says_how_to_see_it(store: str | None, rule: str) -> None:
    found = lines(store, spec=None)
    assert found["task"] == "eip155:1337:0xab"
    assert found["rule"] == rule
    assert "samples" not in found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_judged": False, "accuracy": None}, "not judged yet"),
        ({"accuracy": None}, "its accuracy is not published"),
        ({"accuracy": 0}, "0.0 % of the verification samples right"),
        ({"accuracy": 1000}, "100.0 % of the verification samples right"),
    ],
)
def test_how_good_the_model_is_as_far_as_it_is_told(changes: dict[str, Any], words: str) -> None:
    assert lines(**changes)["model"] == f"{NO_DIGEST.cid}: {words}"


def test_a_roster_and_a_jury_to_come_are_told() -> None:
    found = lines(
        roster=RosterState(1, bytes(32), 0),
        next_roster=RosterState(2, bytes(32), 1),
        next_jury=NextJury(4, b"\1" * 32, 4, 3, 1_700_086_400),
        next_jurors=("0xcc", "0xdd", "0xee", "0xff"),
    )
    assert found["roster"] == "version 1: nobody; from the next round on version 2: 1 member"
    assert found[""].startswith(
        f"version 4: 3 of 4 must sign, hash 0x{'01' * 32}: 0xcc, 0xdd, 0xee, 0xff; "
        "it enters with the first round from 2023-11-1"
    )
    assert found[""].endswith("earlier by the jury's consent")


def test_of_a_large_jury_the_first_members_are_named() -> None:
    jurors = tuple(f"0x{number:02x}" for number in range(9))
    found = lines(jury=JuryState(1, bytes(32), 9, 7), jurors=jurors)
    assert found["jury"].endswith(": 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06 and 2 others")


def slices(*sizes: int, disclosed: bool, depth: int = 12) -> TaskSpec:
    """A spec with these verification slices."""
    listed = [
        {"samples": size, "commitment": f"0x{number:064x}"} for number, size in enumerate(sizes)
    ]
    return spec(verification={"slices": listed, "disclosed": disclosed, "depth": depth})


@pytest.mark.parametrize(
    ("spec", "told", "words"),
    [
        (
            slices(5000, disclosed=True, depth=1),
            (),
            "5,000 for all rounds; all are disclosed 1 block after the last round",
        ),
        (
            slices(5000, disclosed=True),
            (1, 2),
            "5,000 for all rounds; all are disclosed 12 blocks after the last round; they are told",
        ),
        (
            slices(500, 500, 500, disclosed=False),
            (),
            "500 for each of 3 rounds; never disclosed",
        ),
        (
            slices(*[500] * 6, 400, disclosed=True),
            (1, 2, 3, 5, 7, 8, 99),
            "400 to 500 for each of 7 rounds; each is disclosed 12 blocks after its round; "
            "told so far: 1–3, 5, 7",
        ),
    ],
)
def test_slices_are_told_with_what_becomes_public(
    spec: TaskSpec, told: tuple[int, ...], words: str
) -> None:
    assert lines(spec=spec, disclosed=told)["samples"] == words


# --- batches ---


def with_batches(**changes: Any) -> dict[str, str]:
    """The lines of a task that takes batches for 60 of 100 seconds; five updates are in two."""
    state = RoundState(4, 7, 1_700_000_000, 2, 3, bytes(32), NO_DIGEST, 5)
    given: dict[str, Any] = {
        "config": replace(STATUS.config, batch_seconds=60),
        "round": state,
        "relayers": ("0xcc", "0xdd"),
        "batch_room": 115,
        "time": 1_699_999_959,
    }
    return lines(**{**given, **changes})


def test_lone_and_batched_updates_are_told_apart() -> None:
    assert with_batches()["updates"].startswith(
        "7 (at least 2): 2 alone (at most 3), 5 in batches, deadline 2023-11-1"
    )


def test_while_batches_are_taken_it_is_told_until_when_and_by_whom() -> None:
    until = local_time(1_699_999_960)
    assert with_batches()["batches"] == (
        f"taken before {until}, room for 115 more; relayers: 0xcc, 0xdd"
    )
    assert with_batches(time=1_699_999_960)["batches"] == (
        f"over for this round, {until} was their last; relayers: 0xcc, 0xdd"
    )


def test_a_task_whose_relayers_are_gone_is_told_so() -> None:
    assert with_batches(relayers=())["batches"] == "taken of relayers, of whom there are none"


def test_of_many_relayers_seven_are_named() -> None:
    named = with_batches(relayers=tuple(f"0x{number}" for number in range(9)))["batches"]
    assert named.endswith("relayers: 0x0, 0x1, 0x2, 0x3, 0x4, 0x5, 0x6 and 2 others")


@pytest.mark.parametrize("changes", [{"phase": Phase.CLOSED}, {"config": STATUS.config}])
def test_batches_are_told_of_no_round_that_takes_none(changes: dict[str, Any]) -> None:
    assert "batches" not in with_batches(**changes)
