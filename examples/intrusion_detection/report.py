"""The README's tables from the experiment's results: `python report.py` prints them."""

import json
import statistics
from collections.abc import Callable
from pathlib import Path

from fedjury.simulation.runs import Measure, Run, Runs

RESULTS = Path(__file__).parent / "results" / "intrusion_detection.json"

RULES = ("fedavg", "paper", "selection", "loss")
SHARDS = {"iid": "IID", "dirichlet:0.5": "Dirichlet(0.5)"}
_BINARY_RULES = ("fedavg", "paper")
_BENCHMARK, _ALIKE = "nsl_kdd:load", "nsl_kdd:load_alike"
_BINARY = "nsl_kdd:load_binary"
_ATTACKS = ("static-label", "label-flip", "sign-flip")


def load_runs(path: Path = RESULTS) -> Runs:
    """The runs of a result file."""
    return Runs(Run(document) for document in json.loads(path.read_text())["runs"])


def accuracy_table(runs: Runs) -> str:
    """Held-out accuracy after the last round, mean and standard deviation over seeds."""
    return _under_attack(runs, _with_spread)


def accepted_table(runs: Runs) -> str:
    """Shares of the honest and of the poisoned updates that were accepted."""
    return _under_attack(runs, _accepted)


def alike_table(runs: Runs) -> str:
    """Nobody poisons: the benchmark's test part beside one of the training part's kind."""
    rows = []
    for partition, shards in SHARDS.items():
        for data, kind in ((_BENCHMARK, "the benchmark's"), (_ALIKE, "of the training file")):
            here = [_where(runs, data, partition, None, rule) for rule in RULES]
            cells = [
                f"{_mean(chosen, 'accuracy', 1)}, {_mean(chosen, 'honest_accepted')}"
                for chosen in here
            ]
            rows.append([shards, kind, *cells])
    return _markdown(["shards", "test part", *RULES], rows)


def binary_table(runs: Runs) -> str:
    """Normal or attack, IID shards: accuracy, and what was accepted as in `accepted_table`."""
    rows = []
    for attack, poison in ((None, "nobody"), ("static-label", "30% static-label")):
        here = [_where(runs, _BINARY, "iid", attack, rule) for rule in _BINARY_RULES]
        rows.append([poison, *(f"{_with_spread(each)}, {_accepted(each)}" for each in here)])
    return _markdown(["who poisons", *_BINARY_RULES], rows)


def _under_attack(runs: Runs, cell: Callable[[Runs], str]) -> str:
    rows = []
    for partition, shards in SHARDS.items():
        for attack in (None, *_ATTACKS):
            here = [_where(runs, _BENCHMARK, partition, attack, rule) for rule in RULES]
            rows.append([shards, f"30% {attack}" if attack else "nobody", *map(cell, here)])
    return _markdown(["shards", "who poisons", *RULES], rows)


def _where(runs: Runs, data: str, partition: str, attack: str | None, rule: str) -> Runs:
    """The seeds of one federation.

    Args:
        runs: to choose from.
        data, partition, rule: settings.
        attack: of 30% of the clients; None where nobody poisons.
    """
    settings = {"data": data, "partition": partition, "rule": rule}
    return Runs(
        run
        for run in runs
        if all(run.setting(key) == value for key, value in settings.items())
        and (run.setting("attack") == attack if run.adversaries else attack is None)
    )


def _mean(runs: Runs, measure: Measure, digits: int = 0) -> str:
    values = runs.finals(measure)
    return f"{statistics.fmean(values):.{digits}f}" if values else ""


def _accepted(runs: Runs) -> str:
    shares = [_mean(runs, "honest_accepted"), _mean(runs, "poisoned_accepted")]
    return " / ".join(share for share in shares if share)


def _with_spread(runs: Runs) -> str:
    values = runs.finals("accuracy")
    return f"{statistics.fmean(values):.1f} ± {statistics.stdev(values):.1f}"


def _markdown(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Print all tables."""
    runs = load_runs()
    for table in (accuracy_table, accepted_table, alike_table, binary_table):
        print(f"{table(runs)}\n")


if __name__ == "__main__":
    main()
