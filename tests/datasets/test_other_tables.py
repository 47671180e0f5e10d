"""The tables beside the flights: how many rows, and that they join."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import workbench as wb


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("airlines", (16, 2)),
        ("airports", (1_458, 8)),
        ("planes", (3_322, 9)),
        ("weather", (26_115, 15)),
    ],
)
def test_every_row_is_there(name, shape):
    assert getattr(wb.datasets, name)().shape == shape


def test_every_airline_has_a_name():
    flown = set(wb.datasets.flights().column("carrier").to_pylist())
    assert flown == set(wb.datasets.airlines().column("carrier").to_pylist())


def test_the_airports_lack_four_destinations():
    flown = set(wb.datasets.flights().column("dest").to_pylist())
    known = set(wb.datasets.airports().column("faa").to_pylist())
    assert flown - known == {"BQN", "PSE", "SJU", "STT"}


def test_the_weather_is_one_row_an_hour_and_airport():
    weather = wb.datasets.weather()
    assert weather.schema.field("time_hour").type == pa.timestamp("us", "UTC")
    assert weather.group_by(["origin", "time_hour"]).aggregate([]).num_rows == weather.num_rows


def test_most_flights_have_a_weather_report():
    keys = ["origin", "time_hour"]
    joined = (
        wb.datasets.flights()
        .select(keys)
        .join(wb.datasets.weather().select([*keys, "visib"]), keys)
    )
    assert joined.num_rows == 336_776
    assert joined.column("visib").null_count < 2_000


def test_missing_values_are_null_and_not_words():
    planes = wb.datasets.planes()
    assert pa.types.is_integer(planes.schema.field("year").type)
    assert planes.column("year").null_count == 70
    assert not pc.any(pc.equal(planes.column("model"), "NA")).as_py()
