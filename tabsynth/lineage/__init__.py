"""Where a table came from: its ancestors, the statement that a release makes of itself, and who signed it."""
