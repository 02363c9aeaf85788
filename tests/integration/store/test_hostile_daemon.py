"""Each way in which a daemon can misbehave ends in the right error, and in time.

What it means for a download is in test_refusals.py.
"""

import pytest

from fedjury.errors import ContentMismatch, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.runtime.patience import Patience
from fedjury.store import IpfsStore
from tests.support import hostile_daemon as hostile
from tests.support.hostile_daemon import Behaviour, Handler, answer, answer_json, daemon, refuse
from tests.support.waiting import within

DATA = b"an update"
DIGEST = Digest.of(DATA)
SECONDS = 0.5


def fetch(api: str, max_bytes: int = 100) -> bytes:
    return IpfsStore(api).fetch(DIGEST, max_bytes, SECONDS)


def test_an_honest_answer_passes() -> None:
    with daemon(cat=answer(DATA)) as api:
        assert fetch(api) == DATA


def test_content_that_just_fits_passes() -> None:
    with daemon(cat=answer(DATA)) as api:
        assert fetch(api, max_bytes=len(DATA)) == DATA


@pytest.mark.parametrize(
    "broken",
    [
        hostile.hang_up,
        hostile.half_a_body,
        hostile.not_http,
        hostile.endless,
        hostile.elsewhere,
        refuse("out of order"),
        answer(b"<html>bad gateway", 502),
        answer(b"not JSON"),
        answer(b""),
        answer_json([]),
        answer_json({}),
        answer_json({"Version": 7}),
    ],
)
def test_a_daemon_that_does_not_even_tell_its_version_is_down(broken: Behaviour) -> None:
    with daemon(cat=hostile.hang_up, version=broken) as api, within(3):
        with pytest.raises(StoreUnavailable):
            IpfsStore(api).check()
        with pytest.raises(StoreUnavailable):
            fetch(api)


@pytest.mark.parametrize(
    "broken",
    [
        hostile.hang_up,
        hostile.half_a_body,
        hostile.not_http,
        hostile.endless,
        hostile.drip,
        hostile.drip_headers,
        hostile.silence,
        hostile.elsewhere,
        refuse("no space left on device"),
        answer(b"<html>bad gateway", 502),
        answer(b"not JSON"),
        answer(b"\xff\xfe"),
        answer(b""),
        answer_json([]),
        answer_json("text"),
        answer_json({"Name": "no hash"}),
        answer(b'{"Hash": "a"}\n{"Hash": "b"}\n'),
    ],
)
def test_an_upload_that_nobody_confirms_is_the_stores_fault(broken: Behaviour) -> None:
    with daemon(add=broken) as api, within(SECONDS + 1), pytest.raises(StoreUnavailable):
        IpfsStore(api, add_seconds=SECONDS).add(DATA)


def test_a_daemon_whose_disk_is_full_says_so_in_its_own_words() -> None:
    words = "write /data/ipfs/blocks/X3/put-4: no space left on device"
    with daemon(add=refuse(words), others=refuse(words)) as api:
        store = IpfsStore(api)
        for call in (lambda: store.add(DATA), lambda: store.keep(DIGEST, SECONDS)):
            with pytest.raises(StoreUnavailable) as caught:
                call()
            assert str(caught.value) == f"the IPFS daemon at {api} does not work: {words}"


@pytest.mark.parametrize("cid", [Digest(bytes(32)).cid, "bafy", 7, None])
def test_an_upload_under_another_cid_is_a_mismatch(cid: object) -> None:
    with daemon(add=answer_json({"Hash": cid})) as api, pytest.raises(ContentMismatch):
        IpfsStore(api).add(DATA)


def test_an_upload_under_its_cid_passes() -> None:
    with daemon(add=answer_json({"Hash": DIGEST.cid})) as api:
        assert IpfsStore(api).add(DATA) == DIGEST


def test_nobody_listens(free_port: int) -> None:
    store = IpfsStore(f"http://127.0.0.1:{free_port}")
    for call in (
        store.check,
        lambda: store.add(DATA),
        lambda: fetch(f"http://127.0.0.1:{free_port}"),
    ):
        with within(2), pytest.raises(StoreUnavailable, match=r"cannot be reached \(\w+\)$"):
            call()


def test_a_proxy_is_never_used_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port}")
    added = answer_json({"Hash": DIGEST.cid})
    with daemon(cat=answer(DATA), add=added) as api:
        store = IpfsStore(api)
        store.check()
        assert store.add(DATA) == DIGEST
        assert store.fetch(DIGEST, 100, SECONDS) == DATA


@pytest.mark.parametrize(
    "trouble", [hostile.hang_up, answer(b"<html>busy", 502), answer(b"no JSON")]
)
def test_a_daemon_that_has_answered_before_is_asked_again(trouble: Behaviour) -> None:
    slept: list[float] = []
    behaviours = iter([hostile.works, trouble, hostile.works])

    def one_after_the_other(handler: Handler) -> None:
        next(behaviours)(handler)

    with daemon(version=one_after_the_other) as api:
        store = IpfsStore(api, patience=Patience(10, lambda: sum(slept), slept.append))
        store.check()
        store.check()
    assert slept == [1.0]


def test_a_daemon_that_never_answered_is_not_waited_for() -> None:
    slept: list[float] = []
    with daemon(version=answer(b"<html>busy", 502)) as api:
        store = IpfsStore(api, patience=Patience(10, lambda: sum(slept), slept.append))
        with pytest.raises(StoreUnavailable):
            store.check()
    assert slept == []
