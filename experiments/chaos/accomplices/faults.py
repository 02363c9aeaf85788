"""Faults that any HTTP service may have."""

import random
import time

from experiments.chaos.accomplices.messages import Answer, Fault, Forward, Request

_PAGE = b"<html><title>One moment</title>We are checking your connection.</html>"
_LONGEST_DELAY = 0.5


def refusal(status: int, headers: dict[str, str] | None = None, body: bytes = _PAGE) -> Fault:
    """Refuse without asking whoever is behind."""
    return lambda request, forward, draw: Answer(status, headers or {}, body)


def hang_up(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Close the connection; whoever is behind was not asked."""
    return None


def lose(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Pass the request on, and lose the answer."""
    forward(request)
    return None


def delay(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Take some time."""
    time.sleep(draw.uniform(0, _LONGEST_DELAY))
    return forward(request)


def slow(seconds: float) -> Fault:
    """Answer so many seconds late."""

    def late(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        time.sleep(seconds)
        return forward(request)

    return late


def break_off(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
    """Send half of the answer."""
    answer = forward(request)
    if answer is None or not answer.body:
        return answer
    half = answer.body[: len(answer.body) // 2]
    return Answer(answer.status, answer.headers, half, promised=len(answer.body))


def sometimes(share: float, fault: Fault) -> Fault:
    """Do so to a share of the requests, from 0 to 1, and pass the others on."""

    def perhaps(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        return fault(request, forward, draw) if draw.random() < share else forward(request)

    return perhaps


def one_of(faults: dict[str, Fault]) -> Fault:
    """Do one of these, drawn anew for each request."""

    def drawn(request: Request, forward: Forward, draw: random.Random) -> Answer | None:
        return faults[draw.choice(sorted(faults))](request, forward, draw)

    return drawn


ANYWHERE: dict[str, Fault] = {
    "too many requests": refusal(429, {"Retry-After": "1"}, b"slow down"),
    "forbidden": refusal(403),
    "gone for now": refusal(404),
    "bad gateway": refusal(502),
    "overloaded": refusal(503, {"Retry-After": "0"}),
    "a proxy's page": refusal(200),
    "hangs up": hang_up,
    "loses the answer": lose,
    "delays": delay,
    "breaks off": break_off,
}
"""All of them by name."""
