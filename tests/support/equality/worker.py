"""A process under one switch: evaluates everything in a file and prints the results as JSON.

python -m tests.support.equality.worker SWITCH FILE
"""

import json
import pickle
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from fedjury.oracle.evaluation.evaluator import Evaluator
from tests.support.equality.case import Case
from tests.support.equality.results import Found, compute, define, evaluate, evaluator_of
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
        "definition": {
            case.name: _found(partial(define, case), case, switch) for case in work.cases
        },
        "evaluator": {
            case.name: _found(partial(evaluate, case), case, switch) for case in work.cases
        },
        "judgements": {
            f"{each.name}/{rule}": _found(partial(each.judge, rule), each.case, switch)
            for each in work.rounds
            for rule in each.rules
        },
    }


def _found(find: Callable[[Evaluator], Found], case: Case, switch: Switch) -> Found:
    """What is found, or why nothing is: the other cases are evaluated in any case."""
    try:
        return find(evaluator_of(case, switch.batch_size, switch.by_reference))
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
