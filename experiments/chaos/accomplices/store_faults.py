"""Faults of an IPFS daemon, or of the provider that runs it."""

import json
import random

from experiments.chaos.accomplices.faults import ANYWHERE, refusal
from experiments.chaos.accomplices.messages import Answer, Fault, Forward, Request

IPFS: dict[str, Fault] = {
    **ANYWHERE,
    "refuses as the daemon does": refusal(
        500, {}, json.dumps({"Message": "no capacity", "Code": 0, "Type": "error"}).encode()
    ),
}
"""Faults that any request may meet."""

_READING = ("/api/v0/cat", "/api/v0/block/get", "/api/v0/get")


def wrong(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Give files of the right length with a byte that is another."""
    answer = forward(request)
    if answer is None or not answer.body or not request.path.startswith(_READING):
        return answer
    body = bytearray(answer.body)
    body[draw.randrange(len(body))] ^= 1 << draw.randrange(8)
    return Answer(answer.status, answer.headers, bytes(body))


def truncated(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Give the first part of files, as if that were all."""
    answer = forward(request)
    if answer is None or not answer.body or not request.path.startswith(_READING):
        return answer
    return Answer(answer.status, answer.headers, answer.body[: draw.randrange(len(answer.body))])
