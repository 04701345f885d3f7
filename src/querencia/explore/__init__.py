"""What the data look like, as plain figures."""
