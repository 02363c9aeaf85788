"""Another juror over HTTP, who may be broken or hostile: bounded in time and size.

Source: docs/protocol/exchange.md.
"""

import threading
import time
from collections.abc import Callable

import requests
from eth_account.signers.local import LocalAccount

from fedjury.errors import ConfigError
from fedjury.oracle.exchange import authorization
from fedjury.oracle.exchange.http_events import PeerClockDiffers
from fedjury.oracle.exchange.peers import PeerRefused, PeerUnavailable, PeerWrong
from fedjury.oracle.exchange.sealing import OVERHEAD, unseal
from fedjury.protocol.statements.signed import TaskDomain
from fedjury.runtime.bounded_http import BodyTooLarge, BoundedSession, NotSent
from fedjury.runtime.endpoint import parse_public
from fedjury.runtime.events import Listener
from fedjury.runtime.http.limits import RateLimit
from fedjury.runtime.http_date import unix_seconds
from fedjury.runtime.retry_after import retry_after

_AT_ONCE = 16  # requests to one juror: what is more waits here, not there
_TRIES = 3  # the second by the peer's clock, the third after a wait that it asked for
_TOLD = 0.01, 10  # times a second, and at once, that its clock is told of
_WELL_WITHIN = authorization.MOST_DRIFT / 2
# Beside those from 500 on: refusals for the moment (RFC 9110, 8470 and 6585).
_FOR_NOW = (408, 425, 429)
_TOO_LARGE = "its answer is larger than any that is right"


