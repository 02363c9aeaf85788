"""Spoiling the header of an update file: its length, its JSON, its entries."""

import json
import random
from collections.abc import Callable

from experiments.chaos.mutated.sound_files import Draft, assembled, json_object

HeaderSpoil = Callable[[random.Random, Draft], bytes]
_KEYS = ("client", "format", "round", "task")
_ODD_JSON = (
    "null", "true", "1", "-1", "0", "-0", "1.0", "1e0", "1e999", "NaN", "-Infinity", '""', '"a"',
    "[]", "{}", "[[]]", "[null]", '["1"]', '{"a":1}', "9" * 30, "9" * 5000, "01", "+1", "0x1",
    "'a'",     '"\\ud800"', '"\\x41"', '"a\nb"', "[1,]", "{,}", "",
)  # fmt: skip
_TYPES = (
    "F64", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL", "U16", "U32", "U64", "C64", "F4",
    "F8_E4M3", "F8_E5M2", "F8_E8M0", "F6_E2M3", "f32", "F32 ", "F31", "float32", "", "λ",
)  # fmt: skip
_SIZES = (0, 1, 2, 3, 2**31, 2**32, 2**61 - 1, 2**61, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**39)


def other_length(chance: random.Random, draft: Draft) -> bytes:
    """The file says another length of its header."""
    header = json_object(draft.header())
    near = (len(header) + chance.randrange(-9, 10)) % 2**64
    far = (0, 1, 2**31, 2**63, 2**64 - 1, 10**8, 10**8 + 1, len(header) + len(draft.values))
    return assembled(header, draft.values, chance.choice((near, chance.choice(far))))


def other_value(chance: random.Random, draft: Draft) -> bytes:
    """A key of the header has some other value."""
    pairs = draft.header()
    place = chance.randrange(len(pairs))
    pairs[place] = (pairs[place][0], chance.choice(_ODD_JSON))
    return assembled(json_object(pairs), draft.values)


def other_field(chance: random.Random, draft: Draft) -> bytes:
    """A field of one tensor's entry is another, is missing, stands twice, or is one more."""
    pairs = draft.header()
    place = chance.randrange(1, len(pairs))
    name, text = pairs[place]
    fields = [(key, json.dumps(value)) for key, value in json.loads(text).items()]
    at = chance.randrange(len(fields))
    key, value = fields[at]
    match chance.randrange(6):
        case 0:
            fields[at] = (key, chance.choice(_ODD_JSON))
        case 1:
            del fields[at]
        case 2:
            fields.append((key, value))
        case 3:
            fields.append((chance.choice(("x", "", "Dtype", "λ")), chance.choice(_ODD_JSON)))
        case 4:
            chance.shuffle(fields)
        case _:
            fields[at] = (key.upper(), value)
    entry = json_object(fields).decode()
    if chance.random() < 0.1:
        entry = "[" + ",".join(value for _, value in fields) + "]"
    pairs[place] = (name, entry)
    return assembled(json_object(pairs), draft.values)


def other_numbers(chance: random.Random, draft: Draft) -> bytes:
    """Shape or offsets of one tensor's entry hold other numbers."""
    pairs = draft.header()
    place = chance.randrange(1, len(pairs))
    name, text = pairs[place]
    entry = json.loads(text)
    field = chance.choice(("shape", "data_offsets"))
    numbers = entry[field]
    match chance.randrange(5):
        case 0:
            numbers.append(chance.choice(_SIZES))
        case 1 if numbers:
            numbers[chance.randrange(len(numbers))] = chance.choice(_SIZES)
        case 2 if numbers:
            numbers[chance.randrange(len(numbers))] += chance.choice((-4, -1, 1, 4, 8))
        case 3:
            numbers += [1] * chance.choice((1, 2, 62, 63, 64, 65, 1000))
        case _:
            numbers.reverse()
    pairs[place] = (name, json.dumps(entry))
    return assembled(json_object(pairs), draft.values)


