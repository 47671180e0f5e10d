"""Run by an environment with Apache Spark: a Spark Connect server on loopback, until it is ended."""

from __future__ import annotations

import os
import sys
import time

from pyspark.sql import SparkSession

LOOPBACK = "127.0.0.1"
CONF = {
    "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
    "spark.connect.grpc.binding.address": LOOPBACK,
    "spark.connect.grpc.binding.port": sys.argv[1],
    "spark.driver.host": LOOPBACK,
    "spark.driver.bindAddress": LOOPBACK,
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.warehouse.dir": sys.argv[2],
}

# The workers of a user's functions are to find what this Python has.
os.environ["PYSPARK_PYTHON"] = sys.executable
builder = SparkSession.builder.master("local[2]")
for key, value in CONF.items():
    builder = builder.config(key, value)
builder.getOrCreate()
sys.stdout.write("ready\n")
sys.stdout.flush()
while True:
    time.sleep(3600)