class HttpPeer:
    """Asks another juror, in signed requests.

    Args:
        address: of the juror.
        where: says the URL that it is reached at now; None where nobody knows.
        account: signs the requests, and opens what is sealed.
        domain: of the task.
        listener: is told of a clock that differs.
        announcement: our own announcement as a header has it; "" for none.
        failed: is told of a URL at which the juror did not answer.
        now: Unix seconds.

    Attributes:
        address: as given, in lower case.
        clock_ahead: seconds that its clock showed more than ours at its last answer, by half a
            second and half the time that the answer took; None where it showed none.
    """

    def __init__(
        self,
        address: str,
        where: Callable[[], str | None],
        account: LocalAccount,
        domain: TaskDomain,
        listener: Listener,
        *,
        announcement: Callable[[], str] = lambda: "",
        failed: Callable[[str], None] = lambda _: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.address = address.lower()
        self._where, self._account, self._domain = where, account, domain
        self._listener, self._announcement, self._now = listener, announcement, now
        self._failed = failed
        self.clock_ahead: float | None = None
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._tells = RateLimit(*_TOLD)
        self._ahead = 0.0  # seconds that the peer's clock shows more than ours

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        """What the peer answers.

        Args:
            target: path and query.
            max_bytes: of an answer; one that is larger is refused.
            timeout: seconds until the whole answer is there.

        Raises:
            PeerUnavailable: it cannot be reached or does not work now, or something else answers
                in its place.
            PeerRefused: it does not have that, or does not give it.
            PeerWrong: the answer is larger than max_bytes, or sealed to somebody else.
        """
        until = time.monotonic() + timeout
        if not self._turns.acquire(timeout=max(timeout, 0.0)):
            raise PeerUnavailable("it answers more slowly than it is asked")
        try:
            return self._get(target, max_bytes, until)
        finally:
            self._turns.release()

    def _get(self, target: str, max_bytes: int, until: float) -> bytes:
        for left in reversed(range(_TRIES)):
            response = self._answer(target, max_bytes, until - time.monotonic())
            if response.status_code == requests.codes.ok:
                return self._opened(response, max_bytes)
            if not left or not self._is_mended(response, until):
                break
        raise _refusal(response)

    def _answer(self, target: str, max_bytes: int, seconds: float) -> requests.Response:
        """The juror's own answer, whatever its status."""
        url = self._where()
        if url is None:
            raise PeerUnavailable("it has not announced where it is")
        if seconds <= 0:
            raise PeerUnavailable("no whole answer in time")
        before = self._now()
        try:
            response = self._ask(url, target, max_bytes, seconds)
            self._require_juror(response)
        except PeerUnavailable:
            self._failed(url)
            raise
        shown = _shown_seconds(response)
        # a Date's part of a second is cut off, which half a second makes up for
        middle = (before + self._now()) / 2
        self.clock_ahead = None if shown is None else shown + 0.5 - middle
        return response

    def _ask(self, url: str, target: str, max_bytes: int, seconds: float) -> requests.Response:
        most = max_bytes + OVERHEAD
        with BoundedSession(seconds, most, use_proxies=not _is_loopback(url)) as session:
            session.auth = self._sign(target)
            try:
                response = session.request("GET", url + target, allow_redirects=False)
                _ = response.content
            except BodyTooLarge:
                raise PeerWrong(_TOO_LARGE) from None
            except (requests.RequestException, OSError, ValueError) as error:
                raise PeerUnavailable(_describe(error, session.expired, seconds)) from None
            if session.expired:  # a body without a length ends like a whole one when it is cut
                raise PeerUnavailable(f"no whole answer within {seconds:.1f} s")
        return response

    def _sign(self, target: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
        """Puts the headers into a request, also where a .netrc has others for its host."""
        date = max(0, int(self._now() + self._ahead))
        value = authorization.authorize(self._account, self._domain, self.address, target, date)
        announced = self._announcement()

        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers[authorization.HEADER] = value
            if announced:
                request.headers[authorization.ANNOUNCEMENT_HEADER] = announced
            return request

        return sign

    def _require_juror(self, response: requests.Response) -> None:
        """Make sure that the juror answers, not a proxy or who has its address now."""
        found = response.headers.get(authorization.JUROR_HEADER, "")
        if found.lower() == self.address:
            return
        who = "another juror" if found else "something that is no juror"
        raise PeerUnavailable(f"{who} answers in its place, HTTP {response.status_code}")

    def _is_mended(self, response: requests.Response, until: float) -> bool:
        """Whether the same may be answered now: by another clock, or after a wait."""
        if response.status_code == requests.codes.unauthorized:
            return self._takes_clock(response)
        wait = retry_after(response.status_code, response.headers)
        if wait is None or wait >= until - time.monotonic():
            return False
        time.sleep(wait)
        return True

    def _takes_clock(self, response: requests.Response) -> bool:
        """Go by the peer's clock from now on; False where that is ours, or it shows none."""
        theirs = _shown_seconds(response)
        if theirs is None:
            return False
        ahead = theirs - self._now()
        if abs(ahead - self._ahead) < _WELL_WITHIN:
            return False
        self._ahead = ahead
        if not self._tells.wait(self.address):  # of one that shows another time each time, too
            self._tells.take(self.address)
            self._listener(PeerClockDiffers(juror=self.address, seconds=round(ahead)))
        return True

    def _opened(self, response: requests.Response, max_bytes: int) -> bytes:
        content = response.content
        if authorization.SEALED_HEADER in response.headers:
            try:
                content = unseal(content, self._account)
            except ValueError as error:
                raise PeerWrong(f"its answer cannot be read: {error}") from None
        if len(content) > max_bytes:
            raise PeerWrong(_TOO_LARGE)
        return content


def _is_loopback(url: str) -> bool:
    try:
        return parse_public(url, "a juror's URL").is_loopback
    except ConfigError:
        raise PeerUnavailable("the URL that it announced is unusable") from None


def _shown_seconds(response: requests.Response) -> float | None:
    """Unix seconds by the clock of who answers; None where it shows none, or one before 1970."""
    found = unix_seconds(response.headers.get("Date", ""))
    return None if found is None or found < 0 else found


def _refusal(response: requests.Response) -> PeerUnavailable | PeerRefused:
    status = response.status_code
    if status in _FOR_NOW or status >= requests.codes.server_error:
        return PeerUnavailable(f"it answers HTTP {status}")
    return PeerRefused(f"it refuses: HTTP {status}")


def _describe(error: Exception, is_late: bool, seconds: float) -> str:
    # never the text of a connection error: it holds the whole URL
    if is_late or isinstance(error, requests.Timeout):
        return f"no whole answer within {seconds:.1f} s"
    if isinstance(error, NotSent):
        return f"it cannot be asked: {error}"
    if isinstance(error, requests.ConnectionError | OSError):
        return f"it cannot be reached ({type(error).__name__})"
    return f"it gives an unusable answer ({type(error).__name__})"
