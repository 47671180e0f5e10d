"""``AddArtifacts``: files and blobs, whole in batches or in chunks."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect.client_session import ClientSession
from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions


class _Chunked:
    """An artifact arriving in chunks."""

    def __init__(self, begin: b.AddArtifactsRequest.BeginChunkedArtifact) -> None:
        self.name, self.expected = begin.name, begin.num_chunks
        self.chunks: list[bytes] = []
        self.is_intact = True
        self.take(begin.initial_chunk)

    def take(self, chunk: b.AddArtifactsRequest.ArtifactChunk) -> None:
        self.is_intact &= _is_intact(chunk)
        self.chunks.append(chunk.data)

    @property
    def is_whole(self) -> bool:
        return bool(len(self.chunks) >= self.expected)


def handle(
    sessions: Sessions, requests: Iterator[b.AddArtifactsRequest], context: grpc.ServicerContext
) -> b.AddArtifactsResponse:
    """Keep each artifact that arrived intact, and say for each whether it did."""
    response = b.AddArtifactsResponse()
    session: ClientSession | None = None
    chunked: _Chunked | None = None
    for request in requests:
        session = session or session_of(sessions, request)
        response.session_id, response.server_side_session_id = session.id, session.server_id
        kind = request.WhichOneof("payload")
        if kind == "batch":
            for one in request.batch.artifacts:
                _keep(response, session, one.name, one.data.data, _is_intact(one.data))
        elif kind == "begin_chunk":
            chunked = _Chunked(request.begin_chunk)
        elif chunked is not None:
            chunked.take(request.chunk)
        if chunked is not None and chunked.is_whole:
            _keep(response, session, chunked.name, b"".join(chunked.chunks), chunked.is_intact)
            chunked = None
    return response


def _is_intact(chunk: b.AddArtifactsRequest.ArtifactChunk) -> bool:
    return bool(zlib.crc32(chunk.data) == chunk.crc)


def _keep(
    response: b.AddArtifactsResponse,
    session: ClientSession,
    name: str,
    data: bytes,
    is_intact: bool,
) -> None:
    if is_intact:
        session.artifacts.add(name, data)
    response.artifacts.add(name=name, is_crc_successful=is_intact)
