"""The store: works, attempts, texts and money, in SQLite or PostgreSQL."""
