"""Who takes part: as given, or from a devnet."""

from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

from fedjury.deploy.members import checked_relayers, choose_members
from fedjury.devnet import DevnetStatus
from fedjury.devnet.status import ServiceStatus
from fedjury.errors import ConfigError

ACCOUNTS: list[str] = [to_checksum_address(f"0x{number:040x}") for number in range(1, 7)]
OTHERS: list[str] = [to_checksum_address(f"0x{number:040x}") for number in range(100, 104)]


def devnet(accounts: int) -> DevnetStatus:
    """A devnet with so many accounts that does not run."""
    service = ServiceStatus("ganache", "http://127.0.0.1:1", None, False, None, Path("log"))
    return DevnetStatus(
        directory=Path("devnet"),
        chain=service,
        ipfs=service,
        chain_id=1337,
        accounts=tuple(ACCOUNTS[:accounts]),
        keystores=Path("keystores"),
        password_file=Path("password.txt"),
    )


def test_a_devnets_accounts_are_jurors_then_clients_after_the_coordinator() -> None:
    assert choose_members(devnet(6), None, None, 2, 3) == (ACCOUNTS[1:3], ACCOUNTS[3:6])
    assert choose_members(devnet(2), None, None, 1, 0) == (ACCOUNTS[1:2], [])


def test_a_devnet_with_too_few_accounts_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"has 4 accounts .* 2 jurors and 3 clients need 5"):
        choose_members(devnet(5), None, None, 2, 3)


def test_only_those_taken_from_the_devnet_are_counted() -> None:
    assert choose_members(devnet(1), OTHERS[:1], OTHERS[1:], 1, 10) == (OTHERS[:1], OTHERS[1:])
    assert choose_members(devnet(4), OTHERS[:2], None, 1, 3) == (OTHERS[:2], ACCOUNTS[1:4])
    assert choose_members(devnet(2), None, OTHERS, 1, 10) == (ACCOUNTS[1:2], OTHERS)
    with pytest.raises(ConfigError, match=r"has 2 accounts .* 0 jurors and 3 clients need 3"):
        choose_members(devnet(3), OTHERS[:1], None, 1, 3)


def test_an_account_of_the_devnet_that_is_given_is_not_taken_again() -> None:
    named = [ACCOUNTS[1].lower()]
    assert choose_members(devnet(4), named, None, 1, 2) == (ACCOUNTS[1:2], ACCOUNTS[2:4])
    assert choose_members(devnet(4), None, named, 1, 2) == (ACCOUNTS[2:3], ACCOUNTS[1:2])


def test_without_a_devnet_members_are_given_and_a_jury_is_needed() -> None:
    assert choose_members(None, OTHERS[:1], None, 1, 10) == (OTHERS[:1], [])
    with pytest.raises(ConfigError, match="a task needs a jury"):
        choose_members(None, None, OTHERS, 1, 10)


def test_what_is_no_address_is_named() -> None:
    with pytest.raises(ConfigError, match="'0x12' is not an address"):
        choose_members(devnet(6), None, ["0x12"], 1, 1)


def test_a_client_that_is_named_twice_is_named() -> None:
    twice = [OTHERS[0], OTHERS[1], OTHERS[0].lower()]
    with pytest.raises(ConfigError, match=f"the client {OTHERS[0]} is named twice"):
        choose_members(None, OTHERS[3:], twice, 1, 1)


def test_a_relayer_of_the_devnet_is_no_member_unless_it_is_given() -> None:
    relayers = checked_relayers([ACCOUNTS[1].lower()])
    assert relayers == ACCOUNTS[1:2]
    assert choose_members(devnet(4), None, None, 1, 1, relayers) == (ACCOUNTS[2:3], ACCOUNTS[3:4])


def test_relayers_are_addresses_and_each_is_named_once() -> None:
    assert checked_relayers(None) == []
    with pytest.raises(ConfigError, match="'0x12' is not an address"):
        checked_relayers(["0x12"])
    with pytest.raises(ConfigError, match=f"the relayer {OTHERS[0]} is named twice"):
        checked_relayers([OTHERS[0], OTHERS[1], OTHERS[0].lower()])
