"""The public file of commitments: what a coordinator needs of the jury's samples, and no more."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fedjury.checks.counts import counted
from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.data.verification import VerificationSet
from fedjury.errors import ConfigError, DataError
from fedjury.protocol.task_spec import SliceSpec
from fedjury.runtime.files import read_text_file, write_whole

FILE_NAME = "commitments.json"
_FORMAT: Literal["fedjury-commitments/2"] = "fedjury-commitments/2"
_NO_FILE = f"is no file of commitments as `fedjury verification new` writes, {FILE_NAME}"
_FIELDS = {
    "format": f'"format" has to be "{_FORMAT}"',
    "slices": '"slices" has to list one slice or more',
    "samples": '"samples" has to be a whole number from 1 to 4294967295',
    "commitment": '"commitment" has to be 0x and 64 lower-case hexadecimal digits',
}


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["fedjury-commitments/2"]
    slices: list[SliceSpec] = Field(min_length=1)


def slice_spec(verification: VerificationSet) -> SliceSpec:
    """What is public of a slice.

    Raises:
        ConfigError: its file is larger than jurors and auditors take it from others.
    """
    spec = SliceSpec(samples=len(verification), commitment=verification.commitment())
    size = len(verification.to_bytes())
    if size > spec.most_bytes:
        raise ConfigError(
            f"a slice with {counted(spec.samples, 'label')} has {size:,} bytes, and nobody takes "
            f"more than {spec.most_bytes:,} of it from others, a MiB and a MiB for each label, up "
            "to 4 GiB: give samples of smaller inputs"
        )
    return spec


def write_commitments(slices: Sequence[SliceSpec], path: Path) -> None:
    """Write the commitments of slices in the order of the rounds that they are for.

    Raises:
        OSError: the file cannot be written.
    """
    document = _Document(format=_FORMAT, slices=list(slices))
    write_whole(path, canonical_json(document.model_dump(mode="json")) + b"\n")


def read_commitments(path: Path) -> list[SliceSpec]:
    """Read what `write_commitments` wrote.

    Raises:
        DataError: missing, another kind of file, or a slice is named twice.
    """
    try:
        document = _Document.model_validate(parse_json(read_text_file(path)))
    except OSError as error:
        raise DataError(
            f"the commitments {path} cannot be read ({error.strerror}): whoever chooses the jury's "
            "samples makes them by `fedjury verification new`; name them by --commitments"
        ) from error
    except ValidationError as error:
        raise DataError(f"{path} {_NO_FILE}: {_what_is_wrong(error)}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} {_NO_FILE}: {error}") from error
    seen: dict[str, int] = {}
    for number, each in enumerate(document.slices, start=1):
        first = seen.setdefault(each.commitment, number)
        if first != number:
            raise DataError(f"{path}: slices {first} and {number} have the same commitment")
    return document.slices


def _what_is_wrong(error: ValidationError) -> str:
    """The first thing that is wrong, by the place where it stands, in words."""
    first = error.errors()[0]
    place = [*first["loc"]]
    numbers = [each + 1 for each in place if isinstance(each, int)]
    where = f"slice {numbers[0]}: " if numbers else ""
    if not place:
        return "it is no JSON object"
    name = place[-1]
    if isinstance(name, int):
        return f"{where}it has to be an object with samples and commitment"
    return where + _FIELDS.get(name, f"it has {name!r}, which does not belong there")
