"""Whose signatures make a report stand."""

import itertools

import pytest
import signing
from brownie import web3
from eth_account import Account
from helpers import digest_of, plain, reverting


@pytest.fixture(scope="module")
def five(create):
    """A federation with 3 of 5 jurors and a closed round."""
    federation = create(jurors=5, quorum=3)
    federation.submit_all()
    return federation


def outsider():
    return Account.from_key(signing.keccak(text="outsider"))


def test_the_contract_hashes_what_eth_account_signs(five):
    report, verdicts = five.report(), five.verdicts()

    expected = signing.digest(report, verdicts, five.task.address, web3.eth.chain_id)

    assert plain(five.task.hashReport(report.as_tuple(), verdicts)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"round": 7},
        {"jury_version": 7},
        {"updates_hash": digest_of("x")},
        {"baseline_correct": 2**32 - 1},
        {"model_correct": 0},
        {"model_digest": digest_of("x")},
    ],
)
def test_every_field_is_signed(five, changes):
    task, verdicts = five.task, five.verdicts()
    changed = five.report(**changes)

    hashed = plain(task.hashReport(changed.as_tuple(), verdicts))

    assert hashed == signing.digest(changed, verdicts, task.address, web3.eth.chain_id)
    assert hashed != plain(task.hashReport(five.report().as_tuple(), verdicts))


def test_the_verdicts_are_signed(five):
    report, verdicts = five.report(), five.verdicts()
    signatures = five.sign(report, verdicts)
    other = verdicts[:-1] + b"\x00"

    digest = signing.digest(report, other, five.task.address, web3.eth.chain_id)
    signer = Account._recover_hash(digest, signature=signatures[:65])
    with reverting("NotAJuror", signer, 1):
        five.finalize(report, other, signatures)


def test_the_domain_is_published(five):
    domain = map(plain, five.task.eip712Domain())
    fields, name, version, chain_id, contract, salt, extensions = domain

    assert (fields, name, version) == (b"\x0f", "fedjury", "1")
    assert (chain_id, contract) == (web3.eth.chain_id, five.task.address)
    assert (salt, extensions) == (bytes(32), ())


@pytest.mark.parametrize("members", list(itertools.combinations(range(5), 3)))
def test_any_three_of_five_are_a_quorum(five, members):
    report, verdicts = five.report(), five.verdicts()

    five.finalize(report, verdicts, five.sign(report, verdicts, [five.jurors[i] for i in members]))


@pytest.mark.parametrize("count", [4, 5])
def test_more_than_the_quorum_is_welcome(five, count):
    report, verdicts = five.report(), five.verdicts()

    five.finalize(report, verdicts, five.sign(report, verdicts, five.jurors[:count]))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_the_quorum_are_not_enough(five, count):
    report, verdicts = five.report(), five.verdicts()

    with reverting("QuorumNotReached", count, 3):
        five.finalize(report, verdicts, five.sign(report, verdicts, five.jurors[:count]))


def test_nobody_signs_twice(five):
    report, verdicts = five.report(), five.verdicts()
    first, second = five.jurors[:2]

    with reverting("SignersNotAscending", second.address, second.address):
        five.finalize(report, verdicts, five.sign(report, verdicts, [first, second, second]))


def test_signers_stand_in_ascending_order(five):
    report, verdicts = five.report(), five.verdicts()
    first, second, third = five.jurors[:3]

    with reverting("SignersNotAscending", third.address, second.address):
        five.finalize(report, verdicts, five.sign(report, verdicts, [first, third, second]))


def test_an_outsider_cannot_sign(five):
    report, verdicts = five.report(), five.verdicts()
    signers = sorted([*five.jurors[:2], outsider()], key=lambda account: account.address.lower())

    with reverting("NotAJuror", outsider().address, 1):
        five.finalize(report, verdicts, five.sign(report, verdicts, signers))


def test_an_outsider_beside_a_full_quorum_spoils_it(five):
    report, verdicts = five.report(), five.verdicts()
    signers = sorted([*five.jurors, outsider()], key=lambda account: account.address.lower())

    with reverting("NotAJuror", outsider().address, 1):
        five.finalize(report, verdicts, five.sign(report, verdicts, signers))


def test_the_coordinator_cannot_sign_or_finalize_alone(five, coordinator):
    with reverting("QuorumNotReached", 0, 3):
        five.finalize(signatures=b"", sender=coordinator)


@pytest.mark.parametrize("extra", [1, 64, 66])
def test_signatures_are_65_bytes_each(five, extra):
    report, verdicts = five.report(), five.verdicts()
    signatures = five.sign(report, verdicts) + bytes(extra)

    with reverting("WrongSignaturesLength", len(signatures)):
        five.finalize(report, verdicts, signatures)


def signed_for(federation, report, verdicts, task_address, chain_id):
    """A quorum's signatures under another domain, and who seems to have signed the first."""
    signatures = [
        signing.sign(juror, report, verdicts, task_address, chain_id)
        for juror in federation.jurors[: federation.quorum]
    ]
    digest = signing.digest(report, verdicts, federation.task.address, web3.eth.chain_id)
    seeming = [Account._recover_hash(digest, signature=signature) for signature in signatures]
    pairs = sorted(zip(seeming, signatures, strict=True), key=lambda pair: pair[0].lower())
    return b"".join(signature for _, signature in pairs), pairs[0][0]


def test_a_report_signed_for_another_chain_is_refused(five):
    report, verdicts = five.report(), five.verdicts()
    elsewhere = web3.eth.chain_id + 1
    signatures, seeming = signed_for(five, report, verdicts, five.task.address, elsewhere)

    with reverting("NotAJuror", seeming, 1):
        five.finalize(report, verdicts, signatures)


def test_a_report_signed_for_another_task_is_refused(five, create):
    other = create(jurors=5, quorum=3)
    report, verdicts = five.report(), five.verdicts()
    chain_id = web3.eth.chain_id
    signatures, seeming = signed_for(five, report, verdicts, other.task.address, chain_id)

    with reverting("NotAJuror", seeming, 1):
        five.finalize(report, verdicts, signatures)


def test_signatures_of_an_earlier_round_do_not_count_for_the_next(five):
    report, verdicts = five.report(), five.verdicts()
    signatures = five.sign(report, verdicts)
    five.finalize(report, verdicts, signatures)
    five.submit_all()
    following = five.report()

    digest = signing.digest(following, verdicts, five.task.address, web3.eth.chain_id)
    chunks = [signatures[i : i + 65] for i in range(0, len(signatures), 65)]
    chunks.sort(key=lambda chunk: Account._recover_hash(digest, signature=chunk).lower())
    seeming = Account._recover_hash(digest, signature=chunks[0])
    with reverting("NotAJuror", seeming, 1):
        five.finalize(following, verdicts, b"".join(chunks))


def test_a_malleable_signature_is_refused(five):
    report, verdicts = five.report(), five.verdicts()
    signatures = five.sign(report, verdicts)
    flipped = signing.malleated(signatures[:65])

    with reverting("ECDSAInvalidSignatureS", flipped[32:64]):
        five.finalize(report, verdicts, flipped + signatures[65:])


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_a_signature_with_a_strange_v_is_refused(five, v):
    report, verdicts = five.report(), five.verdicts()
    signatures = five.sign(report, verdicts)

    with reverting("ECDSAInvalidSignature"):
        five.finalize(report, verdicts, signatures[:64] + bytes([v]) + signatures[65:])


def test_an_empty_signature_is_refused(five):
    with reverting("ECDSAInvalidSignature"):
        five.finalize(signatures=bytes(3 * 65))
