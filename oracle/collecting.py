"""From a juror's signed report to a quorum's signatures."""

from typing import Protocol

from fedjury.errors import ConfigError
from fedjury.protocol.report import Certificate, SignedReport
from fedjury.protocol.signing import join_signatures


class Collector(Protocol):
    """Gathers the signatures that a report needs beside the juror's own."""

    def require(self, jury_version: int, quorum: int) -> None:
        """Make sure that a quorum of this size can be reached at all.

        Raises:
            ConfigError: it can never be.
        """
        ...

    def collect(self, own: SignedReport, quorum: int) -> Certificate | None:
        """The report with a quorum's signatures, or None while some are missing."""
        ...


class LoneSigner:
    """Collects nothing: the juror's own signature is the quorum of a jury of one."""

    def require(self, jury_version: int, quorum: int) -> None:
        """As `Collector.require`: only a quorum of one can be reached."""
        if quorum > 1:
            raise ConfigError(
                f"jury {jury_version} needs {quorum} signatures; this daemon signs alone: "
                "set a jury of one, or collect signatures by other means"
            )

    def collect(self, own: SignedReport, quorum: int) -> Certificate | None:
        """As `Collector.collect`: the juror's own signature alone."""
        return Certificate(own.report, own.verdicts, join_signatures([own]))
