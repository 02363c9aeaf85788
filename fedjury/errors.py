"""What can go wrong, sorted by what a program should do about it.

Every exception that this project raises on purpose is in one tree; any other exception is a bug
and crashes loudly.

    FedjuryError
      TransientError          may go away by itself: daemons retry with backoff
        ChainUnavailable        no usable answer from the RPC endpoint
          NodeError               the node's own refusal, in its own words
          LogsMissing             the node leaves out logs that the contract counts
          UnexpectedAnswer        a function returned what it cannot return
          NotMined                sent, but not mined in time; it may be yet
        FeeTooHigh              the chain asks for more than the fee cap
        NonceTaken              another transaction of the account was mined instead
        TransactionUndone       a reorganization took the transaction back
        StoreUnavailable        no usable answer from the content store
        NoScratchSpace          a temporary file cannot be written
        DiskUnwritable          a file that is to stay cannot be written
        OutOfMemory             this machine has no memory left for what is to be computed
      FatalError              will not go away by itself: stop, and say what to do
        ConfigError             an option, configuration or deployment file
        DataError               a dataset or verification set
        ModelError              a model named by a spec
          UnknownOperation        an operation that the reference evaluation does not know
          TrainingError           local training that fails (`fedjury.clients.training_error`)
        KeystoreError           a keystore or its password
        SpecError               a task spec
        WrongChain              another chain than the deployment's
        ChainTooOld             a chain that lacks the contracts' hard fork
        NoContract              no contract, or another one, at the address
        InsufficientFunds       the account cannot pay for the gas
        DevnetError             a service of the devnet
        VoidedRound             a live simulation's round (`fedjury.simulation.live.rounds`)
      TransactionReverted     what a contract refuses; who called it knows what that means
        RevertedUnexplained     refused when mined; the node does not show why
      ContentError            what one piece of content lacks; says nothing about the store
        ContentNotFound         not produced in time
          NotAFile                will never be: what has this CID is something else
        ContentTooLarge         larger than the limit
        ContentMismatch         other bytes than the digest's
        UpdateRejected          an update file that fails a check (`fedjury.protocol.update_file`)
        ModelRaises             weights that make it raise (`fedjury.oracle.evaluation.raising`)
      Refused                 what a relay does not take in (`fedjury.relay.refusals`)
      Difference              what an audit found (`fedjury.oracle.audit.result`)
      StopRequested           the user wants to stop; whoever is at work gives up

Exit codes are part of the interface (docs/exit-codes.md): never renumber or reuse one.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of every fedjury command."""

    OK = 0
    CRASH = 1
    USAGE = 2
    CONFIG = 10
    DATA = 11
    MODEL = 12
    KEY = 13
    SPEC = 14
    CHAIN_UNAVAILABLE = 20
    WRONG_CHAIN = 21
    NO_CONTRACT = 22
    TRANSACTION = 23
    STORE_UNAVAILABLE = 30
    CONTENT = 31
    AUDIT_MISMATCH = 40
    PROBLEMS_FOUND = 41
    DEVNET = 50
    SCENARIO_FAILED = 60
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


class FedjuryError(Exception):
    """Base of every error that this project raises on purpose."""

    exit_code = ExitCode.CRASH

    def fields(self) -> dict[str, object]:
        """What machines are told of the error beside its class and its sentence."""
        return {}


class TransientError(FedjuryError):
    """May go away by itself: retry with backoff.

    Attributes:
        retry_after: seconds for which the other side asks to be left alone (a rate limit, HTTP's
            Retry-After); None where it did not ask.
    """

    retry_after: float | None = None


class ChainUnavailable(TransientError):
    """The RPC endpoint is down, times out or gives an answer that cannot be used.

    Attributes:
        http_status: of the answer, where it was not 200.
        timed_out: whether there was none in time.
    """

    exit_code = ExitCode.CHAIN_UNAVAILABLE
    http_status: int | None = None
    timed_out: bool = False

    @classmethod
    def garbage(cls, what: str, value: object) -> "ChainUnavailable":
        """The error for a value of a wrong shape; the value is shown cut short."""
        return cls(f"the node answers garbage for {what}: {value!r:.80}")


class NodeError(ChainUnavailable):
    """The node answered, but with a JSON-RPC error that is not a revert.

    Attributes:
        code: the JSON-RPC error code.
        text: the node's own words.
    """

    def __init__(self, method: str, code: int, text: str) -> None:
        super().__init__(f"the node refuses {method or 'a request'}: {text} (code {code})")
        self.code = code
        self.text = text


class LogsMissing(ChainUnavailable):
    """The node tells fewer events than the contract's own counters and hashes know of."""


class UnexpectedAnswer(ChainUnavailable):
    """A contract's function returns what that function cannot return: a stale node, or no such
    contract."""


class NotMined(ChainUnavailable):
    """The transaction was sent but not mined in the time allowed; it may be yet."""


class FeeTooHigh(TransientError):
    """The chain asks for more than the fee cap: wait, or raise the cap."""

    exit_code = ExitCode.TRANSACTION


