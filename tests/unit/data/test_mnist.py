"""MNIST's files, here tiny ones that stand in for the real."""

import gzip
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from fedjury.data import load_dataset
from fedjury.data.mnist import FILES, MIRRORS, MnistFiles, download
from fedjury.errors import DataError
from tests.support.http_answers import answer_http

IMAGES = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 2, 2) + bytes([0, 255, 51, 0, 1, 2, 3, 4])
LABELS = bytes([0, 0, 8, 1]) + struct.pack(">I", 2) + bytes([7, 3])
CONTENT = {name: IMAGES if "images" in name else LABELS for name in FILES}
HASHES = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()}


def genuine(url: str) -> bytes:
    """What a mirror has at a URL."""
    return gzip.compress(CONTENT[url.rpartition("/")[2].removesuffix(".gz")])


class Network:
    """Answers by URL, and remembers what it was asked."""

    def __init__(self, answer: Callable[[str], bytes] = genuine) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self.answer(url)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def mnist(cache: Path, network: Network) -> MnistFiles:
    return MnistFiles(HASHES, cache, network)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "mnist"
    folder.mkdir()
    for number, (name, data) in enumerate(CONTENT.items()):
        packed = number % 2 == 1
        (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(data) if packed else data)
    return folder


def test_plain_and_packed_files_are_read_from_a_directory(
    mnist: MnistFiles, directory: Path
) -> None:
    dataset = mnist.load(directory)
    assert dataset.name == "mnist"
    assert dataset.classes == 8
    assert dataset.train.y.tolist() == [7, 3]
    assert dataset.train.x.shape == (2, 2, 2)
    assert dataset.train.x[0].flatten().tolist() == pytest.approx([0.0, 1.0, 0.2, 0.0])


def test_a_missing_file_is_named(mnist: MnistFiles, directory: Path) -> None:
    (directory / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(DataError, match="neither t10k-images-idx3-ubyte nor"):
        mnist.load(directory)


def test_another_file_is_refused_by_its_hash(mnist: MnistFiles, directory: Path) -> None:
    (directory / "train-images-idx3-ubyte").write_bytes(IMAGES[:-1] + b"\7")
    with pytest.raises(DataError, match="is not MNIST's train-images"):
        mnist.load(directory)


def test_what_users_name_mnist_has_the_real_hashes(directory: Path) -> None:
    with pytest.raises(DataError, match="is not MNIST's train-images"):
        load_dataset("mnist", directory)


def test_a_directory_that_is_named_is_never_downloaded_to(
    mnist: MnistFiles, network: Network, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="holds neither"):
        mnist.load(tmp_path)
    assert network.asked == []


def test_what_is_missing_is_downloaded_once(
    mnist: MnistFiles, network: Network, cache: Path
) -> None:
    assert len(mnist.load(None).train) == 2
    assert len(mnist.load(None).test) == 2
    assert len(network.asked) == 4
    assert {path.name for path in cache.iterdir()} == {f"{name}.gz" for name in FILES}


def test_the_second_mirror_is_asked_when_the_first_fails(
    mnist: MnistFiles, network: Network
) -> None:
    def only_the_second(url: str) -> bytes:
        if url.startswith(MIRRORS[0]):
            raise requests.HTTPError("503")
        return genuine(url)

    network.answer = only_the_second
    mnist.load(None)
    assert len(network.asked) == 8


def test_without_a_network_the_user_is_told_what_to_do(mnist: MnistFiles, network: Network) -> None:
    def no_route(url: str) -> bytes:
        raise requests.ConnectionError("no route")

    network.answer = no_route
    with pytest.raises(DataError, match=r"ConnectionError.*--data-dir or FEDJURY_DATA"):
        mnist.load(None)


DAMAGED = {
    "another file": gzip.compress(b"captive portal"),
    "a page": b"<html>captive portal",
    "half a file": gzip.compress(IMAGES)[:9],
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=list(DAMAGED))
def test_a_damaged_download_is_refused_and_not_kept(
    mnist: MnistFiles, network: Network, cache: Path, damaged: bytes
) -> None:
    network.answer = lambda url: damaged
    with pytest.raises(DataError, match="not MNIST's file"):
        mnist.load(None)
    assert not cache.exists()
    network.answer = genuine
    assert len(mnist.load(None).train) == 2


def test_a_download_is_the_body_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer_http(monkeypatch, b"body")
    assert download(f"{MIRRORS[0]}x.gz") == b"body"
    assert [request.url for request in asked] == [f"{MIRRORS[0]}x.gz"]


def test_a_page_that_says_what_went_wrong_is_no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_http(monkeypatch, b"sorry", 503)
    with pytest.raises(requests.HTTPError):
        download(f"{MIRRORS[0]}x.gz")
