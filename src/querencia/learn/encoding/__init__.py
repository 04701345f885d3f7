"""From a table of mixed columns to numbers: encoders, the levels of categories, principal components."""
