"""A roster as its coordinator writes it."""

import json
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

from fedjury.deploy.roster_file import read_roster_file, roster_of
from fedjury.errors import ConfigError
from fedjury.protocol import roster

ADDRESSES: list[str] = [to_checksum_address(f"0x{number:040x}") for number in (9, 0xAB, 7)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(ADDRESSES),
        "# clinics\n\n" + "\r\n".join(f"  {each.lower()}  # one" for each in ADDRESSES) + "\r\n",
        json.dumps(ADDRESSES),
        "\n " + json.dumps([each.lower() for each in ADDRESSES], indent=1),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_addresses_stand_one_a_line_or_in_a_json_list(
    tmp_path: Path, text: str, encoding: str
) -> None:
    (tmp_path / "roster").write_bytes(text.encode(encoding))
    assert read_roster_file(tmp_path / "roster") == ADDRESSES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "names nobody"),
        (b"# nobody\n", "names nobody"),
        (b"[]", "names nobody"),
        (b"\xff\xfe\xff", "is not UTF-8 text"),
        (b"[" * 300_000, "is no JSON list of addresses"),
        (b"[1]", "holds something else than strings"),
        (b'["0x12"]', "'0x12' is not an address"),
        (b"0x12\n", "'0x12' is not an address"),
        (f"{ADDRESSES[0]},{ADDRESSES[1]}".encode(), "is not an address"),
        (f"{ADDRESSES[1]}\n{ADDRESSES[1].lower()}".encode(), f"{ADDRESSES[1]} is named twice"),
    ],
)
def test_another_file_is_refused_by_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "roster"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as refused:
        read_roster_file(path)
    assert str(path) in str(refused.value)


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none cannot be read: No such file"):
        read_roster_file(tmp_path / "none")


def test_a_roster_is_ascending_and_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert roster_of(ADDRESSES).members == [ADDRESSES[2], ADDRESSES[0], ADDRESSES[1]]
    monkeypatch.setattr(roster, "MAX_ROSTER_BYTES", 40)
    with pytest.raises(ConfigError, match="a roster has at most"):
        roster_of(ADDRESSES)
