"""The protocol from the outside: bare web3, bare HTTP and hand-made files against the juror.

Nothing of the project's own code makes a file, a hash, a signature check or a model here; what
docs/protocol says is written down a second time, with numpy, and the two have to agree.
"""

import hashlib
import json
import pickle
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import requests
from eth_abi.abi import encode as abi_encode
from eth_account import Account
from eth_keys.datatypes import Signature
from eth_utils.crypto import keccak
from safetensors.numpy import save
from web3 import HTTPProvider, Web3
from web3.logs import DISCARD

from tests.support.commands import succeed
from tests.support.processes import Daemon

Floats = npt.NDArray[np.float32]
Weights = dict[str, Floats]

MNEMONIC = "myth like bonus scare over problem client lizard pioneer submit female collect"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LAMBDA, LARGEST, MAX_BYTES, AVAILABILITY = 0.25, 50.0, 4000, 3
CLASSES, SAMPLES = 4, 120
GENERATOR = np.random.default_rng(7)


# --- a model that can be trained by hand: four inputs, the largest of them is the class ---


def weights(first: Floats, second: Floats) -> Weights:
    """fedjury.models:mlp(4, 4, 4)."""
    zero = np.zeros(CLASSES, np.float32)
    return {"1.weight": first, "1.bias": zero, "3.weight": second, "3.bias": zero}


def noise(scale: float) -> Floats:
    return (GENERATOR.normal(size=(CLASSES, CLASSES)) * scale).astype(np.float32)


IDENTITY = np.eye(CLASSES, dtype=np.float32)
GENESIS = weights(noise(0.5), noise(0.5))
GOOD = weights(IDENTITY + noise(0.05), IDENTITY + noise(0.05))
ALSO_GOOD = weights(IDENTITY * 2 + noise(0.05), IDENTITY * 2 + noise(0.05))
BAD = weights(IDENTITY * 3, -IDENTITY * 3)

X = GENERATOR.uniform(0, 1, size=(SAMPLES, CLASSES)).astype(np.float32)
Y = X.argmax(axis=1).astype(np.int64)


def correct(model: Weights) -> int:
    """How many samples a model classifies right, in float64."""
    exact = {name: values.astype(np.float64) for name, values in model.items()}
    hidden = np.maximum(X.astype(np.float64) @ exact["1.weight"].T + exact["1.bias"], 0)
    logits = hidden @ exact["3.weight"].T + exact["3.bias"]
    return int((logits.argmax(axis=1) == Y).sum())


def mix(candidate: dict[str, npt.NDArray[np.float64]]) -> Weights:
    """λ·w + (1−λ)·candidate, rounded once."""
    return {
        name: (GENESIS[name].astype(np.float64) * LAMBDA + values * (1.0 - LAMBDA)).astype(
            np.float32
        )
        for name, values in candidate.items()
    }


def mean(updates: list[Weights]) -> dict[str, npt.NDArray[np.float64]]:
    """In the order of the updates, float64."""
    total = {name: values.astype(np.float64) for name, values in updates[0].items()}
    for update in updates[1:]:
        total = {name: total[name] + values.astype(np.float64) for name, values in update.items()}
    return {name: values / len(updates) for name, values in total.items()}


