"""``socket``: lines of text from a TCP server; for trying things out, since a lost line is lost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import AnalysisError, IllegalState
from workbench.engine.connectors.contract import Connector, SourceContext
from workbench.engine.connectors.options import Options

_TEXT = t.StructField("value", t.StringType())
_TIME = t.StructField("timestamp", t.TimestampType())


class SocketSource:
    """Offsets are the number of lines received; a new run starts at -1 again (Spark: TextSocketMicroBatchStream)."""

    is_replayable = False

    def __init__(self, options: Options, schema: t.StructType, context: SourceContext) -> None:
        self.host, self.port = options["host"], options.number("port") or 0
        self.schema = schema
        self.description = f"TextSocketV2[host: {self.host}, port: {self.port}]"
        self._lines: list[tuple[str, int]] = []
        self._dropped = 0
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._end: int | None = None

    def initial_offset(self) -> str:
        return "-1"

    def latest_offset(self, start: str | None, available_now: bool = False) -> str:
        self._connect()
        if available_now and self._end is not None:
            return str(self._end)
        return str(self._last())

    def prepare_available_now(self) -> None:
        self._connect()
        self._end = self._last()

    def report_latest_offset(self) -> str:
        return str(self._last())

    def _last(self) -> int:
        with self._lock:
            return self._dropped + len(self._lines) - 1

    def batch(self, start: str | None, end: str) -> pa.Table:
        first, last = int(start or -1) + 1, int(end) + 1
        with self._lock:
            if first < self._dropped:
                raise IllegalState("SOCKET_SOURCE_CANNOT_REPLAY", offset=start)
            lines = self._lines[first - self._dropped : last - self._dropped]
        texts = pa.array([text for text, _ in lines], pa.string())
        if len(self.schema.fields) == 1:
            return pa.table([texts], names=["value"])
        stamps = pa.array([micros for _, micros in lines], pa.int64()).cast(
            pa.timestamp("us", "UTC")
        )
        return pa.table([texts, stamps], names=["value", "timestamp"])

    def created(self, start: str | None, end: str) -> np.ndarray:
        """When each line arrived."""
        first, last = int(start or -1) + 1, int(end) + 1
        with self._lock:
            lines = self._lines[first - self._dropped : last - self._dropped]
        return np.array([micros for _, micros in lines], np.int64)

    def commit(self, end: str) -> None:
        with self._lock:
            done = int(end) + 1 - self._dropped
            del self._lines[:done]
            self._dropped += done

    def metrics(self, start: str | None, end: str, latest: str | None) -> Mapping[str, str]:
        return {}

    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> None:
        if self._socket is not None:
            return
        self._socket = socket.create_connection((self.host, self.port), timeout=10)
        self._socket.settimeout(None)
        threading.Thread(target=self._receive, args=(self._socket,), daemon=True).start()

    def _receive(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("r", encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    with self._lock:
                        self._lines.append((line.rstrip("\r\n"), time.time_ns() // 1000))
        except (OSError, ValueError):
            return


def _schema(
    options: Mapping[str, str],
    user: t.StructType | None,
    streaming: bool,
    conf: Callable[[str], str],
) -> t.StructType:
    given = Options(options)
    for name in ("host", "port"):
        if name not in given:
            raise AnalysisError("SOCKET_SOURCE_OPTION_MISSING", option=name)
    return t.StructType([_TEXT, _TIME] if given.flag("includeTimestamp") else [_TEXT])


CONNECTOR = Connector(
    "socket",
    schema=_schema,
    source=lambda options, schema, context: SocketSource(Options(options), schema, context),
    options=frozenset({"host", "port", "includeTimestamp"}),
)
