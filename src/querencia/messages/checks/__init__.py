"""Checks: what a message must pass before anybody sees it, one rule per module."""
