"""Nothing in a round grows with its members but the verdicts."""

from brownie import web3
from helpers import ACCEPTED, digest_of, floor_of, lone, send

# EIP-7825: most gas of one transaction on mainnet.
TRANSACTION_LIMIT = 16_777_216
FEW, MANY, MOST = 100, 300, 100_000


def finalized(create, members):
    """The transaction that finalizes a round with these clients, and what submitting cost."""
    federation = create(members=members, minUpdates=len(members), maxUpdates=len(members))
    gas = []
    for index, member in enumerate(members):
        proof = federation.roster.proof(member)
        receipt = send(member, federation.task.submitUpdate, 1, digest_of(index), proof)
        gas.append(receipt["gasUsed"])
    submissions = [lone(member, digest_of(index)) for index, member in enumerate(members)]
    assert federation.current()["updatesHash"] == federation.updates_hash(submissions=submissions)
    return federation.finalize(verdicts=ACCEPTED * len(members)), gas


def test_a_round_of_300_updates_and_what_100_000_would_cost(create, accounts):
    members = list(accounts[1 : MANY + 1])
    few, _ = finalized(create, members[:FEW])
    many, submissions = finalized(create, members)

    # Proofs differ by a hash in length, and zeros in the calldata cost less.
    assert max(submissions) - min(submissions) < 1200

    # Straight up from two sizes, with the quadratic part of memory (words² / 512) on top: a round
    # of n updates holds n bytes of verdicts at most three times in memory.
    each = (many.gas_used - few.gas_used) / (MANY - FEW)
    words = 3 * MOST / 32
    expected = many.gas_used + each * (MOST - MANY) + words**2 / 512
    assert expected < TRANSACTION_LIMIT / 2

    # The largest round that a task may be created for.
    data = bytes(web3.eth.get_transaction(many.txid)["input"])
    assert floor_of(data + b"\xff" * (MOST - MANY)) < TRANSACTION_LIMIT / 2
