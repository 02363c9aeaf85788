"""Update files as a jury is handed them."""

from collections.abc import Iterable

from fedjury.oracle.judging import Candidate
from fedjury.protocol.tensors import Tensors
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_tag import UpdateTag


def tag_of(index: int) -> UpdateTag:
    """The tag that the update of this index in its round has to have."""
    return UpdateTag("eip155:1337:0xab", 4, f"0x{index:040x}")


def candidate_of(index: int, tensors: Tensors) -> Candidate:
    """A well-formed file of these weights."""
    data = encode_update(tensors, tag_of(index))
    return Candidate(tag_of(index), lambda: data)


def candidates_of(updates: Iterable[Tensors]) -> list[Candidate]:
    """A round of well-formed files."""
    return [candidate_of(index, update) for index, update in enumerate(updates)]
