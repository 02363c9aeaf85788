"""Creating tasks: what is checked, what is fixed, what is locked."""

import pytest
import signing
from brownie import FederatedTask as Task
from brownie import web3
from helpers import (
    CONFIG,
    FINISHED,
    ROUND_SECONDS,
    ZERO,
    digest_of,
    only,
    plain,
    refused_to,
    reverting,
    running_hash,
)
from merkle import NOBODY, Roster

UPDATES_LIMIT = 100_000
DAY = 86_400
# docs of EIP-1167: the code before and after the implementation's address.
PROXY_HEAD, PROXY_TAIL = "363d3d373d3d3d363d73", "5af43d82803e903d91602b57fd5bf3"


def terms(juror, **changes):
    """What createTask takes, but for the changes."""
    given = {
        "config": tuple(CONFIG.values()),
        "roster": NOBODY,
        "jurors": [juror],
        "quorum": 1,
        "relayers": [],
        "nonce": 0,
    }
    return tuple({**given, **changes}.values())


def test_a_new_task_is_told(create, coordinator):
    federation = create()

    assert only(federation.creation, "TaskCreated") == {
        "task": federation.task.address,
        "coordinator": coordinator,
        "specDigest": digest_of("spec"),
        "nonce": only(federation.creation, "TaskCreated")["nonce"],
    }


def test_a_new_task_opens_its_first_round(create):
    federation = create()

    deadline = federation.creation.timestamp + ROUND_SECONDS
    assert only(federation.creation, "RoundOpened") == {
        "round": 1,
        "rosterVersion": 1,
        "juryVersion": 1,
        "deadline": deadline,
        "modelDigest": digest_of("genesis"),
    }
    assert federation.current() == {
        "number": 1,
        "submitted": 0,
        "batched": 0,
        "deadline": deadline,
        "rosterVersion": 1,
        "juryVersion": 1,
        "updatesHash": running_hash(
            1, digest_of("genesis"), federation.roster.root, federation.jury, []
        ),
        "modelDigest": digest_of("genesis"),
    }


def test_a_task_is_a_minimal_proxy_with_its_config_behind_the_code(factory, create):
    federation = create(rounds=0xABCD)
    code = bytes(web3.eth.get_code(federation.task.address)).hex()

    implementation = factory.implementation()[2:].lower()
    assert code.startswith(PROXY_HEAD + implementation + PROXY_TAIL)
    assert code.endswith("0000abcd")
    assert len(code) // 2 == 45 + 96


@pytest.mark.parametrize(
    "numbers",
    [
        (1, 0, 1, 4, DAY, 1, 1, 0),
        (
            2**32 - 1,
            2**32 - 2,
            2**30 - 1,
            2**32 - 1,
            90 * DAY,
            UPDATES_LIMIT,
            UPDATES_LIMIT,
            2**32 - 1,
        ),
        (3, 2, 1, 5, DAY + 1, 6, 7, 8),
    ],
)
def test_the_config_can_be_read_back(create, numbers):
    names = list(CONFIG)[2:]
    federation = create(**dict(zip(names, numbers, strict=True)))

    assert plain(federation.task.config()) == (digest_of("spec"), digest_of("genesis"), *numbers)


def test_the_config_is_the_same_after_everything(create, coordinator):
    federation = create()
    before = plain(federation.task.config())
    federation.submit_all()
    federation.finalize()
    federation.set_jury(federation.jurors, 4)
    federation.set_roster(Roster([]))
    federation.travel_to_voidable()
    federation.void()

    assert plain(federation.task.config()) == before


def test_tasks_do_not_share_state(create, clients):
    one, other = create(), create()
    one.submit(clients[0])

    assert other.current()["submitted"] == 0
    other.submit(clients[0])


def test_anyone_may_create_a_task(factory, stranger):
    made = factory.createTask(*terms(stranger), {"from": stranger})

    assert only(made, "TaskCreated")["coordinator"] == stranger
    assert Task.at(made.return_value).owner() == stranger


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (("ZeroSpecDigest",), {"specDigest": bytes(32)}),
        (("ZeroGenesisDigest",), {"genesisDigest": bytes(32)}),
        (("ZeroRoundSeconds",), {"roundSeconds": 0}),
        (("InvalidBatchSeconds", 1000, 1000), {"batchSeconds": 1000}),
        (("ZeroAvailabilitySeconds",), {"availabilitySeconds": 0}),
        (("GraceTooShort", 500, 504), {"availabilitySeconds": 126}),
        (("GraceTooShort", 0, 4), {"availabilitySeconds": 1, "graceSeconds": 0}),
        (("GraceTooShort", 500, 4 * (2**32 - 1)), {"availabilitySeconds": 2**32 - 1}),
        (("InvalidNoticeSeconds", 0, DAY, 90 * DAY), {"noticeSeconds": 0}),
        (("InvalidNoticeSeconds", DAY - 1, DAY, 90 * DAY), {"noticeSeconds": DAY - 1}),
        (("InvalidNoticeSeconds", 90 * DAY + 1, DAY, 90 * DAY), {"noticeSeconds": 90 * DAY + 1}),
        (("InvalidUpdateBounds", 0, 3, UPDATES_LIMIT), {"minUpdates": 0}),
        (("InvalidUpdateBounds", 4, 3, UPDATES_LIMIT), {"minUpdates": 4}),
        (
            ("InvalidUpdateBounds", 2, UPDATES_LIMIT + 1, UPDATES_LIMIT),
            {"maxUpdates": UPDATES_LIMIT + 1},
        ),
        (("InvalidUpdateBounds", 2, 2**32 - 1, UPDATES_LIMIT), {"maxUpdates": 2**32 - 1}),
        (("InvalidQuorum", 2, 4), {"quorum": 2}),
        (("InvalidQuorum", 3, 0), {"jurors": 0}),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(create, error, changes):
    with reverting(*error):
        create(**changes)