class NonceTaken(TransientError):
    """Another transaction of the same account was mined at our nonce: read the state again."""

    exit_code = ExitCode.TRANSACTION


class TransactionUndone(TransientError):
    """A reorganization took back our transaction, or one before it, or its nonce was too high: read
    the state again."""

    exit_code = ExitCode.TRANSACTION


class StoreUnavailable(TransientError):
    """The content store is down or refuses, which says nothing about any content."""

    exit_code = ExitCode.STORE_UNAVAILABLE


class DiskUnwritable(TransientError):
    """A daemon's own files cannot be written now: the disk is full, or not to be written on."""

    exit_code = ExitCode.CONFIG


class NoScratchSpace(TransientError):
    """A temporary file cannot be written or read: the disk is full, or not to be written on."""

    exit_code = ExitCode.CONFIG


class OutOfMemory(TransientError):
    """This machine has no memory left for what is to be computed; says nothing of anything else."""

    exit_code = ExitCode.CONFIG


class FatalError(FedjuryError):
    """Will not go away by itself: stop and tell the user what to do."""


class ConfigError(FatalError):
    """An option, a configuration file or a deployment file is unusable."""

    exit_code = ExitCode.CONFIG


class DataError(FatalError):
    """A dataset or verification set is missing, damaged or not the one committed to."""

    exit_code = ExitCode.DATA


class ModelError(FatalError):
    """A model named by a spec cannot be loaded or is not allowed here."""

    exit_code = ExitCode.MODEL


class UnknownOperation(ModelError):
    """The model does something that the reference evaluation has no definition of.

    Attributes:
        operation: torch's name of it, such as ``aten::fft_fft``.
    """

    def __init__(self, operation: str) -> None:
        super().__init__(f"the reference evaluation has no definition of {operation}")
        self.operation = operation

    def fields(self) -> dict[str, object]:
        """The operation, for machines."""
        return {"operation": self.operation}


class KeystoreError(FatalError):
    """A keystore is missing, damaged or does not open with the password given."""

    exit_code = ExitCode.KEY


class SpecError(FatalError):
    """A task spec is not valid."""

    exit_code = ExitCode.SPEC


class WrongChain(FatalError):
    """The RPC endpoint serves another chain than the deployment names."""

    exit_code = ExitCode.WRONG_CHAIN


class ChainTooOld(FatalError):
    """The chain does not know an instruction that the contracts are compiled to."""

    exit_code = ExitCode.WRONG_CHAIN


class NoContract(FatalError):
    """There is no (or another) contract at the address."""

    exit_code = ExitCode.NO_CONTRACT


class InsufficientFunds(FatalError):
    """The account cannot pay for the gas."""

    exit_code = ExitCode.TRANSACTION


class DevnetError(FatalError):
    """A devnet process cannot be started or does not become healthy."""

    exit_code = ExitCode.DEVNET


class TransactionReverted(FedjuryError):
    """The contract refuses a call, in simulation or when mined.

    Its message is a sentence for people, `fedjury.chain.abi.refusals`.

    Args:
        sentence: what the refusal means; empty makes the message of name and arguments.

    Attributes:
        error: name of the contract's custom error ("RoundClosed"), or the node's own words.
        args_: decoded arguments of the custom error, by position.
    """

    exit_code = ExitCode.TRANSACTION

    def __init__(self, error: str, args_: tuple[object, ...] = (), sentence: str = "") -> None:
        plain = f"{error}({', '.join(map(str, args_))})" if args_ else error
        super().__init__(sentence or plain)
        self.error = error
        self.args_ = args_

    def fields(self) -> dict[str, object]:
        """The refusal for machines: the contract's error and its arguments."""
        arguments = ["0x" + each.hex() if isinstance(each, bytes) else each for each in self.args_]
        return {"refusal": self.error, "arguments": arguments}


class RevertedUnexplained(TransactionReverted):
    """A transaction was mined and refused, and the node does not show why: it cannot repeat the
    call at that block, has only words of its own for it, or lets it pass there."""


class ContentError(FedjuryError):
    """Base of what can be wrong with one piece of content; says nothing about the store."""

    exit_code = ExitCode.CONTENT


class ContentNotFound(ContentError):
    """The store did not produce the content within the time allowed."""


class NotAFile(ContentNotFound):
    """What has this CID is a directory, a block of another kind or a file built in another way:
    no file that has this digest will ever be produced, so that asking again is of no use."""


class ContentTooLarge(ContentError):
    """The content is larger than the limit, which bytes that hash to its digest prove.

    Attributes:
        root: the content's root block, which proves it to others too
            (`fedjury.protocol.oversize`); None where there is none at hand.
    """

    def __init__(self, message: str, root: bytes | None = None) -> None:
        super().__init__(message)
        self.root = root


class ContentMismatch(ContentError):
    """What arrived does not hash to the digest asked for."""


class StopRequested(FedjuryError):
    """The user wants to stop: whoever is at work gives up."""

    exit_code = ExitCode.INTERRUPTED
