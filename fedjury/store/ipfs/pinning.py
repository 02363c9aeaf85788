"""Having an IPFS daemon keep files, and no longer."""

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.store.ipfs.answers import Refused
from fedjury.store.ipfs.api import Api


def pin(api: Api, digest: Digest, seconds: float) -> None:
    """Pin a file with all its blocks.

    Raises:
        Unanswered, StoreUnavailable: as `Api.ask`.
    """
    api.ask("pin/add", {"arg": digest.cid, "recursive": "true", "progress": "false"}, seconds)


def unpin(api: Api, digest: Digest, seconds: float) -> None:
    """Remove the pin of a file, if there is one.

    Raises:
        Unanswered, StoreUnavailable: as `Api.ask`; also where the daemon keeps the pin.
    """
    try:
        api.ask("pin/rm", {"arg": digest.cid, "recursive": "true"}, seconds)
    except Refused as refused:
        # A pin that is not there is refused as well. No words tell that from other reasons.
        if _is_pinned(api, digest, seconds):
            raise StoreUnavailable(f"the {api.name} keeps a pin: {refused}") from refused


def _is_pinned(api: Api, digest: Digest, seconds: float) -> bool:
    try:
        api.ask("pin/ls", {"arg": digest.cid, "type": "recursive"}, seconds)
    except Refused:
        return False
    return True
