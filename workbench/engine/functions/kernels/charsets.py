"""Bytes and text in character sets and codes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from workbench.base.errors import ExecutionError, IllegalArgument
from workbench.engine.functions.kernels.randoms import fresh_name, stream
from workbench.engine.functions.kernels.texts import by_row

CHARSETS = {
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "utf-8": "utf-8",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
    "utf-16": "utf-16",
    "utf-32": "utf-32-be",
}
LETTERS = np.array(list("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def codec(name: str, function: str) -> str:
    """Return Python's codec of one of the character sets Spark knows.

    Raises
    ------
    IllegalArgument
        ``INVALID_PARAMETER_VALUE.CHARSET``.
    """
    found = CHARSETS.get(name.lower())
    if found is None:
        raise IllegalArgument(
            "INVALID_PARAMETER_VALUE.CHARSET",
            parameter="`charset`",
            functionName=f"`{function}`",
            charset=name,
            charsets=", ".join(sorted(CHARSETS)).upper(),
        )
    return found


def _malformed(function: str, charset: str) -> ExecutionError:
    return ExecutionError("MALFORMED_CHARACTER_CODING", function=f"`{function}`", charset=charset)


def decode(values: pa.Array, charset: Any) -> pa.Array:
    """Return bytes read in a character set."""

    def one(data: bytes, name: str) -> str:
        try:
            if codec(name, "decode") == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
                return data.decode("utf-16-be")
            return data.decode(codec(name, "decode"))
        except UnicodeDecodeError:
            raise _malformed("decode", name) from None

    return by_row(one)(values, charset)


def encode(values: pa.Array, charset: Any) -> pa.Array:
    """Return text written in a character set."""

    def one(text: str, name: str) -> bytes:
        found = codec(name, "encode")
        try:
            if found == "utf-16":
                return b"\xfe\xff" + text.encode("utf-16-be")
            return text.encode(found)
        except UnicodeEncodeError:
            raise _malformed("encode", name) from None

    return by_row(one, pa.binary())(values, charset)


def _invalid(text: str, shape: str, function: str) -> ExecutionError:
    return ExecutionError(
        "CONVERSION_INVALID_INPUT",
        str=f"'{text}'",
        fmt=f"'{shape}'",
        targetType='"BINARY"',
        suggestion=f"`try_{function}`",
    )


def _base64(text: str) -> bytes | None:
    clean = re.sub(r"[^A-Za-z0-9+/=]", "", text)
    body = clean.rstrip("=")
    if len(body) % 4 == 1 or "=" in body:
        return None
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        return None


def from_base64(values: pa.Array) -> pa.Array:
    """Return the bytes of base-64 text."""

    def one(text: str) -> bytes:
        made = _base64(text)
        if made is None:
            raise _invalid(text, "BASE64", "to_binary")
        return made

    return by_row(one, pa.binary())(values)


def _hex(text: str) -> bytes | None:
    if not re.fullmatch(r"[0-9a-fA-F]*", text):
        return None
    return bytes.fromhex(text if len(text) % 2 == 0 else "0" + text)


READERS: dict[str, Callable[[str], bytes | None]] = {
    "hex": _hex,
    "base64": _base64,
    "utf-8": str.encode,
    "utf8": str.encode,
}


def to_binary(values: pa.Array, shape: Any, *, is_try: bool) -> pa.Array:
    """Return the bytes text stands for: in base 16, in base 64 or as UTF-8."""

    def one(text: str, name: str) -> bytes | None:
        reader = READERS.get(name.lower())
        if reader is None:
            if is_try:
                return None
            raise IllegalArgument(
                "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
                parameter="`format`",
                functionName="`to_binary`",
                invalidFormat=f"'{name}'",
            )
        made = reader(text)
        if made is None and not is_try:
            raise _invalid(text, name.upper(), "to_binary")
        return made

    return by_row(one, pa.binary())(values, shape)


def binary_text(values: pa.Array, shape: Any) -> pa.Array:
    """Return bytes as text: in base 16, in base 64 or read as UTF-8."""

    def one(data: bytes, name: str) -> str:
        writers = {
            "hex": lambda: data.hex().upper(),
            "base64": lambda: base64.b64encode(data).decode(),
            "utf-8": data.decode,
            "utf8": data.decode,
        }
        if name.lower() not in writers:
            raise IllegalArgument(
                "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
                parameter="`format`",
                functionName="`to_char`",
                invalidFormat=f"'{name}'",
            )
        return writers[name.lower()]()

    return by_row(one)(values, shape)


def random_texts(size: int, seed: int | None) -> Callable[[pa.Array], pa.Array]:
    """Return the kernel that makes random letters and digits."""
    draw = stream("rand", seed)

    def kernel(rows: pa.Array) -> pa.Array:
        places = (draw(len(rows) * size) * len(LETTERS)).astype(np.int64).reshape(len(rows), size)
        return pa.array(["".join(row) for row in LETTERS[places]], pa.string())

    return kernel


__all__ = [
    "binary_text",
    "decode",
    "encode",
    "fresh_name",
    "from_base64",
    "random_texts",
    "to_binary",
]
