"""Spark, the second engine: how a session starts, and where its Ibis backend differs from DuckDB's."""
