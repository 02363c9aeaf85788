"""MNIST from a directory of IDX files, or downloaded; checked by sha256 of the decompressed bytes.

LeCun, Cortes, Burges: The MNIST database of handwritten digits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests

from fedjury.data.dataset import Dataset
from fedjury.data.idx import decompress, read_decompressed, sha256_hex
from fedjury.data.idx_directory import find_file, read_part
from fedjury.errors import DataError
from fedjury.runtime.files import write_whole

FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
CACHE = Path.home() / ".cache" / "fedjury" / "mnist"
_TIMEOUT_SECONDS = 60


def load_mnist(directory: Path | None) -> Dataset:
    """MNIST, 60,000 training and 10,000 test images of 28×28, pixels in [0, 1].

    Args:
        directory: where the IDX files lie (plain or .gz); None uses the cache in the user's
            home and downloads what is missing there.

    Raises:
        DataError: a file is missing, is not MNIST's, or cannot be downloaded.
    """
    return MnistFiles(FILES, CACHE, download).load(directory)


def download(url: str) -> bytes:
    """The bytes behind a URL.

    Raises:
        requests.RequestException: they cannot be had.
    """
    answer = requests.get(url, timeout=_TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.content


@dataclass(frozen=True)
class MnistFiles:
    """MNIST's four files, wherever they are.

    Attributes:
        hashes: sha256 of the files' decompressed bytes, by name.
        cache: keeps what was downloaded.
        download: gives the bytes behind a URL, or raises requests.RequestException.
    """

    hashes: Mapping[str, str]
    cache: Path
    download: Callable[[str], bytes]

    def load(self, directory: Path | None) -> Dataset:
        """The dataset; arguments and errors as of `load_mnist`."""
        read = self._read_cached if directory is None else partial(self._read_from, directory)
        return Dataset("mnist", read_part(read, "train"), read_part(read, "t10k"))

    def _read_from(self, directory: Path, name: str) -> bytes:
        path = find_file(directory, name)
        data = read_decompressed(path)
        self._check(data, name, str(path))
        return data

    def _read_cached(self, name: str) -> bytes:
        try:
            find_file(self.cache, name)
        except DataError:
            write_whole(self.cache / f"{name}.gz", self._download(name))
        return self._read_from(self.cache, name)

    def _download(self, name: str) -> bytes:
        """One file, packed, from the first mirror that has it and not something else."""
        failures = []
        for mirror in MIRRORS:
            url = f"{mirror}{name}.gz"
            try:
                packed = self.download(url)
                self._check(decompress(packed, url), name, url)
            except requests.RequestException as error:
                failures.append(f"{mirror}: {type(error).__name__}")
            except DataError:
                failures.append(f"{mirror}: not MNIST's file")
            else:
                return packed
        raise DataError(
            f"{name} cannot be downloaded ({'; '.join(failures)}); put MNIST's IDX files into a "
            "directory and name it by --data-dir or FEDJURY_DATA"
        )

    def _check(self, data: bytes, name: str, where: str) -> None:
        """Raises DataError where these are not the bytes of MNIST's file of this name."""
        if sha256_hex(data) != self.hashes[name]:
            raise DataError(f"{where} is not MNIST's {name}: sha256 {sha256_hex(data)}")
