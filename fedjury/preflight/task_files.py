"""Whether the task's own files can be had: its spec, its first model, the current model."""

from collections.abc import Iterator

from fedjury.errors import SpecError, StoreUnavailable
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import Finding, ok, problem
from fedjury.protocol.digest import Digest
from fedjury.store import ContentStore
from fedjury.task.files import FETCH_TIMEOUT, fetch_required

SPEC, GENESIS, MODEL = "spec", "first model", "current model"
_FIND = (
    "ask whoever deployed the task, or a juror, to keep the file where this store finds it; with "
    "IPFS see that the daemon has peers"
)


def check_spec(bench: Bench) -> Iterator[Finding]:
    """The spec can be had and is valid."""
    store, config = bench.store.need(), bench.task.need().config
    try:
        spec = bench.spec.get()
    except StoreUnavailable as error:
        yield problem(SPEC, str(error), _FIND)
    except SpecError as error:
        yield problem(SPEC, str(error), "use the version of fedjury that deployed the task")
    else:
        named = f"“{spec.name}”, rule {spec.rule.name}"
        yield ok(SPEC, f"{config.spec_digest.cid} is in {store.name}: {named}")


def check_models(bench: Bench) -> Iterator[Finding]:
    """The files of the first and of the current model can be had."""
    store, spec = bench.store.need(), bench.spec.need()
    genesis = bench.task.need().config.genesis_digest
    current = bench.overview.need().round.model_digest
    yield _had(GENESIS, store, genesis, spec.genesis_bytes)
    if current == genesis:
        yield ok(MODEL, "it is the first one")
    else:
        yield _had(MODEL, store, current, spec.update.max_bytes)


def _had(subject: str, store: ContentStore, digest: Digest, most: int) -> Finding:
    try:
        data = fetch_required(store, digest, most, FETCH_TIMEOUT, subject)
    except StoreUnavailable as error:
        return problem(subject, str(error), _FIND)
    return ok(subject, f"{digest.cid}, {len(data):,} bytes, is in {store.name}")
