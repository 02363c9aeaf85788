"""What `fedjury oracle` makes of its own options."""

import threading
from pathlib import Path

import pytest

from fedjury.cli.judging_options import JudgingOptions
from fedjury.cli.juror_run import warn_of_unknown_jury
from fedjury.errors import ConfigError
from fedjury.oracle.events import NextJuryUnknown
from tests.support.fake_federation import JUROR, STRANGER, FakeFederation
from tests.support.recorder import Recorder

HASH = "0x" + "5cD6" * 16


def test_the_next_jury_is_named_by_its_hash() -> None:
    assert JudgingOptions(next_jury=None).parse_next_jury() is None
    assert JudgingOptions(next_jury=HASH).parse_next_jury() == bytes.fromhex("5cd6") * 16


@pytest.mark.parametrize("text", ["", "0x", HASH[2:], HASH + "0", HASH[:-1], "0x" + "g" * 64])
def test_another_name_of_a_jury_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="--next-jury takes a jury's hash, 0x and 64"):
        JudgingOptions(next_jury=text).parse_next_jury()


@pytest.mark.parametrize(
    ("wanted", "given", "days"),
    [(365, None, 365), (365, 365, 365), (365, 400, 400), (365, 0, 0), (0, None, 0), (0, 0, 0)],
)
def test_files_are_kept_as_long_as_the_spec_says_or_longer(
    wanted: int, given: int | None, days: int
) -> None:
    assert JudgingOptions(keep_days=given).days(wanted) == days


@pytest.mark.parametrize(
    ("wanted", "given", "least"), [(365, 364, "for 365 days"), (0, 9999, r"for ever \(0\)")]
)
def test_a_shorter_time_is_a_config_error(wanted: int, given: int, least: str) -> None:
    with pytest.raises(ConfigError, match=f"--keep-days {given} is too short: .* {least}"):
        JudgingOptions(keep_days=given).days(wanted)


def test_a_next_jury_that_nobody_announced_is_a_warning(tmp_path: Path) -> None:
    federation, told = FakeFederation(tmp_path), Recorder()
    strange = bytes.fromhex(HASH[2:])

    def warn(wanted: bytes | None) -> list[str]:
        told.events.clear()
        warn_of_unknown_jury(federation.task, JUROR.address, wanted, threading.Event(), told)
        return [each.next_jury for each in told.of(NextJuryUnknown)]

    assert warn(strange) == [HASH.lower()]
    assert warn(None) == []
    assert warn(federation.contract.jury().hash) == []
    federation.contract.announce([STRANGER], 1)
    announced = federation.contract.next_jury()
    assert announced is not None
    assert warn(announced.hash) == []
    assert warn(strange) == [HASH.lower()]
