"""What `fedjury check` shows."""

from collections import Counter
from collections.abc import Sequence

from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.preflight.finding import Finding, Outcome

_COLUMNS = ("", "what", "found", "to do")


def show_findings(role: str, task: str, findings: Sequence[Finding], output: Output) -> bool:
    """A table of what was checked, or the same as JSON.

    Args:
        role: whose start was checked.
        task: address of the task's contract.
        findings: in the order of the checks.
        output: where to.

    Returns:
        Whether there was no problem.
    """
    count = Counter(each.outcome for each in findings)
    passed = not count[Outcome.PROBLEM]
    rows = [(each.outcome.value, each.subject, each.found, each.remedy) for each in findings]
    output.table(f"{role} of the task {task}", _COLUMNS, rows)
    document = {
        "role": role,
        "task": task,
        "passed": passed,
        "problems": count[Outcome.PROBLEM],
        "warnings": count[Outcome.WARNING],
        "skipped": count[Outcome.SKIPPED],
        "checks": [each.to_json() for each in findings],
    }
    output.result(document, _summary(count))
    return passed


def _summary(count: Counter[Outcome]) -> str:
    parts = [counted(count[Outcome.PROBLEM], "problem"), counted(count[Outcome.WARNING], "warning")]
    if count[Outcome.SKIPPED]:
        parts.append(f"{count[Outcome.SKIPPED]} not checked")
    return f"{', '.join(parts)}; {count[Outcome.OK]} as they should be"
