"""What a demo's result says in words, and what to try next."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from fedjury.clients.attacks.registry import ATTACKS
from fedjury.oracle.audit import AuditResult
from fedjury.simulation.demo.options import DemoOptions
from fedjury.simulation.demo.results import DemoResult, RoundResult
from fedjury.simulation.live.room import deployment_file

_STRICT_RULE = "paper"  # takes only what lifts a count
_MOST_STEPS = 3
_SKEWED = "dirichlet:0.5"
_SUBTLE_ATTACK, _OTHER_ATTACK = "alie", "sign-flip"
_ONE_POISONER = {"--poisoners": "1"}

LONE_GAS = 43_000
"""About what a client's own submission of an update costs, but for its first under a roster, which
costs half as much again or more (docs/protocol/contracts.md)."""


@dataclass(frozen=True)
class NextStep:
    """A command to try after a demo.

    Attributes:
        command: as it is typed.
        shows: what there is to see.
    """

    command: str
    shows: str


def summary(result: DemoResult) -> list[str]:
    """Who was accepted by the jury's rule and by the other, and where each model ends."""
    honest, poisoned = result.totals(poisoned=False), result.totals(poisoned=True)
    last, other = result.rounds[-1], f"{result.compared_rule} on the same updates"
    return [
        f"honest updates accepted: {honest.accepted} of {honest.updates} by {result.rule}, "
        f"{honest.compared} by {other}",
        f"poisoned updates accepted: {poisoned.accepted} of {poisoned.updates} by {result.rule}, "
        f"{poisoned.compared} by {other}",
        f"held-out accuracy in the end: {last.accuracy:.1%} by {result.rule}, "
        f"{last.comparison.accuracy:.1%} by {other}, {last.fedavg_accuracy:.1%} by FedAvg",
    ]


def why_turned_away(result: DemoResult) -> str | None:
    """Why the paper's rule turned most honest updates away, where it did so until the end."""
    number = _turning_round(result.rounds)
    if result.rule != _STRICT_RULE or number is None:
        return None
    return (
        f"from round {number} on most honest clients are turned away: {result.rule} takes only "
        f"an update that alone gets more of the {result.verification_samples} verification samples "
        "right, and late in training an honest one often gains none"
    )


def audit_words(audit: AuditResult) -> str:
    """What the audit found, and how much of it."""
    if audit.difference is not None:
        return f"FAILED: {audit.difference}"
    if not audit.full:
        return "passed, but not every verdict could be derived"
    return (
        "passed; the jury disclosed its samples, and with them every verdict was derived again "
        "from chain and store alone"
    )


def gas_words(result: DemoResult) -> str:
    """Gas of an update, all in all; where a relay submitted them also what its part in that was."""
    words = f"{result.gas['per_update']:,} per update, task creation included"
    if not (batches := result.gas["submit_batches"]):
        return words
    updates = sum(result.totals(poisoned=poisoned).updates for poisoned in (False, True))
    return (
        f"{words}; submitting one in a batch took {round(batches / updates):,}, which the relay "
        f"paid, and takes about {LONE_GAS:,} where a client does it itself"
    )


def _turning_round(rounds: list[RoundResult]) -> int | None:
    """The round from which on at most half of the honest updates are accepted, to the end."""
    found = None
    for row in rounds:
        taken = [client.accepted for client in row.clients if not client.poisoned]
        if 2 * sum(taken) > len(taken):
            found = None
        elif found is None and taken:
            found = row.round
    return found


def next_steps(options: DemoOptions, result: DemoResult) -> list[NextStep]:
    """Commands that show something else of the same federation."""
    scenario, given, steps = options.scenario, _given(options), []
    if options.environment.stays:
        file = shlex.quote(str(deployment_file(options.directory)))
        steps.append(NextStep(f"fedjury audit --deployment {file}", "every verdict judged anew"))
    steps.append(
        NextStep(
            _command({**given, "--rule": result.compared_rule}, relay=scenario.relay),
            "the jury judges by that rule, on a model of its own from round to round",
        )
    )
    if scenario.partition != _SKEWED:
        words = "clients hold different classes: whom does each rule turn away?"
        skewed = _command({**given, "--partition": _SKEWED}, relay=scenario.relay)
        steps.append(NextStep(skewed, words))
    attack = _OTHER_ATTACK if scenario.attack.name == _SUBTLE_ATTACK else _SUBTLE_ATTACK
    changes = {"--attack": attack} if scenario.controlled else {"--attack": attack} | _ONE_POISONER
    attacked = _command({**given, **changes}, relay=scenario.relay)
    steps.append(NextStep(attacked, f"another attack, one of {len(ATTACKS)}"))
    return steps[:_MOST_STEPS]


def _given(options: DemoOptions) -> dict[str, str]:
    """The options that make this federation, less those that are the defaults."""
    scenario = options.scenario
    chosen: dict[str, tuple[object, object]] = {
        "--data": (scenario.data, "digits"),
        "--data-dir": (options.data_dir, None),
        "--clients": (scenario.clients, 10),
        "--poisoners": (scenario.controlled, 3),
        "--attack": (scenario.attack.name, "static-label"),
        "--partition": (scenario.partition, "iid"),
        "--rounds": (scenario.rounds, 10),
        "--jurors": (scenario.jurors, 1),
        "--seed": (scenario.seed, 1),
        "--split-seed": (scenario.split_seed, 0),
        "--runs": (options.directory.parent, Path("runs")),
    }
    return {name: str(value) for name, (value, usual) in chosen.items() if value != usual}


def _command(given: dict[str, str], *, relay: bool) -> str:
    words = [word for name, value in given.items() for word in (name, value)]
    return shlex.join(["fedjury", "demo", *words, *(["--relay"] if relay else [])])
