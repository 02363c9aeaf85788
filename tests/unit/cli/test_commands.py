"""The command line: help, options, exit codes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

import fedjury.cli.demo.run
from clients.attacks import ATTACKS
from fedjury.cli import main, options
from fedjury.cli.app import app
from fedjury.cli.attack_options import parse_attack, parse_rounds
from fedjury.cli.client_command import parse_shard
from fedjury.cli.demo.options import DemoOptions
from fedjury.cli.session import Place, find_place
from fedjury.cli.spec_options import build_spec, parse_rule_parameters
from fedjury.errors import ConfigError, ExitCode, SpecError
from fedjury.spec import CallableSpec, RuleSpec
from tests.helpers.federation import CLIENTS, verification
from tests.unit.test_deployment import deployment

RUN = CliRunner()


def _commands() -> list[tuple[str, ...]]:
    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if not isinstance(command, TyperGroup):
            yield path
            return
        for name, inner in command.commands.items():
            yield from walk(inner, (*path, name))

    return sorted(walk(get_command(app), ()))


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_every_command_explains_itself_by_an_example(command: tuple[str, ...]) -> None:
    answer = RUN.invoke(app, [*command, "--help"])
    assert answer.exit_code == 0
    words = " ".join(answer.output.split())
    assert f"Example: fedjury {' '.join(command)}" in words


def test_every_command_speaks_json() -> None:
    for command in _commands():
        assert "--json" in RUN.invoke(app, [*command, "--help"]).output, command


def test_the_bare_command_shows_its_commands() -> None:
    output = RUN.invoke(app, []).output
    for name in ("demo", "devnet", "deploy", "oracle", "client", "status", "events", "audit"):
        assert name in output


def _main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["fedjury", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_elsewhere")
def test_an_error_is_a_sentence_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main(monkeypatch, "status") == ExitCode.CONFIG
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: the deployment file")
    assert "Traceback" not in printed.err


@pytest.mark.usefixtures("_elsewhere")
def test_with_json_an_error_is_one_line_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main(monkeypatch, "status", "--json") == ExitCode.CONFIG
    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "error"
    assert line["error"] == "ConfigError"
    assert line["exit_code"] == 10
    assert "fedjury deploy" in line["message"]


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["audit"], ExitCode.CONFIG),
        (["events", "--client", "0x12"], ExitCode.CONFIG),
        (["audit", "--task", "0x" + "1" * 40], ExitCode.CONFIG),
        (["oracle", "--keystore", "none", "--confirmations", "few"], ExitCode.CONFIG),
        (["keystore", "address", "none", "--password-file", "password"], ExitCode.KEY),
        (["deploy", "--rpc", "http://127.0.0.1:1"], ExitCode.CONFIG),
        (["--config", "none.toml", "status"], ExitCode.CONFIG),
        (["nonsense"], ExitCode.USAGE),
        (["status", "--nonsense"], ExitCode.USAGE),
        (["oracle", "--keystore", "x", "--poll", "0"], ExitCode.USAGE),
    ],
)
def test_every_kind_of_error_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: ExitCode
) -> None:
    Path("password").write_text("secret")
    assert _main(monkeypatch, *arguments) == code


@pytest.mark.usefixtures("_elsewhere")
def test_the_configuration_file_of_the_directory_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("fedjury.toml").write_text("nonsense = 1")
    assert _main(monkeypatch, "status") == ExitCode.CONFIG
    Path("password").write_text("secret")
    Path("fedjury.toml").write_text('[keystore]\npassword-file = "password"')
    assert _main(monkeypatch, "keystore", "address", "none") == ExitCode.KEY


def test_deeply_nested_json_is_an_error_and_not_a_crash() -> None:
    finding = (
        "import json, fedjury.cli\n"
        "try:\n    json.loads('[' * 300_000)\n"
        "except RecursionError:\n    print('survived')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", finding], capture_output=True, text=True, check=False
    )
    assert answer.stdout == "survived\n", answer


# --- values of options ---


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("12", 12), ("safe", "safe"), ("finalized", "finalized")]
)
def test_confirmations_are_a_count_or_a_tag(text: str, value: object) -> None:
    assert options.parse_confirmations(text) == value


@pytest.mark.parametrize("text", ["", "-1", "1.5", "latest", "Safe", "²"])
def test_other_confirmations_are_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--confirmations"):
        options.parse_confirmations(text)


def _place(clients: list[str]) -> Place:
    known = deployment().model_copy(update={"clients": clients})
    return Place("rpc", "store", known.task, 0, 1337, known)


def test_a_shard_is_named_or_the_clients_place() -> None:
    addresses: list[str] = [each.address for each in CLIENTS[:3]]
    assert parse_shard("3/10", _place([]), addresses[0]) == (3, 10)
    assert parse_shard(None, _place(addresses), addresses[1]) == (2, 3)


@pytest.mark.parametrize("text", ["", "3", "0/10", "11/10", "-1/10", "a/b", "1/", "/2", "1/2/3"])
def test_another_shard_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--shard"):
        parse_shard(text, _place([]), CLIENTS[0].address)


def test_a_client_that_is_not_in_the_deployment_must_name_its_shard() -> None:
    with pytest.raises(ConfigError, match="--shard"):
        parse_shard(None, _place([]), CLIENTS[0].address)
    with pytest.raises(ConfigError, match="--shard"):
        parse_shard(None, replace(_place([]), deployment=None), CLIENTS[0].address)


def test_rounds_are_separated_by_commas() -> None:
    assert parse_rounds(None) is None
    assert parse_rounds("1") == frozenset({1})
    assert parse_rounds("1, 4,7") == frozenset({1, 4, 7})


@pytest.mark.parametrize("text", ["", "1,", "1;2", "-1", "1-3", "one"])
def test_other_rounds_are_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--attack-rounds"):
        parse_rounds(text)


def test_attacks_go_by_their_names() -> None:
    assert parse_attack(None) is None
    for name, kind in ATTACKS.items():
        if not (kind.needs_honest or kind.needs_rule):
            assert parse_attack(name)
    with pytest.raises(ConfigError, match="static-label"):
        parse_attack("nice")


@pytest.mark.parametrize("name", ["alie", "min-max", "min-sum", "replay", "copy", "adaptive"])
def test_one_client_alone_cannot_do_what_needs_the_others_or_the_rule(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} needs to know"):
        parse_attack(name)


@pytest.mark.parametrize(
    "parameters",
    [["scale=2"], ["scale=0.5"], ["scale=1", "scale=3"], []],
)
def test_parameters_of_an_attack_are_named(parameters: list[str]) -> None:
    assert parse_attack("sign-flip", parameters)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("sign-flip", ["scale"], "NAME=VALUE"),
        ("sign-flip", ["=2"], "NAME=VALUE"),
        ("sign-flip", ["scale="], "NAME=VALUE"),
        ("sign-flip", ["size=2"], "takes scale"),
        ("sign-flip", ["scale=much"], "scale is a number"),
        ("sign-flip", ["scale=true"], "scale is a number"),
        ("sign-flip", ["scale=NaN"], "scale is a number"),
        ("random-labels", ["x=1"], "takes no parameters"),
        (None, ["scale=2"], "without --attack"),
    ],
)
def test_other_parameters_are_a_config_error(
    name: str | None, parameters: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_attack(name, parameters)


def test_options_win_over_the_deployment_file(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    deployment().save(path)
    assert find_place(path, None, None).rpc == "http://127.0.0.1:8545"
    assert find_place(path, None, None).from_block == 3
    chosen = find_place(path, "http://other", "dir:other", None, 0)
    assert (chosen.rpc, chosen.store, chosen.from_block) == ("http://other", "dir:other", 0)
    alone = find_place(tmp_path / "none", "http://other", "dir:other", "0x12")
    assert (alone.task, alone.from_block, alone.deployment) == ("0x12", 0, None)


def _build(**changes: Any) -> None:
    given: dict[str, Any] = {
        "name": "x",
        "model": CallableSpec(callable="fedjury.models:mlp"),
        "lam": 0.5,
        "rule": "paper",
        "training": {},
        "max_update_bytes": None,
        "verification": verification(),
        "genesis_seed": 1,
    }
    build_spec(**{**given, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"lam": 1.0},
        {"lam": float("nan")},
        {"rule": "krum"},
        {"training": {"epochs": 0}},
        {"training": {"optimizer": "lion"}},
        {"max_update_bytes": -1},
        {"max_update_bytes": 0},
        {"name": ""},
    ],
)
def test_options_that_make_no_task_are_a_spec_error(changes: dict[str, Any]) -> None:
    _build()
    with pytest.raises(SpecError):
        _build(**changes)


def test_parameters_of_a_rule_are_json() -> None:
    assert parse_rule_parameters(None) == {}
    given = ["trim=0.1", "deep=[1, {}]", 'text="a=b"']
    assert parse_rule_parameters(given) == {"trim": 0.1, "deep": [1, {}], "text": "a=b"}


@pytest.mark.parametrize("given", [["trim"], ["=1"], ["trim="], ["trim=much"], ["a=1", "a=1"]])
def test_other_rule_parameters_are_a_config_error(given: list[str]) -> None:
    with pytest.raises(ConfigError, match="--rule-parameter"):
        parse_rule_parameters(given)


def test_parameters_that_the_rule_does_not_take_are_a_spec_error() -> None:
    _build(rule=RuleSpec(name="trimmed-mean", parameters={"trim": 0.1}))
    for parameters in ({"trim": 0.5}, {"cut": 0.1}):
        with pytest.raises(SpecError, match="trim"):
            _build(rule=RuleSpec(name="trimmed-mean", parameters=parameters))


@pytest.mark.parametrize(
    ("data", "directory"),
    [
        ("digits", "runs/digits-3of10-seed1"),
        ("idx:/data/fashion", "runs/idx-data-fashion-3of10-seed1"),
        ("idx:../fashion/", "runs/idx-..-fashion-3of10-seed1"),
        ("my.data:load", "runs/my.data-load-3of10-seed1"),
    ],
)
def test_a_demo_is_named_after_its_data_in_one_plain_word(
    monkeypatch: pytest.MonkeyPatch, data: str, directory: str
) -> None:
    asked: list[DemoOptions] = []

    def run_demo(chosen: DemoOptions, output: object) -> bool:
        asked.append(chosen)
        return True

    monkeypatch.setattr(fedjury.cli.demo.run, "run_demo", run_demo)
    assert _main(monkeypatch, "demo", "--data", data) == 0
    assert [chosen.directory for chosen in asked] == [Path(directory)]
