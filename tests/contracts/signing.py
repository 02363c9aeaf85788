"""What a juror signs, built with eth_account alone: nothing here asks the contract for a hash."""

from dataclasses import asdict, astuple, dataclass
from functools import cache

from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

# Order of secp256k1: s and ORDER - s sign the same.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

FIELDS = [
    {"name": "round", "type": "uint32"},
    {"name": "juryVersion", "type": "uint32"},
    {"name": "updatesHash", "type": "bytes32"},
    {"name": "parentModel", "type": "bytes32"},
    {"name": "attempt", "type": "uint32"},
    {"name": "accuracy", "type": "uint16"},
    {"name": "modelDigest", "type": "bytes32"},
    {"name": "recordDigest", "type": "bytes32"},
    {"name": "nextJury", "type": "bytes32"},
    {"name": "verdicts", "type": "bytes"},
]
DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


@dataclass(frozen=True)
class Report:
    """A report, in the order of the contract's struct."""

    round: int
    jury_version: int
    updates_hash: bytes
    attempt: int
    accuracy: int
    model_digest: bytes
    record_digest: bytes
    next_jury: bytes

    def as_tuple(self):
        return astuple(self)


def _camel(name):
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def signable(report, parent_model, verdicts, task_address, chain_id):
    """The EIP-712 message of a report that was judged from a parent model."""
    message = {_camel(name): value for name, value in asdict(report).items()}
    return encode_typed_data(
        full_message={
            "types": {"EIP712Domain": DOMAIN, "Report": FIELDS},
            "primaryType": "Report",
            "domain": {
                "name": "fedjury",
                "version": "2",
                "chainId": chain_id,
                "verifyingContract": task_address,
            },
            "message": {**message, "parentModel": parent_model, "verdicts": verdicts},
        }
    )


def digest(report, parent_model, verdicts, task_address, chain_id):
    """The 32 bytes that a juror signs."""
    message = signable(report, parent_model, verdicts, task_address, chain_id)
    return keccak(b"\x19" + message.version + message.header + message.body)


def sign(juror, report, parent_model, verdicts, task_address, chain_id):
    """One juror's signature, r, s, v."""
    message = signable(report, parent_model, verdicts, task_address, chain_id)
    return bytes(juror.sign_message(message).signature)


def malleated(signature):
    """The other signature of the same message by the same signer."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    v = 27 + 28 - signature[64]
    return signature[:32] + s.to_bytes(32, "big") + bytes([v])


def make_jurors(count, name="juror"):
    """Jurors with fixed keys, ascending by address."""
    return ascending([_juror(f"{name} {number}") for number in range(count)])


@cache
def _juror(name):
    """The same account at each call: making one takes a while, and a jury may have 128."""
    return Account.from_key(keccak(text=name))


def ascending(accounts):
    """The accounts in the order in which the contract wants them to sit and to sign."""
    return sorted(accounts, key=lambda account: int(account.address, 16))


def addresses(jurors):
    """Where the jurors' signatures recover to."""
    return [juror.address for juror in jurors]


def jury_hash(jurors, quorum):
    """The name of a jury."""
    return keccak(encode(["address[]", "uint32"], [addresses(jurors), quorum]))
