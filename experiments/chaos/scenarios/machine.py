"""The machine under one daemon is not right: its clock is an hour off, its disk is full."""

import random
from collections.abc import Callable

import requests

from experiments.chaos.daemon import Daemon
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.inside import CLOCK, QUOTA, fill_disk, make_room, wrong_inside
from experiments.chaos.scenario import Kind, Scenario
from experiments.chaos.scenarios.moments import some_jurors, told_of_peers

_HOUR = 3600
_FULL_ROUNDS = 2
_COMPLAINT = "transient-failure"
_ASK_SECONDS = 5.0

Choose = Callable[[Federation, int], Daemon]


def a_juror(federation: Federation, seed: int) -> Daemon:
    """One of the jury."""
    return federation.jurors[some_jurors(federation, seed)[0]]


def a_client(federation: Federation, seed: int) -> Daemon:
    """An honest client that hands its updates to the relay."""
    return federation.clients[seed % 2]


def the_relay(federation: Federation, seed: int) -> Daemon:
    """The relay."""
    return federation.relay


def wrong_clock(choose: Choose) -> Callable[[Federation, int], Figures]:
    """An hour behind for a round, then an hour ahead for one, or with QUICK one of both."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, daemon = Figures(), choose(federation, seed)
        ways = (-_HOUR, _HOUR)
        for seconds in random.Random(seed).sample(ways, 1) if federation.quick else ways:
            with wrong_inside(daemon, CLOCK, str(seconds)):
                federation.wait_for_round(federation.next_round() + 1)
                figures.require(daemon.runs, f"{daemon.name} ended, its clock {seconds} s off")
                figures.count("rounds with a clock an hour off")
        return figures

    return play


def complaints_of(federation: Federation, daemon: Daemon) -> int:
    """How often a daemon told that something of its own does not work now.

    A relay refuses what its disk does not take, and counts that.
    """
    told = len(daemon.told(_COMPLAINT))
    if daemon is federation.relay:
        url = f"{federation.before_relay.target}/metrics"
        for line in requests.get(url, timeout=_ASK_SECONDS).text.splitlines():
            if line.startswith("fedjury_relay_refused_total") and 'reason="disk"' in line:
                told += int(float(line.split()[-1]))
    return told


def full_disk(choose: Choose) -> Callable[[Federation, int], Figures]:
    """No file of the daemon can grow for two rounds; then there is room again."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, daemon = Figures(), choose(federation, seed)
        known = len(daemon.lines())
        with wrong_inside(daemon, QUOTA, "1"):
            federation.wait(
                lambda: any("round" in line for line in daemon.lines()[known:]),
                federation.settings.patience_seconds,
                f"{daemon.name} does not start",
            )
            number = federation.next_round()
            complaints = complaints_of(federation, daemon)
            fill_disk(daemon.pid)
            federation.wait_for_round(number + _FULL_ROUNDS)
            figures.count("rounds with a full disk", _FULL_ROUNDS)
            figures.require(daemon.runs, f"{daemon.name} ended as its disk was full")
            told = complaints_of(federation, daemon) - complaints
            figures.count("times that it told of that", told)
            figures.require(told > 0, f"{daemon.name} says nothing of its full disk")
            if daemon.runs:
                make_room(daemon.pid)
            works = len(daemon.lines())
            federation.wait_for_round(federation.round() + 1)
            figures.require(len(daemon.lines()) > works, f"{daemon.name} does not go on with room")
        if daemon in federation.jurors:
            index = federation.jurors.index(daemon)
            twice = told_of_peers(federation, index, ("equivocation",))
            figures.require(not twice, f"{daemon.name} contradicted itself")
        return figures

    return play


SCENARIOS = tuple(
    Scenario(
        f"{name}-{who}",
        what.format(words),
        Kind.MACHINE,
        seconds,
        disturb(choose),
        least_jurors=4 if choose is a_juror else 1,
    )
    for name, what, seconds, disturb in (
        ("clock", "the clock of {} is an hour behind, then an hour ahead", 15, wrong_clock),
        ("disk-full", "the disk of {} is full for two rounds", 50, full_disk),
    )
    for who, words, choose in (
        ("juror", "one juror of four", a_juror),
        ("client", "a client", a_client),
        ("relay", "the relay", the_relay),
    )
)
