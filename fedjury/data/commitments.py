"""The public file of commitments: what a coordinator needs of the jury's samples, and no more."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.checks.validation import first_error
from fedjury.errors import DataError
from fedjury.protocol.task_spec import SliceSpec
from fedjury.runtime.files import read_text_file, write_whole

FILE_NAME = "commitments.json"
_FORMAT: Literal["fedjury-commitments/2"] = "fedjury-commitments/2"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["fedjury-commitments/2"]
    slices: list[SliceSpec] = Field(min_length=1)


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
        reason = first_error(error, "the file")
        raise DataError(f"{path} is no file of commitments: {reason}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no file of commitments: {error}") from error
    seen: dict[str, int] = {}
    for number, each in enumerate(document.slices, start=1):
        first = seen.setdefault(each.commitment, number)
        if first != number:
            raise DataError(f"{path}: slices {first} and {number} have the same commitment")
    return document.slices
