"""What the llm writer is measured by: its checks, its store, its worker, and whole runs of it."""
