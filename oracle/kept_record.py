"""Which files a juror keeps, and since when it has needed none of them: a list on disk."""

import json
import math
from collections.abc import Iterable
from pathlib import Path

from fedjury.protocol.digest import Digest
from fedjury.runtime.files import write_whole


class KeptRecord:
    """Lines of JSON, one for each time that a file was needed; the newest of a file counts.

    A line that cannot be read (a damaged disk, a write that was cut off) costs that line alone.

    Args:
        path: of the file; need not exist.

    Attributes:
        needed: when each file was last needed, in Unix seconds.
        damaged: lines that could not be read.

    Raises:
        OSError: the file is there and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.needed: dict[Digest, float] = {}
        self.damaged = 0
        text = path.read_bytes().decode(errors="replace") if path.exists() else ""
        for line in filter(str.strip, text.splitlines()):
            self._read(line)
        self._ends_whole = not text or text.endswith("\n")

    def note(self, digests: Iterable[Digest], now: float) -> None:
        """These files were needed now. Raises OSError where that cannot be written."""
        news = dict.fromkeys(digests, now)
        self.needed |= news
        if not self._ends_whole:
            self.forget([])  # half a line stands at the end, and others may lack
            return
        lines = "".join(_line(digest, when) for digest, when in news.items())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._ends_whole = False
        with self._path.open("a", encoding="utf-8") as file:
            file.write(lines)
        self._ends_whole = True

    def forget(self, digests: Iterable[Digest]) -> None:
        """These files are kept no longer. Raises OSError where that cannot be written."""
        for digest in digests:
            self.needed.pop(digest, None)
        write_whole(self._path, "".join(_line(*entry) for entry in self.needed.items()))
        self._ends_whole = True

    def _read(self, line: str) -> None:
        try:
            document = json.loads(line)
            digest, when = Digest.from_cid(document["cid"]), float(document["needed"])
            if not math.isfinite(when):
                raise ValueError("no time")
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
            self.damaged += 1
            return
        self.needed[digest] = when


def _line(digest: Digest, when: float) -> str:
    return json.dumps({"cid": digest.cid, "needed": round(when, 3)}) + "\n"
