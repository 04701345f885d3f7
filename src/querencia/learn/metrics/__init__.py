"""Quality figures, each naming its definition."""
