"""Tools around Recoup: the local stack, demo and payer simulator, simulation of policies, and bench."""
