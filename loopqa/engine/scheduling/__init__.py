"""Schedules of workflows: their slots are rows, kept, caught up with and told of."""
