"""scikit-learn's handwritten digits (1,797 of 8×8 pixels), needing neither files nor network."""

import torch

from fedjury.data.dataset import Dataset, Samples
from fedjury.errors import DataError

_TEST_SHARE = 0.4
_SPLIT_SEED = 20201


def load_digits() -> Dataset:
    """The digits, enlarged to 28×28 so that they fit the paper's 784-128-10 model.

    40% are the test part: the jury and the held-out test set need samples enough to tell
    half a percent apart.

    Raises:
        DataError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits as load  # noqa: PLC0415 (optional)
    except ImportError as error:
        raise DataError("the digits come with scikit-learn: pip install 'fedjury[demo]'") from error
    raw = load()
    small = torch.tensor(raw.images, dtype=torch.float32).unsqueeze(1) / 16
    x = torch.nn.functional.interpolate(small, size=(28, 28), mode="bilinear").squeeze(1)
    samples = Samples(x.contiguous(), torch.tensor(raw.target, dtype=torch.int64))
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(_SPLIT_SEED))
    test = int(len(samples) * _TEST_SHARE)
    return Dataset("digits", samples.take(order[test:]), samples.take(order[:test]))