def other_type(chance: random.Random, draft: Draft) -> bytes:
    """One tensor is of another type, with as many bytes as that takes or with those it had."""
    place = chance.randrange(len(draft.pieces))
    kind, piece = chance.choice(_TYPES), draft.pieces[place]
    widths = {"F64": 8, "I64": 8, "U64": 8, "C64": 8, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
    width = widths.get(kind, 1 if kind in ("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2") else 4)
    count = len(piece.values) // 4
    values = chance.choice((bytes(count * width), chance.randbytes(count * width), piece.values))
    return draft.with_piece(place, dtype=kind, values=values).file()


def key_twice(chance: random.Random, draft: Draft) -> bytes:
    """A tensor, the metadata or a key in the metadata stands twice."""
    pairs = draft.header()
    if chance.random() < 0.3:
        key = chance.choice(_KEYS)
        twice = [*draft.metadata.items(), (key, chance.choice((draft.metadata.get(key, ""), "x")))]
        pairs[0] = (pairs[0][0], json_object([(k, json.dumps(v)) for k, v in twice]).decode())
    else:
        pairs.insert(chance.randrange(len(pairs) + 1), chance.choice(pairs))
    return assembled(json_object(pairs), draft.values)


def other_writing(chance: random.Random, draft: Draft) -> bytes:
    """The same JSON in another writing, which some readers take and others do not."""
    header = json_object(draft.header())
    written = chance.choice(
        (
            header.replace(b":", b" :\t").replace(b",", b"\r\n, "),
            header.replace(b"dtype", b"\\u0064type").replace(b"client", b"cl\\u0069ent"),
            b" \n" + header + b"   ",
            b"\xef\xbb\xbf" + header,
            header.decode().encode("utf-16"),
            header.decode().encode("utf-16-le"),
            header + b"\0" * 8,
            header + b"//",
            header[:-1] + b",}",
            header.replace(b'"', b"'"),
            header.replace(b"{", b"{\x0c", 1),
            header.replace(b"{", b"{\xc2\xa0", 1),
            header.replace(b'"', b'"\xff', 1),
            header.replace(b'"', b'"\xed\xa0\x80', 1),
            header + header,
            b"[" + header + b"]",
            b"null",
            b"{}",
        )
    )
    return assembled(written, draft.values)


def deep(chance: random.Random, draft: Draft) -> bytes:
    """Brackets in brackets, whole or broken off."""
    depth = chance.choice((10, 100, 1_000, 20_000))
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}")))
    nested = opening * depth + chance.choice(("", "0" + closing * depth))
    pairs = draft.header()
    if chance.random() < 0.5:
        return assembled(nested.encode(), draft.values)
    pairs.insert(chance.randrange(len(pairs) + 1), ("deep", nested))
    return assembled(json_object(pairs), draft.values)


def huge(chance: random.Random, draft: Draft) -> bytes:
    """Very many tensors or keys, or very long names."""
    pairs, count = draft.header(), chance.choice((100, 100, 100, 1_000, 1_000, 10_000))
    match chance.randrange(4):
        case 0:
            nothing = json.dumps({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]})
            pairs += [(f"n{number}", nothing) for number in range(count)]
        case 1:
            more = {f"k{number}": "v" for number in range(count)}
            pairs[0] = (pairs[0][0], json.dumps({**draft.metadata, **more}))
        case 2:
            pairs[-1] = ("x" * count * 10, pairs[-1][1])
        case _:
            key = chance.choice(_KEYS)
            pairs[0] = (pairs[0][0], json.dumps({**draft.metadata, key: "ſ" * count * 10}))
    return assembled(json_object(pairs), draft.values)


HEADER_SPOILS: tuple[HeaderSpoil, ...] = (
    other_length,
    other_value,
    other_field,
    other_numbers,
    other_type,
    key_twice,
    other_writing,
    deep,
    huge,
)
