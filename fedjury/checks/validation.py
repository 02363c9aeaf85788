"""What pydantic finds wrong with a document, in one sentence."""

from pydantic import ValidationError


def first_error(error: ValidationError, whole: str = "") -> str:
    """The first thing that is wrong, as ``field: what``.

    Args:
        error: what a model's validation raised.
        whole: names the document where the error names no field.
    """
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"])) or whole
    return f"{field}: {first['msg']}" if field else first["msg"]
