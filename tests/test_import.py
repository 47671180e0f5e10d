"""``import workbench`` must cost next to nothing: a notebook's first cell is not where people should wait."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "anywidget", "bokeh", "datafusion", "grpc", "IPython", "ipywidgets", "jupyterlab", "llvmlite",
    "numba", "numpy", "pandas", "pyarrow", "pyspark", "rocksdict", "sqlglot",
}  # fmt: skip


def test_importing_the_package_loads_nothing_heavy():
    program = "import workbench, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "workbench" in loaded
    assert set(loaded) & HEAVY == set()


def test_an_unknown_name_is_an_attribute_error():
    program = "import workbench; workbench.sesion"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "module 'workbench' has no attribute 'sesion'" in done.stderr


def test_session_stays_a_function_whoever_imports_its_module():
    program = "import workbench, workbench.session; print(callable(workbench.session))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"


def test_every_name_the_package_offers_is_there(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import workbench\nprint(*(getattr(workbench, name) for name in workbench.__all__))"
    )
    subprocess.run([sys.executable, program], check=True, capture_output=True)
