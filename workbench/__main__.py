from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - a clone runs this before pip has checked
    sys.exit("Workbench needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")

from workbench.cli.main import main

sys.exit(main())
