"""What is no test here: the plugins that misbehave on purpose, some while they are imported."""

collect_ignore_glob = ["torture/*"]
