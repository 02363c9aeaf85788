import json
import random
from typing import Any

import pytest

from fedjury.protocol.digest import Digest
from fedjury.relay.records import SignedUpdate
from fedjury.relay.refusals import Refusal, Refused
from fedjury.relay.wire import read_cid, read_update
from tests.support.fake_federation import CLIENTS
from tests.support.relayed_task import document_of
from tests.unit.relay.test_queue import update


def read(document: object) -> SignedUpdate:
    """What a body of this document holds."""
    return read_update(json.dumps(document).encode())


def test_an_update_is_read_as_it_was_written() -> None:
    assert read(document_of(update(0))) == update(0)


def test_addresses_and_hashes_may_be_of_any_case() -> None:
    document = document_of(update(0))
    for name in ("client", "digest", "signature", "parent_model"):
        document[name] = "0x" + str(document[name])[2:].upper()
    assert read(document) == update(0)
    assert read(document).entry.client == CLIENTS[0].address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("round", "3"),
        ("round", 3.0),
        ("round", True),
        ("round", 0),
        ("round", -1),
        ("round", 2**32),
        ("round", None),
        ("client", "0x12"),
        ("client", 7),
        ("client", None),
        ("client", ["0x" + "ab" * 20]),
        ("digest", "0x" + "zz" * 32),
        ("digest", "ab" * 32),
        ("digest", "0x" + "ab" * 33),
        ("digest", "0x" + "ab" * 31 + " a"),
        ("digest", "0x" + "ab" * 31 + "٣٣"),
        ("parent_model", {}),
        ("signature", "0x" + "ab" * 64),
        ("signature", "0x"),
        ("signature", ""),
    ],
)
def test_a_field_that_is_not_what_it_has_to_be_is_named(name: str, value: object) -> None:
    with pytest.raises(Refused, match=f"^{name} is n") as refused:
        read({**document_of(update(0)), name: value})
    assert refused.value.reason is Refusal.MALFORMED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'"0x"',
        b"\xff\xfe",
        b"[" * 4000,
        b'{"round": ' * 400,
        b'{"round": 1, "round": 2}',
        b'{"round": NaN}',
        json.dumps({**document_of(update(0)), "more": 1}).encode(),
        json.dumps({"round": 3}).encode(),
    ],
)
def test_a_body_that_is_no_such_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_update(body)
    assert refused.value.reason is Refusal.MALFORMED


def test_no_changed_body_does_more_than_being_refused() -> None:
    chance = random.Random(13)
    body = json.dumps(document_of(update(0))).encode()
    refused: list[Refusal] = []
    for _ in range(20_000):
        changed = bytearray(body)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(changed))
            changed[place : place + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        try:
            assert isinstance(read_update(bytes(changed)), SignedUpdate)
        except Refused as error:
            refused.append(error.reason)
    assert set(refused) == {Refusal.MALFORMED}
    assert len(refused) > 10_000


@pytest.mark.parametrize("text", ["", "Qm", "bafybeigdyrzt", "Qm" + "0" * 44, "../etc/passwd"])
def test_a_path_that_names_no_file_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_cid(text)
    assert refused.value.reason is Refusal.MALFORMED


def test_a_cid_is_read() -> None:
    digest = Digest.of(b"file")
    assert read_cid(digest.cid) == digest


def test_what_is_worth_another_try_is_told_so() -> None:
    def later(reason: Refusal) -> bool:
        return Refused(reason, "").later

    found: dict[str, Any] = {each.value: later(each) for each in Refusal}
    assert {name for name, is_later in found.items() if is_later} == {
        "no-round",
        "round-ahead",
        "busy",
        "disk",
        "files-full",
        "too-many",
        "too-slow",
    }


def test_a_field_that_is_given_twice_is_told_as_that() -> None:
    with pytest.raises(Refused, match="a field is given twice"):
        read_update(b'{"round": 1, "round": 2}')
