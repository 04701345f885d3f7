"""Limits on requests and tokens per minute, counted on arrival as Azure OpenAI counts them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Bucket:
    """`per_minute` of something, of which at most `window` seconds' worth can be had at once."""

    per_minute: float
    window: float = 1.0
    left: float = -1.0
    filled: float = 0.0  # the moment, in the caller's seconds

    def wait(self, amount: float, *, now: float) -> float:
        """Return how many seconds it takes until `amount` can be had; 0.0: now."""
        room = max(self.per_minute * self.window / 60, amount)
        rate = self.per_minute / 60
        self.left = room if self.left < 0 else min(room, self.left + (now - self.filled) * rate)
        self.filled = now
        return max(0.0, (amount - self.left) / rate)

    def take(self, amount: float) -> None:
        """Take `amount`, which is there."""
        self.left -= amount


class Limits:
    """Requests and tokens per minute; 0 means no limit."""

    def __init__(self, *, requests: float = 0, tokens: float = 0, window: float = 1.0) -> None:
        self._requests = Bucket(per_minute=requests, window=window) if requests else None
        self._tokens = Bucket(per_minute=tokens, window=window) if tokens else None

    def admit(self, tokens: int, *, now: float) -> float:
        """Count one call in and return 0.0, or return how many seconds it has to wait."""
        wanted = [(bucket, amount) for bucket, amount in ((self._requests, 1), (self._tokens, tokens)) if bucket]
        wait = max((bucket.wait(amount, now=now) for bucket, amount in wanted), default=0.0)
        if wait == 0:
            for bucket, amount in wanted:
                bucket.take(amount)
        return wait
