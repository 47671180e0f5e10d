"""A JupyterLab of its own for a test, and a browser that can reach nothing but it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LABEXTENSIONS = ROOT / "workbench" / "labextension"
READY_S = 90
VIEW = {"viewport": {"width": 1500, "height": 1250}}
LATE = "[anywidget] Failed to initialize model."
# Kernels with another ipykernel, by what says where it is: one for the test of an older version, and one that takes
# the usual one's place in every test.
KERNELS = {"old": "WORKBENCH_OLD_IPYKERNEL", "python3": "WORKBENCH_IPYKERNEL"}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


ASK = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const options = { code: "", silent: true, store_history: false, user_expressions: { x: code } };
  const { content } = await kernel.requestExecute(options).done;
  return content.status === "aborted" ? null : content.user_expressions.x.data?.["text/plain"] ?? JSON.stringify(content);
}"""


class Lab:
    """JupyterLab on a random loopback port with a token, everything it writes below one folder.

    Parameters
    ----------
    folder : Path
        Where everything it writes goes.
    has_panel : bool
        Whether our extension is there; without it one that is installed is off, too.
    """

    def __init__(self, folder: Path, has_panel: bool = True) -> None:
        self.folder, self.has_panel = folder, has_panel
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.token, self.port = secrets.token_hex(16), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "lab.log"
        self.process = None

    def __enter__(self):
        # Expose the application to the page, so that a test can run cells by command instead of by clicking.
        options = {
            "--ServerApp.ip": "127.0.0.1", "--ServerApp.port": self.port, "--IdentityProvider.token": self.token,
            "--ServerApp.root_dir": self.notebooks, "--LabApp.expose_app_in_browser": True,
            "--LabApp.extra_labextensions_path": LABEXTENSIONS if self.has_panel else self.folder, "--LabApp.news_url": "", "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }  # fmt: skip
        self.settle()
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, *(f"{key}={value}" for key, value in options.items())],
                env=self.environment(), stdout=log, stderr=subprocess.STDOUT, cwd=self.notebooks,
            )  # fmt: skip
        self.wait()
        return self

    def settle(self):
        """Answer JupyterLab's question about news before it is asked."""
        folder = self.folder / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True)
        (folder / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        if not self.has_panel:
            config = self.folder / "jupyter_config_dir" / "labconfig"
            config.mkdir(parents=True)
            off = {"disabledExtensions": {"streaming-workbench": True}}
            (config / "page_config.json").write_text(json.dumps(off))
        for name, variable in KERNELS.items():
            if packages := os.environ.get(variable):
                self.add_kernel(name, packages)

    def add_kernel(self, name, packages):
        """Offer a kernel with the ipykernel of a folder that `pip install --no-deps --target` filled."""
        folder = self.folder / "jupyter_path" / "kernels" / name
        folder.mkdir(parents=True)
        path = os.pathsep.join([packages, self.environment()["PYTHONPATH"]])
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": name, "language": "python", "metadata": {"debugger": False}, "env": {"PYTHONPATH": path},
        }  # fmt: skip
        (folder / "kernel.json").write_text(json.dumps(spec))

    def environment(self):
        folders = {
            name: str(self.folder / name.lower())
            for name in (
                "JUPYTER_CONFIG_DIR",
                "JUPYTER_DATA_DIR",
                "JUPYTER_PATH",
                "JUPYTER_RUNTIME_DIR",
                "IPYTHONDIR",
            )
        }
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "ui")])
        return {
            **os.environ,
            **folders,
            "PYTHONPATH": path,
            "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
        }

    def wait(self):
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=2):
                    return
            except OSError:
                time.sleep(0.3)
        raise AssertionError(f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")

    def end_kernels(self):
        """End the kernel of every notebook, opened or not."""
        for session in json.loads(self.call("GET", "sessions")):
            self.call("DELETE", f"sessions/{session['id']}")

    def call(self, method, what):
        """Ask the server's REST interface."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}/api/{what}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def write(self, name, *cells, kernel="python3"):
        """Write a notebook of code cells."""
        notebook = {
            "nbformat": 4, "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
            "cells": [
                {"cell_type": "code", "id": f"cell-{index}", "metadata": {}, "outputs": [], "execution_count": None, "source": cell}
                for index, cell in enumerate(cells)
            ],
        }  # fmt: skip
        (self.notebooks / name).write_text(json.dumps(notebook))
        return name


class Page:
    """One browser page on one notebook. Whatever it asks of another host is remembered; the browser reaches none.

    Parameters
    ----------
    browser : playwright Browser or BrowserContext
        A browser gives a page with cookies and a cache of its own, a context one beside the pages it has.
    lab : Lab
        The JupyterLab it may ask.
    """

    def __init__(self, browser, lab):
        self.lab, self.refused, self.errors = lab, [], []
        self.page = browser.new_page(**(VIEW if hasattr(browser, "contexts") else {}))
        self.context = self.page.context
        self.page.on("request", self.hear)
        self.page.on("pageerror", self.note)

    def note(self, error):
        """Remember an error; a slow page's widgets live on without what anywidget gave up (see hear.js)."""
        if LATE not in str(error):
            self.errors.append(str(error))

    def hear(self, request):
        """Remember what is asked of another host. Nothing is held up for it, so that the browser's cache works."""
        if not request.url.startswith((self.lab.url, "blob:", "data:")):
            self.refused.append(request.url)

    def open(self, name):
        """Open a notebook and wait for its kernel."""
        self.page.goto(f"{self.lab.url}/lab/tree/{name}?token={self.lab.token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.page.wait_for_function(
            """() => {
              const panel = window.jupyterapp?.shell.currentWidget;
              return panel?.sessionContext?.session?.kernel?.status === "idle";
            }""",
            timeout=60_000,
        )
        return self

    def command(self, name, **args):
        return self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, args]
        )

    def run_all(self):
        """Run every cell, without waiting for them."""
        self.page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def ask(self, expression):
        """Evaluate an expression in the notebook's kernel, without a cell; a kernel just interrupted is asked again."""
        for _ in range(20):
            answer = self.page.evaluate(ASK, expression)
            if answer is not None:
                return answer
            time.sleep(0.5)
        raise AssertionError(f"the kernel does not answer: {expression}")

    def theme(self, name):
        """Switch the theme: `JupyterLab Light` or `JupyterLab Dark`."""
        self.command("apputils:change-theme", theme=name)
        wanted = "false" if "Dark" in name else "true"
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{wanted}'")

    def close(self):
        self.page.close()
