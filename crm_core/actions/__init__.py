"""Actions write: one file per family of verbs, each load, decide, save, emit."""
