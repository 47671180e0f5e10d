"""What a cell's program brings along of the notebook it was written in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.magics.stateful.borrowed import borrowed

NOTEBOOK = {"LEAST": 3, "np": np, "math": math, "root": math.sqrt, "big": list(range(999))}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("def rows(n): return n > LEAST", "LEAST = 3"),
        ("def rows(n):\n    def inner(): return np.abs(n)", "import numpy as np"),
        ("x = math.pi", "import math"),
        ("def rows(n): return root(n)", "from math import sqrt as root"),
        ("def rows(n): return big", "# big: a list of the notebook, which is to be made here"),
        ("LEAST = 1\ndef rows(math): return LEAST, math, len(math), unknown", ""),
    ],
)
def test_only_what_the_cell_does_not_define_is_brought_along(text, given):
    assert borrowed(text, NOTEBOOK) == given
