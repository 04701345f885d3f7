"""Which products suit which customer, and why."""
