"""The figures of an OTTO log by several hands, and how their time and memory are measured."""
