"""How large the effect is, and how sure: the decision table, contrasts, drift, luck of the flag."""
