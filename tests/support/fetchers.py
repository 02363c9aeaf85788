"""A fetcher of update files that tests need not wait for."""

from collections.abc import Mapping
from typing import Any

from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.tries import FetchOutcome
from fedjury.protocol.digest import Digest


class Impatient(UpdateFetcher):
    """Gives a round's files less time than the task does.

    Args:
        most: seconds at most; with 0 each file is asked for once.
        arguments: as of `UpdateFetcher`.
    """

    def __init__(self, *arguments: Any, most: float = 0.0, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._most = most

    def fetch_sized(self, sizes: Mapping[Digest, int], limit: float) -> dict[Digest, FetchOutcome]:
        """As UpdateFetcher.fetch_sized."""
        return super().fetch_sized(sizes, min(limit, self._most))
