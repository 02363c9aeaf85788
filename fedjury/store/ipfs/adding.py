"""Adding a file to an IPFS daemon so that it gets the CID that everybody else gives it."""

import json

from ipfshttpclient import multipart

from fedjury.errors import StoreUnavailable
from fedjury.protocol.unixfs import CHUNK_BYTES, LINKS_PER_NODE
from fedjury.store.ipfs.api import Api

_PIECE_BYTES = 1 << 18
# Everything that decides the CID is said, since daemons let their users change the defaults
# (Kubo's Import section and profiles); those that do not know an option leave it out of account.
_OPTIONS = {
    "cid-version": "0",
    "hash": "sha2-256",
    "raw-leaves": "false",
    "trickle": "false",
    "chunker": f"size-{CHUNK_BYTES}",
    "max-file-links": str(LINKS_PER_NODE),
    "inline": "false",
    "nocopy": "false",
    "only-hash": "false",
    "preserve-mode": "false",
    "preserve-mtime": "false",
    "wrap-with-directory": "false",
    "progress": "false",
}


def upload(api: Api, data: bytes, seconds: float, *, pin: bool) -> str:
    """Add a file.

    Args:
        api: of the daemon.
        data: the file's content.
        seconds: for all of it.
        pin: whether the daemon is to keep the file.

    Returns:
        The CID that the daemon gives the file.

    Raises:
        Unanswered, StoreUnavailable: as `Api.ask`; also where the answer is none that we know.
    """
    form, headers = multipart.stream_bytes(data, chunk_size=_PIECE_BYTES)
    options = {**_OPTIONS, "pin": "true" if pin else "false"}
    answer = api.ask("add", options, seconds, upload=form, headers=headers)
    try:
        return _cid(answer.read())
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreUnavailable(f"the {api.name} answers nonsense to an upload") from error


def _cid(answer: bytes) -> str:
    """The CID in an answer, which is a line of JSON for each file, and there is one file."""
    (document,) = map(json.loads, answer.splitlines())
    return str(document["Hash"])
