"""How many updates of a round do not stand on chain yet: they wait, or are on their way."""

import sqlite3

from fedjury.relay.database import key_values
from fedjury.relay.records import PENDING, RoundKey
from fedjury.runtime.database import count_rows


class Unposted:
    """Remembers how many updates of each round wait, or are in batches that are on their way.

    Used within transactions alone.
    """

    def __init__(self) -> None:
        self._known: dict[RoundKey, int] = {}

    def count(self, connection: sqlite3.Connection, key: RoundKey) -> int:
        """How many there are of a round."""
        if key not in self._known:
            own = "round = ? AND parent = ?"
            waiting = count_rows(
                connection, f"updates WHERE {own} AND batch IS NULL", *key_values(key)
            )
            (sent,) = connection.execute(
                f"SELECT coalesce(sum(count), 0) FROM batches WHERE {own} AND state IN (?, ?)",
                (*key_values(key), *PENDING),
            ).fetchone()
            self._known[key] = waiting + int(sent)
        return self._known[key]

    def add(self, key: RoundKey) -> None:
        """One more, in a round that was counted."""
        self._known[key] += 1

    def forget(self, key: RoundKey | None = None) -> None:
        """Something else changed: count a round anew, or all of them."""
        if key is None:
            self._known.clear()
        else:
            self._known.pop(key, None)
