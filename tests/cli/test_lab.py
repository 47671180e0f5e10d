"""The first command of the README, up to the page it opens."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import build_opener

import pytest

from workbench.cli.environment import ROOT
from workbench.cli.lab import FIRST


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab started as a person would, without the browser; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = ["--no-browser", f"--port={port}", "--IdentityProvider.token=secret"]
    log = (tmp_path_factory.mktemp("lab") / "log").open("w")
    started = subprocess.Popen(
        [sys.executable, "-m", "workbench", "--here", "lab", *quiet],
        cwd=ROOT,
        stdout=log,
        stderr=log,
    )
    yield f"http://127.0.0.1:{port}"
    started.terminate()
    started.wait(timeout=30)
    log.close()


def get(address, patience=60):
    """Return the address a page ended at and its text, waiting for the server to come up."""
    end = time.monotonic() + patience
    while True:
        try:
            with build_opener().open(f"{address}?token=secret", timeout=10) as answer:
                return answer.url, answer.read().decode()
        except HTTPError:
            raise
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_it_opens_on_the_first_notebook(lab):
    url, page = get(f"{lab}/")
    assert f"/lab/tree/{FIRST}" in url
    assert "JupyterLab" in page


def test_the_notebook_is_where_the_page_looks_for_it(lab):
    _, found = get(f"{lab}/api/contents/{FIRST}")
    assert json.loads(found)["content"]["nbformat"] == 4
