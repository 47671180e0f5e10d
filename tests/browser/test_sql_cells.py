"""SQL in `%%stream` and `%%sql` cells: coloured as SQL below the magic's line, and completed by the kernel."""

from __future__ import annotations

import pytest

SETUP = """\
%load_ext workbench
import workbench as wb
spark = wb.session()
frame = spark.readStream.format("rate").load()
frame.createOrReplaceTempView("heartbeats")
"""
STREAM = "%%stream beats --mode append\nSELECT window, count(*) AS n -- by minute\nFROM heartbeats WHERE note = 'late' AND value > 7"
PYTHON = "select = 'SELECT value FROM heartbeats'"
# The colour of each word of a cell, and of text that is no word of a language.
COLOURS = """(number) => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[number];
  const found = {};
  const walk = document.createTreeWalker(cell.editorWidget.node.querySelector(".cm-content"), NodeFilter.SHOW_TEXT);
  for (let text; (text = walk.nextNode()); ) {
    for (const word of text.data.match(/[^\\s,()]+/g) ?? []) found[word] ??= getComputedStyle(text.parentElement).color;
  }
  return found;
}"""
WRITE = """([number, text]) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = number;
  notebook.mode = "edit";
  const cell = notebook.widgets[number];
  cell.model.sharedModel.setSource(text);
  cell.editor.focus();
  const lines = text.split("\\n");
  cell.editor.setCursorPosition({ line: lines.length - 1, column: lines.at(-1).length });
}"""
OFFERED = ".jp-Completer-item code"


@pytest.fixture(scope="module")
def cells(lab, open_page):
    lab.write("sql_cells.ipynb", SETUP, STREAM, PYTHON, "")
    opened = open_page("sql_cells.ipynb")
    opened.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
    opened.command("notebook:run-cell")
    opened.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.content.widgets[0].model.executionCount > 0",
        timeout=90_000,
    )
    return opened


def colours(opened, number, *words):
    """The colours of some words, as soon as one differs from another."""
    opened.page.wait_for_function(
        f"([number, words]) => {{ const all = ({COLOURS})(number); return new Set(words.map((word) => all[word])).size > 1; }}",
        arg=[number, list(words)],
        timeout=60_000,
    )
    found = opened.page.evaluate(COLOURS, number)
    return [found[word] for word in words]


def offered(opened, text, expected):
    """What TAB offers at the end of a cell; the kernel is asked again until it offers something."""
    page = opened.page
    for _ in range(30):
        page.evaluate(WRITE, [3, text])
        opened.command("completer:invoke-notebook")
        page.wait_for_timeout(500)
        found = page.locator(OFFERED).all_inner_texts()
        if expected in found:
            break
    page.keyboard.press("Escape")
    return found


def test_the_line_of_the_magic_and_the_sql_below_it_are_coloured(cells):
    head, select, name, text, number, comment = colours(
        cells, 1, "%%stream", "SELECT", "heartbeats", "'late'", "7", "--"
    )
    assert len({head, select, name, text, number, comment}) == 6
    others = colours(cells, 1, "FROM", "WHERE", "heartbeats", "minute", "--mode", "append")
    assert others == [select, select, name, comment, others[4], name]
    assert others[4] not in {name, select}


def test_python_stays_python(cells):
    variable, text, inside = colours(cells, 2, "select", "'SELECT", "FROM")
    assert text == inside != variable


def test_a_cell_changes_its_language_as_it_is_written(cells):
    cells.page.evaluate(WRITE, [3, "SELECT = 1"])
    cells.page.evaluate(WRITE, [3, "%%sql\nSELECT 1"])
    select, one = colours(cells, 3, "SELECT", "1")
    assert select != one
    cells.page.evaluate(WRITE, [3, "x = SELECT"])
    cells.page.wait_for_function(
        f"() => {{ const all = ({COLOURS})(3); return all.SELECT === all.x; }}", timeout=60_000
    )
    assert cells.errors == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%stream beats\nSELECT * FROM hear", "heartbeats"),
        ("%%sql\nSELECT timestamp FROM heartbeats WHERE val", "value"),
        ("%%stream beats\nSELECT timestamp FROM heartbeats GRO", "GROUP"),
        ("%%stream beats --mo", "--mode"),
        ("%%stream beats --mode com", "complete"),
    ],
    ids=["table", "column", "keyword", "option", "value"],
)
def test_the_kernel_completes(cells, text, expected):
    assert expected in offered(cells, text, expected)
