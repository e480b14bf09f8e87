"""Settlement: offers, agreements, payments and the books of each claim."""
