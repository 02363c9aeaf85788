"""Headers for an endpoint from a file or the environment."""

from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.runtime.headers import headers_for


def from_file(path: Path, content: bytes, **more: str) -> dict[str, str]:
    """The headers for RPC that this file gives, with more of the environment."""
    path.write_bytes(content)
    return headers_for("RPC", {"FEDJURY_RPC_HEADER_FILE": str(path), **more})


def test_no_environment_no_headers() -> None:
    assert headers_for("STORE", {"FEDJURY_RPC_AUTHORIZATION": "Bearer x"}) == {}
    assert headers_for("RPC", {"FEDJURY_RPC_AUTHORIZATION": " "}) == {}


def test_each_service_has_its_own() -> None:
    both = {"FEDJURY_RPC_AUTHORIZATION": "Bearer r", "FEDJURY_STORE_AUTHORIZATION": " Bearer s\n"}
    assert headers_for("RPC", both) == {"Authorization": "Bearer r"}
    assert headers_for("STORE", both) == {"Authorization": "Bearer s"}


@pytest.mark.parametrize(
    "content",
    [
        b"Authorization: Bearer x\nX-Key: a:b\n",
        b"authorization:Bearer x\r\n\r\nX-Key:  a:b ",
        b"\xef\xbb\xbfAuthorization: Bearer x\nX-Key: a:b",
        "\ufeffAuthorization: Bearer x\r\nX-Key: a:b\r\n".encode("utf-16-le"),
        "\ufeffAuthorization: Bearer x\r\nX-Key: a:b\r\n".encode("utf-16-be"),
    ],
)
def test_a_file_of_any_editor(content: bytes, tmp_path: Path) -> None:
    found = from_file(tmp_path / "headers", content)
    assert found == {"Authorization": "Bearer x", "X-Key": "a:b"}


def test_the_environments_authorization_wins_over_the_files(tmp_path: Path) -> None:
    content = b"AUTHORIZATION: Bearer file\nX-Key: k"
    found = from_file(tmp_path / "headers", content, FEDJURY_RPC_AUTHORIZATION="Bearer own")
    assert found == {"Authorization": "Bearer own", "X-Key": "k"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Bearer secret", "line 1 of the header file"),
        (b"X-Key: a\nsecret", "line 2 of the header file"),
        (b"X Key: secret", "line 1 of the header file"),
        (b"X-Key:\n", "line 1 of the header file"),
        ("X-Key: secret €".encode(), "line 1 of the header file"),
        (b"X-Key: secret\x07", "line 1 of the header file"),
        (b"Content-Length: 3", "sets Content-Length"),
        (b"X-Key: \xff secret", "is not UTF-8 text"),
        ("X-Key: secret".encode("utf-16-le"), "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_none_is_refused_without_its_content(
    content: bytes, why: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=why) as refused:
        from_file(tmp_path / "headers", content)
    assert "secret" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none cannot be read: No such file"):
        headers_for("STORE", {"FEDJURY_STORE_HEADER_FILE": str(tmp_path / "none")})


def test_an_authorization_that_is_none_is_refused_without_it() -> None:
    with pytest.raises(ConfigError, match=r"^FEDJURY_RPC_AUTHORIZATION has no value") as refused:
        headers_for("RPC", {"FEDJURY_RPC_AUTHORIZATION": "Bearer secret\nX: y"})
    assert "secret" not in str(refused.value)


def test_each_of_several_endpoints_has_variables_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "second.txt"
    file.write_text("X-Api-Key: second\n")
    environment = {
        "FEDJURY_RPC_AUTHORIZATION": "Bearer first",
        "FEDJURY_RPC_2_HEADER_FILE": str(file),
        "FEDJURY_RPC_3_AUTHORIZATION": "Bearer third",
    }
    assert [headers_for("RPC", environment, number) for number in (1, 2, 3, 4)] == [
        {"Authorization": "Bearer first"},
        {"X-Api-Key": "second"},
        {"Authorization": "Bearer third"},
        {},
    ]
