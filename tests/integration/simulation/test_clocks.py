"""Clocks of development nodes, set forward as a round's end needs it."""

from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.simulation.live.clock import pass_to, require_clock
from tests.support.services import Anvil, Ganache


@pytest.mark.parametrize("kind", [Ganache, Anvil])
def test_a_development_node_goes_on_from_the_time_that_it_is_set_to(
    kind: type[Ganache] | type[Anvil], tmp_path: Path
) -> None:
    with kind(tmp_path) as service:
        chain = Chain.connect(service.url)
        require_clock(chain)
        before = chain.block()
        assert chain.block().timestamp < before.timestamp + 60
        pass_to(chain, before.timestamp + 3600)
        later = chain.block()
        assert before.timestamp + 3600 <= later.timestamp < before.timestamp + 3660
        chain.request("evm_mine")
        assert later.timestamp <= chain.block().timestamp < later.timestamp + 60
