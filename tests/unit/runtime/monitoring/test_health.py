"""Whether a daemon is well: each kind of trouble, and its going away."""

import json
import threading

import pytest

from fedjury.runtime import redaction
from fedjury.runtime.events import Started, TransientFailure
from fedjury.runtime.loop import Step
from fedjury.runtime.monitoring.health import LASTING_SECONDS, LONGEST_SILENCE, Health
from fedjury.runtime.monitoring.pulse import Pulse
from fedjury.runtime.monitoring.server import health_response
from tests.unit.runtime.http.test_limits import Clock

FAILURE = TransientFailure(reason="the node is gone", error="ChainUnavailable", retry_seconds=1.0)
NEWS = Started(role="juror", address="0x", task="a")


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


@pytest.fixture
def pulse(clock: Clock) -> Pulse:
    """Signs of life by that clock."""
    return Pulse(clock)


@pytest.fixture
def health(clock: Clock, pulse: Pulse) -> Health:
    """Health of a daemon that has done nothing yet."""
    return Health(pulse=pulse, clock=clock)


def done() -> Step:
    """A cycle in which there was nothing to do."""
    return Step.WAITING


def test_a_daemon_is_well_once_it_does_cycles(health: Health) -> None:
    assert health.trouble == "it has only just been started"
    health.watch(done)()
    assert health.trouble == ""


def test_a_daemon_that_cannot_start_says_why(health: Health) -> None:
    health.event(FAILURE)
    assert health.trouble == "the node is gone"


def test_a_cycle_that_takes_long_is_no_trouble_while_its_work_goes_on(
    health: Health, clock: Clock, pulse: Pulse
) -> None:
    seen = []

    def judging() -> Step:
        for _ in range(5):
            clock.now += LONGEST_SILENCE
            seen.append(health.trouble)
            pulse.beat()
        return Step.PROGRESS

    health.watch(judging)()
    assert seen == [""] * 5


def test_work_that_hangs_is_trouble_until_it_goes_on(health: Health, clock: Clock) -> None:
    watched = health.watch(done)
    watched()
    clock.now += LONGEST_SILENCE
    assert health.trouble == ""
    clock.now += 1
    assert health.trouble == "no sign of life for 181 s: no cycle was finished, and nothing done"
    watched()
    assert health.trouble == ""


def test_what_the_cycles_tell_is_a_sign_of_life(health: Health, clock: Clock) -> None:
    health.watch(done)()
    clock.now += LONGEST_SILENCE + 1
    health.event(NEWS)
    assert health.trouble == ""


def test_what_another_thread_tells_is_no_sign_of_life(health: Health, clock: Clock) -> None:
    health.watch(done)()
    clock.now += LONGEST_SILENCE + 1
    other = threading.Thread(target=health.event, args=[NEWS])
    other.start()
    other.join()
    assert "no sign of life" in health.trouble


def test_a_daemon_may_be_given_more_time(health: Health, clock: Clock) -> None:
    health.watch(done)()
    health.silence = 1000
    clock.now += 1000
    assert health.trouble == ""
    clock.now += 1
    assert "1001 s" in health.trouble


def test_a_transient_failure_is_trouble_once_it_lasts(health: Health, clock: Clock) -> None:
    watched = health.watch(done)
    watched()
    health.event(FAILURE)
    clock.now += LASTING_SECONDS - 1
    health.event(FAILURE)
    assert health.trouble == ""
    clock.now += 1
    assert health.trouble == "the node is gone"
    watched()
    assert health.trouble == ""


def test_a_failure_after_a_cycle_that_worked_lasts_from_then_on(
    health: Health, clock: Clock
) -> None:
    watched = health.watch(done)
    health.event(FAILURE)
    watched()
    clock.now += LASTING_SECONDS
    health.event(FAILURE)
    assert health.trouble == ""


def test_the_first_check_that_finds_something_is_told(health: Health) -> None:
    found = ["", "the account is empty", "the store is down"]
    health.checks += [lambda: found[0], lambda: found[1], lambda: found[2]]
    health.watch(done)()
    assert health.trouble == "the account is empty"
    found[1] = ""
    assert health.trouble == "the store is down"
    found[2] = ""
    assert health.trouble == ""


def test_what_is_wrong_is_shown_to_strangers_without_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redaction, "_known", {"a-keys-secret"})
    answer = health_response("http://me:word@node.example refuses a-keys-secret")
    assert answer.status == 503
    assert json.loads(str(answer.text)) == {
        "healthy": False,
        "trouble": "http://***@node.example refuses ***",
    }
