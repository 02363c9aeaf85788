"""A refusal is not an absence: what a failed download says of the content.

Unavailable is what a daemon that is well does not have. A daemon is well if it serves what it holds
within the same limit, if it refuses what it refuses as it refuses what nobody has, and if it does
not refuse to take a new file.
"""

import hashlib
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from fedjury.errors import (
    ContentError,
    ContentMismatch,
    ContentNotFound,
    ContentTooLarge,
    NotAFile,
    StoreUnavailable,
)
from fedjury.protocol.digest import Digest
from fedjury.store import IpfsStore
from tests.support import hostile_daemon as hostile
from tests.support.dag_nodes import directory, file_root, leaf, shard, symlink
from tests.support.hostile_daemon import (
    Asked,
    Behaviour,
    Handler,
    answer,
    answer_json,
    daemon,
    limited,
    missing,
    refuse,
    well_daemon,
)
from tests.support.waiting import within

DATA = b"an update"
DIGEST = Digest.of(DATA)
SECONDS = 0.6
MAX_BYTES = 100
CHUNK = 262_144
PAGE = b"<html>please log in"

NOT_OF_ITS_OWN = [
    pytest.param(limited(400), id="400"),
    pytest.param(limited(401, PAGE), id="401"),
    pytest.param(limited(403, PAGE), id="403"),
    pytest.param(limited(404, b"404 page not found"), id="404-no-api-here"),
    pytest.param(
        answer_json({"Message": "Not Found", "Code": 3, "Type": "error"}, 404), id="404-in-its-form"
    ),
    pytest.param(limited(405), id="405"),
    pytest.param(limited(429), id="429"),
    pytest.param(limited(500, PAGE), id="500-page"),
    pytest.param(limited(500), id="500-empty"),
    pytest.param(answer_json(["no message"], 500), id="500-other-json"),
    pytest.param(answer_json({"Message": "a proxy's"}, 500), id="500-another-form"),
    pytest.param(answer(b"[" * 60_000, 500), id="500-deep"),
    pytest.param(limited(502, PAGE), id="502"),
    pytest.param(limited(503, retry_after="3"), id="503"),
    pytest.param(
        answer_json({"Message": "busy", "Code": 0, "Type": "error"}, 503), id="503-in-its-form"
    ),
    pytest.param(hostile.elsewhere, id="redirect"),
    pytest.param(hostile.hang_up, id="hang-up"),
    pytest.param(hostile.half_a_body, id="half-a-body"),
    pytest.param(hostile.not_http, id="not-http"),
]


def fetch(api: str, digest: Digest = DIGEST, max_bytes: int = MAX_BYTES) -> bytes:
    with within(SECONDS + 1.5):
        return IpfsStore(api).fetch(digest, max_bytes, SECONDS)


@pytest.mark.parametrize("cat", NOT_OF_ITS_OWN)
def test_a_refusal_that_is_not_the_daemons_own_says_nothing(cat: Behaviour) -> None:
    with well_daemon(DIGEST, cat=cat) as api, pytest.raises(StoreUnavailable):
        fetch(api)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(refuse("too many open files"), id="refuses-all"),
        pytest.param(hostile.silence, id="silence"),
        pytest.param(hostile.drip, id="drip"),
        pytest.param(hostile.drip_headers, id="drip-headers"),
        pytest.param(answer(PAGE), id="a-page-for-everything"),
        pytest.param(answer(PAGE * 100), id="a-long-page-for-everything"),
        pytest.param(answer(b""), id="nothing-for-everything"),
        pytest.param(hostile.endless, id="endless"),
    ],
)
def test_a_daemon_that_serves_nothing_says_nothing(trouble: Behaviour) -> None:
    added = answer_json({"Hash": DIGEST.cid})
    with (
        daemon(cat=trouble, block=trouble, add=added) as api,
        pytest.raises(StoreUnavailable),
    ):
        fetch(api)


@pytest.mark.parametrize(
    ("cat", "error"),
    [
        pytest.param(missing, ContentNotFound, id="refused"),
        pytest.param(refuse("bloc introuvable"), ContentNotFound, id="refused-in-other-words"),
        pytest.param(hostile.silence, ContentNotFound, id="silence"),
        pytest.param(hostile.drip, ContentNotFound, id="drip"),
        pytest.param(hostile.drip_headers, ContentNotFound, id="drip-headers"),
        pytest.param(answer(b"other bytes"), ContentMismatch, id="other-bytes"),
        pytest.param(answer(b""), ContentMismatch, id="nothing"),
        pytest.param(answer(DATA + b"x" * 92), ContentNotFound, id="one-byte-too-many"),
        pytest.param(hostile.endless, ContentNotFound, id="endless"),
    ],
)
def test_what_a_daemon_that_is_well_does_not_produce_is_the_contents_fault(
    cat: Behaviour, error: type[ContentError]
) -> None:
    with well_daemon(DIGEST, cat=cat) as api, pytest.raises(error) as caught:
        fetch(api)
    assert type(caught.value) is error


