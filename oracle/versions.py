"""What software the jurors of a jury run, as this one heard last."""

from collections.abc import Mapping

from fedjury.checks.addresses import spelled
from fedjury.oracle.exchange.standing import Standing


class Versions:
    """Remembers by juror what it said last that it judges with.

    What a vote says of it has at most 80 printable characters of ASCII, else it is no vote; whether
    it is true nobody knows. One version of a juror is known at a time, however often it says
    another.
    """

    def __init__(self) -> None:
        self._heard: dict[str, str] = {}

    def hear(self, juror: str, software: str) -> None:
        """A juror says that it judged with this.

        Args:
            juror: its address, in any spelling.
            software: name and version of its program.
        """
        self._heard[spelled(juror)] = software

    def among(self, standing: Standing | None) -> Mapping[str, str]:
        """Of the jurors of a round, this one among them, those of whom it is known.

        Args:
            standing: how far that round is; its versions are heard as well.

        Returns:
            By checksummed address name and version of the juror's program.
        """
        if standing is None:
            return {}
        for juror, software in standing.software.items():
            self.hear(juror, software)
        jurors = [spelled(each) for each in {**standing.reachable, **standing.software}]
        return {each: self._heard[each] for each in jurors if each in self._heard}
