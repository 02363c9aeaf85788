"""Whether the task's contract is one of this version, and runs the code that this package ships."""

from collections.abc import Iterator

from fedjury.artifacts import load_artifact
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.rpc import json_rpc
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import FedjuryError, NoContract
from fedjury.preflight.bench import Bench
from fedjury.preflight.contract_code import (
    address_word,
    domain_words,
    immutables_of,
    implementation_of,
)
from fedjury.preflight.finding import Finding, ok, problem
from fedjury.protocol.domain import DOMAIN_VERSION

VERSION, CODE, FACTORY = "contract", "contract's code", "factory"
_ELSEWHERE = "check --task or the deployment file, and that --rpc is of the right chain"
_OTHER_CODE = (
    "do not take part before whoever deployed it says why: use the version of fedjury that the "
    "task was deployed with"
)


def check_contract(bench: Bench) -> Iterator[Finding]:
    """A contract is there, and it is a task of this protocol's version."""
    chain = bench.chain.need()
    try:
        task = bench.task.get()
    except NoContract as error:
        yield problem(VERSION, _with_version(bench, chain, str(error)), _ELSEWHERE)
        return
    yield ok(VERSION, f"{task.name} is a task of version {DOMAIN_VERSION}")


def check_code(bench: Bench) -> Iterator[Finding]:
    """The task is a proxy of an implementation that is this package's, and so is its factory."""
    chain, task = bench.task.need().chain, bench.task.need()
    implementation = implementation_of(_code(chain, task.contract.address))
    if implementation is None:
        yield problem(CODE, "the contract is no proxy as the factory makes them", _OTHER_CODE)
        return
    compiled = load_artifact(FederatedTask.abi_name).runtime
    values = immutables_of(_code(chain, implementation), compiled)
    if values is None:
        found = f"the contract runs {implementation}, whose code is not this package's"
        yield problem(CODE, found, _OTHER_CODE)
        return
    others = set(values) - domain_words(chain.chain_id, implementation)
    if len(others) != 1:
        found = f"{implementation} was made with values that are not this chain's or this version's"
        yield problem(CODE, found, _OTHER_CODE)
        return
    yield ok(CODE, f"it runs {implementation}, whose code is this package's, byte for byte")
    yield _factory(bench, chain, implementation, others.pop())


def _factory(bench: Bench, chain: Chain, implementation: str, maker: bytes) -> Finding:
    """Whether the factory is this package's, made that implementation, and is the one named."""
    address = "0x" + maker[-20:].hex()
    factory = TaskFactory(chain, address)
    known = bench.subject.place.deployment
    if known is not None and known.factory.lower() != address:
        found = f"the task was made by {factory.address}, the deployment file names {known.factory}"
        return problem(FACTORY, found, _ELSEWHERE)
    compiled = load_artifact(TaskFactory.abi_name).runtime
    values = immutables_of(_code(chain, address), compiled)
    if values is None or set(values) != {address_word(implementation)}:
        found = f"{factory.address}, which made the task, is not this package's factory"
        return problem(FACTORY, found, _OTHER_CODE)
    return ok(FACTORY, f"{factory.address} is this package's, and made the task's code")


def _with_version(bench: Bench, chain: Chain, why: str) -> str:
    """The reason for which a contract is no task, and its own version where it says one."""
    contract = FederatedTask(chain, bench.subject.place.task)
    try:
        version = str(contract.read("eip712Domain")[2])
    except (FedjuryError, IndexError, TypeError):
        return why
    if version == DOMAIN_VERSION:
        return why
    return f"{why}: it says version {version:.20}, this fedjury speaks version {DOMAIN_VERSION}"


def _code(chain: Chain, address: str) -> bytes:
    return json_rpc.data(chain.request("eth_getCode", address, "latest"), "a contract's code")
