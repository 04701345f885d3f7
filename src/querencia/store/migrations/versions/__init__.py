"""The steps, from the first schema to this one."""
