"""The three tables: read, validate, clean, aggregate."""
