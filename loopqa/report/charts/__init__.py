"""The charts, from plots to static SVG."""
