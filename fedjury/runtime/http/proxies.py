"""The proxies whose word on their peers' addresses is believed."""

import ipaddress
from collections.abc import Iterable

from fedjury.errors import ConfigError


class Proxies:
    """Addresses and networks of proxies.

    Args:
        named: IP addresses, or networks such as ``10.1.0.0/16``.

    Raises:
        ConfigError: one is neither.
    """

    def __init__(self, named: Iterable[str] = ()) -> None:
        self._networks = [_network(each) for each in named]

    def __contains__(self, address: str) -> bool:
        """Whether a peer's address is a proxy's."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._networks)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ConfigError(
            f"--proxy takes an IP address or a network, such as 10.1.0.0/16, not {text!r:.80}"
        ) from None
