"""A plugin that can't even be loaded."""

raise ImportError("no such library here")
