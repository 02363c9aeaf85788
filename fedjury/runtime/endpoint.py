"""HTTP endpoints as people have them: with a user part, a path, a query, headers; shown without.

A user part may hold any character, percent-encoded or raw, as long as it is clear where it ends.
"""

import ipaddress
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_to_bytes

from requests import PreparedRequest
from requests.auth import AuthBase
from requests.utils import requote_uri

from fedjury.errors import ConfigError
from fedjury.runtime.redaction import keep_secret, redacted

LAST_PORT = 65_535
_URL = re.compile(r"(https?)://(.*)", re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\s:@/?#\[\]\\%]+)(?::([0-9]*))?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# host:port, perhaps with a path, where a URL is meant
_WITHOUT_SCHEME = re.compile(
    r"(?:[^@/\s]*@)?((?:\[[0-9A-Fa-f:.]+\]|[\w.-]+):[0-9]{1,5}|localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3})"
    r"(?:[/?].*)?"
)
_PATH_SECRET = 6  # a part of a path that is shorter is no key


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """An HTTP endpoint.

    Attributes:
        scheme: ``http`` or ``https``.
        host: a name or an IP address, without brackets.
        port: None where the scheme says it.
        path: as it was given, from its first slash on; may be empty.
        query: without the question mark; may be empty.
        headers: for every request; secret.
        secrets: what must not be shown: user part, path, query, headers, and their parts.
    """

    scheme: str
    host: str
    port: int | None = None
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Endpoint({self.shown!r})"

    @property
    def shown(self) -> str:
        """Scheme, host and port: all that people and files may see."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port else "")

    @property
    def url(self) -> str:
        """What is requested; the user part is in the headers."""
        return f"{self.shown}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def has_secrets(self) -> bool:
        """Whether there is more to it than what is shown."""
        return bool(self.secrets)

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine; such an endpoint must never go through a proxy."""
        ip = ip_address_of(self.host)
        return self.host.lower() == "localhost" if ip is None else ip.is_loopback

    @property
    def auth(self) -> AuthBase | None:
        """Adds the headers to a request; None without any."""
        return _Headers(self.headers) if self.headers else None

    def redact(self, text: str) -> str:
        """Somebody else's words without the endpoint's secrets."""
        return redacted(text, self.secrets)


class _Headers(AuthBase):
    """Headers as authentication, so that none of a .netrc takes their place."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(self._headers)
        return request


def parse_endpoint(text: str, what: str, headers: Mapping[str, str] | None = None) -> Endpoint:
    """Parse an http(s) URL, and keep all of it that is secret out of what this process prints.

    Args:
        text: as a person wrote it.
        what: it is for, as errors call it: "the RPC URL".
        headers: for every request; an Authorization among them stands in for the user part.

    Raises:
        ConfigError: it is none, or unclear; never shows it, as it may hold a password.
    """
    endpoint = _parse(text, what, headers or {})
    keep_secret(endpoint.secrets)
    return endpoint


def parse_public(text: str, what: str) -> Endpoint:
    """Parse an http(s) URL that others announced: nothing of it is taken for a secret.

    Otherwise whoever announces it chooses words that are cut out of this process's log.

    Args:
        text: as it was announced.
        what: it is for, as errors call it: "a juror's URL".

    Raises:
        ConfigError: it is none, or unclear.
    """
    return _parse(text, what, {})


def ip_address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host is; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def suggestion(text: str) -> str:
    """What is probably meant by an address without a scheme; empty where nothing is."""
    found = _WITHOUT_SCHEME.fullmatch(text.strip())
    return f": did you mean http://{found[1]}?" if found else ""


def _parse(text: str, what: str, headers: Mapping[str, str]) -> Endpoint:
    found = _URL.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"{what} must start with http:// or https://{suggestion(text)}")
    if _CONTROLS.search(found[2]):
        raise ConfigError(f"{what} has control characters in it")
    user, host, port, tail = _split(found[2], what)
    path, _, query = tail.partition("?")
    sent = {**_basic(user), **headers}
    secrets = frozenset({*_of_user(user), *_of_tail(path, query), *_of_headers(sent)})
    return Endpoint(found[1].lower(), host.strip("[]"), port, path, query, sent, secrets)


def _split(rest: str, what: str) -> tuple[str, str, int | None, str]:
    """User part, host, port, and what follows."""
    end = len(re.split(r"[/?#]", rest, maxsplit=1)[0])
    authority, tail = rest[:end], rest[end:]
    user, _, place = authority.rpartition("@")
    if not _PLACE.fullmatch(place) and "@" in tail:  # a raw /, ? or # in the user part
        user, _, after = rest.rpartition("@")
        end = len(re.split(r"[/?#]", after, maxsplit=1)[0])
        place, tail = after[:end], after[end:]
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ConfigError(f"{what} has no usable host and port")
    if "@" in tail:
        raise ConfigError(
            f"{what} is unclear: write / ? # in a password as %2F %3F %23, and @ in a path as %40"
        )
    if "#" in tail:
        raise ConfigError(f"{what} has a fragment (#), which no endpoint takes")
    port = int(found[2]) if found[2] else None
    if port is not None and not 0 < port <= LAST_PORT:
        raise ConfigError(f"{what} has a port that is not in 1 to {LAST_PORT}")
    return user, found[1], port, tail


def _basic(user: str) -> dict[str, str]:
    if not user:
        return {}
    name, _, password = user.partition(":")
    pair = unquote_to_bytes(name) + b":" + unquote_to_bytes(password)
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _of_user(user: str) -> set[str]:
    name, _, password = user.partition(":")
    return {each for raw in (user, name, password) for each in (raw, unquote(raw)) if each}


def _of_tail(path: str, query: str) -> set[str]:
    values = [pair.partition("=")[2] or pair for pair in query.split("&")]
    parts = [part for part in path.split("/") if len(part) >= _PATH_SECRET]
    raw = [path.rstrip("/"), query, *values, *parts]
    return {form for each in raw if each for form in (each, unquote(each), requote_uri(each))}


def _of_headers(headers: Mapping[str, str]) -> set[str]:
    return {part for value in headers.values() for part in (value, value.rpartition(" ")[2])}
