"""The report: pure content, static charts, one self-contained HTML page per language."""
