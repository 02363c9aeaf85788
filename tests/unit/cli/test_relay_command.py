"""What `fedjury relay` makes of its own options, and what it loads."""

import subprocess
import sys

import pytest

from fedjury.cli.relay_options import RelayOptions
from tests.support.commands import command

IMPORTED = """
import sys
import fedjury.relay.daemon, fedjury.relay.relay, fedjury.relay.schedule
import fedjury.task.files, fedjury.task.location, fedjury.task.timing
import fedjury.cli.commands.relay
print(sorted(name for name in ("torch", "numpy") if name in sys.modules))
"""


def test_it_listens_at_a_host_and_a_port() -> None:
    assert RelayOptions(listen="[::1]:8480").place == ("::1", 8480)


@pytest.mark.parametrize("text", ["banana", "10.0.0.1:80", "10.0.0.5/8", "", "proxy.example"])
def test_a_proxy_that_is_no_address_ends_the_command_before_it_reads_anything(text: str) -> None:
    done = command("relay", "--keystore", "none.json", f"--proxy={text}")
    assert (done.code, done.out) == (10, "")
    assert "--proxy takes an IP address or a network" in done.err


def test_a_proxy_is_an_address_or_a_network() -> None:
    found = RelayOptions(proxy=["10.1.0.0/16", "::1", "192.0.2.7"]).proxies
    believed = ("10.1.200.3", "::1", "192.0.2.7", "::ffff:192.0.2.7")
    assert [each in found for each in believed] == [True] * 4
    assert [each in found for each in ("10.2.0.1", "::2", "", "banana")] == [False] * 4


def test_a_relay_loads_no_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_wrong_place_ends_the_command_before_it_reads_anything() -> None:
    done = command("relay", "--keystore", "none.json", "--listen", "nowhere")
    assert (done.code, done.out) == (10, "")
    assert "--listen takes HOST:PORT" in done.err
