"""Segments: customers alike, how stable that is, and what sets each segment apart."""
