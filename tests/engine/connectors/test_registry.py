from __future__ import annotations

import pytest

from workbench.base.errors import AnalysisError
from workbench.engine.connectors import registry
from workbench.engine.connectors.options import Options, paths_of, with_paths


@pytest.mark.parametrize("name", ["parquet", "Parquet", "", None])
def test_a_format_is_found_in_any_case_and_parquet_is_the_default(name):
    assert registry.find(name).name == "parquet"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("parket", "Did you mean `parquet`?"),
        ("jsno", "Did you mean `json`?"),
        ("kafka", "sc:// URL"),
        ("zzzz", "Known formats"),
    ],
)
def test_an_unknown_format_says_what_there_is(name, suggestion):
    with pytest.raises(AnalysisError) as caught:
        registry.find(name)
    assert caught.value.condition == "DATA_SOURCE_NOT_FOUND"
    assert caught.value.parameters["provider"] == name
    assert suggestion in str(caught.value)


def test_every_file_format_can_be_read_and_says_its_options():
    for name in ("parquet", "csv", "json", "text", "orc", "binaryFile"):
        connector = registry.find(name)
        assert connector.read
        assert connector.schema
        assert "pathGlobFilter" in connector.options


def test_binary_files_are_read_only():
    connector = registry.find("binaryFile")
    assert connector.write is None
    assert connector.sink is None


def test_option_names_have_no_case_and_unknown_ones_are_noticed():
    options = Options({"Header": "TRUE", "seP": ";", "colour": "red"})

    assert options.flag("header")
    assert options.text("sep") == ";"
    assert options.unknown == ("colour",)


def test_paths_travel_as_options():
    assert paths_of(Options(with_paths({"PATH": "/old"}, ("/a",)))) == ("/a",)
    assert paths_of(Options(with_paths({}, ("/a", "/b")))) == ("/a", "/b")
    assert paths_of(Options(with_paths({"path": "/a"}, ()))) == ("/a",)


def test_a_session_has_sources_of_its_own():
    own = registry.find("json")
    assert registry.find("Mine", {"mine": own}) is own
    assert registry.find("parquet", {"parquet": own}).name == "parquet"
