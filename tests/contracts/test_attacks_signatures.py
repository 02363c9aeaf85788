"""A minority of the jury, or one juror, wants to count for more than it is."""

import itertools

import pytest
import signing
from eth_account import Account
from eth_account.messages import encode_defunct
from helpers import reverting


@pytest.fixture(scope="module")
def four(create):
    """3 of 4 jurors must sign; the round is closed."""
    federation = create()
    federation.submit_all()
    return federation


def signed(federation, report, verdicts, jurors):
    return [federation.sign(report, verdicts, [juror]) for juror in jurors]


def attempt(federation, report, verdicts, signatures):
    return federation.finalize(report, verdicts, b"".join(signatures))


def test_one_juror_does_not_sign_three_times(four):
    report, verdicts = four.report(), four.verdicts()
    for juror in four.jurors:
        with reverting("SignersNotAscending", juror.address, juror.address):
            attempt(four, report, verdicts, signed(four, report, verdicts, [juror]) * 3)


def test_two_jurors_are_not_three_in_any_order(four):
    report, verdicts = four.report(), four.verdicts()
    first, second = signed(four, report, verdicts, four.jurors[:2])
    for order in set(itertools.product([first, second], repeat=3)):
        with pytest.raises(Exception, match="SignersNotAscending"):
            attempt(four, report, verdicts, order)


def test_a_malleated_signature_is_no_second_one(four):
    """s and n - s sign the same: taken for two, one juror would count twice."""
    report, verdicts = four.report(), four.verdicts()
    first, second = signed(four, report, verdicts, four.jurors[:2])
    for signature in (first, second):
        flipped = signing.malleated(signature)
        digest = four.digest(report, verdicts)
        assert Account._recover_hash(digest, signature=flipped) in signing.addresses(
            four.jurors[:2]
        )
        with pytest.raises(Exception, match=r"ECDSAInvalidSignatureS|SignersNotAscending"):
            attempt(four, report, verdicts, [first, second, flipped])
        with reverting("ECDSAInvalidSignatureS", flipped[32:64]):
            attempt(four, report, verdicts, [flipped, first, second])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
def test_unsorted_signers_do_not_count(four, order):
    report, verdicts = four.report(), four.verdicts()
    signatures = signed(four, report, verdicts, four.jurors[:3])

    with pytest.raises(Exception, match="SignersNotAscending"):
        attempt(four, report, verdicts, [signatures[place] for place in order])


def test_a_signature_that_recovers_to_nobody_does_not_count(four):
    report, verdicts = four.report(), four.verdicts()
    good = signed(four, report, verdicts, four.jurors[:2])
    for nobody in (bytes(65), bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1c"):
        with pytest.raises(Exception, match="ECDSAInvalidSignature"):
            attempt(four, report, verdicts, [nobody, *good])


def test_compact_signatures_do_not_count(four):
    """EIP-2098 has one in 64 bytes, which would be a second form of the same."""
    report, verdicts = four.report(), four.verdicts()
    shorter = [each[:64] for each in signed(four, report, verdicts, four.jurors[:3])]

    with reverting("WrongSignaturesLength", 3 * 64):
        attempt(four, report, verdicts, shorter)


def test_bytes_behind_the_signatures_are_refused(four):
    report, verdicts = four.report(), four.verdicts()
    good = signed(four, report, verdicts, four.jurors[:3])

    with reverting("WrongSignaturesLength", 3 * 65 + 1):
        attempt(four, report, verdicts, [*good, b"\x00"])


def test_a_personal_message_is_no_report(four):
    """A juror that can be made to sign any text signs no report by it."""
    report, verdicts = four.report(), four.verdicts()
    digest = four.digest(report, verdicts)
    signatures = sorted(
        (bytes(juror.sign_message(encode_defunct(digest)).signature) for juror in four.jurors),
        key=lambda each: int(Account._recover_hash(digest, signature=each), 16),
    )
    seeming = Account._recover_hash(digest, signature=signatures[0])

    with reverting("NotAJuror", seeming, 1):
        attempt(four, report, verdicts, signatures)
