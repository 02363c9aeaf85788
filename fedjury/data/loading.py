"""Finding a dataset by its name."""

from pathlib import Path

from fedjury.data.dataset import Dataset
from fedjury.data.digits import load_digits
from fedjury.data.mnist import load_mnist
from fedjury.errors import DataError
from fedjury.plugins import load_callable


def load_dataset(name: str, directory: Path | None = None) -> Dataset:
    """A dataset by name: ``digits``, ``mnist``, or the user's own ``module:callable``.

    A callable takes the data directory (or None) and returns a `Dataset`.

    Raises:
        DataError: unknown name, missing or damaged files, or a callable that fails.
    """
    if name == "digits":
        return load_digits()
    if name == "mnist":
        return load_mnist(directory)
    if ":" not in name:
        raise DataError(f"unknown dataset {name!r}: say digits, mnist or module:callable")
    loader = load_callable(name, DataError)
    try:
        dataset = loader(directory)
    except DataError:
        raise
    except Exception as error:  # the user's code may raise anything
        raise DataError(f"{name!r} failed: {type(error).__name__}: {error}") from error
    if not isinstance(dataset, Dataset):
        raise DataError(f"{name!r} returned {type(dataset).__name__}, not a fedjury.data.Dataset")
    return dataset
