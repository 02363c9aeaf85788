"""Keeping files on an IPFS daemon, whatever others remove."""

import pytest
import requests

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.unixfs import CHUNK_BYTES
from fedjury.runtime.patience import Patience
from fedjury.store import IpfsStore
from tests.support.hostile_daemon import (
    Asked,
    Behaviour,
    answer_json,
    limited,
    refuse,
    serve_commands,
    silence,
)

DATA = b"an update" * CHUNK_BYTES  # several blocks
DIGEST = Digest.of(DATA)
PINS = answer_json({"Pins": [DIGEST.cid]})
KEYS = answer_json({"Keys": {DIGEST.cid: {"Type": "recursive"}}})


def collect_garbage(api: str) -> None:
    requests.post(f"{api}/api/v0/repo/gc", timeout=30).raise_for_status()


def test_what_is_kept_outlives_the_daemons_garbage_collection(daemon_api: str) -> None:
    store = IpfsStore(daemon_api)
    store.add(DATA)
    store.release(DIGEST)  # as its publisher may
    store.keep(DIGEST, 10.0)
    store.keep(DIGEST, 10.0)
    collect_garbage(daemon_api)
    assert store.fetch(DIGEST, len(DATA), 10.0) == DATA


def test_what_is_released_is_kept_no_longer(daemon_api: str) -> None:
    store = IpfsStore(daemon_api)
    store.add(DATA)
    store.keep(DIGEST, 10.0)
    for _ in range(2):  # what is not pinned is released as well
        store.release(DIGEST)
    pins = requests.post(f"{daemon_api}/api/v0/pin/ls", timeout=10).json()["Keys"]
    assert DIGEST.cid not in pins


def test_what_nobody_has_cannot_be_kept(daemon_api: str) -> None:
    with pytest.raises(StoreUnavailable):
        IpfsStore(daemon_api).keep(Digest.of(b"nobody has this"), 1.0)


def test_pins_are_asked_for_with_all_their_blocks() -> None:
    asked = Asked()
    with serve_commands({"pin/add": PINS, "pin/rm": PINS}, asked) as api:
        store = IpfsStore(api)
        store.keep(DIGEST, 5.0)
        store.release(DIGEST)
    assert asked.requests == [("pin/add", DIGEST.cid), ("pin/rm", DIGEST.cid)]


@pytest.mark.parametrize("broken", [limited(429), limited(403), refuse("full"), silence])
def test_a_pin_that_fails_says_so(broken: Behaviour) -> None:
    with serve_commands({"pin/add": broken}) as api, pytest.raises(StoreUnavailable):
        IpfsStore(api).keep(DIGEST, 0.3)


def test_a_pin_that_comes_too_late_is_asked_for_once_and_no_more() -> None:
    asked = Asked()
    with serve_commands(
        {"version": answer_json({"Version": "1"}), "pin/add": silence}, asked
    ) as api:
        store = IpfsStore(api, patience=Patience.of_daemon())
        store.check()  # it has answered before
        with pytest.raises(StoreUnavailable):
            store.keep(DIGEST, 0.3)
    assert [command for command, _ in asked.requests] == ["version", "pin/add"]


@pytest.mark.parametrize("words", ["not pinned or pinned indirectly", "nicht angeheftet"])
def test_what_is_not_pinned_is_released_in_any_words(words: str) -> None:
    refused = refuse(words)
    with serve_commands({"pin/rm": refused, "pin/ls": refused}) as api:
        IpfsStore(api).release(DIGEST)


@pytest.mark.parametrize("listed", [KEYS, limited(403)])
def test_a_pin_that_may_still_be_there_is_not_taken_for_released(listed: Behaviour) -> None:
    refused = serve_commands({"pin/rm": refuse("not now"), "pin/ls": listed})
    with refused as api, pytest.raises(StoreUnavailable):
        IpfsStore(api).release(DIGEST)
