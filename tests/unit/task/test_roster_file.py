"""Files that list addresses."""

import json
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

from fedjury.errors import ConfigError
from fedjury.task.roster_file import all_addresses, checked_address, read_addresses, roster_of

FIRST, SECOND, THIRD = ("0x" + digit * 40 for digit in "cab")
CHECKED = [to_checksum_address(address) for address in (FIRST, SECOND, THIRD)]


def read(tmp_path: Path, content: str | bytes) -> list[str]:
    """What the addresses of a file of this content are."""
    path = tmp_path / "roster.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_addresses(path)


@pytest.mark.parametrize(
    "content",
    [
        f"{FIRST}\n{SECOND}\n{THIRD}\n",
        f"{FIRST}\r\n{SECOND}\r\n{THIRD}",
        f"# the three\n\n  {FIRST}  # one\n{SECOND}\n#{FIRST}\n\t{THIRD}\n\n",
        f"0x{FIRST[2:].upper()}\n{CHECKED[1]}\n{THIRD}\n",
        json.dumps([FIRST, SECOND, THIRD]),
        "\n" + json.dumps([FIRST, CHECKED[1], THIRD], indent=2) + "\n",
        b"\xef\xbb\xbf" + f"{FIRST}\n{SECOND}\n{THIRD}".encode(),
        f"{FIRST}\n{SECOND}\n{THIRD}".encode("utf-16"),
    ],
)
def test_addresses_are_read_as_lines_and_as_json_in_the_order_of_the_file(
    tmp_path: Path, content: str | bytes
) -> None:
    assert read(tmp_path, content) == CHECKED


MISTYPED = CHECKED[0].swapcase().replace("0X", "0x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{FIRST}\n\n{SECOND[:-1]}\n", "line 3"),
        (f"{FIRST[2:]}\n", "line 1: 'cccc"),
        (f"{FIRST} {SECOND}\n", "line 1"),
        (f"{SECOND}\n{MISTYPED}\n", f"line 2: {MISTYPED} is mistyped"),
        (f"{FIRST}\n{SECOND}\n{CHECKED[0]}\n", f"line 3: {CHECKED[0]} is listed before"),
        (f"{FIRST}\n0x{'0' * 40}\n", f"line 2: 0x{'0' * 40} is the zero address"),
        (json.dumps([FIRST, 7]), "entry 2: '7' is not an address"),
        (json.dumps([FIRST, FIRST]), "entry 2"),
        (f'["{FIRST}"', "begins as a JSON list, but is none"),
        ("[" * 100_000, "begins as a JSON list, but is none"),
        (b"\xff\xff\xff", "is not UTF-8 text"),
        ("", "roster.txt names nobody"),
        ("\n# nobody\n", "roster.txt names nobody"),
        ("[]", "roster.txt names nobody"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"roster\.txt: No such file"):
        read_addresses(tmp_path / "roster.txt")


def test_a_directory_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        read_addresses(tmp_path)


def test_more_than_a_roster_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedjury.task.roster_file.MAX_MEMBERS", 2)
    with pytest.raises(ConfigError, match=r"line 3: a roster has at most 2 members"):
        read(tmp_path, f"{FIRST}\n{SECOND}\n{THIRD}\n")


def test_addresses_given_one_by_one_come_before_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "roster.txt"
    path.write_text(f"{FIRST}\n{SECOND}\n")
    assert all_addresses([THIRD], path) == [CHECKED[2], CHECKED[0], CHECKED[1]]
    assert all_addresses([THIRD, FIRST], None) == [CHECKED[2], CHECKED[0]]
    with pytest.raises(ConfigError, match=f"line 2: {CHECKED[1]} is listed before"):
        all_addresses([SECOND], path)
    with pytest.raises(ConfigError, match=f"^{CHECKED[1]} is listed before"):
        all_addresses([SECOND, SECOND], None)


def test_a_roster_is_ascending_and_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert roster_of([FIRST, SECOND]).members == [CHECKED[1], CHECKED[0]]
    monkeypatch.setattr("fedjury.protocol.roster.MAX_ROSTER_BYTES", 20)
    with pytest.raises(ConfigError, match="a roster has at most"):
        roster_of([FIRST, SECOND])


@pytest.mark.parametrize("text", ["0x", "", None, "0X" + "a" * 40, "0x" + "g" * 40, FIRST + "\n"])
def test_other_texts_are_no_addresses(text: object) -> None:
    with pytest.raises(ConfigError, match="is not an address"):
        checked_address(text)
