"""What samples have to be; whatever else comes is refused in a sentence that says what to do."""

import torch

from fedjury.errors import DataError

_MOST_CLASSES = 2**31 - 1  # as many as a task spec can name


def check_inputs(x: torch.Tensor) -> None:
    """Make sure that inputs can be given to a model.

    Raises:
        DataError: not float32 or int64, no list, not on the CPU, or not finite.
    """
    if isinstance(x, (tuple, list, dict)):
        raise DataError(
            f"inputs are one tensor, not {type(x).__name__}: join several in one, and have the "
            "model's forward pass take them apart"
        )
    _check_tensor(x, "inputs")
    if x.dtype not in (torch.float32, torch.int64):
        raise DataError(
            f"inputs are float32 or int64, not {_name(x.dtype)}: convert them, as by "
            f"x.to(torch.{'float32' if x.is_floating_point() else 'int64'})"
        )
    if not x.ndim:
        raise DataError("inputs have shape (n, ...), the samples first, not ()")
    if x.dtype == torch.float32 and not bool(torch.isfinite(x).all()):
        raise DataError("inputs hold NaN or infinity: leave these samples out, or fill them in")


def check_labels(x: torch.Tensor, y: torch.Tensor, padding: int | None) -> None:
    """Make sure that labels fit inputs that `check_inputs` has let through.

    Raises:
        DataError: no int64 classes from 0, not as many as inputs, or a sample has none that counts.
    """
    _check_tensor(y, "labels")
    _check_label_type(y)
    if y.ndim not in (1, 2):
        raise DataError(f"labels have shape (n,) or (n, positions), not {tuple(y.shape)}")
    if len(x) != len(y):
        raise DataError(f"{len(x)} inputs with {len(y)} labels: each input needs its own")
    if y.ndim == 2 and y.shape[1] == 1:
        raise DataError(
            f"labels of shape {tuple(y.shape)}: give one label a sample as y.flatten(), (n,)"
        )
    if not y.numel():
        raise DataError("there are no samples: a part of the data needs one at least")
    _check_values(y, padding)


def _check_tensor(given: torch.Tensor, what: str) -> None:
    if not isinstance(given, torch.Tensor):
        raise DataError(
            f"{what} are a torch tensor, not {type(given).__name__}: convert them, as by "
            "torch.as_tensor"
        )
    if given.layout != torch.strided or given.device.type != "cpu" or given.requires_grad:
        raise DataError(
            f"{what} are a dense tensor on the CPU without a gradient: convert them, as by "
            "x.detach().to_dense().cpu()"
        )


def _check_label_type(y: torch.Tensor) -> None:
    if y.is_floating_point() or y.is_complex():
        raise DataError(
            f"labels are whole numbers, classes from 0, not {_name(y.dtype)}: regression is not "
            "supported; convert classes, or tags of 0 and 1, by y.to(torch.int64)"
        )
    if y.dtype != torch.int64:
        raise DataError(
            f"labels are int64, not {_name(y.dtype)}: convert them by y.to(torch.int64)"
        )


def _check_values(y: torch.Tensor, padding: int | None) -> None:
    counted = y if padding is None else y[_counts(y, padding)]
    least, largest = int(counted.min()), int(counted.max())
    if least < 0:
        raise DataError(
            f"labels are classes from 0, not {least}: if that marks what does not count, name it "
            f"as padding={least}"
        )
    if largest >= _MOST_CLASSES:
        raise DataError(f"labels are classes from 0, below {_MOST_CLASSES}, not {largest}")


def _counts(y: torch.Tensor, padding: int) -> torch.Tensor:
    """Which labels count: bool, of the labels' shape; at least one of each sample.

    So each part of the samples, down to a single one, is something to train and to judge on.
    """
    if isinstance(padding, bool) or not isinstance(padding, int) or abs(padding) >= 2**63:
        raise DataError(f"padding is a label, a whole number of 64 bits, not {padding!r}")
    counts = y != padding
    empty = (~counts.reshape(len(y), -1).any(dim=1)).nonzero()
    if len(empty):
        raise DataError(
            f"{len(empty)} of {len(y)} samples have no label that counts, but {padding} alone: "
            f"leave them out; the first is sample {int(empty[0])}, counted from 0"
        )
    return counts


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
