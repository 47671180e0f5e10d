"""The page about what works says what the tables say."""

from __future__ import annotations

from workbench.cli.parity import formats, functions, messages
from workbench.engine.connectors.registry import MODULES
from workbench.engine.functions.catalog import rows


def test_every_function_is_on_the_page_and_a_missing_one_says_why():
    text = "\n".join(functions())
    assert all(f"`{name}`" in text for name in rows())
    assert all(f"| `{name}` | {row.reason} |" in text for name, row in rows().items() if row.reason)


def test_every_format_is_on_the_page_with_what_it_can_do():
    text = "\n".join(formats())
    assert all(f"| `{name}` |" in text for name in MODULES)
    assert "| `parquet` | yes | yes | yes | yes |" in text
    assert "| `memory` |  |  |  | yes |" in text


def test_what_the_protocol_carries_is_there():
    text = "\n".join(messages())
    assert "`aggregate`" in text
    assert "`write_stream_operation_start`" in text
