"""What `fedjury check` shows, and how it ends."""

import json
from pathlib import Path

import pytest

from fedjury.cli.displays.check import show_findings
from fedjury.cli.output import Output
from fedjury.errors import ExitCode
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import Finding, ok, problem, skipped, warning
from fedjury.preflight.subject import Role, Subject
from tests.support.commands import command
from tests.support.example_deployment import deployment

TASK = "0x" + "1" * 40
WELL = ok("role", "it sits in the jury")
WARNED = warning("balance", "it is low", "send more")
BAD = problem("store dir:x", "it is down", "start it")
OPEN = skipped("spec", "cannot be made without the store")


@pytest.mark.parametrize(
    ("found", "passed"),
    [([WELL], True), ([WELL, WARNED, OPEN], True), ([WELL, BAD], False)],
)
def test_warnings_and_what_was_not_checked_are_no_problems(
    found: list[Finding], passed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_findings("juror", TASK, found, Output(as_json=True)) is passed
    document = json.loads(capsys.readouterr().out)
    assert document["passed"] is passed
    assert document["checks"] == [each.to_json() for each in found]


def test_the_document_counts_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    show_findings("juror", TASK, [WELL, WARNED, BAD, OPEN, OPEN], Output(as_json=True))
    document = json.loads(capsys.readouterr().out)
    counts = {name: document[name] for name in ("problems", "warnings", "skipped")}
    assert counts == {"problems": 1, "warnings": 1, "skipped": 2}
    assert document["checks"][2] == {
        "subject": "store dir:x",
        "outcome": "problem",
        "found": "it is down",
        "remedy": "start it",
    }


def test_people_get_a_table_with_the_remedies(capsys: pytest.CaptureFixture[str]) -> None:
    show_findings("juror", TASK, [WELL, WARNED, BAD, OPEN], Output())
    shown = capsys.readouterr().out
    for words in ("problem", "store dir:x", "it is down", "start it", "send more"):
        assert words in shown
    assert shown.rstrip().endswith("1 problem, 1 warning, 1 not checked; 1 as they should be")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "say either --keystore or --address"),
        (["--keystore", "k.json", "--address", TASK], "say either --keystore or --address"),
        (["--address", "0x12"], "--address takes 0x and 40 hexadecimal digits"),
        (["--address", TASK, "--confirmations", "few"], "--confirmations takes a count"),
    ],
)
def test_options_that_cannot_be_are_refused(
    elsewhere: Path, options: list[str], words: str
) -> None:
    deployment().save(elsewhere / "deployment.json")
    ended = command("check", "juror", "--deployment", "deployment.json", *options)
    assert ended.code == ExitCode.CONFIG
    assert words in ended.err


@pytest.fixture
def checked(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> list[Subject]:
    """What is checked, in order; a balance is low whenever an account has one."""
    deployment().save(elsewhere / "deployment.json")
    seen: list[Subject] = []

    def find(bench: Bench) -> list[Finding]:
        seen.append(bench.subject)
        return [BAD if bench.subject.own.address else WELL]

    monkeypatch.setattr("fedjury.preflight.checks.findings", find)
    return seen


def test_a_problem_ends_with_a_code_of_its_own(checked: list[Subject]) -> None:
    where = ["--deployment", "deployment.json", "--json"]
    ended = command("check", "relayer", "--address", TASK, *where)
    assert ended.code == ExitCode.PROBLEMS_FOUND
    assert ended.document["checks"] == [BAD.to_json()]
    assert command("check", "auditor", *where).code == ExitCode.OK
    assert [each.role for each in checked] == [Role.RELAYER, Role.AUDITOR]


def test_each_endpoint_and_store_that_is_named_is_looked_at_instead_of_the_files(
    checked: list[Subject],
) -> None:
    rpcs = ["--rpc", "http://127.0.0.1:1", "--rpc", "http://127.0.0.1:2"]
    stores = ["--store", "dir:one", "--store", "dir:two"]
    command("check", "auditor", "--deployment", "deployment.json", *rpcs, *stores)
    command("check", "auditor", "--deployment", "deployment.json")
    named, known = (each.place for each in checked)
    assert named.rpcs == ("http://127.0.0.1:1", "http://127.0.0.1:2")
    assert named.stores == ("dir:one", "dir:two")
    assert (known.rpcs, known.stores) == (("http://127.0.0.1:8545",), ("dir:files",))


def test_a_daemons_files_are_where_the_daemon_has_them(checked: list[Subject]) -> None:
    command("check", "juror", "--deployment", "deployment.json", "--address", TASK)
    (subject,) = checked
    assert subject.own.work_directory is not None
    assert subject.own.work_directory("0xAb") == Path("oracle-0xAb") / TASK
    assert subject.own.beside == (Path(), Path("verification"))


def test_a_coordinators_commitments_are_found_beside_the_deployment(
    checked: list[Subject],
) -> None:
    where = ["--deployment", "deployment.json", "--address", TASK]
    command("check", "coordinator", *where)
    Path("verification").mkdir()
    Path("verification/commitments.json").write_text("{}")
    command("check", "coordinator", *where)
    command("check", "coordinator", *where, "--commitments", "other.json")
    assert [each.own.commitments for each in checked] == [
        None,
        Path("verification/commitments.json"),
        Path("other.json"),
    ]
