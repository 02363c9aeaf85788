"""What the final models make of attacks that the training part has, and of those that it lacks.

`python by_attack.py DIR` runs federations without a chain on the files in DIR and prints a table.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from nsl_kdd import ATTACKS, CLASSES, NORMAL, Connections, read_parts
from torch.func import functional_call

from fedjury.data import Dataset, Samples
from fedjury.data.split import split_test
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.prepared import prepare
from fedjury.simulation.scenario import Scenario

SEEDS = (1, 2, 3, 4, 5)
_SPLIT_SEED = 1
_NO_POISON: dict[str, object] = {"adversaries": 0.0}
_POISON: dict[str, object] = {"adversaries": 0.3, "attack": "static-label"}
_PLAIN: dict[str, object] = {"rule": "fedavg", "lambda": 0.0}
_JURY: dict[str, object] = {"rule": "paper"}
FEDERATIONS = {
    "fedavg": _PLAIN | _NO_POISON,
    "paper": _JURY | _NO_POISON,
    "fedavg, 30% static-label": _PLAIN | _POISON,
    "paper, 30% static-label": _JURY | _POISON,
}


@dataclass(frozen=True)
class Group:
    """Held-out connections of one class that the training part has by name, or that it lacks.

    Attributes:
        title: what they are.
        label: number of their class.
        indexes: of them among the held-out ones.
    """

    title: str
    label: int
    indexes: torch.Tensor


def groups(train: Connections, test: Connections) -> list[Group]:
    """The held-out half of the test part by class, known and unknown attacks apart."""
    names = sorted(set(test.names))
    numbered = Samples(test.x, torch.tensor([names.index(name) for name in test.names]))
    held_out = [names[number] for number in split_test(numbered, _SPLIT_SEED)[1].y.tolist()]
    known, found = set(train.names), []
    for label, members in enumerate([(NORMAL,), *ATTACKS.values()]):
        for kind in ("known", "unknown"):
            indexes = [
                index
                for index, name in enumerate(held_out)
                if name in members and (name in known) == (kind == "known")
            ]
            title = f"{CLASSES[label]}, {kind}" if label else NORMAL
            if indexes:
                found.append(Group(title, label, torch.tensor(indexes)))
    return found


def final_answers(dataset: Dataset, settings: dict[str, object]) -> Iterator[torch.Tensor]:
    """For each seed the classes that the last model gives the held-out connections: (n,).

    Args:
        dataset: what `nsl_kdd.load` gives.
        settings: of the scenario, as in an experiment file.
    """
    for seed in SEEDS:
        settings = settings | {"data": "nsl_kdd:load", "split_seed": _SPLIT_SEED, "seed": seed}
        prepared = prepare(Scenario.model_validate(settings), dataset)
        *_, last = run_in_process(prepared)
        x = split_test(dataset.test, _SPLIT_SEED)[1].x
        with torch.inference_mode():
            yield functional_call(prepared.build_model().eval(), last.model, (x,)).argmax(dim=1)


def cell(answers: list[torch.Tensor], group: Group) -> str:
    """Of a group, in percent over all seeds: named by its class / taken for normal."""
    given = torch.cat([each[group.indexes] for each in answers])
    right = (given == group.label).float().mean()
    missed = (given == 0).float().mean()
    return f"{100 * right:.0f} / {100 * missed:.0f}" if group.label else f"{100 * right:.0f}"


def main() -> None:
    """Run the federations and print the table."""
    torch.set_num_threads(1)
    train, test = read_parts(Path(sys.argv[1]))
    dataset = Dataset("nsl-kdd", train.samples(), test.samples())
    print(f"| held-out connections | | {' | '.join(FEDERATIONS)} |")
    print(f"|---|---|{'---|' * len(FEDERATIONS)}")
    answers = [list(final_answers(dataset, settings)) for settings in FEDERATIONS.values()]
    for group in groups(train, test):
        cells = " | ".join(cell(each, group) for each in answers)
        print(f"| {group.title} | {len(group.indexes)} | {cells} |")


if __name__ == "__main__":
    main()
