"""A statement with its juror's signature, and the JSON that goes from juror to juror.

Source: docs/protocol/exchange.md; EIP-712.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32
from eth_utils.crypto import keccak
from pydantic import BaseModel, ConfigDict, ValidationError

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.checks.validation import first_error
from fedjury.protocol.domain import domain_separator, signing_digest
from fedjury.protocol.recovery import recover_address
from fedjury.protocol.statements.fields import Address, SignatureBytes


class TaskDomain(NamedTuple):
    """The EIP-712 domain of one task on one chain."""

    chain_id: int
    task: str


class RoundKey(NamedTuple):
    """What jurors decide on: a round with exactly these updates.

    The hash binds parent model, roster and jury as well.
    """

    round: int
    updates_hash: bytes


class Part(BaseModel):
    """JSON that is checked wholly: no other fields, no other types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def to_document(self) -> Any:
        """The values as JSON has them."""
        return self.model_dump(mode="json")


class Statement(Part):
    """What a juror signs.

    Attributes:
        kind: of statement, as JSON names it.
        most_bytes: of the JSON of a signed one.
    """

    kind: ClassVar[str]
    most_bytes: ClassVar[int]

    @abstractmethod
    def struct_hash(self) -> bytes:
        """The 32-byte hash of its EIP-712 struct."""

    @property
    def content(self) -> bytes:
        """What two statements for the same purpose differ in if they contradict each other."""
        return self.struct_hash()


class RoundStatement(Statement):
    """A statement on one round.

    Attributes:
        round: number.
        updates_hash: of the round, 32 bytes.
    """

    @property
    @abstractmethod
    def key(self) -> RoundKey:
        """What it is about."""

    @property
    def slot(self) -> int:
        """Of several statements of a kind that a juror may make on a round, which one it is: the
        attempt's number."""
        return 0


S = TypeVar("S", bound=Statement)
S_co = TypeVar("S_co", bound=Statement, covariant=True)


@dataclass(frozen=True)
class Signed(Generic[S_co]):
    """A statement with a signature.

    Attributes:
        statement: what is said.
        signer: who is said to say it: an address in lower case.
        signature: 65 bytes r‖s‖v.
    """

    statement: S_co
    signer: str
    signature: bytes

    def is_right(self, domain: TaskDomain) -> bool:
        """Whether the signature is the signer's, in this domain."""
        found = recover_address(_digest(self.statement, domain), self.signature)
        return found is not None and "0x" + found.hex() == self.signer

    def to_document(self) -> dict[str, Any]:
        """The values as JSON has them."""
        return {
            "kind": self.statement.kind,
            "signature": "0x" + self.signature.hex(),
            "signer": self.signer,
            "statement": self.statement.to_document(),
        }

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical_json(self.to_document())


def sign(account: LocalAccount, statement: S, domain: TaskDomain) -> Signed[S]:
    """A statement with an account's signature; the same bytes each time (RFC 6979)."""
    message = Hash32(_digest(statement, domain))
    signature = bytes(account.unsafe_sign_hash(message).signature)
    return Signed(statement, account.address.lower(), signature)


class _Envelope(Part):
    kind: str
    signature: SignatureBytes
    signer: Address
    statement: dict[str, Any]


def signed_from(document: Any, *kinds: type[Statement]) -> Signed[Statement]:
    """Read a signed statement; whether the signature is right is another question.

    Args:
        document: values of a JSON text.
        kinds: of statements that are expected.

    Raises:
        ValueError: it is none of these.
    """
    try:
        envelope = _Envelope.model_validate(document)
        kind = next((each for each in kinds if each.kind == envelope.kind), None)
        if kind is None:
            raise ValueError(f"a statement of kind {envelope.kind[:40]!r} is not expected here")
        statement = kind.model_validate(envelope.statement)
    except ValidationError as error:
        raise ValueError(f"no signed statement: {first_error(error, 'it')}") from error
    return Signed(statement, envelope.signer, envelope.signature)


def signed_from_bytes(data: bytes, *kinds: type[Statement]) -> Signed[Statement]:
    """As `signed_from`, of the bytes of a JSON text, whatever its white space.

    Raises:
        ValueError: it is none of these, or larger than such a statement can be.
    """
    if len(data) > max(each.most_bytes for each in kinds):
        raise ValueError(f"no statement is as large as {len(data)} bytes")
    try:
        document = parse_json(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error
    return signed_from(document, *kinds)


def struct_hash(type: str, types: list[str], values: list[Any]) -> bytes:
    """The hash of an EIP-712 struct.

    Args:
        type: as EIP-712 encodes it.
        types: ABI types of its fields, those of variable length being bytes32 of their hash.
        values: of the fields.
    """
    return keccak(encode(["bytes32", *types], [keccak(text=type), *values]))


def _digest(statement: Statement, domain: TaskDomain) -> bytes:
    return signing_digest(domain_separator(*domain), statement.struct_hash())
