"""How a file becomes a canonical table: what it is, what its cells mean, and which rows are set aside."""
