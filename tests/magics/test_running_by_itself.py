"""A notebook with every magic, run with nobody watching: by nbclient, and by papermill with a parameter of its own."""

from __future__ import annotations

import nbformat
import nbformat.v4 as nb
import papermill
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from papermill.exceptions import PapermillExecutionError

pytestmark = pytest.mark.slow

CELLS = {
    "parameters": 'least = 0\nfolder = "FOLDER"',
    "setup": """\
%load_ext workbench
import workbench as wb
spark = wb.session()
spark.range(5).write.parquet(f"{folder}/ids")
spark.readStream.schema("id LONG").parquet(f"{folder}/ids").createOrReplaceTempView("ids")""",
    "%%stream": """\
%%stream chosen --checkpoint FOLDER/checkpoint -o query
SELECT id FROM ids WHERE id >= {{ least }}""",
    "wait": "query.processAllAvailable()",
    "%%sql": "%%sql\nSELECT count(*) AS n, min(id) AS least FROM chosen",
    "%%stateful": """\
%%stateful counted --input ids --key id --output "id LONG, n LONG" --state "n LONG" -n 2
def rows(key, rows, state):
    state.n = len(list(rows))
    yield key[0], state.n""",
    "%streams": "%streams",
    "%progress": "%progress chosen",
    "%checkpoint": "%checkpoint ls {folder}/checkpoint",
    "stop": "query.stop()",
    "last": "%%stream last\nSELECT id FROM ids",
    "mistake": "%%stream x\nSELECT di FROM ids",
    "after": "print('never')",
}
SHOWN = {
    "%%stream": "chosen · stopped · batch 0\n",
    "last": "last · running · batch 0\n",
    "%%sql": "   n  least\n0  ",
    "%%stateful": "n=1         id=1, n=1",
    "%streams": "\n0  chosen  ",
    "%progress": "triggerExecution ms",
    "%checkpoint": 'True      None  {"logOffset":0}',
}
"""What the text of each magic's output holds: of a query, what was known last."""
MISTAKE = (
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] No column, variable or function parameter named `di`."
)


def by_nbclient(notebook, tmp_path):
    with pytest.raises(CellExecutionError) as stopped:
        NotebookClient(notebook, timeout=120, shutdown_kernel="immediate").execute()
    return notebook, str(stopped.value)


def by_papermill(notebook, tmp_path):
    given, made = tmp_path / "given.ipynb", tmp_path / "made.ipynb"
    nbformat.write(notebook, given)
    with pytest.raises(PapermillExecutionError) as stopped:
        papermill.execute_notebook(given, made, {"least": 2}, progress_bar=False)
    return nbformat.read(made, as_version=4), str(stopped.value)


def cell(name, source, folder):
    """A cell of that name, which is kept as its tag: papermill puts cells of its own between them."""
    return nb.new_code_cell(source.replace("FOLDER", str(folder)), metadata={"tags": [name]})


@pytest.mark.parametrize(("run", "least"), [(by_nbclient, 0), (by_papermill, 2)])
def test_it_keeps_still_outputs_and_stops_at_a_mistake(run, least, tmp_path):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [cell(name, source, tmp_path) for name, source in CELLS.items()]

    done, said = run(nb.new_notebook(cells=cells, metadata={"kernelspec": kernel}), tmp_path)

    outputs = {one.metadata.tags[0]: one.get("outputs") for one in done.cells}
    shown = {name: outputs[name][0].data for name in SHOWN}
    lacking = {
        name: shown[name] for name, part in SHOWN.items() if part not in shown[name]["text/plain"]
    }
    assert not lacking
    assert shown["%%sql"]["text/plain"].split() == ["n", "least", "0", f"{5 - least}", f"{least}"]
    live = shown["%%stream"]["text/html"]
    assert live.startswith('<pre aria-label="Streaming query">chosen · stopped')
    assert "application/vnd.jupyter.widget-view+json" in shown["%%stream"]
    (error,) = outputs["mistake"]
    (line,) = error.traceback
    assert line.startswith(f"AnalysisException: {MISTAKE}")
    assert said.rstrip().splitlines()[-1] == line
    assert outputs["after"] == []
