"""The run: which step feeds which, with progress and resume."""
