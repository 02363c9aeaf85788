"""Files of a task without which nothing can be done: its spec and its models."""

from fedjury.errors import ContentError, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import MAX_SPEC_BYTES, TaskSpec
from fedjury.store import ContentStore, time_for

FETCH_TIMEOUT = 60.0


def fetch_required(
    store: ContentStore, digest: Digest, max_bytes: int, timeout: float, what: str
) -> bytes:
    """A file of the task.

    Args:
        max_bytes: the largest that it may be.
        timeout: seconds for a small one, see `time_for`.
        what: of the task's files it is.

    Raises:
        StoreUnavailable: it cannot be had now. That is a transient error: whoever published the
            file may yet come back.
    """
    try:
        return store.fetch(digest, max_bytes, time_for(max_bytes, timeout))
    except ContentError as error:
        raise StoreUnavailable(
            f"the {what} {digest.cid} cannot be had from {store.name}: {error}"
        ) from error


def fetch_spec(store: ContentStore, digest: Digest, timeout: float = FETCH_TIMEOUT) -> TaskSpec:
    """The task spec of this digest.

    Raises:
        StoreUnavailable: it cannot be had now; says which CID.
        SpecError: it is not valid.
    """
    return TaskSpec.from_bytes(
        fetch_required(store, digest, MAX_SPEC_BYTES, timeout, "task's spec")
    )
