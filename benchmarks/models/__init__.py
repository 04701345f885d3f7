"""What the benchmarks of models are made of."""
