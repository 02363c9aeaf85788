"""What a demo's run is called and where it lies."""

from pathlib import Path

import pytest

from fedjury.errors import ExitCode
from tests.support.commands import command


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
    elsewhere: Path, data: str, directory: str
) -> None:
    """It ends before it begins, at what somebody else keeps where its files would go."""
    (elsewhere / directory).mkdir(parents=True)
    (elsewhere / directory / "notes.txt").write_text("mine")
    ended = command("demo", "--data", data)
    assert ended.code == ExitCode.CONFIG
    assert ended.err == f"error: {directory} exists and holds no run: say another name\n"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["--rule", "selection"], "digits-3of10-seed1-selection"),
        (["--attack", "alie", "--rule", "loss"], "digits-3of10-seed1-loss-alie"),
        (["--partition", "dirichlet:0.5"], "digits-3of10-seed1-dirichlet-0.5"),
        (["--relay", "--rule", "loss"], "digits-3of10-seed1-loss-relay"),
        (["--jurors", "4", "--relay"], "digits-3of10-seed1-relay-4jurors"),
        (["--rule", "paper", "--attack", "static-label", "--jurors", "1"], "digits-3of10-seed1"),
    ],
)
def test_demos_of_other_rules_attacks_and_shards_lie_side_by_side(
    elsewhere: Path, options: list[str], name: str
) -> None:
    (elsewhere / "runs" / name).mkdir(parents=True)
    (elsewhere / "runs" / name / "notes.txt").write_text("mine")
    ended = command("demo", *options)
    assert ended.err == f"error: runs/{name} exists and holds no run: say another name\n"


def test_a_demo_can_have_another_name_and_place(elsewhere: Path) -> None:
    (elsewhere / "kept" / "mine").mkdir(parents=True)
    (elsewhere / "kept" / "mine" / "notes.txt").write_text("mine")
    ended = command("demo", "--runs", "kept", "--name", "mine")
    assert ended.err.startswith("error: kept/mine exists and holds no run")
