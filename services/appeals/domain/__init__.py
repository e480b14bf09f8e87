"""Appeals' rules: pure functions over cases, law, deadlines and forums."""
