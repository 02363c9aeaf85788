"""Signatures that were given for one thing are used for another."""

import pytest
import signing
from brownie import web3
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak, to_checksum_address
from helpers import CONFIG, digest_of, only, plain, reorganized, reverting
from merkle import Roster


def split(signatures):
    return [signatures[start : start + 65] for start in range(0, len(signatures), 65)]


def refused(federation, report, verdicts, signatures):
    """The signatures do not count for this report here, in whatever order they stand."""
    digest = federation.digest(report, verdicts)
    signers = [(Account._recover_hash(digest, signature=each), each) for each in signatures]
    signers.sort(key=lambda pair: int(pair[0], 16))
    jurors = signing.addresses(federation.jurors)
    strangers = [signer for signer, _ in signers if signer not in jurors]
    before = federation.current()
    with reverting("NotAJuror", strangers[0], before["juryVersion"]):
        federation.finalize(report, verdicts, b"".join(each for _, each in signers))
    assert federation.current() == before


def test_a_report_judged_from_another_model_does_not_land_after_a_reorganization(
    federation, clients
):
    federation.submit_all()
    names = [f"round 2, {client}" for client in clients]
    with reorganized():
        # The jury's first attempt lands; round 2 starts from its model, is judged and signed.
        federation.finalize(federation.report(model_digest=digest_of("model A")))
        for client, name in zip(clients, names, strict=True):
            federation.submit(client, name)
        report, verdicts, signatures = federation.signed_report()

    # In the chain that stays a second attempt lands, with another model; all else is the same.
    federation.finalize(federation.report(attempt=1, model_digest=digest_of("model B")))
    for client, name in zip(clients, names, strict=True):
        federation.submit(client, name)

    with reverting("WrongUpdatesHash", report.updates_hash, federation.current()["updatesHash"]):
        federation.finalize(report, verdicts, signatures)
    # Nor does it when somebody puts the right hash into it.
    refused(federation, federation.report(), verdicts, split(signatures))
    federation.finalize()


def test_not_even_a_report_on_the_right_updates_lands_if_it_was_judged_from_another_model(
    federation,
):
    """The parent model is signed too, and the sender of a report cannot say what it is."""
    federation.submit_all()
    report, verdicts = federation.report(), federation.verdicts()
    for_another = federation.sign(report, verdicts, parent_model=digest_of("another model"))

    refused(federation, report, verdicts, split(for_another))


def test_a_report_does_not_land_on_a_round_of_another_roster_or_jury(federation, clients):
    """After a reorganization the same updates may stand in a round with other terms."""
    other = Roster([*clients, federation.coordinator])
    federation.submit_all()
    digests = [f"again {client}" for client in clients]

    def round_two():
        federation.finalize()
        for client, name in zip(clients, digests, strict=True):
            proof = None if plain(federation.task.roster())[0] == 1 else other.proof(client)
            federation.submit(client, name, proof=proof)
        federation.travel_to_deadline()
        return federation.signed_report()

    with reorganized():
        report, verdicts, signatures = round_two()
    with reorganized():
        federation.set_roster(other)
        round_two()
        with reverting(
            "WrongUpdatesHash", report.updates_hash, federation.current()["updatesHash"]
        ):
            federation.finalize(report, verdicts, signatures)

    # A jury of the same version, but of other members.
    heirs = signing.make_jurors(4, "heir")
    federation.set_jury(heirs, 3)
    federation.finalize(federation.report(next_jury=signing.jury_hash(heirs, 3)))
    for client, name in zip(clients, digests, strict=True):
        federation.submit(client, name)
    with reverting("WrongUpdatesHash", report.updates_hash, federation.current()["updatesHash"]):
        federation.finalize(report, verdicts, signatures)


def test_a_report_of_one_task_does_not_land_on_its_twin(federation, create, clients):
    """Two tasks of the same terms and updates: their running hashes agree, their domains not."""
    twin = create()
    for client in clients:
        federation.submit(client, "same")
        twin.submit(client, "same")
    assert twin.current()["updatesHash"] == federation.current()["updatesHash"]
    report, verdicts, signatures = federation.signed_report()
    assert twin.report() == report

    refused(twin, report, verdicts, split(signatures))
    federation.finalize(report, verdicts, signatures)


def test_a_report_of_one_chain_does_not_land_on_another(federation):
    """A task has the same address on every chain where its factory has."""
    federation.submit_all()
    report, verdicts = federation.report(), federation.verdicts()
    parent, elsewhere = federation.current()["modelDigest"], web3.eth.chain_id + 1
    signatures = [
        signing.sign(juror, report, parent, verdicts, federation.task.address, elsewhere)
        for juror in federation.jurors
    ]

    refused(federation, report, verdicts, signatures)


def test_signatures_of_anything_else_do_not_count(federation):
    federation.submit_all()
    report, verdicts = federation.report(), federation.verdicts()
    digest = keccak(b"anything else")
    signatures = [bytes(j.unsafe_sign_hash(digest).signature) for j in federation.jurors]

    refused(federation, report, verdicts, signatures)


