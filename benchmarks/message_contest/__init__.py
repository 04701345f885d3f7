"""Stand-ins for a model, and the figures of writing messages with one."""
