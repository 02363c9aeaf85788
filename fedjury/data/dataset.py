"""A labelled dataset in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedjury.data.checking import check_inputs, check_labels
from fedjury.errors import DataError, ModelError


@dataclass(frozen=True)
class Samples:
    """Labelled samples: one label for each, or one for each position of a sequence.

    Attributes:
        x: inputs, float32 or int64 (token numbers, for example), shape (n, ...).
        y: class labels from 0, int64, shape (n,) or (n, positions).
        padding: a label that does not count, as at the end of a short sequence; None for none.
            Each sample has a label that counts.

    Raises:
        DataError: says what is wrong with them, and what to do about it.
    """

    x: torch.Tensor
    y: torch.Tensor
    padding: int | None = None

    def __post_init__(self) -> None:
        check_inputs(self.x)
        check_labels(self.x, self.y, self.padding)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def labels(self) -> torch.Tensor:
        """The labels that count, sample by sample and position by position: int64, (m,)."""
        return labels_of(self.y, self.padding)

    def rows(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits of the labels that count, in their order.

        Args:
            logits: of all samples, (n, classes) or (n, positions, classes).

        Returns:
            Shape (m, classes).

        Raises:
            ModelError: the logits have another shape.
        """
        return rows_of(logits, self.y, self.padding)

    def relabelled(self, labels: torch.Tensor) -> "Samples":
        """The same inputs with other labels in the place of those that count.

        Args:
            labels: int64, (m,), in the order of `labels`.
        """
        if self.padding is None:
            return Samples(self.x, labels.reshape(self.y.shape))
        return Samples(self.x, self.y.masked_scatter(self.y != self.padding, labels), self.padding)

    def take(self, indexes: torch.Tensor) -> "Samples":
        """The samples at these indexes, in this order."""
        return Samples(self.x[indexes], self.y[indexes], self.padding)


def labels_of(y: torch.Tensor, padding: int | None) -> torch.Tensor:
    """The labels that count, sample by sample and position by position: int64, (m,).

    Args:
        y: of `Samples`, or part of it.
        padding: the label that does not count.
    """
    flat = y.reshape(-1)
    return flat if padding is None else flat[flat != padding]


def rows_of(logits: torch.Tensor, y: torch.Tensor, padding: int | None) -> torch.Tensor:
    """The logits of the labels that count, in the order of `labels_of`: (m, classes).

    Args:
        logits: of the same samples as the labels, (n, classes) or (n, positions, classes).
        y: of `Samples`, or part of it.
        padding: the label that does not count.

    Raises:
        ModelError: the logits have another shape.
    """
    if logits.ndim != y.ndim + 1 or logits.shape[:-1] != y.shape or not logits.shape[-1]:
        wanted = ", ".join(map(str, (*y.shape, "classes")))
        raise ModelError(
            f"the model gives logits of shape {tuple(logits.shape)} for labels of shape "
            f"{tuple(y.shape)}: the shape wanted is ({wanted}){_advice(logits, y)}"
        )
    flat = logits if y.ndim == 1 else logits.reshape(-1, logits.shape[-1])
    return flat if padding is None else flat[y.reshape(-1) != padding]


def _advice(logits: torch.Tensor, y: torch.Tensor) -> str:
    """What may be meant where labels have the shape of the logits."""
    if y.ndim < 2 or logits.shape != y.shape:
        return ""
    return (
        "; if each sample has one class (one-hot), give labels as y.argmax(1), if it has several "
        "tags of 0 and 1, give each two logits"
    )


def join(parts: Sequence[Samples]) -> Samples:
    """Samples of one dataset, one part after the other.

    Args:
        parts: at least one; inputs, labels and padding of the same kind.
    """
    x, y = torch.cat([each.x for each in parts]), torch.cat([each.y for each in parts])
    return Samples(x, y, parts[0].padding)


@dataclass(frozen=True)
class Dataset:
    """What a dataset callable returns: a training part for clients, a test part for the jury.

    Raises:
        DataError: the two are not of one kind.
    """

    name: str
    train: Samples
    test: Samples

    def __post_init__(self) -> None:
        kinds = {
            "types of inputs": (self.train.x.dtype, self.test.x.dtype),
            "dimensions of labels": (self.train.y.ndim, self.test.y.ndim),
            "padding": (self.train.padding, self.test.padding),
        }
        for what, (train, test) in kinds.items():
            if train != test:
                raise DataError(
                    f"dataset {self.name!r}: the training and the test part have different {what}: "
                    f"{train} and {test}"
                )

    @property
    def classes(self) -> int:
        """Number of classes: one more than the largest label that counts, of either part."""
        return int(max(self.train.labels.max(), self.test.labels.max())) + 1
