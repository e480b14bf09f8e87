"""Settlement agreements and letters."""
