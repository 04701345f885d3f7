"""A stand-in for Azure OpenAI on loopback, for tests and benchmarks: chat completions, batches, limits, and faults."""
