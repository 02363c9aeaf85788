"""Verdicts as the chain holds them."""

import pytest

from fedjury.protocol.verdicts import Verdict, VerdictCode, pack, unpack


def test_a_verdict_is_a_byte() -> None:
    assert pack([VerdictCode.ACCEPTED, VerdictCode.DUPLICATE]) == bytes.fromhex("0108")


@pytest.mark.parametrize("code", VerdictCode)
def test_every_code_survives_the_packing(code: VerdictCode) -> None:
    assert unpack(pack([code, VerdictCode.ACCEPTED])) == [code, VerdictCode.ACCEPTED]


def test_no_verdicts_are_no_bytes() -> None:
    assert pack([]) == b""
    assert unpack(b"") == []


@pytest.mark.parametrize("code", [0, 13, 255])
def test_a_code_that_nobody_defined_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        unpack(bytes([1, code]))


def test_codes_are_those_of_the_protocol() -> None:
    assert {code.label: int(code) for code in VerdictCode} == {
        "accepted": 1,
        "not-improved": 2,
        "unavailable": 3,
        "too-large": 4,
        "malformed": 5,
        "not-finite": 6,
        "not-the-senders": 7,
        "duplicate": 8,
        "model-raises": 9,
        "bad-signature": 10,
        "not-in-roster": 11,
        "superseded": 12,
    }


def test_what_passed_the_formal_checks_is_well_formed_and_has_a_count_if_a_rule_saw_it() -> None:
    well_formed = [code.label for code in VerdictCode if code.well_formed]
    assert well_formed == ["accepted", "not-improved", "model-raises"]
    assert [code.label for code in VerdictCode if code.evaluated] == ["accepted", "not-improved"]


def test_only_accepted_is_accepted() -> None:
    assert [code for code in VerdictCode if code.accepted] == [VerdictCode.ACCEPTED]
    assert [code for code in VerdictCode if Verdict(code).accepted] == [VerdictCode.ACCEPTED]
