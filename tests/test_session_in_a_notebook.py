"""After ``wb.session()`` a notebook shows queries by itself; a plain Python program loads no screen."""

from __future__ import annotations

import subprocess
import sys

import nbformat.v4 as nb
from nbclient import NotebookClient

SESSION = "import workbench as wb\nspark = wb.session()"
QUERY = """
rate = spark.readStream.format("rate").load()
query = rate.writeStream.format("noop").queryName("ticks").start()
query
"""


def outputs_of(*sources):
    """The outputs of the cells, run in a kernel of their own."""
    notebook = nb.new_notebook(cells=[nb.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_query_on_the_last_line_shows_its_live_view():
    _, (shown,), _ = outputs_of(SESSION, QUERY, "query.stop()")
    assert "application/vnd.jupyter.widget-view+json" in shown.data
    assert shown.data["text/plain"].startswith("ticks · ")
    # What is left where no page is, as after papermill: the same as still text, that needs no script.
    assert shown.data["text/html"].startswith('<pre aria-label="Streaming query">ticks · ')


def test_a_stream_that_is_not_started_says_how_to_start_it():
    _, (shown,) = outputs_of(SESSION, 'spark.readStream.format("rate").load()')
    assert "wb.display(df)" in shown.data["text/plain"]


def test_a_program_loads_no_screen(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        f"{SESSION}\nimport sys\nprint('bokeh' in sys.modules, 'ipywidgets' in sys.modules)"
    )
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_extension_can_be_loaded_and_unloaded_again():
    _, (shown,), _, (plain,) = outputs_of(
        SESSION, f"%load_ext workbench\n{QUERY}", "%unload_ext workbench", "query.stop()\nquery"
    )
    assert "application/vnd.jupyter.widget-view+json" in shown.data
    assert set(plain.data) == {"text/plain"}
