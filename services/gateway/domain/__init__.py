"""The gateway's rules: the view of a claim, sentences, outcomes, letters to patients."""