def canonical(arrays: Mapping[str, npt.NDArray[Any]], **metadata: str) -> bytes:
    """A canonical safetensors file of float32 and int64, byte by byte."""
    header: dict[str, Any] = {}
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    body = b""
    for name in sorted(arrays):
        kind = {"f": ("F32", "<f4"), "i": ("I64", "<i8")}[arrays[name].dtype.kind]
        data = arrays[name].astype(kind[1]).tobytes()
        header[name] = {
            "dtype": kind[0],
            "shape": list(arrays[name].shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


# --- rosters ---


def address_bytes(account: Any) -> bytes:
    """An account's 20 bytes."""
    return bytes.fromhex(account.address[2:])


class Tree:
    """OpenZeppelin's standard Merkle tree over addresses, as JavaScript's library lays it out."""

    def __init__(self, accounts: list[Any]) -> None:
        leaves = sorted(map(self.leaf, accounts))
        size = len(leaves)
        self.nodes = [b""] * (2 * size - 1)
        for place, leaf in enumerate(leaves):
            self.nodes[len(self.nodes) - 1 - place] = leaf
        for place in range(size - 2, -1, -1):
            pair = sorted(self.nodes[2 * place + 1 : 2 * place + 3])
            self.nodes[place] = keccak(pair[0] + pair[1])

    @staticmethod
    def leaf(account: Any) -> bytes:
        """A member's leaf."""
        return keccak(keccak(abi_encode(["address"], [account.address])))

    def proof(self, account: Any) -> list[bytes]:
        """From a member's leaf to the root."""
        place, found = self.nodes.index(self.leaf(account)), []
        while place > 0:
            found.append(self.nodes[place + 1 if place % 2 == 1 else place - 1])
            place = (place - 1) // 2
        return found


# --- IPFS and the chain without any client library of the project ---


def base58_digest(cid: str) -> bytes:
    """The digest in a CIDv0."""
    number = 0
    for letter in cid:
        number = number * 58 + BASE58.index(letter)
    raw = number.to_bytes(34, "big")
    assert raw[:2] == b"\x12\x20"
    return raw[2:]


def cid(digest: bytes) -> str:
    """The CIDv0 of a digest."""
    number, text = int.from_bytes(b"\x12\x20" + digest, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return text


@dataclass(frozen=True)
class Ipfs:
    """A daemon's HTTP API."""

    url: str

    def add(self, data: bytes) -> bytes:
        """Publish a file; its digest as the daemon computes it."""
        answer = self._post("add?cid-version=0", files=_part(data))
        return base58_digest(json.loads(answer.text)["Hash"])

    def hash_only(self, data: bytes) -> bytes:
        """The digest without publishing."""
        answer = self._post("add?cid-version=0&only-hash=true", files=_part(data))
        return base58_digest(json.loads(answer.text)["Hash"])

    def cat(self, cid: str) -> bytes:
        """A file."""
        return self._post(f"cat?arg={cid}").content

    def _post(self, call: str, **options: Any) -> requests.Response:
        session = requests.Session()
        session.trust_env = False
        answer = session.post(f"{self.url}/api/v0/{call}", timeout=60, **options)
        answer.raise_for_status()
        return answer


def _part(data: bytes) -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("file", data, "application/octet-stream")}


def artifact(name: str) -> Any:
    """ABI and code of a contract."""
    return json.loads(files("fedjury.artifacts").joinpath(f"{name}.json").read_text())


class Task:
    """A task made and used with web3 alone: account 0 coordinates, 1 judges, the rest train."""

    def __init__(self, rpc: str, ipfs: Ipfs, clients: int) -> None:
        Account.enable_unaudited_hdwallet_features()
        self.accounts = [
            Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}")
            for number in range(2 + clients)
        ]
        self.web3 = Web3(HTTPProvider(rpc, {"proxies": {"http": "", "https": ""}}))
        self.clients = self.accounts[2:]
        self.salt = bytes(range(32))
        self.tree = Tree(self.clients)
        self.roster_file = b"".join(sorted(map(address_bytes, self.clients)))
        self.roster = ipfs.add(self.roster_file)
        self.spec = ipfs.add(json.dumps(self._spec(), sort_keys=True).encode())
        self.genesis = ipfs.add(canonical(GENESIS))
        code = artifact("TaskFactory")
        made = self.web3.eth.contract(abi=code["abi"], bytecode=code["bytecode"])
        self.factory = self._send(0, made.constructor())["contractAddress"]
        factory = self.web3.eth.contract(address=self.factory, abi=code["abi"])
        times = (3600, 0, AVAILABILITY, 3600, 86_400)
        config = (self.spec, self.genesis, *times, clients, clients, 1)
        roster = (self.tree.nodes[0], clients, self.roster)
        jury = [[self.accounts[1].address], 1]
        created = factory.functions.createTask(config, roster, *jury, [], 7)
        receipt = self._send(0, created)
        self.block = receipt["blockNumber"]
        (event,) = factory.events.TaskCreated().process_receipt(receipt, DISCARD)
        self.address = event["args"]["task"]
        self.contract: Any = self.web3.eth.contract(
            address=self.address, abi=artifact("FederatedTask")["abi"]
        )

    @property
    def name(self) -> str:
        """What an update's metadata calls the task."""
        return f"eip155:1337:{self.address.lower()}"

    def submit(self, client: int, digest: bytes) -> None:
        """submitUpdate in round 1."""
        proof = self.tree.proof(self.clients[client])
        self._send(2 + client, self.contract.functions.submitUpdate(1, digest, proof))

    def finalized(self) -> Any:
        """The one RoundFinalized."""
        (event,) = self.contract.events.RoundFinalized().get_logs(from_block=self.block)
        return event["args"]

    def verification_file(self) -> bytes:
        """The jury's private set."""
        salt = self.salt.hex()
        return canonical({"x": X, "y": Y}, format="fedjury-verification/2", salt=salt)

    def deployment(self, rpc: str, ipfs: Ipfs) -> dict[str, Any]:
        """A deployment file's contents."""
        return {
            "chain_id": 1337,
            "rpc": rpc,
            "store": ipfs.url,
            "factory": self.factory,
            "task": self.address,
            "block": self.block,
            "spec": "-",
            "genesis": "-",
            "coordinator": self.accounts[0].address,
            "jurors": [self.accounts[1].address],
            "roster": None,
            "clients": 0,
            "data": "-",
            "partition": "iid",
            "partition_seed": 0,
        }

    def _spec(self) -> dict[str, Any]:
        file_hash = hashlib.sha256(self.verification_file()).digest()
        committed = b"fedjury-slice/2" + self.salt + file_hash
        sizes = {"inputs": CLASSES, "hidden": CLASSES, "outputs": CLASSES}
        return {
            "format": "fedjury-task/2",
            "name": "by hand",
            "model": {"callable": "fedjury.models:mlp", "arguments": sizes},
            "federated": {"names": sorted(GENESIS)},
            "genesis_bytes": len(canonical(GENESIS)),
            "labels": {"classes": CLASSES},
            "lambda": LAMBDA,
            "update": {"max_bytes": MAX_BYTES, "max_magnitude": LARGEST},
            "verification": {
                "slices": [
                    {
                        "samples": SAMPLES,
                        "commitment": "0x" + hashlib.sha256(committed).hexdigest(),
                    }
                ]
            },
        }

    def _send(self, account: int, call: Any) -> Any:
        key = self.accounts[account]
        count = self.web3.eth.get_transaction_count(key.address)
        fields = {"from": key.address, "nonce": count, "chainId": 1337, "gas": 8_000_000}
        fields["gasPrice"] = 2 * self.web3.eth.gas_price
        signed = key.sign_transaction(call.build_transaction(fields))
        sent = self.web3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = self.web3.eth.wait_for_transaction_receipt(sent, timeout=60)
        assert receipt["status"] == 1
        return receipt


# --- what each client hands in, and the verdict that it has to earn ---


def update(model: Any, task: Task, client: int, changes: dict[str, str] | None = None) -> bytes:
    """An update file, written by the safetensors library."""
    metadata = {
        "format": "fedjury-update/2",
        "task": task.name,
        "round": "1",
        "client": task.clients[client].address.lower(),
    }
    return save(model, {**metadata, **(changes or {})})


def with_one(model: Weights, value: float) -> Weights:
    """One weight replaced."""
    changed = model["1.weight"].copy()
    changed[0, 0] = value
    return {**model, "1.weight": changed}


Maker = Callable[[Task, int], bytes]

ACCEPTED, NOT_IMPROVED, UNAVAILABLE, TOO_LARGE = 1, 2, 3, 4
MALFORMED, NOT_FINITE, NOT_THE_SENDERS, DUPLICATE = 5, 6, 7, 8
NOT_HAD = (UNAVAILABLE,)

# The verdict, the number of its reason with the arguments, and the file.
CASES: list[tuple[int, tuple[int, list[int]], Maker]] = [
    (ACCEPTED, (0, []), lambda task, me: update(GOOD, task, me)),
    (NOT_IMPROVED, (0, []), lambda task, me: update(BAD, task, me)),
    (ACCEPTED, (0, []), lambda task, me: update(ALSO_GOOD, task, me)),
    (UNAVAILABLE, (0, []), lambda task, me: b"never published"),
    (
        TOO_LARGE,
        (0, []),
        lambda task, me: update(GOOD, task, me, {"padding": "x" * MAX_BYTES}),
    ),
    (MALFORMED, (1, []), lambda task, me: np.random.default_rng(1).bytes(500)),
    (MALFORMED, (1, []), lambda task, me: pickle.dumps(GOOD)),
    (
        MALFORMED,
        (5, [0]),  # the shape of 1.bias
        lambda task, me: update({**GOOD, "1.bias": np.zeros(5, "f4")}, task, me),
    ),
    (
        MALFORMED,
        (3, [4]),  # the fifth of the file's tensors
        lambda task, me: update({**GOOD, "extra": GOOD["1.bias"]}, task, me),
    ),
    (
        MALFORMED,
        (4, [0]),
        lambda task, me: update({k: v.astype(np.float16) for k, v in GOOD.items()}, task, me),
    ),
    (MALFORMED, (6, [0]), lambda task, me: save(GOOD, {"format": "fedjury-update/2"})),
    (NOT_FINITE, (9, [1]), lambda task, me: update(with_one(GOOD, float("nan")), task, me)),
    (NOT_FINITE, (10, [1]), lambda task, me: update(with_one(GOOD, LARGEST * 1.01), task, me)),
    (
        NOT_THE_SENDERS,
        (8, [0]),
        lambda task, me: update(GOOD, task, 0),  # the very file of client 0
    ),
    (NOT_THE_SENDERS, (8, [2]), lambda task, me: update(ALSO_GOOD, task, me, {"round": "2"})),
    (
        NOT_THE_SENDERS,
        (8, [3]),
        lambda task, me: update(BAD, task, me, {"task": "eip155:1:0x" + "0" * 40}),
    ),
    (DUPLICATE, (11, [0]), lambda task, me: update(GOOD, task, me)),
]


def test_a_round_by_hand(ganache: str, ipfs: str, tmp_path: Path) -> None:
    daemon = Ipfs(ipfs)
    task = Task(ganache, daemon, len(CASES))
    digests = []
    for client, (code, _, make) in enumerate(CASES):
        data = make(task, client)
        digests.append(daemon.hash_only(data) if code == UNAVAILABLE else daemon.add(data))
        task.submit(client, digests[-1])
    judge(task, ganache, daemon, tmp_path)

    event = task.finalized()
    assert list(event["verdicts"]) == [code for code, _, _ in CASES]
    good = [GOOD, BAD, ALSO_GOOD]
    counts = [
        correct(mix({name: values.astype(np.float64) for name, values in model.items()}))
        for model in good
    ]
    baseline = max(correct(GENESIS), int(np.bincount(Y).max()))
    assert counts[1] <= baseline < min(counts[0], counts[2])

    model = mix(mean([GOOD, ALSO_GOOD]))
    assert event["accuracy"] == 0xFFFF  # which the spec does not have published
    assert event["modelDigest"] == daemon.hash_only(canonical(model))
    assert event["updatesHash"] == running_hash(task, digests)
    assert event["nextJury"] == jury_hash(task)
    assert event["recordDigest"] == daemon.hash_only(record(task, digests))
    assert daemon.cat(cid(event["recordDigest"])) == record(task, digests)
    assert signer(task, event) == task.accounts[1].address
    assert task.contract.functions.phase().call() == 2
    told = explained(task, ganache, daemon)
    assert [(row["reason"], row["arguments"]) for row in told] == [given for _, given, _ in CASES]
    assert told[7]["why"] == "tensor '1.bias' has another shape than the model's"


def explained(task: Task, rpc: str, ipfs: Ipfs) -> list[dict[str, Any]]:
    """What `fedjury events` says of each update, and why."""
    where = ["--task", task.address, "--rpc", rpc, "--store", ipfs.url, "--from-block", task.block]
    return succeed("events", *where, "--reasons", "--json").lines


def jury_hash(task: Task) -> bytes:
    """keccak256(abi.encode(jurors, quorum))."""
    jurors = [task.accounts[1].address]
    return keccak(abi_encode(["address[]", "uint32"], [jurors, 1]))


def record(task: Task, digests: list[bytes]) -> bytes:
    """The round's record, byte by byte: canonical JSON of what everybody can know."""
    had = [code not in NOT_HAD for code, _, _ in CASES]
    bits = "".join("1" if each else "0" for each in had)
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    root, genesis = task.tree.nodes[0], task.genesis
    document = {
        "version": 2,
        "chain": 1337,
        "task": task.address.lower(),
        "round": 1,
        "attempt": 0,
        "updates_hash": "0x" + running_hash(task, digests).hex(),
        "parent": "0x" + genesis.hex(),
        "roster": {
            "version": 1,
            "root": "0x" + root.hex(),
            "size": len(CASES),
            "digest": "0x" + task.roster.hex(),
        },
        "jury": {"version": 1, "hash": "0x" + jury_hash(task).hex(), "size": 1, "quorum": 1},
        "slice": 1,
        "haves": [{"juror": task.accounts[1].address.lower(), "entries": "0x" + packed.hex()}],
        "batches": [],
        "entries": [
            {
                "client": client.address.lower(),
                "digest": "0x" + digest.hex(),
                "code": code,
                "reason": reason,
                "arguments": arguments,
            }
            for client, digest, (code, (reason, arguments), _) in zip(
                task.clients, digests, CASES, strict=True
            )
        ],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def judge(task: Task, rpc: str, ipfs: Ipfs, directory: Path) -> None:
    """Have the project's juror judge the round, as a process; it ends with the task."""
    (directory / "deployment.json").write_text(json.dumps(task.deployment(rpc, ipfs)))
    (directory / "set.safetensors").write_bytes(task.verification_file())
    juror = task.accounts[1]
    key = Account.encrypt(juror.key, "a password", kdf="pbkdf2", iterations=1000)
    (directory / "key.json").write_text(json.dumps(key))
    (directory / "password.txt").write_text("a password\n")
    with Daemon(
        *("oracle", "--keystore", directory / "key.json"),
        *("--password-file", directory / "password.txt"),
        *("--deployment", directory / "deployment.json"),
        *("--verification", directory / "set.safetensors"),
        log=directory / "oracle.log",
    ) as oracle:
        oracle.finish()
    assert len(oracle.told("update-judged", round=1)) == len(CASES)
    audited = succeed(
        *("audit", "--task", task.address, "--rpc", rpc, "--store", ipfs.url, "--json"),
        *("--from-block", task.block, "--verification", directory / "set.safetensors"),
    )
    assert audited.document["passed"] is True


def running_hash(task: Task, digests: list[bytes]) -> bytes:
    """h_{i+1} = keccak256(abi.encode(h_i, 0, client, digest_i, 1)), h_0 of what the round is on."""
    opening = [1, task.genesis, task.tree.nodes[0], jury_hash(task)]
    value = keccak(abi_encode(["uint32", "bytes32", "bytes32", "bytes32"], opening))
    types = ["bytes32", "uint8", "address", "bytes32", "uint32"]
    for client, digest in zip(task.clients, digests, strict=True):
        value = keccak(abi_encode(types, [value, 0, client.address, digest, 1]))
    return value


def signer(task: Task, event: Any) -> str:
    """Who signed the report, by EIP-712 written out."""
    domain = keccak(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [
                keccak(
                    b"EIP712Domain(string name,string version,uint256 chainId,"
                    b"address verifyingContract)"
                ),
                keccak(b"fedjury"),
                keccak(b"2"),
                1337,
                task.address,
            ],
        )
    )
    kinds = [*["bytes32"], *["uint32"] * 2, *["bytes32"] * 2, "uint32", "uint16", *["bytes32"] * 4]
    report = keccak(
        abi_encode(
            kinds,
            [
                keccak(
                    b"Report(uint32 round,uint32 juryVersion,bytes32 updatesHash,"
                    b"bytes32 parentModel,uint32 attempt,uint16 accuracy,bytes32 modelDigest,"
                    b"bytes32 recordDigest,bytes32 nextJury,bytes verdicts)"
                ),
                event["round"],
                event["juryVersion"],
                event["updatesHash"],
                task.genesis,
                event["attempt"],
                event["accuracy"],
                event["modelDigest"],
                event["recordDigest"],
                event["nextJury"],
                keccak(event["verdicts"]),
            ],
        )
    )
    raw = event["signatures"]
    assert len(raw) == 65
    signature = Signature(raw[:64] + bytes([raw[64] - 27]))
    public = signature.recover_public_key_from_msg_hash(keccak(b"\x19\x01" + domain + report))
    return str(public.to_checksum_address())
