"""Whether a change can be put down to an action: designs, contrasts, drift, judgement."""
