"""The stages of a tick, one module each."""
