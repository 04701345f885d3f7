"""What was learned, as plain facts: the shape of ``model.json``."""
