"""The parameter that takes text and nothing that could become text (Spark: ``StringTypeWithCollation``)."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import types as t

from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion
from workbench.engine.functions.row import Request
from workbench.engine.plan import typed


@dataclass(frozen=True, slots=True)
class PlainText:
    """Like :class:`~workbench.engine.functions.kinds.Kind`, for text and NULL only."""

    text: str
    default: t.DataType

    def target(self, found: t.DataType) -> t.DataType | None:
        """Return the type of text, or None when the argument is something else."""
        return self.default if coercion.is_string(found) or isinstance(found, t.NullType) else None


PLAIN_TEXT = PlainText("STRING", t.StringType())


def plain_text(request: Request, place: int) -> typed.Typed:
    """Return an argument that must be text.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE``.
    """
    kind = PLAIN_TEXT.target(request.arguments[place].type)
    if kind is None:
        raise tools.unexpected(request, place, "STRING")
    return tools.cast_to(request.arguments[place], kind)
