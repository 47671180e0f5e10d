"""``spark.catalog`` as messages. Every call becomes a ``CatalogCall`` named as the message's field."""

from __future__ import annotations

from typing import Any

from workbench.base.errors import AnalysisError
from workbench.connect.convert import types
from workbench.connect.convert.context import Context
from workbench.connect.convert.statistics import parameters
from workbench.connect.storage import to_text
from workbench.engine.plan.relations import CatalogCall


def catalog(message: Any, context: Context) -> CatalogCall:
    """Return the call: plain fields as they are, ``options`` a dict, ``schema`` a type or None."""
    kind = message.WhichOneof("cat_type")
    if kind is None:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="Catalog.cat_type")
    call = getattr(message, kind)
    given = dict(parameters(call))
    fields = call.DESCRIPTOR.fields_by_name
    for name in ("options", "properties"):
        if name in fields:
            given[name] = dict(getattr(call, name))
    if "storage_level" in fields:
        given["storage_level"] = (
            to_text(call.storage_level) if call.HasField("storage_level") else None
        )
    if "schema" in fields:
        has_schema = call.HasField("schema")
        given["schema"] = types.from_proto(call.schema, context.parse_ddl) if has_schema else None
    return CatalogCall(kind, given)
