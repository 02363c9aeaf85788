"""What every machine has to find, as it is committed.

    python -m tests.support.equality.expected

writes the file anew from what this machine finds.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.equality.runs import run_all
from tests.support.equality.switches import REFERENCE
from tests.support.equality.work import Results, all_work

_FILE = Path(__file__).parents[2] / "integration" / "evaluation" / "expected.json"


@dataclass(frozen=True)
class Expected:
    """What is committed.

    Attributes:
        work: sha256 of what is evaluated, by name.
        results: the definition's logits, the evaluator's answers, and the judgements.
    """

    work: dict[str, str]
    results: Results


def load_expected() -> Expected:
    """Read it."""
    document = json.loads(_FILE.read_text(encoding="utf-8"))
    return Expected(document["work"], document["results"])


def write_expected() -> None:
    """Evaluate everything by the definition alone and write what is found.

    Raises:
        ValueError: something could not be evaluated.
    """
    work = all_work()
    with tempfile.TemporaryDirectory() as directory:
        found = run_all([REFERENCE], work, Path(directory))[REFERENCE.name]
    results = {what: found[what] for what in ("definition", "evaluator", "judgements")}
    _refuse_errors(results)
    document = {"work": work.digests(), "results": results}
    _FILE.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _refuse_errors(results: Results) -> None:
    for what, all_found in results.items():
        for name, found in all_found.items():
            if "error" in found:
                raise ValueError(f"{what} of {name}: {found['error']}")


if __name__ == "__main__":
    write_expected()
