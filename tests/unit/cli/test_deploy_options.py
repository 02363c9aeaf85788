"""The options of `fedjury deploy`."""

import subprocess
import sys
from pathlib import Path

import pytest

from fedjury.cli.deploy_options import parse_model_arguments, parse_rule_parameters
from fedjury.data.commitments import write_commitments
from fedjury.errors import ConfigError, ExitCode
from fedjury.protocol.task_spec import SliceSpec
from fedjury.runtime.keystore import create_keystore
from tests.support.commands import command


def test_arguments_of_a_model_are_a_json_object() -> None:
    assert parse_model_arguments("{}") == {}
    assert parse_model_arguments('{"hidden": 64}') == {"hidden": 64}


@pytest.mark.parametrize("text", ["", "hidden=64", "[64]", "64", "{'hidden': 64}"])
def test_other_model_arguments_are_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--model-arguments"):
        parse_model_arguments(text)


def test_parameters_of_a_rule_are_json() -> None:
    assert parse_rule_parameters(None) == {}
    given = ["trim=0.1", "deep=[1, {}]", 'text="a=b"']
    assert parse_rule_parameters(given) == {"trim": 0.1, "deep": [1, {}], "text": "a=b"}


@pytest.mark.parametrize("given", [["trim"], ["=1"], ["trim="], ["trim=much"], ["a=1", "a=1"]])
def test_other_rule_parameters_are_a_config_error(given: list[str]) -> None:
    with pytest.raises(ConfigError, match="--rule-parameter"):
        parse_rule_parameters(given)


@pytest.mark.parametrize(
    "parse",
    ["parse_model_arguments('[' * 300_000)", "parse_rule_parameters(['x=' + '[' * 300_000])"],
)
def test_deeply_nested_json_is_an_error_and_not_a_crash(parse: str) -> None:
    """Though the embedded chain raises the depth to which Python goes."""
    program = (
        "import fedjury.chain.rpc.embedded\n"
        "from fedjury.cli.deploy_options import parse_model_arguments, parse_rule_parameters\n"
        "from fedjury.errors import ConfigError\n"
        f"try:\n    {parse}\n"
        "except ConfigError:\n    print('survived')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert answer.stdout == "survived\n", answer


def test_deploy_refuses_an_unknown_partition_before_all_else(tmp_path: Path) -> None:
    out = tmp_path / "deployment.json"
    ended = command("deploy", "--partition", "shards:2", "--rpc", "nonsense", "--out", out)
    assert ended.code == ExitCode.DATA
    assert "dirichlet:ALPHA" in ended.err
    assert not out.exists()


def test_a_depth_without_disclosure_is_an_error(tmp_path: Path) -> None:
    juror = ("--juror", "0x" + "11" * 20)
    ended = command("deploy", "--disclosure-depth", 3, *juror, "--out", tmp_path / "out.json")
    assert ended.code == ExitCode.CONFIG
    assert "say --disclose, too" in ended.err


def test_a_time_for_files_that_the_contract_cannot_keep_fourfold_is_a_sentence(
    tmp_path: Path,
) -> None:
    write_commitments([SliceSpec(samples=6, commitment="0x" + "ab" * 32)], tmp_path / "it.json")
    create_keystore(tmp_path / "key.json", "secret")
    (tmp_path / "password.txt").write_text("secret")
    options = ("--juror", "0x" + "11" * 20, "--commitments", tmp_path / "it.json")
    where = ("--rpc", "http://127.0.0.1:1", "--store", f"dir:{tmp_path / 'store'}")
    key = ("--keystore", tmp_path / "key.json", "--password-file", tmp_path / "password.txt")
    out = ("--out", tmp_path / "out.json", "--availability-seconds", 2**30)
    ended = command("deploy", *options, *where, *key, *out)
    assert ended.code == ExitCode.SPEC
    assert ended.err.startswith("error: --availability-seconds 1073741824 is too long")


@pytest.mark.parametrize(
    "arguments",
    [
        ("deploy", "--genesis-seed"),
        ("deploy", "--partition-seed"),
        ("verification", "new", "--split-seed"),
    ],
)
@pytest.mark.parametrize("seed", [-1, 2**32, 10**23])
def test_seeds_are_numbers_of_32_bits(
    arguments: tuple[str, ...], seed: int, tmp_path: Path
) -> None:
    ended = command(*arguments, seed, "--out", tmp_path / "out")
    assert (ended.code, f"value for '{arguments[-1]}'" in ended.err) == (ExitCode.USAGE, True)
    assert not (tmp_path / "out").exists()
