"""A process under one switch: evaluates everything in a file and prints the results as JSON.

    python -m tests.support.equality.worker SWITCH FILE
"""

import json
import pickle
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

from tests.support.equality.results import Found, compute, evaluate
from tests.support.equality.switches import SETTINGS, SWITCHES, Switch
from tests.support.equality.work import Results, Work


def results_under(switch: Switch, work: Work) -> Results:
    """What is found in this process; its environment is taken to be the switch's."""
    torch.set_num_threads(switch.threads)
    for name in switch.settings:
        SETTINGS[name]()
    size = switch.batch_size
    return {
        "float32": {case.name: compute(case, size, torch.float32) for case in work.cases},
        "float64": {case.name: compute(case, size, torch.float64) for case in work.cases},
        "evaluator": {case.name: _found(lambda: evaluate(case, size)) for case in work.cases},
        "judgements": {
            f"{each.name}/{rule}": _found(lambda: each.judge(rule, size))
            for each in work.rounds
            for rule in each.rules
        },
    }


def _found(find: Callable[[], Found]) -> Found:
    """What is found, or why nothing is: the other cases are evaluated in any case."""
    try:
        return find()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main(name: str, path: Path) -> None:
    """Do the work in a file under the switch of this name."""
    (switch,) = [each for each in SWITCHES if each.name == name]
    warnings.simplefilter("ignore")
    work: Work = pickle.loads(path.read_bytes())
    print(json.dumps(results_under(switch, work)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
