"""``AnalyzePlan``: questions about a plan that run nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import grpc
from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.types import StructType

from workbench.base.errors import AnalysisError
from workbench.connect import semantics, storage
from workbench.connect.client_session import ClientSession
from workbench.connect.convert import types
from workbench.connect.convert.relations import relation
from workbench.connect.ddl import to_ddl
from workbench.connect.engine import Analyzed
from workbench.connect.handlers.plans import relation_of
from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions

SPARK_VERSION = "4.2.0"
_EXPLAIN_MODES = {1: "simple", 2: "extended", 3: "codegen", 4: "cost", 5: "formatted"}


def handle(
    sessions: Sessions, request: b.AnalyzePlanRequest, context: grpc.ServicerContext
) -> b.AnalyzePlanResponse:
    """Answer one question."""
    session = session_of(sessions, request)
    kind = request.WhichOneof("analyze")
    if kind not in QUESTIONS:
        raise AnalysisError(
            "CONNECT_INVALID_PLAN.FIELD_MISSING", field="AnalyzePlanRequest.analyze"
        )
    response = b.AnalyzePlanResponse(
        session_id=request.session_id, server_side_session_id=session.server_id
    )
    getattr(response, kind).SetInParent()
    QUESTIONS[kind](session, getattr(request, kind), getattr(response, kind))
    return response


def _analyzed(session: ClientSession, plan: b.Plan) -> Analyzed:
    return session.engine.analyze(relation(relation_of(plan), session.context))


def _schema(session: ClientSession, question: Any, answer: Any) -> None:
    answer.schema.CopyFrom(types.to_proto(_analyzed(session, question.plan).schema))


def _explain(session: ClientSession, question: Any, answer: Any) -> None:
    mode = _EXPLAIN_MODES.get(question.explain_mode, "simple")
    answer.explain_string = _analyzed(session, question.plan).explain(mode)


def _tree_string(session: ClientSession, question: Any, answer: Any) -> None:
    level = question.level if question.HasField("level") else None
    answer.tree_string = _analyzed(session, question.plan).tree(level)


def _is_local(session: ClientSession, question: Any, answer: Any) -> None:
    answer.is_local = _analyzed(session, question.plan).is_local


def _is_streaming(session: ClientSession, question: Any, answer: Any) -> None:
    answer.is_streaming = _analyzed(session, question.plan).is_streaming


def _input_files(session: ClientSession, question: Any, answer: Any) -> None:
    answer.files.extend(_analyzed(session, question.plan).input_files)


def _spark_version(session: ClientSession, question: Any, answer: Any) -> None:
    answer.version = SPARK_VERSION


def _ddl_parse(session: ClientSession, question: Any, answer: Any) -> None:
    answer.parsed.CopyFrom(types.to_proto(session.engine.parse_ddl(question.ddl_string)))


def _json_to_ddl(session: ClientSession, question: Any, answer: Any) -> None:
    answer.ddl_string = to_ddl(StructType.fromJson(json.loads(question.json_string)))


def _same_semantics(session: ClientSession, question: Any, answer: Any) -> None:
    left = relation(relation_of(question.target_plan), session.context)
    right = relation(relation_of(question.other_plan), session.context)
    answer.result = semantics.form(left) == semantics.form(right)


def _semantic_hash(session: ClientSession, question: Any, answer: Any) -> None:
    answer.result = semantics.hash_of(relation(relation_of(question.plan), session.context))


def _persist(session: ClientSession, question: Any, answer: Any) -> None:
    level = question.storage_level if question.HasField("storage_level") else storage.DEFAULT
    session.engine.caching.keep(
        relation(question.relation, session.context), storage.to_text(level)
    )


def _unpersist(session: ClientSession, question: Any, answer: Any) -> None:
    session.engine.caching.let_go(relation(question.relation, session.context))


def _get_storage_level(session: ClientSession, question: Any, answer: Any) -> None:
    level = session.engine.caching.level(relation(question.relation, session.context))
    answer.storage_level.CopyFrom(storage.from_text(level))


QUESTIONS: dict[str, Callable[[ClientSession, Any, Any], None]] = {
    "schema": _schema,
    "explain": _explain,
    "tree_string": _tree_string,
    "is_local": _is_local,
    "is_streaming": _is_streaming,
    "input_files": _input_files,
    "spark_version": _spark_version,
    "ddl_parse": _ddl_parse,
    "same_semantics": _same_semantics,
    "semantic_hash": _semantic_hash,
    "persist": _persist,
    "unpersist": _unpersist,
    "get_storage_level": _get_storage_level,
    "json_to_ddl": _json_to_ddl,
}
