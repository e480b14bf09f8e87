"""Appeals: which remedy a denial or underpayment has, its forums, deadlines, documents and filings."""
