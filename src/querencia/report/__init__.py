"""The report a manager reads: charts and one self-contained HTML page, over figures from explore and learn."""
