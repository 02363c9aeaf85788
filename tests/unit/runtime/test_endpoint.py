"""Endpoints as people have them."""

import logging
from base64 import b64decode

import pytest
import requests

from fedjury.errors import ConfigError
from fedjury.runtime.endpoint import Endpoint, parse_endpoint, parse_public, suggestion
from fedjury.runtime.redaction import without_secrets

WHAT = "the RPC URL"


def user_of(endpoint: Endpoint) -> str:
    """User and password as a server reads them."""
    kind, _, coded = endpoint.headers["Authorization"].partition(" ")
    assert kind == "Basic"
    return b64decode(coded).decode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("me:secret", "me:secret"),
        ("me:p%40ss%3Aw%2Frd%23%3F%25", "me:p@ss:w/rd#?%"),
        ("me:p@ss", "me:p@ss"),
        ("me:a:b", "me:a:b"),
        ("me:pa/ss", "me:pa/ss"),
        ("me:pa#ss", "me:pa#ss"),
        ("me:pa?ss", "me:pa?ss"),
        ("me:p/s@s#x?y:z", "me:p/s@s#x?y:z"),
        ("me:100%", "me:100%"),
        ("me:50%zz", "me:50%zz"),
        ("jürg:pässwörd", "jürg:pässwörd"),
        ("j%C3%BCrg:p", "jürg:p"),
        ("me:with space", "me:with space"),
        ("me:[x]", "me:[x]"),
        ("token", "token:"),
        (":secret", ":secret"),
    ],
)
def test_user_and_password_may_have_any_characters(written: str, read: str) -> None:
    endpoint = parse_endpoint(f"https://{written}@node.example:8545/v3?a=b", WHAT)
    assert user_of(endpoint) == read
    assert endpoint.url == "https://node.example:8545/v3?a=b"
    assert endpoint.shown == "https://node.example:8545"
    assert repr(endpoint) == "Endpoint('https://node.example:8545')"


@pytest.mark.parametrize(
    "url",
    [
        "https://me:12/ss@node.example",
        "https://me:12#ss@node.example",
        "https://me:12?ss@node.example",
        "https://to/ken@node.example",
        "https://me:p@s/s@node.example",
        "https://node.example/path@1",
    ],
)
def test_where_a_password_could_end_in_two_places_nothing_is_sent(url: str) -> None:
    with pytest.raises(ConfigError, match="the RPC URL is unclear: write / "):
        parse_endpoint(url, WHAT)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("HTTP://Node:1/Path/", "http://Node:1/Path/"),
        ("http://[::1]:8545", "http://[::1]:8545"),
        ("http://[2001:db8::7]/x", "http://[2001:db8::7]/x"),
        ("https://node", "https://node"),
        ("https://node:/", "https://node/"),
        ("https://node?key=k", "https://node?key=k"),
        ("https://nöde/ü", "https://nöde/ü"),
        (" http://node:1 \r\n", "http://node:1"),
    ],
)
def test_the_rest_is_as_it_was_written(text: str, url: str) -> None:
    endpoint = parse_endpoint(text, WHAT)
    assert (endpoint.url, endpoint.headers) == (url, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "ftp://secret@node",
        "ws://secret@node",
        "http:/secret@node",
        "http://",
        "http://secret:secret@",
        "http://secret:secret@:8545",
        "http://node:secret",
        "http://node:0/secret",
        "http://node:65536/secret",
        "http://[::1/secret",
        "http://node/secret#secret",
        "http://no\x1bde/secret",
        "http://node/secret\nsecret",
        "http://no de/secret",
    ],
)
def test_an_unusable_one_is_not_shown(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^the RPC URL ") as refused:
        parse_endpoint(text, WHAT)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:8545", ": did you mean http://127.0.0.1:8545?"),
        ("node:8545/v3/secret", ": did you mean http://node:8545?"),
        ("me:secret@node:8545", ": did you mean http://node:8545?"),
        ("node", ""),
        ("", ""),
    ],
)
def test_a_missing_scheme_is_suggested(text: str, meant: str) -> None:
    assert suggestion(text) == meant
    with pytest.raises(ConfigError) as refused:
        parse_endpoint(text, WHAT)
    assert str(refused.value) == f"the RPC URL must start with http:// or https://{meant}"


def test_an_authorization_of_ones_own_stands_in_for_the_user_part() -> None:
    given = {"Authorization": "Bearer abc", "X-Key": "k"}
    endpoint = parse_endpoint("http://me:secret@node", WHAT, given)
    assert endpoint.headers == given
    request = requests.Request("POST", endpoint.url, auth=endpoint.auth).prepare()
    assert {name: request.headers[name] for name in given} == given


URL = "https://jürg:p%40ss@node.example/prefix/abcdef123?key=T0KEN&empty"
HEADERS = {"Authorization": "Bearer bearer-token", "X-Api-Key": "x-api-key-1"}


@pytest.mark.parametrize(
    "words",
    [
        "user jürg unknown",
        "password p@ss is wrong",
        "password p%40ss is wrong",
        "no /prefix/abcdef123 here",
        "project abcdef123 is unknown",
        "url: /prefix/abcdef123?key=T0KEN&empty",
        "key T0KEN is expired",
        "Bearer bearer-token",
        "token bearer-token",
        "key x-api-key-1",
    ],
)
def test_other_peoples_words_are_rid_of_secrets(words: str) -> None:
    secrets = ("jürg", "p@ss", "p%40ss", "abcdef123", "T0KEN", "bearer-token", "x-api-key-1")
    told = parse_endpoint(URL, WHAT, HEADERS).redact(words)
    assert "***" in told
    assert not [secret for secret in secrets if secret in told]


def test_nothing_that_others_announced_is_cut_out_of_what_is_printed() -> None:
    url = "https://juror.example/announced-by-others/x?of=somebody-elses"
    assert parse_public(url, "a juror's URL").url == url
    words = f"{url}: announced-by-others, of somebody-elses"
    assert without_secrets(words) == words
    parse_endpoint(url, "the RPC URL")
    assert without_secrets(words) != words


def test_words_without_secrets_stay() -> None:
    words = "the node is at https://node.example, and syncing: block 123 of 456"
    assert parse_endpoint(URL, WHAT, HEADERS).redact(words) == words


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "web3.providers.HTTPProvider"])
def test_libraries_do_not_log_secrets_at_any_level(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    parse_endpoint(URL, WHAT, HEADERS)
    with caplog.at_level(logging.DEBUG, name):
        logging.getLogger(name).debug("%s://%s%s", "https", "node.example", "/x?key=T0KEN")
    (told,) = caplog.messages
    assert told.startswith("https://node.example/x?")
    assert "T0KEN" not in told
