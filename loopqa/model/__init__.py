"""Plain frozen records: the words that all rooms share."""
