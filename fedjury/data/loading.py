"""Finding a dataset by its name."""

from pathlib import Path

from fedjury.data.dataset import Dataset
from fedjury.data.digits import load_digits
from fedjury.data.idx_directory import load_idx
from fedjury.data.mnist import load_mnist
from fedjury.errors import DataError
from fedjury.runtime.plugins import load_callable
from fedjury.runtime.user_code import described

_IDX = "idx:"


def load_dataset(name: str, directory: Path | None = None) -> Dataset:
    """A dataset by name: ``digits``, ``mnist``, ``idx:DIR`` or the user's own ``module:callable``.

    ``idx:DIR`` is any dataset in MNIST's file format; ``idx:`` alone, that in the data directory.
    A callable takes the data directory (or None) and returns a `Dataset`.

    Raises:
        DataError: unknown name, missing or damaged files, or a callable that fails.
    """
    if name == "digits":
        return load_digits()
    if name == "mnist":
        return load_mnist(directory)
    if name.startswith(_IDX):
        return load_idx(_idx_directory(name.removeprefix(_IDX), directory))
    if ":" not in name:
        raise DataError(f"unknown dataset {name!r}: say digits, mnist, idx:DIR or module:callable")
    return _load_own(name, directory)


def _idx_directory(named: str, directory: Path | None) -> Path:
    if named:
        return Path(named)
    if directory is None:
        raise DataError("say where the IDX files are: idx:DIR, or idx: with a data directory")
    return directory


def _load_own(name: str, directory: Path | None) -> Dataset:
    loader = load_callable(name, DataError)
    try:
        dataset = loader(directory)
    except DataError:
        raise
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        without = " (no --data-dir was given, so it got None)" if directory is None else ""
        raise DataError(f"{name!r} failed{without}: {described(error)}") from error
    if not isinstance(dataset, Dataset):
        raise DataError(f"{name!r} returned {type(dataset).__name__}, not a fedjury.data.Dataset")
    return dataset
