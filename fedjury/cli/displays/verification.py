"""What `fedjury verification` shows of slices."""

from collections import Counter

from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.data.making import MadeSlices
from fedjury.data.slice_size import warning_of
from fedjury.data.slicing import Sizes
from fedjury.data.verification import VerificationSet
from fedjury.protocol.digest import Digest

_ONE = (
    "one slice serves every round, as in the paper: it has to stay secret until the last one, and "
    "each verdict tells a little about it"
)
_SEVERAL = (
    "slice t serves round t alone: what its verdicts tell is worthless afterwards, and with "
    "--disclose anyone derives them; the task has as many rounds as slices"
)


def show_made(made: MadeSlices, sizes: Sizes, output: Output) -> None:
    """How many slices there are, where they lie, and what they protect."""
    notes = _notes(made, sizes)
    document = {
        "slices": [spec.model_dump(mode="json") for spec in made.specs],
        "samples": sizes.each,
        "rest": made.rest,
        "shared": made.shared,
        "files": [str(file) for file in made.files],
        "commitments": str(made.commitments),
        "notes": notes,
    }
    samples = counted(sizes.each, "sample")
    lines = [f"slices   {sizes.slices} of {samples}, {made.rest} in none"]
    lines.append(f"secret   {_files(made)}: for jurors only")
    lines += [f"public   {made.commitments}: for `fedjury deploy --commitments`"]
    output.result(document, "\n".join([*lines, *(f"note     {note}" for note in notes)]))


def show_slice(verification: VerificationSet, number: int | None, output: Output) -> None:
    """What one slice commits to and holds.

    Args:
        verification: the slice.
        number: which of some commitments it is, from 1; None where nobody asked.
        output: where to.
    """
    samples = verification.samples
    classes = dict(sorted(Counter(samples.labels.tolist()).items()))
    kind = str(samples.x.dtype).removeprefix("torch.")
    document = {
        "commitment": verification.commitment(),
        "cid": Digest.of(verification.to_bytes()).cid,
        "number": number,
        "inputs": len(samples),
        "samples": len(verification),
        "shape": list(samples.x.shape[1:]),
        "type": kind,
        "padding": samples.padding,
        "classes": {str(label): count for label, count in classes.items()},
    }
    lines = [
        f"commitment {document['commitment']}",
        f"CID        {document['cid']}, private until the slice is disclosed",
        f"inputs     {len(samples)} of shape {tuple(samples.x.shape[1:])}, {kind}",
        f"samples    {counted(len(verification), 'label')} that count",
        "classes    " + ", ".join(f"{label}: {count}" for label, count in classes.items()),
    ]
    if number is not None:
        lines.insert(1, f"number     {number}")
    output.result(document, "\n".join(lines))


def _files(made: MadeSlices) -> str:
    if len(made.files) == 1:
        return str(made.files[0])
    return f"{made.files[0]} to {made.files[-1].name}"


def _notes(made: MadeSlices, sizes: Sizes) -> list[str]:
    notes = [_ONE if sizes.slices == 1 else _SEVERAL]
    if warning := warning_of(min(spec.samples for spec in made.specs)):
        notes.append(warning)
    if sizes.slices > 1 and made.rest < sizes.each:
        notes.append(
            "fewer samples are in no slice than in one: who knows all samples and the slices "
            "before can tell most of the last one"
        )
    if made.shared:
        notes.append(
            f"{counted(made.shared, 'sample')} of the slices have an equal one in another slice, "
            "which gives them away when it is disclosed: take repeated samples out of the data"
        )
    return notes
