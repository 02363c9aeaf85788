"""What a demo says in the end."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.oracle.audit import AuditResult
from fedjury.oracle.audit.result import Depth, Difference, RoundAudit
from fedjury.simulation.demo.ending import (
    LONE_GAS,
    audit_words,
    gas_words,
    next_steps,
    summary,
    why_turned_away,
)
from fedjury.simulation.demo.options import DemoOptions, demo_scenario
from fedjury.simulation.live.environment import Environment
from tests.support.demo_results import demo_result, round_result

FEW = round_result(1, {0}, {0, 1, 2})
MANY = round_result(1, {0, 1}, {0, 1})
EMBEDDED = Environment("embedded", "embedded")


def options(
    environment: Environment = EMBEDDED, directory: str = "runs/it", **changes: Any
) -> DemoOptions:
    given: dict[str, Any] = {
        "data": "digits",
        "clients": 10,
        "poisoners": 3,
        "attack": "static-label",
        "rule": "paper",
        "partition": "iid",
        "rounds": 10,
        "lam": None,
        "seed": 1,
        "split_seed": 0,
    }
    data_dir = changes.pop("data_dir", None)
    scenario = demo_scenario(**{**given, **changes})
    return DemoOptions(scenario, environment, Path(directory), data_dir)


def commands(chosen: DemoOptions, rule: str = "paper", other: str = "selection") -> list[str]:
    return [step.command for step in next_steps(chosen, demo_result(MANY, rule=rule, other=other))]


def test_updates_and_accuracies_of_both_rules_are_told() -> None:
    result = demo_result(
        round_result(1, {0, 3}, {0, 1, 2}), round_result(2, set(), {1, 3}, (0.9, 0.95, 0.3))
    )
    assert summary(result) == [
        "honest updates accepted: 1 of 6 by paper, 4 by selection on the same updates",
        "poisoned updates accepted: 1 of 2 by paper, 1 by selection on the same updates",
        "held-out accuracy in the end: 90.0% by paper, 95.0% by selection on the same updates, "
        "30.0% by FedAvg",
    ]
    document = result.to_json()
    assert {key: document[key] for key in document if key.startswith(("honest", "poison"))} == {
        "honest_updates": 6,
        "honest_accepted": 1,
        "honest_compared_accepted": 4,
        "poisoned_updates": 2,
        "poisoned_accepted": 1,
        "poisoned_compared_accepted": 1,
    }
    assert document["final_compared_accuracy"] == 0.95


@pytest.mark.parametrize(
    ("accepted", "number"),
    [
        ([3, 3, 1, 0], 3),
        ([0, 1], 1),
        ([1, 3, 1], 3),
        ([1, 1, 3], None),
        ([2, 3], None),
    ],
)
def test_why_most_were_turned_away_is_told_from_the_round_on(
    accepted: list[int], number: int | None
) -> None:
    rounds = [round_result(at, set(range(n)), set()) for at, n in enumerate(accepted, start=1)]
    told = why_turned_away(demo_result(*rounds))
    if number is None:
        assert told is None
    else:
        assert told == (
            f"from round {number} on most honest clients are turned away: paper takes only an "
            "update that alone gets more of the 359 verification samples right, and late in "
            "training an honest one often gains none"
        )


def test_another_rule_turns_away_for_other_reasons() -> None:
    assert why_turned_away(demo_result(FEW, rule="selection", other="paper")) is None


def audit(depth: Depth, difference: Difference | None = None) -> AuditResult:
    return AuditResult("task", [RoundAudit(1, "finalized", 4, 4, 0, 2, depth)], difference)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            audit("full"),
            "passed; the jury disclosed its samples, and with them every verdict was derived "
            "again from chain and store alone",
        ),
        (audit("light"), "passed, but not every verdict could be derived"),
        (audit("full", Difference(2, "two models")), "FAILED: round 2: two models"),
    ],
)
def test_it_says_how_much_the_audit_found_right(found: AuditResult, words: str) -> None:
    assert audit_words(found) == words


def test_gas_of_an_update_in_a_batch_is_told_beside_that_of_one_by_itself() -> None:
    alone = {"per_update": 57_123, "submit_updates": 300_000, "submit_batches": 0}
    result = replace(demo_result(FEW, MANY), gas=alone)
    assert gas_words(result) == "57,123 per update, task creation included"
    batched = {"per_update": 17_000, "submit_updates": 0, "submit_batches": 80_000}
    assert gas_words(replace(result, gas=batched)) == (
        "17,000 per update, task creation included; submitting one in a batch took 10,000, which "
        "the relay paid, and takes about 43,000 where a client does it itself"
    )


def test_what_a_submission_of_ones_own_takes_is_as_measured() -> None:
    snapshot = Path(__file__).parents[3] / "contracts" / "gas_snapshot.json"
    measured = json.loads(snapshot.read_text())["gas"]["submitUpdate, steady"]
    assert round(measured, -3) == LONE_GAS


def test_a_demo_through_a_relay_is_followed_by_others_through_a_relay() -> None:
    found = commands(options(relay=True))
    assert [command.endswith(" --relay") for command in found] == [True] * 3
    assert found[0] == "fedjury demo --rule selection --relay"


def test_the_other_rule_skewed_shards_and_another_attack_are_next() -> None:
    assert commands(options()) == [
        "fedjury demo --rule selection",
        "fedjury demo --partition dirichlet:0.5",
        "fedjury demo --attack alie",
    ]
    assert commands(options(rule="selection"), "selection", "paper")[0] == (
        "fedjury demo --rule paper"
    )


def test_the_federation_stays_the_same_in_what_is_next() -> None:
    chosen = options(
        data="idx:my data", data_dir=Path("d"), clients=4, poisoners=0, attack="alie", rounds=2,
        partition="dirichlet:0.5", directory="elsewhere/it",
    )  # fmt: skip
    same = "--data 'idx:my data' --data-dir d --clients 4 --poisoners"
    assert commands(chosen) == [
        f"fedjury demo {same} 0 --attack alie --partition dirichlet:0.5 --rounds 2 "
        "--runs elsewhere --rule selection",
        f"fedjury demo {same} 1 --attack sign-flip --partition dirichlet:0.5 --rounds 2 "
        "--runs elsewhere",
    ]


def test_a_run_whose_chain_and_store_stay_can_be_audited_again() -> None:
    there = Environment("http://127.0.0.1:8545", "embedded")
    first, *others = commands(options(there, "my runs/it"))
    assert shlex.split(first) == [
        "fedjury", "audit", "--deployment", "my runs/it/deployment.json"
    ]  # fmt: skip
    assert len(others) == 2
    gone = [EMBEDDED, Environment("anvil", "ipfs"), Environment("http://127.0.0.1:8545", "ipfs")]
    for environment in gone:
        assert not any("audit" in command for command in commands(options(environment)))
