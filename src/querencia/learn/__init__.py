"""Scores and segments, as scikit-learn estimators and plain functions."""
