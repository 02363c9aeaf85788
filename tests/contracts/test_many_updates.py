"""Nothing in a round grows with its members but the verdicts."""

from brownie import web3
from helpers import ACCEPTED, digest_of, running_hash, send

# EIP-7825: most gas of one transaction on mainnet.
TRANSACTION_LIMIT = 16_777_216
MANY = 300


def floor_of(data):
    """EIP-7623: least gas of a transaction, by its data alone."""
    zeros = data.count(0)
    return 21_000 + 10 * zeros + 40 * (len(data) - zeros)


def finalized(create, members):
    """The transaction that finalizes a round with these clients."""
    federation = create(members=members[:10], minUpdates=len(members), maxUpdates=len(members))
    for start in range(10, len(members), 100):
        page = members[start : start + 100]
        federation.task.registerClients(page, {"from": federation.coordinator})
    gas = {
        send(member, federation.task.submitUpdate, 1, digest_of(index))["gasUsed"]
        for index, member in enumerate(members)
    }
    updates = [(member, digest_of(index)) for index, member in enumerate(members)]
    assert federation.current()["updatesHash"] == running_hash(1, updates)
    return federation.finalize(verdicts=ACCEPTED * len(members)), gas


def test_a_round_of_300_updates_and_what_10_000_would_cost(create, accounts):
    members = list(accounts[1 : MANY + 1])
    few, _ = finalized(create, members[:100])
    many, submissions = finalized(create, members)

    # The first update of a task fills an empty slot, the last one of a round closes it.
    steady = sorted(submissions)[:-1]
    assert steady[-1] - steady[0] < 200

    # Straight up from two sizes, with the quadratic part of memory (words² / 512) on top: a round
    # of n updates holds 5n bytes of verdicts at most three times in memory.
    each = (many.gas_used - few.gas_used) / (MANY - 100)
    words = 3 * 5 * 10_000 / 32
    expected = many.gas_used + each * (10_000 - MANY) + words**2 / 512
    assert expected < TRANSACTION_LIMIT / 2

    data = bytes(web3.eth.get_transaction(many.txid)["input"])
    assert floor_of(data + b"\xff" * 5 * (10_000 - MANY)) < TRANSACTION_LIMIT / 2
    # The largest round that a task may be created for.
    assert floor_of(data + b"\xff" * 5 * (20_000 - MANY)) < TRANSACTION_LIMIT
