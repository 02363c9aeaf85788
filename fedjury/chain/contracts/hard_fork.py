"""Whether a chain knows the instructions that the contracts are compiled to."""

from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ChainTooOld, NodeError, TransactionReverted

# Creation code that returns no code: of old instructions, and of the first ones that a fork added.
_PLAIN = "60006000f3"  # PUSH1 0, PUSH1 0, RETURN
_PROBES = {
    "shanghai": ("Shanghai", "PUSH0", "5f5ff3"),
    "cancun": ("Cancun", "MCOPY", "6000600060005e60006000f3"),
    "osaka": ("Osaka", "CLZ", "60001e5060006000f3"),
}
# The compiler's names, in the order of the forks.
_VERSIONS = ("london", "paris", "shanghai", "cancun", "prague", "osaka")


def require_hard_fork(chain: Chain, evm_version: str) -> None:
    """Make sure that a chain runs code that was compiled for a version of the EVM.

    A chain that lacks an instruction may still create a contract that does not work.

    Args:
        chain: where the contract is to be created.
        evm_version: the compiler's ``evmVersion``.

    Raises:
        ChainTooOld: names the hard fork that the chain needs.
        ChainUnavailable: no usable answer.
    """
    for version in _VERSIONS[: _VERSIONS.index(evm_version) + 1]:
        if version not in _PROBES:
            continue
        fork, instruction, code = _PROBES[version]
        # one that runs not even the plain code does not simulate creations, which says nothing
        if not _runs(chain, code) and _runs(chain, _PLAIN):
            raise ChainTooOld(
                f"{chain.endpoint} does not know the instruction {instruction}: the contracts "
                f"need a chain with the hard fork {fork} or a later one"
            )


def _runs(chain: Chain, code: str) -> bool:
    try:
        chain.request("eth_call", {"data": "0x" + code}, "latest")
    except (NodeError, TransactionReverted):
        return False
    return True
