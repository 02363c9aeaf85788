"""Sentences on what whoever deploys may not know of the terms that they chose."""

from collections.abc import Sequence

from fedjury.checks.counts import counted
from fedjury.data import Dataset
from fedjury.data.slice_size import warning_of
from fedjury.data.split import require_partition
from fedjury.deploy.batch_notes import notes_on_room
from fedjury.deploy.jury_notes import notes_on_jury
from fedjury.errors import DataError
from fedjury.oracle.rules.registry import RULES
from fedjury.protocol.task_spec import SliceSpec, TaskSpec, VerificationSpec
from fedjury.task.creation import Members, RoundLimits

TRUSTING = frozenset(name for name, rule in RULES.items() if not rule.consults)
"""Rules that never look at the verification samples."""


def notes_on_terms(spec: TaskSpec, limits: RoundLimits, members: Members) -> list[str]:
    """A sentence for each choice that weakens a task or can stop it."""
    return [
        *_on_rule(spec),
        *_on_verification(spec.verification),
        *notes_on_jury(len(members.jurors), members.quorum),
        *notes_on_room(limits, members),
        *_on_roster(limits, members.roster.size),
    ]


def notes_on_shards(data: Dataset, partition: str, clients: int) -> list[str]:
    """What clients have to do where the data cannot be shared among them as asked for."""
    if not clients:
        return []
    try:
        require_partition(data.train, clients, partition)
    except DataError as error:
        return [f"{error}; so clients have to bring their own, by --data and --shard"]
    return []


def notes_on_slices(data: Dataset, slices: Sequence[SliceSpec]) -> list[str]:
    """Whether a slice of samples like these is larger than it is taken from others."""
    x, y = data.test.x[:1], data.test.y[:1]
    for number, each in enumerate(slices, start=1):
        size = -(-each.samples // y.numel()) * (x.nbytes + y.nbytes)  # padding only adds to it
        if size > each.most_bytes:
            return [
                f"slice {number}, with {counted(each.samples, 'label')}, has {size:,} bytes or "
                f"more if its samples are as large as these, and nobody takes more than "
                f"{each.most_bytes:,} of it from others: no juror gives it to another, and no "
                "audit has it, unless they are given its file"
            ]
    return []


def _on_rule(spec: TaskSpec) -> list[str]:
    if spec.rule.name in TRUSTING:
        return [
            f"the rule {spec.rule.name!r} never looks at the jury's samples: it trusts the roster, "
            "and whoever is in it can move the model within what the rule leaves out"
        ]
    if spec.rule.name != "paper" or spec.rule.parameters.get("z", 0):
        return []
    warning = warning_of(min(each.samples for each in spec.verification.slices))
    return [warning] if warning else []


def _on_verification(verification: VerificationSpec) -> list[str]:
    notes = []
    if verification.disclosed and not verification.depth:
        notes.append(
            "--disclosure-depth 0 discloses a slice as soon as its round ends: where the "
            "chain then reorganizes, clients may submit that round's updates again and know the "
            "samples that judge them; 12 blocks are usual"
        )
    if verification.accuracy and not verification.counts_are_told:
        notes.append(
            "each report says the new model's accuracy in thousandths on samples that stay secret: "
            "whoever sends chosen updates learns more of them than the verdicts tell; "
            "--no-publish-accuracy keeps it back"
        )
    return notes


def _on_roster(limits: RoundLimits, clients: int) -> list[str]:
    if clients >= limits.min_updates:
        return []
    return [
        f"the roster has {clients} of the {limits.min_updates} clients that a round needs to "
        "close: until the coordinator sets a larger one no round closes"
    ]
