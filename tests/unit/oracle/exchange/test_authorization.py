from base64 import b64encode
from dataclasses import replace

import pytest
from eth_account import Account

from fedjury.oracle.exchange.authorization import (
    authorize,
    caller_of,
    from_header,
    in_header,
    read_authorization,
)
from fedjury.protocol.statements.endpoint import Announcement, PeerRequest
from fedjury.protocol.statements.signed import TaskDomain, sign

ASKER, ASKED, OTHER = (Account.from_key(bytes([each]) * 32) for each in (1, 2, 3))
DOMAIN = TaskDomain(31337, "0x" + "12" * 20)
TARGET = "/rounds/1/0x00/feed?after=3&wait=20"


def header() -> str:
    return authorize(ASKER, DOMAIN, ASKED.address.lower(), TARGET, 1_700_000_000)


def test_a_request_says_who_asks_whom_for_what_and_when() -> None:
    signed = read_authorization(header())
    assert signed.statement == PeerRequest(
        peer=ASKED.address.lower(), target=TARGET, date=1_700_000_000
    )
    caller = caller_of(signed, DOMAIN)
    assert caller is not None
    assert caller.address == ASKER.address.lower()
    assert caller.key[0] == 4
    assert len(caller.key) == 65


def test_a_signature_holds_for_its_task_its_signer_and_its_words_alone() -> None:
    signed = read_authorization(header())
    assert caller_of(signed, TaskDomain(1, DOMAIN.task)) is None
    assert caller_of(signed, TaskDomain(DOMAIN.chain_id, "0x" + "13" * 20)) is None
    assert caller_of(replace(signed, signer=OTHER.address.lower()), DOMAIN) is None
    later = signed.statement.model_copy(update={"date": 1_700_000_001})
    assert caller_of(replace(signed, statement=later), DOMAIN) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Fedjury",
        "Fedjury ",
        "Basic " + header().partition(" ")[2],
        "Fedjury not-base64!",
        "Fedjury " + b64encode(b"[]").decode(),
        "Fedjury " + b64encode(b"[" * 1000).decode(),
        "Fedjury " + b64encode(b"\xff\xfe").decode(),
        "Fedjury " + "A" * 8000,
        header() + "A",
        header()[:-8],
    ],
)
def test_what_is_no_signed_request_is_a_value_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"scheme|base64|no JSON|no signed|longer|statement"):
        read_authorization(value)


def test_a_statement_of_another_kind_is_no_request() -> None:
    announced = sign(ASKER, Announcement(url="http://a:1", issued_at=1), DOMAIN)
    with pytest.raises(ValueError, match="not expected here"):
        read_authorization(f"Fedjury {in_header(announced)}")
    assert from_header(in_header(announced), Announcement) == announced


def test_the_longest_target_fits() -> None:
    long = "/" + "a" * 999
    value = authorize(ASKER, DOMAIN, ASKED.address.lower(), long, 2**64 - 1)
    assert len(value) < 4000
    assert read_authorization(value).statement.target == long
