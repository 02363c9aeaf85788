"""The deployment file."""

import json
from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.task.deployment_file import load_deployment
from tests.support.example_deployment import deployment

TIMES = [("confirmations", -1), ("confirmations", "latest")]


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "deployment.json"
    deployment().save(path)
    assert load_deployment(path) == deployment()
    assert [file.name for file in path.parent.iterdir()] == ["deployment.json"]


def test_only_its_owner_may_read_it_since_the_rpc_url_may_hold_a_key(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_text("an older one")
    path.chmod(0o644)
    known = deployment().model_copy(update={"rpc": "https://node.example/v3/key"})
    known.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_deployment(path).rpc == known.rpc


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fedjury deploy"):
        load_deployment(tmp_path / "none.json")


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_deployment(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"{" * 10_000])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "deployment.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="no deployment file"):
        load_deployment(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("task", "0x12"),
        ("block", -1),
        ("chain_id", "many"),
        ("clients", None),
        ("clients", -1),
        ("roster", 1),
        ("extra", 1),
        *TIMES,
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps({**deployment().model_dump(), field: value}))
    with pytest.raises(ConfigError, match=field):
        load_deployment(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_that_an_editor_saved_is_loaded(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    deployment().save(path)
    path.write_bytes(path.read_text().replace("\n", "\r\n").encode(encoding))
    assert load_deployment(path) == deployment()
