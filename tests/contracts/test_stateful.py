"""The contract against a model of it in Python, whatever happens in whatever order."""

from contextlib import nullcontext

import signing
from brownie import chain
from brownie.test import strategy
from helpers import (
    ACCEPTED,
    CLOSED,
    FINISHED,
    GRACE_SECONDS,
    OPEN,
    ROUND_SECONDS,
    digest_of,
    mine_at,
    now,
    plain,
    reverting,
    running_hash,
)
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

ROUNDS, FEWEST, MOST = 4, 2, 4
JURORS = signing.make_jurors(5)


class Model:
    """What a task should be, and which error each call should end with (None: it goes through)."""

    def __init__(self, clients, jurors, opened_at):
        self.clients = {client: [index + 1, 0, True] for index, client in enumerate(clients)}
        self.juries = {1: (jurors, 2)}
        self.paused = False
        self.model = digest_of("genesis")
        self.round = 0
        self.open_next(opened_at)

    def open_next(self, time):
        self.round += 1
        self.updates = []
        self.jury = max(self.juries)
        self.deadline = 0 if self.finished() else time + ROUND_SECONDS

    def finished(self):
        return self.round > ROUNDS

    def closed(self, time):
        return time >= self.deadline and len(self.updates) >= FEWEST

    def phase(self, time):
        if self.finished():
            return FINISHED
        return CLOSED if self.closed(time) else OPEN

    def wrong_round(self, given):
        if self.finished():
            return ("TaskFinished",)
        return None if given == self.round else ("WrongRound", given, self.round)

    def submit(self, client, given, digest, time):
        index, last, active = self.clients.get(client, (0, 0, False))
        error = self.wrong_round(given)
        if error is None and self.paused:
            error = ("EnforcedPause",)
        elif error is None and self.closed(time):
            error = ("RoundClosed", given, self.deadline)
        elif error is None and not active:
            error = ("NotAClient", client)
        elif error is None and last == given:
            error = ("AlreadySubmitted", client, given)
        if error is None:
            self.clients[client] = [index, given, True]
            self.updates.append((client, digest))
            if len(self.updates) == MOST or self.closed(time):
                self.deadline = time
        return error

    def finalize(self, report, verdicts, signers, time):
        jurors, quorum = self.juries[self.jury]
        expected_hash = running_hash(self.round, self.updates)
        length = 5 * len(self.updates)
        strangers = [signer for signer in signers if signer not in jurors]
        # In the contract's order: the first that is so is told.
        problems = [
            (self.wrong_round(report.round), *(self.wrong_round(report.round) or ())),
            (self.paused, "EnforcedPause"),
            (not self.closed(time), "RoundNotClosed", self.round, len(self.updates), self.deadline),
            (
                report.updates_hash != expected_hash,
                "WrongUpdatesHash",
                report.updates_hash,
                expected_hash,
            ),
            (report.jury_version != self.jury, "WrongJuryVersion", report.jury_version, self.jury),
            (len(verdicts) != length, "WrongVerdictsLength", len(verdicts), length),
            (len(signers) < quorum, "QuorumNotReached", len(signers), quorum),
            (strangers, "NotAJuror", *(strangers[0].address for _ in strangers[:1]), self.jury),
        ]
        for is_so, *error in problems:
            if is_so:
                return error
        self.model = report.model_digest
        self.open_next(time)
        return None

    def void(self, given, time):
        error = self.wrong_round(given)
        if error is None and time < self.deadline + GRACE_SECONDS:
            error = ("TooEarlyToVoid", given, self.deadline + GRACE_SECONDS)
        if error is None:
            self.open_next(time)
        return error


def expecting(error):
    return nullcontext() if error is None else reverting(*error)


WHO = strategy("uint8", max_value=5)
# Mostly the round that is on; sometimes the one before or after.
SHIFT = strategy("uint8", max_value=7)
FLAW = strategy("uint8", max_value=7)
SIZE = strategy("uint8", min_value=1, max_value=5)
SECONDS = strategy("uint16", min_value=2, max_value=2 * ROUND_SECONDS)


