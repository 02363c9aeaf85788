"""A juror's proofs that files are too large."""

import os
import time
from pathlib import Path

import pytest

from fedjury.errors import ContentTooLarge, StoreUnavailable
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.oversize import OversizeProofs
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore
from tests.support.dag_nodes import leaf

DATA = b"a file of thirty-three bytes, yes"
DIGEST, ROOT = Digest.of(DATA), leaf(DATA)
DAY = 86_400.0


@pytest.fixture
def proofs(tmp_path: Path) -> OversizeProofs:
    return OversizeProofs(tmp_path / "oversize", days=0)


def test_a_proof_is_found_for_every_limit_below_the_files_size(proofs: OversizeProofs) -> None:
    assert proofs.find(DIGEST, 0) is None
    assert proofs.keep(DIGEST, ROOT)
    assert [proofs.find(DIGEST, limit) for limit in (0, 32, 33, 34)] == [ROOT, ROOT, None, None]
    assert proofs.find(Digest.of(b"another"), 0) is None


def test_a_proof_outlives_the_process(proofs: OversizeProofs, tmp_path: Path) -> None:
    proofs.keep(DIGEST, ROOT)
    assert OversizeProofs(tmp_path / "oversize", days=0).find(DIGEST, 32) == ROOT


@pytest.mark.parametrize("block", [b"", b"noise", leaf(DATA + b"!"), ROOT + b"\0", ROOT[:-1]])
def test_what_proves_nothing_is_not_kept(
    proofs: OversizeProofs, block: bytes, tmp_path: Path
) -> None:
    assert not proofs.keep(DIGEST, block)
    assert list((tmp_path / "oversize").iterdir()) == []


def test_a_proof_that_was_damaged_is_none_and_can_be_kept_anew(
    proofs: OversizeProofs, tmp_path: Path
) -> None:
    proofs.keep(DIGEST, ROOT)
    (tmp_path / "oversize" / DIGEST.cid).write_bytes(ROOT[:-1])
    assert proofs.find(DIGEST, 1) is None
    assert proofs.keep(DIGEST, ROOT)
    assert proofs.find(DIGEST, 1) == ROOT


@pytest.mark.parametrize("days", [0, 2])
def test_proofs_are_removed_after_so_many_days(tmp_path: Path, days: float) -> None:
    directory, now = tmp_path / "oversize", time.time()
    moment = [now]
    proofs = OversizeProofs(directory, days, now=lambda: moment[0])
    old, young = (leaf(bytes([number])) for number in (1, 2))
    of_old, of_young = Digest.of(b"\1"), Digest.of(b"\2")
    proofs.keep(of_old, old)
    proofs.keep(of_young, young)
    for digest, age in ((of_old, 1.5 * DAY), (of_young, 0.5 * DAY)):
        os.utime(directory / digest.cid, (now - age, now - age))
    moment[0] += DAY
    proofs.keep(DIGEST, ROOT)
    assert (proofs.find(of_old, 0) is None) is (days == 2)
    assert proofs.find(of_young, 0) == young
    assert proofs.find(DIGEST, 0) == ROOT


def test_a_disk_that_cannot_be_written_is_the_stores_fault(
    proofs: OversizeProofs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnavailable, match="no space left"):
        proofs.keep(DIGEST, ROOT)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot create"):
        OversizeProofs(tmp_path / "file", days=0)


# --- in the fetcher ---


def fetched(store: DirectoryStore, proofs: OversizeProofs, directory: Path, limit: int) -> str:
    """What becomes of the file: the code of its failure, or that it is there."""
    fetcher = UpdateFetcher(store, DirectoryStore(directory / "cache"), limit, proofs=proofs)
    (outcome,) = fetcher.fetch_all([DIGEST], 0.5)
    return "there" if outcome is None else outcome.code.label


def test_the_fetcher_keeps_the_proof_that_its_store_gives(
    proofs: OversizeProofs, tmp_path: Path
) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.add(DATA)
    assert fetched(store, proofs, tmp_path, limit=32) == VerdictCode.TOO_LARGE.label
    assert proofs.find(DIGEST, 32) == ROOT


def test_a_kept_proof_answers_where_the_store_has_nothing(
    proofs: OversizeProofs, tmp_path: Path
) -> None:
    store = DirectoryStore(tmp_path / "store")
    assert fetched(store, proofs, tmp_path, limit=32) == VerdictCode.UNAVAILABLE.label
    proofs.keep(DIGEST, ROOT)
    assert fetched(store, proofs, tmp_path, limit=32) == VerdictCode.TOO_LARGE.label


def test_a_kept_proof_that_is_of_a_smaller_limit_hides_no_file(
    proofs: OversizeProofs, tmp_path: Path
) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.add(DATA)
    proofs.keep(DIGEST, ROOT)
    assert fetched(store, proofs, tmp_path, limit=33) == "there"


def test_with_a_kept_proof_nobody_is_asked(proofs: OversizeProofs, tmp_path: Path) -> None:
    class Down(DirectoryStore):
        def receive(self, *_: object) -> object:  # type: ignore[override]
            raise StoreUnavailable("down")

    proofs.keep(DIGEST, ROOT)
    label = VerdictCode.TOO_LARGE.label
    assert fetched(Down(tmp_path / "store"), proofs, tmp_path, limit=32) == label


@pytest.mark.parametrize("root", [None, leaf(b"of another file"), leaf(DATA + b"!"), ROOT])
def test_what_is_too_large_and_cannot_be_proven_to_others_is_unavailable(
    proofs: OversizeProofs, tmp_path: Path, root: bytes | None
) -> None:
    class Short(DirectoryStore):
        def receive(self, *_: object) -> object:  # type: ignore[override]
            raise ContentTooLarge("too large", root)

    label = VerdictCode.UNAVAILABLE.label
    assert fetched(Short(tmp_path / "store"), proofs, tmp_path, limit=33) == label
    assert proofs.find(DIGEST, 0) is None


def test_a_proof_that_cannot_be_written_leaves_the_file_undecided(
    proofs: OversizeProofs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.add(DATA)

    def broken(*_: object) -> bool:
        raise StoreUnavailable("cannot write")

    monkeypatch.setattr(proofs, "keep", broken)
    with pytest.raises(StoreUnavailable, match="cannot write"):
        fetched(store, proofs, tmp_path, limit=32)
