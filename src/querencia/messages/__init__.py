"""Messages: what may be said to a customer, who writes it, and what it must pass before it is shown."""
