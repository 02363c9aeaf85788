"""The content store on an IPFS daemon."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from fedjury.errors import ContentMismatch, StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.runtime.patience import Patience
from fedjury.store.address import parse_address
from fedjury.store.ipfs.adding import upload
from fedjury.store.ipfs.answers import Unanswered
from fedjury.store.ipfs.api import Api
from fedjury.store.ipfs.controls import Controls
from fedjury.store.ipfs.fetching import Fetching
from fedjury.store.ipfs.foreign_cid import explain
from fedjury.store.ipfs.pinning import pin, unpin
from fedjury.store.time_for import time_for

CHECK_SECONDS = 5.0
T = TypeVar("T")


class IpfsStore:
    """Files on an IPFS daemon. Holds no connection, so threads may share it."""

    def __init__(
        self,
        api: str,
        *,
        add_seconds: float = 120.0,
        headers: Mapping[str, str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            api: "http://127.0.0.1:5001" or "/ip4/127.0.0.1/tcp/5001".
            add_seconds: how long the upload of a small file may take, see `time_for`.
            headers: for every request.
            patience: with an endpoint that refuses for a while; by default there is none.

        Raises:
            ConfigError: `api` is neither.
        """
        self._api = Api(parse_address(api, headers))
        self._controls = Controls(self._api)
        self._fetching = Fetching(self._api, self._controls)
        self._add_seconds = add_seconds
        self._patience = patience or Patience()
        self._has_answered = False

    @property
    def name(self) -> str:
        return self._api.name

    def add(self, data: bytes) -> Digest:
        digest = Digest.of(data)
        seconds = time_for(len(data), self._add_seconds)
        cid = self._call(lambda: upload(self._api, data, seconds, pin=True))
        if cid != digest.cid:
            raise ContentMismatch(self._why_another(digest, cid))
        self._controls.holds(digest, len(data))
        return digest

    def fetch(self, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        def received() -> bytes:
            return self.receive(digest, max_bytes, timeout)()

        return self._patiently(received)

    def receive(self, digest: Digest, max_bytes: int, timeout: float) -> Callable[[], bytes]:
        # no patience: whoever receives many files tries each again within the time for all
        return self._fetching.receive(digest, max_bytes, timeout).read

    def keep(self, digest: Digest, timeout: float) -> None:
        # a file that is missing is looked for until the time is up, and that would be again
        self._call(lambda: pin(self._api, digest, timeout), forgives=False)

    def release(self, digest: Digest) -> None:
        self._call(lambda: unpin(self._api, digest, CHECK_SECONDS))

    def check(self) -> None:
        self.version()

    def version(self) -> str:
        """What the daemon says its version is. Raises StoreUnavailable."""
        return self._call(self._ask_version)

    def _ask_version(self) -> str:
        answer = self._api.ask("version", {}, CHECK_SECONDS).read()
        try:
            version = json.loads(answer)["Version"]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise StoreUnavailable(f"the {self.name} answers nonsense") from error
        if not isinstance(version, str):
            raise StoreUnavailable(f"the {self.name} does not say its version")
        return version

    def _call(self, call: Callable[[], T], *, forgives: bool = True) -> T:
        """Something that must be answered; all that goes wrong is StoreUnavailable."""

        def answered() -> T:
            try:
                return call()
            except Unanswered as error:
                raise self._api.unavailable(str(error)) from error

        return self._patiently(answered, forgives=forgives)

    def _patiently(self, action: Callable[[], T], *, forgives: bool = True) -> T:
        """Do it again while the daemon asks to be left alone.

        Args:
            action: what is done.
            forgives: whether also where it fails but has answered before.
        """
        result = self._patience.call(action, lambda _: forgives and self._has_answered)
        self._has_answered = True
        return result

    def _why_another(self, digest: Digest, cid: str) -> str:
        """What is added under another CID stays: its pin may be somebody else's as well."""
        try:
            root = self._fetching.root(cid, CHECK_SECONDS)
        except StoreUnavailable:
            root = None
        return (
            f"the {self.name} calls a file {cid[:80]!r} whose CID is {digest.cid}: "
            f"{explain(cid, root)} (what it added stays pinned there)"
        )
