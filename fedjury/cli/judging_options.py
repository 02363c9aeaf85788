"""What a juror judges with, and what it agrees to."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.oracle.slices import Slices
    from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class JudgingOptions:
    """The juror's samples, its say in who judges next, and how long it keeps files."""

    verification: Annotated[
        list[Path] | None,
        typer.Option(
            help="A sample file of the jury, or a directory of them; repeatable; looked at again "
            "where a slice is missing. Default: the task's among the files slice-*.safetensors "
            "beside the deployment or in verification/ there."
        ),
    ] = None
    next_jury: Annotated[
        str | None,
        typer.Option(
            help="Hash of the jury that is to take over from this one, 0x and 64 digits; once "
            "announced, it enters as soon as a quorum names it. Default: the sitting jury's."
        ),
    ] = None
    threads: options.ThreadsOption = 2
    keep_days: options.KeepDaysOption = None

    def read_slices(self, task: "OpenedTask", beside: Path, received: Path | None) -> "Slices":
        """The samples that are at hand.

        Args:
            task: that they are of.
            beside: directory of the deployment file, where they are looked for unless named.
            received: directory of those that other jurors give; None where none does.

        Raises:
            DataError: a file is none, or there are none and nobody gives any.
        """
        from fedjury.oracle.slices import Slices  # noqa: PLC0415 (loads torch)

        if self.verification:
            return Slices.read(task.spec, self.verification, received)
        return Slices.among(task.spec, [beside, beside / options.VERIFICATION.name], received)

    def parse_next_jury(self) -> bytes | None:
        """The hash of --next-jury, 32 bytes; None where it is not given.

        Raises:
            ConfigError: it is no such hash.
        """
        text = self.next_jury
        if text is None:
            return None
        if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text):
            raise ConfigError(
                f"--next-jury takes a jury's hash, 0x and 64 hexadecimal digits, not {text!r:.80}"
            )
        return bytes.fromhex(text[2:])

    def days(self, wanted: int) -> int:
        """For how many days files are kept; 0 is for ever.

        Args:
            wanted: by the task's spec.

        Raises:
            ConfigError: --keep-days is shorter than that.
        """
        given = self.keep_days
        if given is None or given == wanted:
            return wanted
        if given != 0 and (wanted == 0 or given < wanted):
            least = "for ever (0)" if wanted == 0 else f"for {wanted} days"
            raise ConfigError(
                f"--keep-days {given} is too short: whoever signs a report of this task keeps what "
                f"it rests on {least}, as its spec says"
            )
        return given
