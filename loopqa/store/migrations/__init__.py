"""Schema migrations, run by loopqa.store.migrating; each changes the schema by one version."""
