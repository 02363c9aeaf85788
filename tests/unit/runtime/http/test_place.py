import pytest

from fedjury.errors import ConfigError
from fedjury.runtime.http.place import parse_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:8480", ("127.0.0.1", 8480)),
        ("relay.example:0", ("relay.example", 0)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_a_place_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert parse_place(text, "--listen") == place


@pytest.mark.parametrize(
    "text", ["", "8480", ":8480", "host", "host:", "host:65536", "::1:80", "http://host:80"]
)
def test_another_place_is_a_config_error_that_names_the_option(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--monitor takes HOST:PORT"):
        parse_place(text, "--monitor")
