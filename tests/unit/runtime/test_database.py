"""The file of a daemon's own."""

import stat
from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.runtime.database import Database

SCHEMA = """
CREATE TABLE owner (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE things (name TEXT PRIMARY KEY);
"""


def _open(path: Path, owner: str = "me") -> Database:
    return Database(path, "what is kept", SCHEMA, 1, {"name": owner})


def test_nobody_else_may_read_it_nor_the_files_beside_it(tmp_path: Path) -> None:
    database = _open(tmp_path / "own.sqlite")
    with database.transaction() as writer:
        writer.execute("INSERT INTO things VALUES ('one')")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes.keys() >= {"own.sqlite", "own.sqlite-wal"}
    assert set(modes.values()) == {0o600}
    database.close()


def test_one_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite"
    _open(path).close()
    path.chmod(0o644)
    _open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_that_of_another_owner_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite"
    _open(path).close()
    with pytest.raises(ConfigError, match="is what is kept of another account or task"):
        _open(path, "somebody else")


def test_a_place_that_cannot_be_written_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used as what is kept"):
        _open(tmp_path / "nowhere" / "own.sqlite")
