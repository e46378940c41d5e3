"""From YAML files to model records: strict, with the place of every mistake."""