class Machine(RuleBasedStateMachine):
    """Hypothesis's own machine: the compiled Brownie refuses the classes that its own one makes."""

    def __init__(self, create, accounts):
        super().__init__()
        chain.revert()
        self.accounts = list(accounts[1:7])
        members = self.accounts[:4]
        self.federation = create(members=members, minUpdates=FEWEST, maxUpdates=MOST, rounds=ROUNDS)
        self.task = self.federation.task
        self.owner = {"from": self.federation.coordinator}
        opened_at = self.federation.creation.timestamp
        self.model = Model(members, self.federation.jurors, opened_at)

    def given_round(self, shift):
        return self.model.round + {0: -1, 1: 1}.get(shift, 0)

    @rule(who=WHO, shift=SHIFT)
    def submit(self, who, shift):
        client, given = self.accounts[who], self.given_round(shift)
        digest = digest_of(f"{who} {given}")
        with expecting(self.model.submit(client, given, digest, now() + 1)):
            self.task.submitUpdate(given, digest, {"from": client})

    @rule(who=WHO)
    def submit_rightly(self, who):
        # Updates twice as often as anything else: without them little happens.
        self.submit(who, shift=2)

    @rule(flaw=FLAW)
    def finalize(self, flaw):
        model = self.model
        jurors, quorum = model.juries[model.jury]
        report = signing.Report(
            round=model.round + (flaw == 1),
            jury_version=model.jury + (flaw == 2),
            updates_hash=running_hash(model.round, model.updates[flaw == 3 :]),
            baseline_correct=1,
            model_correct=2,
            model_digest=digest_of(f"model {model.round}"),
        )
        verdicts = ACCEPTED * len(model.updates) + bytes(flaw == 4)
        signers = jurors[: quorum - (flaw == 5)]
        if flaw == 6:
            signers = JURORS
        signatures = self.federation.sign(report, verdicts, signers)
        with expecting(model.finalize(report, verdicts, signers, now() + 1)):
            self.task.finalizeRound(report.as_tuple(), verdicts, signatures, self.owner)

    @rule(shift=SHIFT)
    def void(self, shift):
        given = self.given_round(shift)
        with expecting(self.model.void(given, now() + 1)):
            self.task.voidRound(given, self.owner)

    @rule(size=SIZE)
    def rotate(self, size):
        jurors, quorum = JURORS[-size:], size // 2 + 1
        self.task.setJury([juror.address for juror in jurors], quorum, self.owner)
        self.model.juries[max(self.model.juries) + 1] = (jurors, quorum)

    @rule(who=WHO)
    def register_or_remove(self, who):
        client, known = self.accounts[who], self.model.clients
        index, last, active = known.get(client, (len(known) + 1, 0, False))
        known[client] = [index, last, not active]
        if active:
            self.task.removeClients([client], self.owner)
        else:
            self.task.registerClients([client], self.owner)

    @rule(flaw=FLAW)
    def pause_or_go_on(self, flaw):
        # Rarely paused, soon gone on: most of the run should do something.
        if self.model.paused:
            self.task.unpause(self.owner)
            self.model.paused = False
        elif flaw == 0:
            self.task.pause(self.owner)
            self.model.paused = True

    @rule(seconds=SECONDS)
    def travel(self, seconds):
        mine_at(now() + seconds)

    @invariant()
    def is_as_the_model(self):
        model, task = self.model, self.task
        assert self.federation.current() == {
            "number": model.round,
            "submitted": len(model.updates),
            "deadline": model.deadline,
            "juryVersion": model.jury,
            "updatesHash": running_hash(model.round, model.updates),
            "modelDigest": model.model,
        }
        assert task.phase() == model.phase(now())

    def teardown(self):
        """What takes many calls to see is looked at once, in the end."""
        model, task = self.model, self.task
        assert task.paused() == model.paused
        assert task.clientCount() == len(model.clients)
        assert task.latestJuryVersion() == max(model.juries)
        for client, expected in model.clients.items():
            assert list(plain(task.clientOf(client))) == expected


def test_the_contract_does_what_the_model_does(create, accounts):
    chain.snapshot()
    run_state_machine_as_test(
        lambda: Machine(create, accounts),
        # How long a step takes says something of the machine, nothing of the contract.
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=HealthCheck.all(),
        ),
    )
