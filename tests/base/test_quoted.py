"""Quoted text in, its value out; the pairs were read off Apache Spark 4.2."""

from __future__ import annotations

import pytest

from workbench.base.quoted import quote_name, unquote_name, unquote_string

STRINGS = [
    ("'a'", "a"),
    ('"a"', "a"),
    ("'it''s'", "it's"),
    (r"'it\'s'", "it's"),
    ('"say ""hi"""', 'say "hi"'),
    (r"'a\tb\n'", "a\tb\n"),
    (r"'\\'", "\\"),
    (r"'\u0041\101\x'", "AAx"),
    (r"'\%\_'", r"\%\_"),
    (r"r'a\n'", r"a\n"),
    ("''", ""),
    ("''''", "'"),
]


@pytest.mark.parametrize(("token", "value"), STRINGS)
def test_a_string_token_has_a_value(token, value):
    assert unquote_string(token) == value


@pytest.mark.parametrize("name", ["a", "a b", "a`b", "`"])
def test_a_name_survives_its_quotes(name):
    assert unquote_name(quote_name(name)) == name