def test_what_only_this_content_is_refused_for_says_nothing() -> None:
    """Whoever never answers for content that nobody has, but refuses this, has other reasons."""
    odd = well_daemon(DIGEST, cat=missing, others=hostile.silence)
    with odd as api, pytest.raises(StoreUnavailable):
        fetch(api)


@pytest.mark.parametrize(
    ("node", "what"),
    [
        pytest.param(directory(), "directory", id="directory"),
        pytest.param(directory({"a.bin": DIGEST}), "directory", id="full-directory"),
        pytest.param(symlink("/etc/passwd"), "symlink", id="symlink"),
        pytest.param(shard(), "sharded directory", id="shard"),
        pytest.param(b"no protobuf at all", "another kind", id="garbage"),
        pytest.param(b"", "another kind", id="empty-block"),
        pytest.param(b"\x0a\x02\x08\x63", "another kind", id="unknown-kind"),
        pytest.param(b"x" * (CHUNK + 65), "a block of", id="huge-block"),
        pytest.param(leaf(DATA, mode=0o644), "mode", id="mode"),
        pytest.param(file_root([(DIGEST, 5), (DIGEST, 5)]), "2 parts", id="small-parts"),
        pytest.param(file_root([(DIGEST, 1 << 60)] * 9, size=9), "9 parts", id="absurd-links"),
        pytest.param(file_root([(b"\x01\x55" + DIGEST, 40)], raw=True), "raw", id="raw-leaves"),
    ],
)
@pytest.mark.parametrize("cat", [refuse("no"), answer(b""), hostile.hang_up])
def test_what_is_no_file_of_ours_is_known_at_once_and_for_good(
    node: bytes, what: str, cat: Behaviour
) -> None:
    digest = Digest(hashlib.sha256(node).digest())
    asked = Asked()
    with (
        well_daemon(digest, cat=cat, block=answer(node), asked=asked) as api,
        pytest.raises(NotAFile, match=what),
    ):
        fetch(api, digest)
    assert asked.count("block/get") == 1


@pytest.mark.parametrize("cat", [missing, hostile.hang_up, answer(b"x" * 400)])
def test_a_root_that_declares_too_many_bytes_proves_it(cat: Behaviour) -> None:
    node = file_root([(DIGEST, CHUNK), (DIGEST, CHUNK)])
    digest = Digest(hashlib.sha256(node).digest())
    with (
        well_daemon(digest, cat=cat, block=answer(node)) as api,
        pytest.raises(ContentTooLarge, match=f"{2 * CHUNK} bytes") as caught,
    ):
        fetch(api, digest, max_bytes=2 * CHUNK - 1)
    assert caught.value.root == node


@pytest.mark.parametrize(
    "cat", [missing, hostile.hang_up, hostile.half_a_body, hostile.silence, hostile.drip]
)
def test_a_file_without_its_middle_is_absent_for_now(cat: Behaviour) -> None:
    node = file_root([(DIGEST, CHUNK), (DIGEST, CHUNK)])
    digest = Digest(hashlib.sha256(node).digest())
    with (
        well_daemon(digest, cat=cat, block=answer(node)) as api,
        pytest.raises(ContentNotFound) as caught,
    ):
        fetch(api, digest, max_bytes=2 * CHUNK)
    assert not isinstance(caught.value, NotAFile)


@pytest.mark.parametrize(
    ("cat", "error"), [(hostile.hang_up, StoreUnavailable), (missing, ContentNotFound)]
)
def test_a_root_of_other_content_proves_nothing(cat: Behaviour, error: type[Exception]) -> None:
    forged = well_daemon(DIGEST, cat=cat, block=answer(directory()))
    with forged as api, pytest.raises(error) as caught:
        fetch(api)
    assert type(caught.value) is error


def test_an_endpoint_that_allows_downloads_alone_can_tell_what_is_missing() -> None:
    with (
        well_daemon(DIGEST, cat=missing, block=limited(403)) as api,
        pytest.raises(ContentNotFound),
    ):
        fetch(api)


def test_a_block_that_is_refused_for_now_says_nothing() -> None:
    with (
        well_daemon(DIGEST, cat=missing, block=limited(429)) as api,
        pytest.raises(StoreUnavailable),
    ):
        fetch(api)


def test_one_experiment_serves_many_downloads() -> None:
    asked = Asked()
    with well_daemon(DIGEST, cat=missing, asked=asked) as api:
        store = IpfsStore(api)
        for _ in range(5):
            with pytest.raises(ContentNotFound):
                store.fetch(DIGEST, MAX_BYTES, 30.0)
    assert asked.count("cat", DIGEST.cid) == 5
    # experiments are made again after a second; the probe is held then
    assert 2 <= asked.count("add") <= 1 + 2
    assert asked.count("cat") <= 5 + 2 * 2


