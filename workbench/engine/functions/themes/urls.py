"""Functions over URLs."""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions.kernels import urls
from workbench.engine.functions.kernels.texts import by_row
from workbench.engine.functions.kinds import STRING
from workbench.engine.functions.plain_text import plain_text
from workbench.engine.functions.row import Request, Row
from workbench.engine.functions.themes.strings import per_row
from workbench.engine.functions.vectors import vector
from workbench.engine.plan import typed

TEXT = t.StringType()


def _part(name: str, *, is_try: bool) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2, 3)
        made = tuple(plain_text(request, place) for place in range(len(request.arguments)))
        return typed.Call(name, made, TEXT, nullable=True)

    kernel = vector(by_row(urls.part(is_try=is_try)))
    return Row(name, rewrite=resolve, kernel=kernel, per_row=True, raises=not is_try)


ROWS: tuple[Row, ...] = (
    per_row("url_encode", (STRING,), TEXT, urls.encode),
    per_row("url_decode", (STRING,), TEXT, urls.decode, raises=True),
    per_row("try_url_decode", (STRING,), TEXT, urls.try_decode, nullable=True),
    _part("parse_url", is_try=False),
    _part("try_parse_url", is_try=True),
)
