"""Whether every content store takes, gives, keeps and releases files."""

import secrets
from collections.abc import Iterator

from fedjury.errors import FedjuryError
from fedjury.preflight.bench import NO_STORE, Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.protocol.digest import Digest
from fedjury.store import ContentStore, DirectoryStore

_BYTES, _SECONDS = 64, 20.0


def check_stores(bench: Bench) -> Iterator[Finding]:
    """A small random file goes into each store and comes back, and is kept and released."""
    if not bench.stores:
        raise CannotCheck(NO_STORE)
    working: dict[str, ContentStore] = {}
    failed: dict[str, FedjuryError] = {}
    for name, once in bench.stores.items():
        try:
            working[name] = once.get()
        except FedjuryError as error:
            failed[name] = error
    for name, store in working.items():
        yield _round_trip(f"store {name}", store)
    for name, reason in failed.items():
        remedy = "start it, or name another with --store"
        if working:
            remedy += ": until then the others have to do"
            yield warning(f"store {name}", str(reason), remedy)
        else:
            yield problem(f"store {name}", str(reason), remedy)


def _round_trip(subject: str, store: ContentStore) -> Finding:
    data, step = secrets.token_bytes(_BYTES), "add a file"
    digest = Digest.of(data)
    try:
        store.add(data)
        step = "give it back"
        store.fetch(digest, _BYTES, _SECONDS)
        step = "keep (pin) it"
        store.keep(digest, _SECONDS)
        step = "release (unpin) it"
        store.release(digest)
    except FedjuryError as error:
        remedy = "have it take files and pins of ours, or name another with --store"
        return problem(subject, f"it does not {step}: {error}", remedy)
    if isinstance(store, DirectoryStore):
        store.forget(digest)
    return ok(subject, "a file of 64 random bytes was added, fetched, kept and released")
