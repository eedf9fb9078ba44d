"""Many files in, labelled papers out: what the command `label` does."""
