"""How good a prediction is, each figure with its definition and, where it is an estimate, its interval."""
