"""Synthetic data by name (`makers`), public data by name (`public`), and a download that survives bad servers."""
