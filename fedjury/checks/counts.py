"""How many of something, in words for people."""


def counted(count: int, noun: str) -> str:
    """The count with its noun in the number that it takes: ``1 update``, ``0 updates``.

    Args:
        count: how many.
        noun: the singular of a noun that takes an s.
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
