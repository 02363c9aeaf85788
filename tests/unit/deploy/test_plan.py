"""What a deployment will be, before anything of it exists."""

import pytest
import torch

from fedjury.data import Samples
from fedjury.deploy.plan import check_fits
from fedjury.errors import ModelError
from fedjury.task.models import initial_weights
from tests.support.fake_federation import spec, verification


def test_a_model_is_held_against_the_data() -> None:
    fitting = spec()
    weights = initial_weights(fitting.model, 1)
    check_fits(fitting, weights, verification().samples)
    with pytest.raises(ModelError, match="does not take inputs of shape"):
        check_fits(fitting, weights, Samples(torch.zeros(2, 5), torch.zeros(2, dtype=torch.int64)))
    with pytest.raises(ModelError, match="4 classes"):
        check_fits(fitting, weights, Samples(torch.zeros(1, 3), torch.tensor([3])))
