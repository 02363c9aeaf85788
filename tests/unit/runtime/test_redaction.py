"""No way out for secrets: logs at every level, tracebacks, documents, other people's words."""

import logging
from pathlib import Path

import pytest
import requests

from fedjury.errors import ConfigError
from fedjury.runtime import redaction
from fedjury.runtime.endpoint import parse_endpoint
from fedjury.runtime.keystore import create_keystore, open_account
from fedjury.runtime.redaction import document_without_secrets, traceback_text, without_secrets

URL = "https://jane:pa55word@node.example/v3/0123456789abcdef?apikey=QUERYKEY7"
HEADERS = {"Authorization": "Bearer HEADERTOKEN9"}
SECRETS = ("pa55word", "0123456789abcdef", "QUERYKEY7", "HEADERTOKEN9")


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests called secret is none here, and the other way round."""
    monkeypatch.setattr(redaction, "_known", set())


def leaks(text: str) -> list[str]:
    """The secrets of the endpoint that a text holds."""
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize(
    "logger", ["urllib3.connectionpool", "web3.manager", "aiohttp.server", "asyncio", "root", "x.y"]
)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING, logging.ERROR])
def test_no_logger_of_any_library_tells_secrets(
    logger: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    parse_endpoint(URL, "the RPC URL", HEADERS)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(logger).log(level, "GET %s with %r", URL, HEADERS)
        logging.getLogger(logger).log(level, f"asked {SECRETS}")
    assert "node.example" in caplog.text
    assert leaks(caplog.text) == []


def test_a_logged_traceback_tells_no_secrets(caplog: pytest.LogCaptureFixture) -> None:
    parse_endpoint(URL, "the RPC URL", HEADERS)
    try:
        raise requests.ConnectionError(f"Max retries exceeded with url: {URL}")
    except requests.ConnectionError:
        logging.getLogger("web3").exception("a bug")
    assert "Max retries exceeded with url: https://***" in caplog.text
    assert leaks(caplog.text) == []


def test_a_log_message_that_does_not_fit_its_arguments_is_not_printed_as_it_is(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    parse_endpoint(URL, "the RPC URL")
    logging.getLogger("web3").error("%d requests", URL)
    assert caplog.messages == ["a log message that does not fit its arguments"]
    assert leaks(capsys.readouterr().err) == []


def test_errors_that_led_to_an_error_are_rid_of_secrets_too() -> None:
    parse_endpoint(URL, "the RPC URL", HEADERS)
    try:
        try:
            raise ValueError(URL)
        except ValueError as first:
            raise RuntimeError(f"header {HEADERS['Authorization']}") from first
    except RuntimeError as error:
        text = traceback_text(error)
    assert text.count("node.example") == 1
    assert text.endswith("RuntimeError: header ***")
    assert leaks(text) == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://jane:pa55word@node.example",
        "https://jane:pa55word@node.example:99999",
        "https://jane:pa/55word@no de",
        "jane:pa55word@node.example:8545",
    ],
)
def test_a_url_that_is_refused_is_not_shown(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_endpoint(url, "--announce")
    assert "55word" not in without_secrets(str(refused.value))


def test_the_user_part_of_any_url_is_left_out_though_nobody_said_it_is_secret() -> None:
    words = "no such command 'https://jane:pa55word@node.example/x'"
    assert without_secrets(words) == "no such command 'https://***@node.example/x'"


def test_a_document_is_rid_of_secrets_wherever_they_stand() -> None:
    parse_endpoint(URL, "the RPC URL")
    told = document_without_secrets(
        {"QUERYKEY7": 1, "a": ["pa55word", {"b": Path("/v3/0123456789abcdef")}], "n": 7, "t": None}
    )
    assert told == {"***": 1, "a": ["***", {"b": "***"}], "n": 7, "t": None}


def test_words_of_the_program_stay_in_keys_and_names_though_a_password_is_one() -> None:
    redaction.keep_secret(["round", "info", "R0und"])
    told = document_without_secrets(
        {"round": 3, "event": "round-judged", "severity": "info", "message": "a round", "R0und": 1}
    )
    assert told == {
        "round": 3,
        "event": "round-judged",
        "severity": "info",
        "message": "a ***",
        "***": 1,
    }
    assert document_without_secrets({"event": "R0und"}) == {"event": "***"}


def test_hashes_are_whole_though_a_short_secret_stands_in_them() -> None:
    parse_endpoint("https://abc:dad@node.example", "the RPC URL")
    hash = "0x" + "dadabc" * 10
    assert without_secrets(f"dad sent {hash}, abc") == f"*** sent {hash}, ***"


def test_a_long_secret_is_left_out_even_of_a_hash() -> None:
    redaction.keep_secret(["12" * 32])
    assert without_secrets("key 0x" + "12" * 32) == "key 0x***"


def test_a_keystores_password_and_key_are_secret_once_it_is_open(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    create_keystore(tmp_path / "key.json", "correct horse", work=2)
    account = open_account(tmp_path / "key.json", tmp_path / "password")
    key = bytes(account.key).hex()
    assert without_secrets(f"it is correct horse, 0x{key}") == "it is ***, 0x***"
    assert account.address in without_secrets(account.address)