def test_half_a_roster_is_refused(factory, coordinator):
    half = (digest_of("root"), 0, digest_of("file"))
    with reverting("IncompleteRoster", *half):
        factory.createTask(*terms(coordinator, roster=half), {"from": coordinator})


def test_a_juror_named_twice_is_refused(factory, coordinator):
    juror = signing.make_jurors(1)[0].address
    with reverting("JurorsNotAscending", juror, juror):
        given = terms(None, jurors=[juror, juror], quorum=2)
        factory.createTask(*given, {"from": coordinator})


def test_the_address_follows_from_the_terms(factory, coordinator):
    given = terms(coordinator)
    expected = factory.addressOf(coordinator, *given)

    assert factory.createTask(*given, {"from": coordinator}).return_value == expected
    with reverting("TaskExists", expected):
        factory.createTask(*given, {"from": coordinator})


def test_other_terms_have_another_address(factory, coordinator, stranger):
    members = Roster([coordinator]).as_tuple()
    changed = [
        {"config": tuple({**CONFIG, name: digest_of("other")}.values())}
        for name in ("specDigest", "genesisDigest")
    ]
    changed += [
        {"config": tuple({**CONFIG, name: CONFIG[name] + 1}.values())} for name in list(CONFIG)[2:]
    ]
    changed += [
        {"roster": members},
        {"roster": (members[0], 2, members[2])},
        {"roster": (*members[:2], digest_of("other"))},
        {"jurors": [stranger]},
        {"quorum": 2},
        {"relayers": [stranger]},
        {"relayers": [stranger, coordinator]},
        {"nonce": 1},
    ]
    given = [terms(coordinator), *(terms(coordinator, **change) for change in changed)]
    addresses = [factory.addressOf(coordinator, *each) for each in given]
    addresses.append(factory.addressOf(stranger, *given[0]))

    assert len(set(addresses)) == len(addresses)


@pytest.fixture
def implementation(factory):
    return Task.at(factory.implementation())


def test_the_implementation_is_nobodys(implementation, coordinator, clients):
    assert implementation.owner() == ZERO
    accounts = [coordinator, clients[0]]
    refused_to(accounts, lambda who: implementation.setRoster(NOBODY, {"from": who}))
    refused_to(accounts, lambda who: implementation.setJury([who], 1, {"from": who}))
    refused_to(accounts, lambda who: implementation.setRelayer(who, True, {"from": who}))
    refused_to(accounts, lambda who: implementation.acceptOwnership({"from": who}))


def test_the_implementation_does_nothing(implementation, clients):
    report = (0, 0, bytes(32), 0, 0, digest_of("x"), digest_of("x"), bytes(32))

    assert implementation.phase() == FINISHED
    with reverting("TaskFinished"):
        implementation.submitUpdate(0, digest_of("x"), [], {"from": clients[0]})
    with reverting("TaskFinished"):
        implementation.submitBatch(0, 1, digest_of("x"), {"from": clients[0]})
    assert implementation.batchRoom() == 0
    with reverting("TaskFinished"):
        implementation.finalizeRound(report, b"", b"", {"from": clients[0]})
    with reverting("TaskFinished"):
        implementation.voidRound(0, {"from": clients[0]})
    with reverting("NotATask"):
        implementation.config()


def test_only_the_factory_initializes(implementation, create, coordinator):
    arguments = (coordinator, NOBODY, [coordinator], 1, [])
    for contract in (implementation, create().task):
        with reverting("NotTheFactory", coordinator):
            contract.initialize(*arguments, {"from": coordinator})


def clone_of(implementation, arguments, sender):
    """Deploys a proxy with immutable arguments by hand; returns it as a task."""
    code = PROXY_HEAD + implementation.address[2:] + PROXY_TAIL + arguments.hex()
    size = (len(code) // 2).to_bytes(2, "big").hex()
    made = sender.transfer(data="0x61" + size + "3d81600a3d39f3" + code)
    return Task.at(made.contract_address)


def test_a_task_is_initialized_once_even_by_its_factory(accounts):
    factory = accounts[7]
    implementation = Task.deploy({"from": factory})
    numbers = b"".join(number.to_bytes(4, "big") for number in range(1, 9))
    task = clone_of(implementation, digest_of("spec") + digest_of("genesis") + numbers, factory)
    arguments = (factory, NOBODY, [factory], 1, [])

    with reverting("NotATask"):
        implementation.initialize(*arguments, {"from": factory})
    with reverting("OwnableInvalidOwner", ZERO):
        task.initialize(ZERO, *arguments[1:], {"from": factory})
    task.initialize(*arguments, {"from": factory})
    assert plain(task.config())[2:] == tuple(range(1, 9))
    with reverting("AlreadyInitialized"):
        task.initialize(*arguments, {"from": factory})
