"""Hashes and checksums."""

from __future__ import annotations

import hashlib
import zlib

import datafusion
import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import render
from workbench.engine.functions.kernels import hashing
from workbench.engine.functions.kernels.texts import by_row
from workbench.engine.functions.kinds import BINARY, INT
from workbench.engine.functions.row import Request, Row, alias, scalar
from workbench.engine.functions.vectors import call_vector, vector
from workbench.engine.plan import typed

TEXT = t.StringType()
NATIVE = {224: f.sha224, 256: f.sha256, 0: f.sha256, 384: f.sha384, 512: f.sha512}


def _holds_map(kind: t.DataType) -> bool:
    if isinstance(kind, t.ArrayType):
        return _holds_map(kind.elementType)
    if isinstance(kind, t.StructType):
        return any(_holds_map(field.dataType) for field in kind.fields)
    return isinstance(kind, t.MapType)


def _hash(name: str, algorithm: hashing.Algorithm, returns: t.DataType) -> Row:
    """Return the row of a hash over any number of values; maps have no order and so no hash."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 10_000)
        if any(_holds_map(one.type) for one in request.arguments):
            raise AnalysisError(
                "DATATYPE_MISMATCH.HASH_MAP_TYPE",
                sqlExpr=render.quoted(name, request.arguments), functionName=f"`{name}`",
            )  # fmt: skip
        return typed.Call(name, request.arguments, returns, nullable=False)

    return Row(name, rewrite=resolve, kernel=vector(hashing.hashed, algorithm=algorithm))


def _sha2(value: bytes, bits: int) -> str | None:
    name = {0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}.get(bits)
    return hashlib.new(name, value).hexdigest() if name else None


def _sha2_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    bits = call.arguments[1]
    if isinstance(bits, typed.Literal) and bits.value in NATIVE:
        return f.encode(NATIVE[bits.value](arguments[0]), "hex")
    return call_vector(by_row(_sha2), arguments, call.arguments, pa.string())


def _sha1(value: bytes) -> str:
    return hashlib.sha1(value, usedforsecurity=False).hexdigest()


ROWS: tuple[Row, ...] = (
    _hash("hash", hashing.MURMUR, t.IntegerType()),
    _hash("xxhash64", hashing.XX, t.LongType()),
    scalar("crc32", (BINARY,), t.LongType(), vector(by_row(zlib.crc32, pa.int64())), per_row=True),
    scalar("md5", (BINARY,), TEXT, lambda arguments, _call: f.md5(arguments[0])),
    scalar("sha1", (BINARY,), TEXT, vector(by_row(_sha1)), per_row=True),
    alias("sha", "sha1"),
    scalar("sha2", (BINARY, INT), TEXT, _sha2_kernel, nullable=True),
)
