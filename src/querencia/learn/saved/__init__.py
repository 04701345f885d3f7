"""Models that are kept: their folder, the tables they fit, and how far a new table has moved away."""
