"""Whose signatures make a report stand."""

import itertools

import pytest
import signing
from brownie import web3
from eth_account import Account
from helpers import digest_of, plain, reverting


@pytest.fixture(scope="module")
def five(create):
    """A federation with 4 of 5 jurors and a closed round."""
    federation = create(jurors=5, quorum=4)
    federation.submit_all()
    return federation


def outsider():
    return Account.from_key(signing.keccak(text="outsider"))


def test_the_contract_hashes_what_eth_account_signs(five):
    report, verdicts = five.report(), five.verdicts()

    expected = five.digest(report, verdicts)

    assert plain(five.task.hashReport(report.as_tuple(), verdicts)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"round": 7},
        {"jury_version": 7},
        {"updates_hash": digest_of("x")},
        {"attempt": 2**32 - 1},
        {"accuracy": 0xFFFF},
        {"model_digest": digest_of("x")},
        {"record_digest": digest_of("x")},
        {"next_jury": digest_of("x")},
    ],
)
def test_every_field_is_signed(five, changes):
    task, verdicts = five.task, five.verdicts()
    changed = five.report(**changes)

    hashed = plain(task.hashReport(changed.as_tuple(), verdicts))

    assert hashed == five.digest(changed, verdicts)
    assert hashed != plain(task.hashReport(five.report().as_tuple(), verdicts))


def test_the_parent_model_is_signed_and_taken_from_the_chain(five):
    report, verdicts = five.report(), five.verdicts()
    assert plain(five.task.hashReport(report.as_tuple(), verdicts)) == five.digest(report, verdicts)

    five.finalize()

    # The same report's hash is another one now: the task's model is.
    hashed = plain(five.task.hashReport(report.as_tuple(), verdicts))
    assert hashed == five.digest(report, verdicts, digest_of("model 1"))


def test_the_verdicts_are_signed(five):
    report, verdicts, signatures = five.signed_report()
    other = verdicts[:-1] + b"\x00"

    digest = five.digest(report, other)
    signer = Account._recover_hash(digest, signature=signatures[:65])
    with reverting("NotAJuror", signer, 1):
        five.finalize(report, other, signatures)


def test_the_domain_is_published(five):
    domain = map(plain, five.task.eip712Domain())
    fields, name, version, chain_id, contract, salt, extensions = domain

    assert (fields, name, version) == (b"\x0f", "fedjury", "2")
    assert (chain_id, contract) == (web3.eth.chain_id, five.task.address)
    assert (salt, extensions) == (bytes(32), ())


@pytest.mark.parametrize("members", list(itertools.combinations(range(5), 4)))
def test_any_four_of_five_are_a_quorum(five, members):
    five.finalize(jurors=[five.jurors[i] for i in members])


def test_more_than_the_quorum_is_welcome(five):
    five.finalize(jurors=five.jurors)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_fewer_than_the_quorum_are_not_enough(five, count):
    with reverting("QuorumNotReached", count, 4):
        five.finalize(jurors=five.jurors[:count])


def test_nobody_signs_twice(five):
    first, second, third = five.jurors[:3]

    with reverting("SignersNotAscending", second.address, second.address):
        five.finalize(jurors=[first, second, second, third])


def test_signers_stand_in_ascending_order(five):
    first, second, third = five.jurors[:3]

    with reverting("SignersNotAscending", third.address, second.address):
        five.finalize(jurors=[first, third, second, five.jurors[3]])


def test_an_outsider_cannot_sign(five):
    signers = signing.ascending([*five.jurors[:3], outsider()])

    with reverting("NotAJuror", outsider().address, 1):
        five.finalize(jurors=signers)


def test_an_outsider_beside_a_full_quorum_spoils_it(five):
    signers = signing.ascending([*five.jurors, outsider()])

    with reverting("NotAJuror", outsider().address, 1):
        five.finalize(jurors=signers)


def test_the_coordinator_cannot_sign_or_finalize_alone(five, coordinator):
    with reverting("QuorumNotReached", 0, 4):
        five.finalize(signatures=b"", sender=coordinator)


@pytest.mark.parametrize("extra", [1, 64, 66])
def test_signatures_are_65_bytes_each(five, extra):
    report, verdicts, signatures = five.signed_report()
    signatures += bytes(extra)

    with reverting("WrongSignaturesLength", len(signatures)):
        five.finalize(report, verdicts, signatures)


def taken_for(federation, report, verdicts, signatures):
    """Signatures of something else as a report's, ascending by who then seems to have made them.

    Returns them, and who seems to have made the first.
    """
    digest = federation.digest(report, verdicts)
    pairs = [(Account._recover_hash(digest, signature=each), each) for each in signatures]
    pairs.sort(key=lambda pair: int(pair[0], 16))
    return b"".join(each for _, each in pairs), pairs[0][0]


def signed_for(federation, report, verdicts, task_address, chain_id):
    """A quorum's signatures under another domain, and who seems to have made the first."""
    signatures = [
        signing.sign(juror, report, digest_of("genesis"), verdicts, task_address, chain_id)
        for juror in federation.jurors[: federation.quorum]
    ]
    return taken_for(federation, report, verdicts, signatures)


def test_a_report_signed_for_another_chain_is_refused(five):
    report, verdicts = five.report(), five.verdicts()
    elsewhere = web3.eth.chain_id + 1
    signatures, seeming = signed_for(five, report, verdicts, five.task.address, elsewhere)

    with reverting("NotAJuror", seeming, 1):
        five.finalize(report, verdicts, signatures)


def test_a_report_signed_for_another_task_is_refused(five, create):
    other = create(jurors=5, quorum=4)
    report, verdicts = five.report(), five.verdicts()
    chain_id = web3.eth.chain_id
    signatures, seeming = signed_for(five, report, verdicts, other.task.address, chain_id)

    with reverting("NotAJuror", seeming, 1):
        five.finalize(report, verdicts, signatures)


def test_signatures_of_an_earlier_round_do_not_count_for_the_next(five):
    report, verdicts, signatures = five.signed_report()
    five.finalize(report, verdicts, signatures)
    five.submit_all()
    following = five.report()

    earlier = [signatures[i : i + 65] for i in range(0, len(signatures), 65)]
    replayed, seeming = taken_for(five, following, verdicts, earlier)
    with reverting("NotAJuror", seeming, 1):
        five.finalize(following, verdicts, replayed)


def test_a_malleable_signature_is_refused(five):
    report, verdicts, signatures = five.signed_report()
    flipped = signing.malleated(signatures[:65])

    with reverting("ECDSAInvalidSignatureS", flipped[32:64]):
        five.finalize(report, verdicts, flipped + signatures[65:])


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_a_signature_with_a_strange_v_is_refused(five, v):
    report, verdicts, signatures = five.signed_report()

    with reverting("ECDSAInvalidSignature"):
        five.finalize(report, verdicts, signatures[:64] + bytes([v]) + signatures[65:])


def test_an_empty_signature_is_refused(five):
    with reverting("ECDSAInvalidSignature"):
        five.finalize(signatures=bytes(4 * 65))
