"""How many of something, or which, in words for people."""

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """The count with its noun in the number that it takes: ``1 update``, ``0 updates``.

    Args:
        count: how many.
        noun: the singular of a noun that takes an s, after ch an es, or ies for a y after a
            consonant.
    """
    if count == 1:
        return f"1 {noun}"
    if noun[-1] == "y" and noun[-2] not in "aeou":
        return f"{count} {noun[:-1]}ies"
    return f"{count} {noun}{'es' if noun.endswith('ch') else 's'}"


def numbered(numbers: Sequence[int], noun: str) -> str:
    """Numbered things by their numbers: ``slice 2``, ``slices 1 to 3 and 7``.

    Args:
        numbers: ascending, at least one.
        noun: the singular of a noun that takes an s.
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [word for run in runs for word in _words(run)]
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"{noun if len(numbers) == 1 else noun + 's'} {listed}"


def _words(run: Sequence[int]) -> list[str]:
    """One word for a number alone or for three and more in a row, two for two."""
    return [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run]
