"""Adding a file to an IPFS daemon so that it gets the CID that everybody else gives it."""

import json
import secrets
from collections.abc import Iterator

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
    boundary = secrets.token_hex(16)
    answer = api.ask(
        "add",
        {**_OPTIONS, "pin": "true" if pin else "false"},
        seconds,
        upload=_multipart(data, boundary),
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    try:
        return _cid(answer.read())
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreUnavailable(f"the {api.name} answers nonsense to an upload") from error


def _multipart(data: bytes, boundary: str) -> Iterator[bytes]:
    """The form that carries one file, without a copy of the whole."""
    headers = (
        'Content-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: application/octet-stream\r\n"
    )
    yield f"--{boundary}\r\n{headers}\r\n".encode()
    view = memoryview(data)
    for at in range(0, len(view), _PIECE_BYTES):
        yield bytes(view[at : at + _PIECE_BYTES])
    yield f"\r\n--{boundary}--\r\n".encode()


def _cid(answer: bytes) -> str:
    """The CID in an answer, which is a line of JSON for each file, and there is one file."""
    (document,) = map(json.loads, answer.splitlines())
    return str(document["Hash"])
