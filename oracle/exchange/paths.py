"""What jurors ask each other for: paths and queries. Source: docs/protocol/exchange.md."""

import re

from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.signed import RoundKey

HEALTH = "/healthz"
ANNOUNCEMENTS = "/announcements"
STATUS = "/status"
OTHER = "other"
_KIND = re.compile(
    r"/(?:(healthz|announcements|status)|rounds/[^/]+/[^/]+/(feed|holding|findings)|"
    r"(reports|files|slices))(?![^/?])"
)


def kind_of(target: str) -> str:
    """What kind of thing is asked for: a path's word, ``feed``; ``other`` for what is none."""
    found = _KIND.match(target)
    return OTHER if found is None else found[found.lastindex or 0]


def _round(key: RoundKey) -> str:
    return f"/rounds/{key.round}/0x{key.updates_hash.hex()}"


def feed_target(key: RoundKey, after: int, wait: float = 0.0) -> str:
    """What is known of a round, after so many of it; an answer may wait for news."""
    return f"{_round(key)}/feed?after={after}" + (f"&wait={wait:g}" if wait else "")


def holding_target(key: RoundKey) -> str:
    """Which of a round's files a juror holds now: a hint, not signed."""
    return f"{_round(key)}/holding"


def findings_target(key: RoundKey, attempt: int) -> str:
    """What a juror found in an attempt."""
    return f"{_round(key)}/findings/{attempt}"


def report_target(digest: bytes) -> str:
    """A report by what is signed of it."""
    return f"/reports/0x{digest.hex()}"


def file_target(digest: Digest) -> str:
    """A file that a juror holds."""
    return f"/files/{digest.cid}"


def root_target(digest: Digest) -> str:
    """The root of a file that is too large, which proves that."""
    return f"/files/{digest.cid}?root=1"


def slice_target(number: int) -> str:
    """A verification slice."""
    return f"/slices/{number}"
