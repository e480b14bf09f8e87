"""What a patient is told: figures, protection, words and letters, and good-faith estimates. Pure."""
