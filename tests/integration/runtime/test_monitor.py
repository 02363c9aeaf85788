"""What a daemon's monitoring answers over HTTP."""

import pytest
import requests

from fedjury.errors import ConfigError
from fedjury.runtime.events import Monitored
from fedjury.runtime.loop import Step
from fedjury.runtime.monitoring.figures import Figures
from fedjury.runtime.monitoring.monitor import Monitor
from tests.support.figures import figures_of
from tests.support.recorder import Recorder

HERE = ("127.0.0.1", 0)


def test_health_and_figures_are_served_while_the_daemon_runs() -> None:
    told = Recorder()
    with Monitor(Figures("juror"), told, HERE) as monitor:
        assert told.events == [Monitored(url=monitor.url)]
        sick = requests.get(f"{monitor.url}/healthz", timeout=5)
        starting = {"healthy": False, "trouble": "it has only just been started"}
        assert (sick.status_code, sick.json()) == (503, starting)
        monitor.watch(lambda: Step.WAITING)()
        well = requests.get(f"{monitor.url}/healthz", timeout=5)
        assert (well.status_code, well.json()) == (200, {"healthy": True, "trouble": ""})
        shown = requests.get(f"{monitor.url}/metrics", timeout=5)
        assert shown.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert figures_of(shown.content)["fedjury_juror_healthy"] == 1
        assert requests.get(f"{monitor.url}/else", timeout=5).status_code == 404
        assert requests.post(f"{monitor.url}/healthz", timeout=5).status_code == 405
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{monitor.url}/healthz", timeout=5)


def test_a_port_that_is_taken_is_said_at_the_start() -> None:
    with Monitor(Figures("juror"), Recorder(), HERE) as monitor:
        taken = ("127.0.0.1", int(monitor.url.rpartition(":")[2]))
        with (
            pytest.raises(ConfigError, match=r"cannot listen on 127\.0\.0\.1"),
            Monitor(Figures("client"), Recorder(), taken),
        ):
            pass


def test_without_an_address_nothing_is_served() -> None:
    told = Recorder()
    with Monitor(Figures("juror"), told) as monitor:
        assert (monitor.url, told.events) == ("", [])
        assert monitor.watch(lambda: Step.FINISHED)() is Step.FINISHED
