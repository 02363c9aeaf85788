"""Where an IPFS daemon's RPC API listens, as a URL or as a multiaddr."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from fedjury.errors import ConfigError
from fedjury.runtime.endpoint import LAST_PORT, Endpoint, ip_address_of, parse_endpoint

MULTIADDR_HOSTS = ("ip4", "ip6", "dns", "dns4", "dns6", "dnsaddr")
_WHAT = "the address of the IPFS daemon"
_PORTS = {"http": 80, "https": 443}
_MULTIADDR = re.compile(
    r"/(ip4|ip6|dns|dns4|dns6)/([^/\s]+)/tcp/([0-9]{1,5})"
    r"(?:/(https?|tls/http))?(?:/http-path/([^/\s]+))?/?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """An IPFS daemon's RPC API.

    Attributes:
        endpoint: where it is, less the API's own path.
    """

    endpoint: Endpoint

    @property
    def url(self) -> str:
        """Scheme, host and port, for people: http://127.0.0.1:5001."""
        shown = self.endpoint.shown
        return shown if self.endpoint.port else f"{shown}:{self._port}"

    @property
    def api(self) -> str:
        """The API's URL, below which its commands are; what requests are made of, so secret."""
        prefix = self.endpoint.path.strip("/")
        return "/".join(part for part in (self.url, prefix, "api/v0") if part)

    @property
    def query(self) -> dict[str, list[str]]:
        """For every request: names and values."""
        return parse_qs(self.endpoint.query, keep_blank_values=True)

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine; such an address must never go through a proxy."""
        return self.endpoint.is_loopback

    @property
    def _port(self) -> int:
        return self.endpoint.port or _PORTS[self.endpoint.scheme]


def parse_address(text: str, headers: Mapping[str, str] | None = None) -> Address:
    """Parse "http://127.0.0.1:5001" or "/ip4/127.0.0.1/tcp/5001".

    Args:
        text: as a person wrote it.
        headers: for every request.

    Raises:
        ConfigError: it is neither; never shows it, as it may hold a password.
    """
    url = _url_of_multiaddr(text.strip()) if text.strip().startswith("/") else text
    endpoint = parse_endpoint(url, _WHAT, headers)
    if endpoint.path.rstrip("/").endswith("/api/v0"):
        raise ConfigError(f"{_WHAT} is given without the /api/v0 at its end")
    return Address(endpoint)


def _url_of_multiaddr(text: str) -> str:
    match = _MULTIADDR.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"{_WHAT}, as a multiaddr, must read /ip4/<address>/tcp/<port> (or ip6, dns), then "
            "perhaps /http or /https and /http-path/<path>"
        )
    kind, host, port, scheme, path = match.groups(default="")
    ip = ip_address_of(host)
    if kind in ("ip4", "ip6") and (ip is None or kind != f"ip{ip.version}"):
        raise ConfigError(f"{_WHAT} has a host that is not an {kind} address")
    if not 0 < int(port) <= LAST_PORT:
        raise ConfigError(f"{_WHAT} has a port that is not in 1 to {LAST_PORT}")
    secure = scheme in ("https", "tls/http")
    shown = f"[{host}]" if ip is not None and ip.version == 6 else host
    return f"{'https' if secure else 'http'}://{shown}:{port}/{unquote(path).strip('/')}"