def test_a_daemon_that_forgot_what_it_held_gets_a_probe() -> None:
    asked = Asked()
    with well_daemon(DIGEST, cat=missing, asked=asked) as api:
        store = IpfsStore(api)
        held = store.add(b"held")
        asked.held.clear()
        with pytest.raises(ContentNotFound):
            store.fetch(DIGEST, MAX_BYTES, SECONDS)
    assert asked.count("cat", held.cid) == 1
    assert asked.count("add") == 3  # also one to see whether it takes anything


def fetch_where(add: Behaviour, data: bytes) -> bytes:
    """Fetch DATA, which is missing, from a daemon that holds other data and answers uploads so."""
    asked = Asked(held={Digest.of(data).cid: data})
    with well_daemon(DIGEST, cat=missing, add=add, asked=asked) as api:
        store = IpfsStore(api)
        assert store.fetch(Digest.of(data), MAX_BYTES, SECONDS) == data
        return store.fetch(DIGEST, MAX_BYTES, SECONDS)


def test_what_a_daemon_without_room_does_not_produce_others_may_have() -> None:
    """It has to write what it gets from others, and only then gives it."""
    with pytest.raises(StoreUnavailable, match="takes no new file: no space left on device"):
        fetch_where(refuse("no space left on device"), b"held")


@pytest.mark.parametrize(
    "add",
    [
        answer(b""),
        answer(b"{}"),
        answer_json({"Message": "no space left on device", "Code": 0, "Type": "error"}),
        limited(500, b"no space"),
        limited(503),
        limited(507),
        hostile.hang_up,
    ],
)
def test_whatever_is_no_success_may_be_a_full_disk(add: Behaviour) -> None:
    with pytest.raises(StoreUnavailable):
        fetch_where(add, b"held")


@pytest.mark.parametrize("add", [limited(401), limited(403), limited(404), limited(405)])
def test_who_is_let_add_nothing_can_tell_what_is_missing(add: Behaviour) -> None:
    with pytest.raises(ContentNotFound):
        fetch_where(add, b"held")


def test_a_daemon_that_takes_new_files_too_slowly_can_tell_what_is_missing() -> None:
    """A juror comes to an end, whatever a slow store would say of its room."""
    with pytest.raises(ContentNotFound):
        fetch_where(hostile.silence, b"held")


def test_a_daemon_without_room_that_was_slow_once_is_asked_anew() -> None:
    answers: Iterator[Behaviour] = chain([hostile.silence], repeat(refuse("no space left")))
    asked = Asked(held={Digest.of(b"held").cid: b"held"})

    def add(handler: Handler) -> None:
        next(answers)(handler)

    with well_daemon(DIGEST, cat=missing, add=add, asked=asked) as api:
        store = IpfsStore(api)
        assert store.fetch(Digest.of(b"held"), MAX_BYTES, SECONDS) == b"held"
        with pytest.raises(ContentNotFound):
            store.fetch(DIGEST, MAX_BYTES, SECONDS)
        with pytest.raises(StoreUnavailable, match="takes no new file: no space left"):
            store.fetch(DIGEST, MAX_BYTES, SECONDS)


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (limited(429, retry_after="7"), 7.0),
        (limited(503, retry_after="7"), 7.0),
        (limited(429), 1.0),
        (limited(503), None),
        (limited(429, retry_after="Fri, 31 Dec 1999 23:59:59 GMT"), 0.0),
        (limited(429, retry_after="soon"), 1.0),
    ],
)
def test_how_long_the_other_side_wants_to_be_left_alone_is_passed_on(
    refusal: Behaviour, seconds: float | None
) -> None:
    with daemon(cat=refusal, add=refusal, version=refusal) as api:
        store = IpfsStore(api)
        for call in (store.check, lambda: store.add(DATA), lambda: fetch(api)):
            with pytest.raises(StoreUnavailable) as caught:
                call()
            assert caught.value.retry_after == seconds


def test_the_refusals_words_are_passed_on_but_not_all_of_them() -> None:
    chatty = well_daemon(DIGEST, cat=refuse("so sorry " * 5000))
    with chatty as api, pytest.raises(ContentNotFound, match="so sorry") as caught:
        fetch(api)
    assert len(str(caught.value)) < 500


def test_the_nodes_of_these_tests_are_what_our_files_are_made_of() -> None:
    assert hashlib.sha256(leaf(DATA)).digest() == DIGEST
    halves = [bytes(CHUNK), b"x" * 9]
    node = file_root([(Digest.of(half), len(half)) for half in halves])
    assert hashlib.sha256(node).digest() == Digest.of(b"".join(halves))
