"""From somebody's table to a first rubric and workflow: what each column is taken for, and why."""
