"""Exit codes are part of the interface, and the tree of the errors is as it is drawn."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import fedjury.errors
from fedjury.errors import ExitCode, FatalError, FedjuryError, TransactionReverted, TransientError

DOCUMENT = Path(__file__).parents[2] / "docs" / "exit-codes.md"
CLASSES = {name: kind for name, kind in vars(fedjury.errors).items() if isinstance(kind, type)}
ERRORS = {name: kind for name, kind in CLASSES.items() if issubclass(kind, FedjuryError)}


def _drawn() -> Iterator[tuple[str, str, str]]:
    """The tree in the module's docstring: each class, its parent, and the module that has it."""
    above: list[str] = []
    drawing = r"^    ((?:  )*)(\w+)(?: {2,}.*?(?:\(`([\w.]+)`\))?)?$"
    for indent, name, module in re.findall(drawing, str(fedjury.errors.__doc__), re.MULTILINE):
        above = [*above[: len(indent) // 2], name]
        yield name, above[-2] if indent else "Exception", module or "fedjury.errors"


TREE = list(_drawn())


def test_no_exit_code_is_ever_renumbered() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "CRASH": 1,
        "USAGE": 2,
        "CONFIG": 10,
        "DATA": 11,
        "MODEL": 12,
        "KEY": 13,
        "SPEC": 14,
        "CHAIN_UNAVAILABLE": 20,
        "WRONG_CHAIN": 21,
        "NO_CONTRACT": 22,
        "TRANSACTION": 23,
        "STORE_UNAVAILABLE": 30,
        "CONTENT": 31,
        "AUDIT_MISMATCH": 40,
        "PROBLEMS_FOUND": 41,
        "DEVNET": 50,
        "SCENARIO_FAILED": 60,
        "INTERRUPTED": 130,
        "OUTPUT_CLOSED": 141,
    }


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_documented_by_name_and_number(code: ExitCode) -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    words = [set(line.replace("|", " ").replace("`", " ").split()) for line in lines]
    assert any({str(code.value), code.name} <= found for found in words)


def test_every_error_but_the_bases_has_an_exit_code_of_its_own() -> None:
    bases = {"FedjuryError", "TransientError", "FatalError"}
    assert {name for name, kind in ERRORS.items() if kind.exit_code is ExitCode.CRASH} == bases


def test_no_error_is_both_transient_and_fatal() -> None:
    for kind in ERRORS.values():
        assert not (issubclass(kind, TransientError) and issubclass(kind, FatalError))


@pytest.mark.parametrize(("name", "parent", "module"), TREE, ids=[name for name, _, _ in TREE])
def test_every_error_that_is_drawn_has_the_parent_that_it_is_drawn_under(
    name: str, parent: str, module: str
) -> None:
    kind = getattr(import_module(module), name)
    assert kind.__module__ == module
    assert [base.__name__ for base in kind.__bases__] == [parent]


def test_every_error_is_drawn() -> None:
    exceptions = {name for name, kind in CLASSES.items() if issubclass(kind, BaseException)}
    assert {name for name, _, module in TREE if module == "fedjury.errors"} == exceptions
    elsewhere = {name: module for name, _, module in TREE if module != "fedjury.errors"}
    assert elsewhere == {
        "TrainingError": "fedjury.clients.training_error",
        "UpdateRejected": "fedjury.protocol.update_file",
        "ModelRaises": "fedjury.oracle.evaluation.raising",
        "VoidedRound": "fedjury.simulation.live.rounds",
        "Refused": "fedjury.relay.refusals",
        "Difference": "fedjury.oracle.audit.result",
    }


def test_a_revert_shows_its_arguments() -> None:
    assert str(TransactionReverted("WrongRound", (2, 3))) == "WrongRound(2, 3)"
    assert str(TransactionReverted("RoundClosed")) == "RoundClosed"