def test_a_report_of_one_round_does_not_land_on_another(federation):
    federation.submit_all()
    first = federation.signed_report()
    federation.finalize(*first)
    federation.submit_all()

    with reverting("WrongRound", 1, 2):
        federation.finalize(*first)
    _, verdicts, signatures = first
    refused(federation, federation.report(), verdicts, split(signatures))


def test_a_report_on_a_voided_round_does_not_land_on_the_next(federation, clients):
    for client in clients:
        federation.submit(client, "same")
    report, verdicts, signatures = federation.signed_report()
    federation.travel_to_voidable()
    federation.void()
    # The same clients, the same files, the same model: it is another round all the same.
    for client in clients:
        federation.submit(client, "same")

    with reverting("WrongRound", 1, 2):
        federation.finalize(report, verdicts, signatures)
    refused(federation, federation.report(), verdicts, split(signatures))


def test_only_one_attempt_at_a_round_lands(federation):
    federation.submit_all()
    attempts = [
        federation.signed_report(attempt=number, model_digest=digest_of(f"attempt {number}"))
        for number in range(2)
    ]
    federation.finalize(*attempts[1])

    for attempt in attempts:
        with reverting("WrongRound", 1, 2):
            federation.finalize(*attempt)
    assert federation.current()["modelDigest"] == digest_of("attempt 1")


def test_signatures_of_two_attempts_do_not_add_up(federation):
    """Two jurors signed attempt 0 and two attempt 1, of the very same verdicts and model."""
    federation.submit_all()
    zero, one = federation.report(attempt=0), federation.report(attempt=1)
    verdicts = federation.verdicts()
    signatures = split(federation.sign(zero, verdicts, federation.jurors[:2]))
    signatures += split(federation.sign(one, verdicts, federation.jurors[2:]))

    refused(federation, zero, verdicts, signatures)
    refused(federation, one, verdicts, signatures)


@pytest.mark.parametrize(
    "changes",
    [
        {"attempt": 1},
        {"accuracy": 1000},
        {"model_digest": digest_of("another model")},
        {"record_digest": digest_of("another record")},
        {"next_jury": digest_of("another jury")},
    ],
)
def test_nothing_of_a_report_can_be_changed(federation, changes):
    federation.submit_all()
    _, verdicts, signatures = federation.signed_report()

    refused(federation, federation.report(**changes), verdicts, split(signatures))


def create2(factory, salt, code):
    """Where CREATE2 puts a contract."""
    sender = bytes.fromhex(factory[2:])
    return to_checksum_address(keccak(b"\xff" + sender + salt + keccak(code))[12:])


def test_no_other_task_ever_stands_at_a_tasks_address(factory, coordinator, stranger):
    """A client knows a task by its address; after a reorganization another may be made first."""
    jury = signing.addresses(signing.make_jurors(4))
    terms = [tuple(CONFIG.values()), Roster([stranger]).as_tuple(), jury, 3, [], 42]
    with reorganized():
        address = factory.createTask(*terms, {"from": coordinator}).return_value

    # Somebody else with the very same terms, and the coordinator with others, come before.
    changes = [
        ({"specDigest": digest_of("evil")}, {}),
        ({"minUpdates": 1}, {}),
        ({}, {1: Roster([coordinator]).as_tuple()}),
        ({}, {2: jury[:3]}),
        ({}, {3: 4}),
        ({}, {4: [stranger]}),
        ({}, {5: 43}),
    ]
    made = {factory.createTask(*terms, {"from": stranger}).return_value}
    for of_config, of_terms in changes:
        other = [of_terms.get(place, term) for place, term in enumerate(terms)]
        other[0] = tuple({**CONFIG, **of_config}.values())
        made.add(factory.createTask(*other, {"from": coordinator}).return_value)
    assert len(made) == 1 + len(changes)
    assert address not in made
    assert web3.eth.get_code(address) == b""

    # The task itself still fits there, once.
    again = factory.createTask(*terms, {"from": coordinator})
    assert only(again, "TaskCreated")["task"] == address
    with reverting("TaskExists", address):
        factory.createTask(*terms, {"from": coordinator})


def test_a_tasks_address_can_be_told_by_anyone_without_the_chain(factory, coordinator, stranger):
    config, roster = CONFIG, Roster([stranger]).as_tuple()
    jury = signing.addresses(signing.make_jurors(4))
    digests, numbers = list(config.values())[:2], list(config.values())[2:]
    args = b"".join(digests) + b"".join(number.to_bytes(4, "big") for number in numbers)
    kinds = [
        "address",
        "bytes",
        "(bytes32,uint32,bytes32)",
        "address[]",
        "uint32",
        "address[]",
        "uint256",
    ]
    salt = keccak(encode(kinds, [str(coordinator), args, roster, jury, 3, [str(stranger)], 42]))
    code = bytes.fromhex("61") + (len(args) + 45).to_bytes(2, "big")
    code += bytes.fromhex("3d81600a3d39f3363d3d373d3d3d363d73")
    code += bytes.fromhex(factory.implementation()[2:])
    code += bytes.fromhex("5af43d82803e903d91602b57fd5bf3") + args

    terms = (tuple(config.values()), roster, jury, 3, [stranger], 42)
    assert factory.addressOf(coordinator, *terms) == create2(factory.address, salt, code)
