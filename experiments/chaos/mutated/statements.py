"""Malformed and false statements of a peer, through what a juror does with a peer's feed."""

import json
import random
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from experiments.chaos.figures import Figures
from experiments.chaos.mutated import jury
from experiments.chaos.mutated.byte_spoils import BYTE_SPOILS
from experiments.chaos.mutated.json_spoils import spoiled_json
from experiments.chaos.mutated.lies import LIES
from experiments.chaos.mutated.limits import Limits
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.events import PeerMisbehaved
from fedjury.oracle.exchange.following import Following
from fedjury.oracle.exchange.peers import Peers
from fedjury.runtime.events import Event

_STEP = 50
_BYTES, _JSON, _RIGHT = "bytes of a feed", "JSON of a statement", "as it was said"


@dataclass
class Liar:
    """A peer that answers with the bytes that it was given.

    Attributes:
        address: its own.
        answer: to whatever it is asked.
    """

    address: str
    answer: bytes = b""

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        """The bytes."""
        return self.answer


class Follower:
    """A juror that follows the liar; where it kept something, the next feed finds it as new."""

    def __init__(self) -> None:
        self._liar, self._told = Liar(jury.BENCH.jurors[3]), list[Event]()
        self._docket = self._empty()

    def pull(self, answer: bytes) -> list[bytes]:
        """What it keeps of an answer."""
        self._liar.answer = answer
        self._told.clear()
        peers = Peers.of({self._liar.address: self._liar}, self._told.append)
        following = Following(self._docket, peers, self._told.append)
        following.begin(jury.admission())
        following.pull(self._liar.address)
        kept = self._docket.feed(jury.KEY, 0)[0]
        if kept:
            self._docket.close()
            self._docket = self._empty()
        return kept

    @property
    def blames(self) -> bool:
        """Whether it said that something is wrong with the last answer."""
        return any(isinstance(each, PeerMisbehaved) for each in self._told)

    def close(self) -> None:
        """Let go of its docket."""
        self._docket.close()

    @staticmethod
    def _empty() -> Docket:
        docket = Docket(None, {"juror": jury.BENCH.jurors[0]})
        docket.open(jury.KEY, jury.BENCH.jurors)
        return docket


def follow_lies(seed: int, count: int) -> Figures:
    """Have a juror pull feeds in which one statement is malformed, false, or of no use.

    Args:
        seed: of all that is drawn.
        count: how many feeds.
    """
    chance, figures = random.Random(seed), Figures()
    said = [*jury.Said.make().documents]
    right = {_text(each): _within(each, said) for each in said}
    figures.values.update({"feeds": count, "refused": 0, "kept": 0})
    follower = Follower()
    with Limits(figures) as limits, closing(follower):
        for number in range(count):
            if number % _STEP == 0:
                limits.next()
            name, answer = _answer(chance, number, said)
            expected = _expected(answer, right)
            try:
                kept = [*map(_normal, follower.pull(answer))]
            except Exception as error:
                figures.wrong.append(f"{name}: {type(error).__name__} {error!s:.200}")
                continue
            if kept != expected:
                figures.wrong.append(
                    f"{name}: keeps {len(kept)}, not {len(expected)}: {answer[:600]!r}"
                )
            if not expected and not follower.blames and not _is_empty(answer):
                figures.wrong.append(f"{name}: nobody is told: {answer[:600]!r}")
            figures.count("kept" if kept else "refused")
    return figures


def _answer(chance: random.Random, number: int, said: list[dict[str, Any]]) -> tuple[str, bytes]:
    names = [*LIES, _RIGHT, _BYTES, *[_JSON] * len(LIES)]
    name, document = names[number % len(names)], chance.choice(said)
    if name == _RIGHT:
        return name, _feed(document)
    if name == _JSON:
        return name, _feed(spoiled_json(chance, document))
    if name == _BYTES:
        return name, chance.choice(BYTE_SPOILS)(chance, _feed(document))
    return name, _feed(LIES[name](chance))


def _feed(document: Any) -> bytes:
    feed = {"feed": "f", "next": 1, "statements": [document]}
    return json.dumps(feed, separators=(",", ":")).encode()


def _expected(answer: bytes, right: dict[str, list[str]]) -> list[str]:
    """What should be kept: statements that were made just so with what is in them, each once."""
    found: dict[str, None] = {}
    for each in _statements(answer) or ():
        text = _text(each)
        if text in right:
            found |= dict.fromkeys([*right[text], text])
    return list(found)


def _within(statement: dict[str, Any], said: list[dict[str, Any]]) -> list[str]:
    """The HAVEs in a proposal, as those said them whose they are."""
    haves = {each["signer"]: _text(each) for each in said if each["kind"] == "have"}
    return [haves[each["signer"]] for each in statement.get("statement", {}).get("haves", ())]


def _statements(answer: bytes) -> list[Any] | None:
    """The statements of an answer that is a feed; None where it is none."""
    try:
        document = json.loads(answer, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    feed, statements = document.get("feed"), document.get("statements")
    if not isinstance(feed, str) or len(feed) > 80 or not isinstance(statements, list):
        return None
    return statements


def _is_empty(answer: bytes) -> bool:
    return _statements(answer) == []


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _text(document: Any) -> str:
    return json.dumps(document, sort_keys=True)


def _normal(kept: bytes) -> str:
    return _text(json.loads(kept))
