"""Parts of the benchmark of messages, one file each."""
