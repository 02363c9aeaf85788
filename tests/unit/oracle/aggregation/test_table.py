"""Updates side by side, in memory or in a temporary file."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import torch

from fedjury.errors import ExitCode, NoScratchSpace, TransientError
from fedjury.oracle.aggregation.coordinates import flatten, unflatten
from fedjury.oracle.aggregation.table import side_by_side
from fedjury.protocol.tensors import Tensors, encode
from tests.support.counted_updates import CountedUpdates
from tests.support.quota import files_of_at_most
from tests.support.updates import random_updates

SIZE = 42  # coordinates of a random update


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary files cannot be made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))


def open_files() -> set[int]:
    """The descriptors of what this process has open."""
    found = set()
    for number in map(int, os.listdir("/dev/fd")):
        with suppress(OSError):  # the listing's own is closed again
            os.fstat(number)
            found.add(number)
    return found


def test_an_updates_coordinates_are_its_tensors_in_order_of_name() -> None:
    update = {"b": torch.tensor([5.0]), "a": torch.tensor([[1.0, 2.0], [3.0, 4.0]])}
    assert flatten(update).tolist() == [1, 2, 3, 4, 5]
    assert encode(unflatten(flatten(update), update)) == encode(update)


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("width", [1, 5, 41, 42, 100])
@pytest.mark.parametrize("budget", [1, SIZE, 2 * SIZE, 3 * SIZE + 1, 1000])
def test_blocks_hold_all_coordinates_in_order(count: int, width: int, budget: int) -> None:
    updates = CountedUpdates(random_updates(count))
    whole = torch.stack([flatten(update) for update in random_updates(count)])
    with side_by_side(updates, width, budget) as table:
        assert (table.rows, table.columns) == (count, SIZE)
        blocks = [table.read(start) for start in table.starts]
        some = [table.read(start, slice(1, 3)) for start in table.starts]
    assert torch.equal(torch.cat(blocks, dim=1), whole)
    assert torch.equal(torch.cat(some, dim=1), whole[1:3])
    assert {block.shape[1] for block in blocks[:-1]} <= {width}
    assert updates.reads == [1] * count


def test_a_file_is_used_where_memory_does_not_suffice(nowhere: None) -> None:
    updates = random_updates(3)
    with side_by_side(updates, 7, budget=3 * SIZE) as table:
        assert table.columns == SIZE
    with (
        pytest.raises(NoScratchSpace, match=r"temporary file of 0 MB .*TMPDIR"),
        side_by_side(updates, 7, budget=3 * SIZE - 1),
    ):
        pass


def test_the_file_is_gone_afterwards_whatever_happens(scratch: Path) -> None:
    def broken() -> Iterator[Tensors]:
        yield from random_updates(2)
        raise RuntimeError("cannot be read")

    class Broken(CountedUpdates):
        def __iter__(self) -> Iterator[Tensors]:
            return broken()

    before = open_files()
    with side_by_side(random_updates(3), 7, budget=50) as table:
        assert open_files() != before
        assert torch.equal(table.read(35), table.read(35))
    assert open_files() == before
    with (
        pytest.raises(RuntimeError, match="cannot be read"),
        side_by_side(Broken(random_updates(3)), 7, budget=50),
    ):
        pass
    with pytest.raises(ZeroDivisionError), side_by_side(random_updates(3), 7, budget=50):
        raise ZeroDivisionError
    assert open_files() == before
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("size", [0, 100, 3 * SIZE * 4 - 1])
def test_a_full_disk_is_a_passing_error_in_a_sentence(scratch: Path, size: int) -> None:
    before = open_files()
    with (
        files_of_at_most(size),
        pytest.raises(NoScratchSpace, match="Make room") as caught,
        side_by_side(random_updates(3), 7, budget=50),
    ):
        pass
    assert isinstance(caught.value, TransientError)
    assert caught.value.exit_code is ExitCode.CONFIG
    assert open_files() == before
    assert list(scratch.iterdir()) == []


def test_a_file_that_somebody_cut_is_no_update(scratch: Path) -> None:
    before = open_files()
    with side_by_side(random_updates(3), 7, budget=50) as table:
        (number,) = open_files() - before
        os.truncate(number, 3 * SIZE * 4 - 1)
        with pytest.raises(NoScratchSpace, match="shorter"):
            table.read(35)
