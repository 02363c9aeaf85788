"""What docs/operations says: alert rules, units and commands are of things that there are."""

import re
from importlib import import_module
from pathlib import Path
from typing import cast

import pytest

from fedjury.cli.app import root_command
from fedjury.cli.lazy import every_command
from fedjury.clients.figures import ClientFigures
from fedjury.errors import ExitCode
from fedjury.oracle.figures import JurorFigures
from fedjury.relay.metrics import Metrics
from fedjury.runtime.monitoring.figures import Figures
from fedjury.runtime.monitoring.monitor import Monitor
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.vitals.sightings import RoundCounter
from tests.support.recorder import Recorder

FOLDER = Path(__file__).parents[2] / "docs" / "operations"
UNITS = sorted((FOLDER / "systemd").glob("*.service"))
COMMANDS = {words: found for words, found in every_command(root_command()) if words}
# Names of options that every command has.
ANYWHERE = {"--help"}


def shown() -> set[str]:
    """Names of all figures of all daemons."""
    juror, client, relay = JurorFigures(), ClientFigures(), Metrics()
    watched: list[Figures] = [juror, client]
    for figures in watched:
        Monitor(figures, Recorder())
    RoundCounter(cast(TaskOnChain, None), juror)
    juror.watch(lambda: 0, lambda: None, lambda: None, tuple)
    relay.watch(lambda: 0, lambda: 0, lambda: None)
    names: set[str] = set()
    for each in (juror, client, relay):
        for kind, found in re.findall(r"# TYPE (\S+) (\S+)", each.text().decode()):
            names |= {kind} | ({f"{kind}_sum"} if found == "histogram" else set())
    return names


def test_alert_rules_are_yaml_and_of_figures_that_there_are() -> None:
    rules = import_module("yaml").safe_load((FOLDER / "alerts.yml").read_text())
    (group,) = rules["groups"]
    assert len(group["rules"]) > 5
    known = shown()
    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert set(rule["annotations"]) == {"summary", "runbook"}
        names = re.findall(r"\bfedjury_\w+", rule["expr"])
        assert set(names) <= known, rule["alert"]
        assert names or rule["alert"] == "FedjuryDown"


def test_every_alert_is_among_those_that_promtool_sees_fire() -> None:
    rules = import_module("yaml").safe_load((FOLDER / "alerts.yml").read_text())
    tests = import_module("yaml").safe_load((FOLDER / "alerts_test.yml").read_text())
    fired = {
        name
        for test in tests["tests"]
        for asked in test["promql_expr_test"]
        for sample in asked["exp_samples"]
        for name in re.findall(r'alertname="(\w+)"', sample["labels"])
    }
    assert fired == {rule["alert"] for rule in rules["groups"][0]["rules"]}
    series = " ".join(each["series"] for test in tests["tests"] for each in test["input_series"])
    assert set(re.findall(r"\bfedjury_\w+", series)) <= shown()


def anchors(page: Path) -> dict[str, str]:
    """A page's sections by their anchors."""
    sections = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {section.partition("\n")[0].lower().replace(" ", "-"): section for section in sections}


def test_every_alert_links_a_runbook_that_names_it() -> None:
    rules = import_module("yaml").safe_load((FOLDER / "alerts.yml").read_text())
    for rule in rules["groups"][0]["rules"]:
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert f"`{rule['alert']}`" in anchors(FOLDER / page)[anchor], rule["alert"]


def command_lines(text: str) -> list[list[str]]:
    """The `fedjury …` command lines of a page or unit, as words."""
    found = re.findall(r"[`/]fedjury ([a-z][^`\n]*)", text)
    return [line.split() for line in found]


@pytest.mark.parametrize(
    "path",
    [FOLDER / "runbooks.md", FOLDER / "monitoring.md", *UNITS],
    ids=lambda path: path.name,
)
def test_every_command_and_option_is_there(path: Path) -> None:
    lines = command_lines(path.read_text(encoding="utf-8"))
    assert lines
    for words in lines:
        depth = 2 if tuple(words[:2]) in COMMANDS else 1
        assert tuple(words[:depth]) in COMMANDS, words
        command = COMMANDS[tuple(words[:depth])]
        options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        used = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert used <= options | ANYWHERE, words


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_not_started_again_where_only_a_person_helps(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    found = re.search(r"^RestartPreventExitStatus=(.*)$", text, re.MULTILINE)
    assert found is not None
    codes = {ExitCode(int(code)).name for code in found[1].split()}
    assert codes == {
        "USAGE", "CONFIG", "DATA", "MODEL", "KEY", "SPEC", "WRONG_CHAIN", "NO_CONTRACT"
    }  # fmt: skip
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "Restart=on-failure"):
        assert line in text.splitlines()


def test_a_proxy_before_a_relay_keeps_its_figures_and_its_health_inside() -> None:
    page = (FOLDER.parent / "protocol" / "relays.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:nginx|text)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    nginx, caddy = (block for block in blocks if "127.0.0.1:8480" in block)
    refused = re.search(r"^location ~ (\S+) \{\n *return 404;", nginx, re.MULTILINE)
    assert refused is not None
    named = re.search(r"^ *(@\w+) path (.*)\n *respond \1 404$", caddy, re.MULTILINE)
    assert named is not None
    inside = {"/metrics", "/healthz"}
    assert set(named[2].split()) == inside
    paths = [*inside, "/status", "/updates"]
    assert {path for path in paths if re.search(refused[1], path)} == inside
