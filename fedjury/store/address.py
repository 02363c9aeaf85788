"""Where an IPFS daemon's RPC API listens, as a URL or as a multiaddr."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from fedjury.errors import ConfigError

MULTIADDR_HOSTS = ("ip4", "ip6", "dns", "dns4", "dns6")
_SCHEMES = ("http", "https")
_LAST_PORT = 65_535
_MULTIADDR = re.compile(
    rf"/({'|'.join(MULTIADDR_HOSTS)})/([^/\s]+)/tcp/([0-9]{{1,5}})(?:/(https?))?/?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An HTTP endpoint."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """Without a path: http://127.0.0.1:5001."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def multiaddr(self) -> str:
        """As ipfshttpclient wants it: /ip4/127.0.0.1/tcp/5001/http."""
        ip = _ip(self.host)
        kind = f"ip{ip.version}" if ip else "dns"
        return f"/{kind}/{self.host}/tcp/{self.port}/{self.scheme}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine; such an address must never go through a proxy."""
        ip = _ip(self.host)
        return self.host == "localhost" if ip is None else ip.is_loopback


def parse_address(text: str) -> Address:
    """Parse "http://127.0.0.1:5001" or "/ip4/127.0.0.1/tcp/5001". Raises ConfigError."""
    return _parse_multiaddr(text) if text.startswith("/") else _parse_url(text)


def _parse_url(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _unusable(text, str(error)) from error
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise _unusable(text, "it must start with http:// or https:// and name a host")
    if parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise _unusable(text, "only scheme, host and port may be given")
    return Address(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80))


def _parse_multiaddr(text: str) -> Address:
    match = _MULTIADDR.fullmatch(text)
    if match is None:
        raise _unusable(text, "a multiaddr must read /ip4/<address>/tcp/<port> (or ip6, dns)")
    kind, host, port, scheme = match.groups(default="http")
    ip = _ip(host)
    if kind in ("ip4", "ip6") and (ip is None or kind != f"ip{ip.version}"):
        raise _unusable(text, f"{host!r} is not an {kind} address")
    if not 0 < int(port) <= _LAST_PORT:
        raise _unusable(text, f"{port} is not a port")
    return Address(scheme, host, int(port))


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _unusable(text: str, why: str) -> ConfigError:
    return ConfigError(f"unusable address of an IPFS daemon: {text!r}: {why}")
