"""Setting a development chain's clock forward, so that a round that nothing else closes is over."""

from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ConfigError, NodeError


def require_clock(chain: Chain) -> None:
    """Make sure that a chain's clock can be set forward.

    Raises:
        ConfigError: it cannot, as that of a public chain.
        ChainUnavailable: no usable answer.
    """
    try:
        chain.request("evm_increaseTime", 0)
    except NodeError as error:
        raise ConfigError(
            f"a round whose clients go through a relay is over at its deadline, and the clock of "
            f"{chain.endpoint} cannot be set forward ({error}): run on an embedded chain, Ganache "
            "or Anvil"
        ) from error


def pass_to(chain: Chain, timestamp: int) -> None:
    """Have a chain's newest block be of this time (Unix seconds) or later.

    Raises:
        ChainUnavailable: no usable answer.
    """
    seconds = timestamp - chain.block().timestamp
    if seconds > 0:
        chain.request("evm_increaseTime", seconds)
        chain.request("evm_mine")
