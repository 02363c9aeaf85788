"""Making the jury's slices: a private file for each, and the public file of their commitments."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedjury.data.commitments import FILE_NAME, slice_spec, write_commitments
from fedjury.data.dataset import Dataset, Samples
from fedjury.data.slicing import Sizes, count_shared, cut
from fedjury.data.split import split_test
from fedjury.data.verification import (
    SUFFIX,
    VerificationSet,
    new_verification_set,
    save_verification_set,
    slice_file_name,
)
from fedjury.errors import ConfigError
from fedjury.protocol.task_spec import SliceSpec
from fedjury.runtime.files import missing_directories, remove_empty


@dataclass(frozen=True)
class MadeSlices:
    """Slices in files.

    Attributes:
        specs: what is public of each.
        files: the private file of each.
        commitments: the public file.
        rest: how many samples are in none.
        shared: how many samples of a slice have an equal in another one.
    """

    specs: Sequence[SliceSpec]
    files: Sequence[Path]
    commitments: Path
    rest: int
    shared: int


def jury_half(dataset: Dataset, split_seed: int) -> Samples:
    """The half of a dataset's test part that is the jury's; arguments as of `split_test`.

    Raises:
        DataError: there is one sample, which cannot be halved.
    """
    judged, _ = split_test(dataset.test, split_seed)
    return judged


def require_unused(directory: Path) -> None:
    """Make sure that a directory has no slices yet, whose salts nobody could make again.

    Raises:
        ConfigError: it has, or is no directory.
    """
    if directory.exists() and not directory.is_dir():
        raise ConfigError(f"{directory} is a file: name a directory by --out")
    for path in (directory / FILE_NAME, *sorted(directory.glob(f"*{SUFFIX}"))):
        if path.exists():
            raise ConfigError(
                f"{path} exists: slices are not overwritten, as a task may be committed to them; "
                "name another directory by --out"
            )


def make_slices(
    samples: Samples, sizes: Sizes, directory: Path, seed: int | None = None
) -> MadeSlices:
    """Cut samples and write the files, all or none of them.

    Args:
        samples, sizes, seed: as of `cut`.
        directory: for the files; made if need be.

    Raises:
        ConfigError: as `require_unused` and `slice_spec`.
        OSError: a file cannot be written.
    """
    require_unused(directory)
    slices = cut(samples, sizes, seed)
    sets = [new_verification_set(each) for each in slices]
    specs = [slice_spec(each) for each in sets]
    files = [
        directory / slice_file_name(number, spec.commitment)
        for number, spec in enumerate(specs, start=1)
    ]
    commitments = directory / FILE_NAME
    _write(sets, files, specs, commitments)
    return MadeSlices(specs, files, commitments, sizes.rest, count_shared(slices))


def _write(
    sets: Sequence[VerificationSet],
    files: Sequence[Path],
    specs: Sequence[SliceSpec],
    commitments: Path,
) -> None:
    made = missing_directories(commitments.parent)
    try:
        for verification, file in zip(sets, files, strict=True):
            save_verification_set(verification, file)
        write_commitments(specs, commitments)
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        remove_empty(made)
        raise
