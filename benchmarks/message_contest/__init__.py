"""Messages in contest: writing at size, and what is left after kills."""
