"""The charts of the report, each a function from figures to an Altair chart with its sentence and its table."""
