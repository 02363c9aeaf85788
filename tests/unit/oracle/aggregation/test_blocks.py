"""Updates side by side, a block of coordinates at a time."""

import pytest
import torch

from fedjury.oracle.aggregation.blocks import blocks, unflatten
from fedjury.protocol.tensors import encode
from tests.support.updates import random_updates


@pytest.mark.parametrize("count", [1, 3, 5])
def test_blocks_hold_all_coordinates_in_order_and_keep_to_their_budget(count: int) -> None:
    updates = random_updates(count)
    whole = torch.stack([torch.cat([u[n].flatten() for n in sorted(u)]) for u in updates])
    for budget in (1, count, 7 * count, 8 * count, 41 * count, 1000):
        found = list(blocks(updates, budget))
        assert torch.equal(torch.cat(found, dim=1), whole)
        assert all(block.numel() <= max(budget, count) for block in found)
        widths = {block.shape[1] for block in found[:-1]}
        assert all(width & (width - 1) == 0 for width in widths)
    back = unflatten(whole[0], updates[0])
    assert encode(back) == encode(updates[0])
