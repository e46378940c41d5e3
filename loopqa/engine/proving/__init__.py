"""Simulated service worlds with a known truth, and how often verdicts on them are wrong."""
