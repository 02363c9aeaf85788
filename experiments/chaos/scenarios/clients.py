"""Clients whose files are not where, when, or for as long as they should be."""

import random
import time
from collections.abc import Callable, Sequence
from functools import partial

import requests

from experiments.chaos.accomplices.hiding import Private, held_back
from experiments.chaos.daemon import Daemon
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario
from fedjury.errors import ContentError, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.task.history import RoundHistory

_HELD_SECONDS = 60.0
_BACK_SECONDS = 180.0
_ASK_SECONDS = 20.0


def to_one_juror(federation: Federation, seed: int) -> Figures:
    """Files of two clients are in one juror's store alone, for a round."""
    figures, draw = Figures(), random.Random(seed)
    for _ in range(1 if federation.quick else federation.settings.jurors):
        owner, clients = draw.choice(federation.jurors), draw.sample(federation.clients, 2)
        count = play_to_one(federation, owner, clients)
        figures.count("files in one juror's store alone", count)
    return figures


def play_to_one(federation: Federation, owner: Daemon, clients: Sequence[Daemon]) -> int:
    """Have what some clients publish in one juror's store alone, for a round; how many files."""
    number, private = federation.next_round(), Private()
    for client in clients:
        federation.between[client.name].store.fault = private.mark()
    for juror in federation.jurors:
        if juror is not owner:
            federation.between[juror.name].store.fault = private.hide()
    federation.wait_for_round(number + 1)
    federation.heal()
    return private.size


def at_time(after: float) -> Callable[[Federation, int], Figures]:
    """Files of two clients come so many seconds after the last moment, or before where negative."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, draw = Figures(), random.Random(seed)
        for _ in range(1 if federation.quick else 3):
            number = federation.next_round()
            end = federation.task.contract.current_round().deadline
            moment = end + federation.settings.availability_seconds + after
            fault = held_back(partial(_is_after, moment), _HELD_SECONDS)
            for client in draw.sample(federation.clients, 2):
                federation.between[client.name].store.fault = fault
            federation.wait_for_round(number + 1)
            federation.heal()
            figures.count("files held back", 2)
        return figures

    return play


def vanish(federation: Federation, seed: int) -> Figures:
    """Once a round is over its updates are removed from the store; a juror brings them back."""
    figures, draw = Figures(), random.Random(seed)
    for _ in range(1 if federation.quick else 3):
        number = federation.next_round()
        files = _files(federation.history().rounds[number - 1])
        files = [digest for digest in files if _is_there(federation, digest)]
        for digest in files:
            _ask(federation, "pin/rm", digest.cid)
        _ask(federation, "repo/gc")
        gone = [digest for digest in files if not _is_there(federation, digest)]
        figures.count("files that vanished", len(gone))
        figures.require(bool(gone), "no file could be made to vanish")
        draw.choice(federation.jurors).restart()
        began = time.monotonic()
        federation.wait(
            partial(_are_there, federation, gone),
            _BACK_SECONDS,
            "a juror that starts does not bring back what vanished",
        )
        figures.count("files that came back", len(gone))
        figures.count("seconds until they were", round(time.monotonic() - began, 1))
    return figures


def _files(history: RoundHistory) -> list[Digest]:
    """What stands on chain by its digest, lone updates and batches."""
    return [each.digest for each in history.submissions]


def _is_after(moment: float) -> bool:
    return time.time() >= moment


def _are_there(federation: Federation, digests: Sequence[Digest]) -> bool:
    return all(_is_there(federation, digest) for digest in digests)


def _is_there(federation: Federation, digest: Digest) -> bool:
    try:
        federation.task.store.fetch(digest, federation.task.spec.update.max_bytes, 1.0)
    except (ContentError, StoreUnavailable):
        return False
    return True


def _ask(federation: Federation, command: str, cid: str | None = None) -> None:
    url = f"{federation.store_service.url}/api/v0/{command}"
    requests.post(url, params={"arg": cid} if cid else {}, timeout=_ASK_SECONDS)


SCENARIOS = (
    Scenario(
        "files-to-one",
        "two clients' files are in one juror's store alone",
        Kind.CLIENTS,
        15,
        to_one_juror,
        least_jurors=4,
    ),
    Scenario(
        "files-at-last",
        "two clients' files come in the last second of their time",
        Kind.CLIENTS,
        15,
        at_time(-1.0),
    ),
    Scenario(
        "files-too-late",
        "two clients' files come two seconds after their time",
        Kind.CLIENTS,
        15,
        at_time(2.0),
    ),
    Scenario(
        "files-vanish",
        "a round's files are removed from the store once it is over",
        Kind.CLIENTS,
        70,
        vanish,
    ),
)
