"""Where a juror listens and is announced, as options say it."""

import pytest

from fedjury.cli.network_options import NetworkOptions
from fedjury.errors import ConfigError


def test_without_listening_there_is_no_network() -> None:
    assert NetworkOptions().settings() is None


def test_what_the_options_say_is_what_is_set() -> None:
    found = NetworkOptions(
        "10.0.0.1:8490",
        "https://juror.example/exchange/",
        ["http://a.example:1/", "https://b.example"],
        ["10.0.0.0/8"],
    ).settings()
    assert found is not None
    assert (found.host, found.port) == ("10.0.0.1", 8490)
    assert found.announce == "https://juror.example/exchange"
    assert found.seeds == ("http://a.example:1", "https://b.example")
    assert "10.9.8.7" in found.proxies
    assert "11.9.8.7" not in found.proxies


def test_where_it_listens_is_announced_by_default() -> None:
    found = NetworkOptions("127.0.0.1:0").settings()
    assert found is not None
    assert (found.announce, found.seeds) == (None, ())


@pytest.mark.parametrize("place", ["0.0.0.0:8490", "[::]:8490", "*:8490"])
def test_listening_everywhere_says_nothing_of_where_others_find_it(place: str) -> None:
    with pytest.raises(ConfigError, match=r"no place that others can reach: say with --announce"):
        NetworkOptions(place).settings()
    assert NetworkOptions(place, "http://juror.example").settings() is not None


@pytest.mark.parametrize(
    "options",
    [
        NetworkOptions(announce="http://juror.example"),
        NetworkOptions(peer=["http://juror.example"]),
        NetworkOptions(proxy=["10.0.0.1"]),
    ],
)
def test_the_others_go_with_listening_alone(options: NetworkOptions) -> None:
    with pytest.raises(ConfigError, match="go with --listen"):
        options.settings()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (NetworkOptions("nowhere"), "--listen"),
        (NetworkOptions("127.0.0.1:1", announce="juror.example"), "--announce"),
        (NetworkOptions("127.0.0.1:1", peer=["http://user:secret@juror.example"]), "--peer"),
        (NetworkOptions("127.0.0.1:1", proxy=["proxy.example"]), "--proxy"),
    ],
)
def test_what_is_unusable_is_a_config_error_that_names_the_option(
    options: NetworkOptions, name: str
) -> None:
    with pytest.raises(ConfigError, match=name) as refused:
        options.settings()
    assert "secret" not in str(refused.value)
