"""The lines of a text file as a column."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.options import Options

_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".deflate": zlib.decompress,
    ".zst": lambda data: pa.CompressedInputStream(pa.BufferReader(data), "zstd").read(),
    ".lz4": lambda data: pa.CompressedInputStream(pa.BufferReader(data), "lz4").read(),
}
_COMPRESS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "none": ("", bytes),
    "uncompressed": ("", bytes),
    "gzip": (".gz", gzip.compress),
    "bzip2": (".bz2", bz2.compress),
    "deflate": (".deflate", zlib.compress),
}
_UTF8 = {"UTF-8", "UTF8"}
CHARSETS = "iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8"
_BOM = b"\xef\xbb\xbf"


def read_bytes(path: str, options: Options, function: str = "CSVOptions") -> bytes:
    """Return a file's bytes as UTF-8, decompressed by its name's ending, the byte-order mark removed."""
    with open(path, "rb") as file:
        data = file.read()
    ending = next((ending for ending in _DECOMPRESS if path.endswith(ending)), None)
    if ending is not None:
        data = _DECOMPRESS[ending](data)
    return recode(data.removeprefix(_BOM), charset(options, function))


def charset(options: Options, function: str) -> str:
    """Return the ``encoding`` option, refusing what Spark refuses."""
    name = options.text("encoding", "charset", default="UTF-8")
    if name.lower() not in CHARSETS.split(", ") and name.upper() not in _UTF8:
        raise IllegalArgument(
            "INVALID_PARAMETER_VALUE.CHARSET",
            functionName=f"`{function}`",
            parameter="`charset`",
            charset=name,
            charsets=CHARSETS,
        )
    return name


def recode(data: bytes, encoding: str) -> bytes:
    """Return bytes of an encoding as valid UTF-8; what cannot be read becomes the replacement character."""
    if encoding.upper() in _UTF8:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace").encode()
        return data
    return data.decode(encoding, "replace").encode()


def split_lines(data: bytes, separator: str | None = None) -> pa.Array:
    r"""Return the lines of UTF-8 bytes; ``separator`` None: ``\n``, ``\r\n`` or ``\r``. The last may lack its end."""
    if not data:
        return pa.array([], pa.string())
    text = pa.array([data], pa.large_binary()).view(pa.large_string())
    if separator is not None:
        end, parts = separator.encode(), pc.split_pattern(text, separator)
    elif b"\r" in data:
        plain = pc.replace_substring(pc.replace_substring(text, "\r\n", "\n"), "\r", "\n")
        end, parts = None, pc.split_pattern(plain, "\n")
    else:
        end, parts = b"\n", pc.split_pattern(text, "\n")
    lines = parts.values.cast(pa.string())
    closed = data.endswith(end) if end is not None else data[-1:] in b"\r\n"
    return lines.slice(0, len(lines) - 1) if closed else lines


def codec(options: Options) -> tuple[str, Callable[[bytes], bytes]]:
    """Return the ending and the function of the ``compression`` option of text files."""
    name = options.text("compression", "codec", default="none").lower()
    if name not in _COMPRESS:
        raise IllegalArgument(
            "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
            codecName=name,
            availableCodecs=", ".join(_COMPRESS),
        )
    return _COMPRESS[name]


def write_lines(
    lines: pa.Array, path: str, options: Options, default_separator: str = "\n"
) -> None:
    """Write texts as lines of a file, compressed and encoded as the options say."""
    separator = options.text("lineSep", default=default_separator)
    whole = lines.combine_chunks() if isinstance(lines, pa.ChunkedArray) else lines
    ended = pc.binary_join_element_wise(whole.cast(pa.large_string()), *_large("", separator))
    data = joined_bytes(ended)
    encoding = options.text("encoding", "charset", default="UTF-8")
    if encoding.upper() not in _UTF8:
        data = data.decode().encode(encoding)
    _, compress = codec(options)
    with open(path, "wb") as file:
        file.write(compress(data))


def _large(*texts: str) -> list[pa.Scalar]:
    return [pa.scalar(text, pa.large_string()) for text in texts]


def joined_bytes(texts: pa.LargeStringArray) -> bytes:
    """Return the bytes of texts one after another: the array's own buffer. There may be no nulls."""
    if not len(texts):
        return b""
    offsets = np.frombuffer(texts.buffers()[1], np.int64)
    start, end = offsets[texts.offset], offsets[texts.offset + len(texts)]
    return texts.buffers()[2].slice(start, end - start).to_pybytes() if end > start else b""
