"""An audit's update files in one temporary file."""

import threading
from pathlib import Path

import pytest

from fedjury.errors import NoScratchSpace
from fedjury.oracle.audit.spool import Spool
from fedjury.protocol.digest import Digest

FILES = {Digest.of(data): data for data in (b"", b"one", b"two" * 10_000, bytes(range(256)))}


def test_files_are_read_as_they_were_added() -> None:
    with Spool() as spool:
        for digest, data in FILES.items():
            spool.add(digest, data)
        for digest in reversed(FILES):
            assert spool.read(digest) == FILES[digest]
            assert spool.read(digest) == FILES[digest]


def test_several_threads_add_files_side_by_side() -> None:
    parts = [{Digest.of(data): data for data in files(part)} for part in range(4)]

    def add(part: int) -> None:
        for digest, data in parts[part].items():
            spool.add(digest, data)
            assert spool.read(digest) == data

    with Spool() as spool:
        threads = [threading.Thread(target=add, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = {digest: spool.read(digest) for part in parts for digest in part}
    assert found == {digest: data for part in parts for digest, data in part.items()}


def files(part: int) -> list[bytes]:
    """Files of a thread, each of another size."""
    return [bytes([part]) * size for size in range(1, 200)]


def test_a_directory_that_takes_no_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(NoScratchSpace, match="Make room, or name another directory with TMPDIR"):
        Spool()


def test_a_file_that_got_shorter_is_no_file() -> None:
    with Spool() as spool:
        digest = Digest.of(b"update")
        spool.add(digest, b"update")
        vars(spool)["_file"].truncate(3)
        with pytest.raises(NoScratchSpace, match="it is shorter than it was"):
            spool.read(digest)
