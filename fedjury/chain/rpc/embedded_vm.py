"""The embedded chain's virtual machine: py-evm's of Cancun, which checks a signature only once.

py-evm recovers a transaction's signer to check the signature, verifies it against that signer, and
recovers the signer once more to know the sender. Each takes milliseconds without a native library,
and the first alone proves the same.
"""

from eth.abc import SignedTransactionAPI
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.state import CancunState, CancunTransactionExecutor
from eth_utils.exceptions import ValidationError


class _Executor(CancunTransactionExecutor):
    def validate_transaction(self, transaction: SignedTransactionAPI) -> None:
        """As py-evm's, but that the sender's recovery stands for the signature's check."""
        if not isinstance(transaction, SignedTransactionAPI):
            super().validate_transaction(transaction)  # what is only simulated has no signature
            return
        if transaction.gas < transaction.intrinsic_gas:
            raise ValidationError("Insufficient gas")
        self.vm_state.validate_transaction(transaction)


class _State(CancunState):
    transaction_executor_class = _Executor


class EmbeddedVM(CancunVM):
    """See the module."""

    _state_class = _State
