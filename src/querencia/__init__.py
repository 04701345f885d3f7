"""querencia: the engine for keeping customers."""
