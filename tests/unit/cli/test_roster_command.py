"""`fedjury roster` without any chain."""

from pathlib import Path

from fedjury.errors import ExitCode
from fedjury.protocol.roster import Roster
from tests.support.commands import command, succeed

CLIENTS = ["0x" + digits * 20 for digits in ("ab", "12")]


def test_a_rosters_file_is_made_of_a_list(tmp_path: Path) -> None:
    (tmp_path / "clients.txt").write_text("\n".join(CLIENTS))
    out = tmp_path / "roster.bin"
    made = succeed("roster", "new", tmp_path / "clients.txt", "--out", out, "--json").document
    assert out.read_bytes() == Roster.of(CLIENTS).to_bytes()
    assert (made["size"], made["root"]) == (2, "0x" + Roster.of(CLIENTS).root.hex())


def test_no_file_is_overwritten_by_a_roster(tmp_path: Path) -> None:
    listed = tmp_path / "clients.txt"
    listed.write_text("\n".join(CLIENTS))
    ended = command("roster", "new", listed, "--out", listed)
    assert (ended.code, ended.out) == (ExitCode.CONFIG, "")
    assert ended.err.startswith(f"error: {listed} exists, and is not overwritten")
    assert listed.read_text() == "\n".join(CLIENTS)
