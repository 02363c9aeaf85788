"""What a daemon says with --json: one object a line, whoever says it, and no secrets."""

import json
import logging
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fedjury.cli.logs import daemon_output, tell_of_crash
from fedjury.runtime import redaction
from fedjury.runtime.endpoint import parse_endpoint
from fedjury.runtime.events import Started, TransientFailure
from fedjury.runtime.redaction import keep_secret
from tests.support.hooks import hooks_as_before

SECRET = "QUERYKEY7"
INFO = Started(role="juror", address="0x", task="a")
WARNING = TransientFailure(reason=f"refused: {SECRET}", error="NodeError", retry_seconds=1)


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Logging, warnings and hooks are the process's: leave them as they were."""
    monkeypatch.setattr(redaction, "_known", set())
    keep_secret([SECRET])
    with hooks_as_before():
        yield


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was printed to standard output; nothing else may have been."""
    printed = capsys.readouterr()
    assert printed.err == ""
    assert SECRET not in printed.out
    return [json.loads(line) for line in printed.out.splitlines()]


def test_events_and_logs_are_lines_of_one_kind(capsys: pytest.CaptureFixture[str]) -> None:
    output = daemon_output(True, "info")
    output.event(WARNING)
    logging.getLogger("aiohttp.server").error("cannot answer %s", SECRET)
    event, log = lines(capsys)
    for line in (event, log):
        assert datetime.fromisoformat(line["time"]).utcoffset() == UTC.utcoffset(None)
    assert event["event"] == "transient-failure"
    assert event["message"] == "refused: ***; trying again in 1 s"
    assert (event["severity"], event["reason"]) == ("warning", "refused: ***")
    assert (log["event"], log["severity"], log["logger"]) == ("log", "error", "aiohttp.server")
    assert log["message"] == "cannot answer ***"


@pytest.mark.parametrize(
    ("level", "events", "logs"),
    [
        ("debug", ["started", "transient-failure"], ["d", "i", "w", "e"]),
        ("info", ["started", "transient-failure"], ["w", "e"]),
        ("warning", ["transient-failure"], ["w", "e"]),
        ("error", [], ["e"]),
    ],
)
def test_a_level_says_how_much_is_told(
    level: str, events: list[str], logs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    output = daemon_output(True, level)
    output.event(INFO)
    output.event(WARNING)
    library = logging.getLogger("urllib3.connectionpool")
    for say, word in zip(
        (library.debug, library.info, library.warning, library.error), "diwe", strict=True
    ):
        say(word)
    told = lines(capsys)
    assert [line["event"] for line in told if line["event"] != "log"] == events
    assert [line["message"] for line in told if line["event"] == "log"] == logs


def test_a_librarys_warning_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    daemon_output(True, "info")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(f"unverified request to {SECRET}", stacklevel=1)
    (line,) = lines(capsys)
    assert (line["severity"], line["logger"]) == ("warning", "py.warnings")
    assert "UserWarning: unverified request to ***" in line["message"]


def test_an_error_in_a_thread_is_a_line_with_its_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    daemon_output(True, "error")

    def fail() -> None:
        raise RuntimeError(f"key {SECRET}")

    thread = threading.Thread(target=fail, name="http")
    thread.start()
    thread.join()
    (line,) = lines(capsys)
    assert line["message"] == "thread http has ended by an error"
    assert line["traceback"].endswith("RuntimeError: key ***")


def test_a_crash_is_a_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    parse_endpoint(f"https://node.example/?key={SECRET}", "the RPC URL")
    try:
        raise KeyError(f"https://node.example/?key={SECRET}")
    except KeyError as error:
        tell_of_crash(error, as_json=True, exit_code=1)
    (line,) = lines(capsys)
    assert (line["event"], line["severity"], line["error"]) == ("crash", "error", "KeyError")
    assert line["message"] == "KeyError: 'https://node.example/?***'"
    assert line["traceback"].startswith("Traceback (most recent call last):")
    assert line["exit_code"] == 1


def test_without_json_a_crash_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    tell_of_crash(ValueError(f"key {SECRET}"), as_json=False, exit_code=1)
    assert capsys.readouterr().err == "ValueError: key ***\n"
